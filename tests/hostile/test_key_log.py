"""Attacks on the key log as it travels; those on the log at the server's own disk are in tests/e2e/test_key_log.py."""

from collections.abc import Callable

import pytest

from shared.sealed.encoding import b64u
from tests.hostile.cheat import Cheat, Record, edited
from tests.hostile.conftest import Actor
from tests.hostile.sealed import MARKER, NAME

pytestmark = pytest.mark.slow


def _resized(answer: Record) -> None:
    origin, size, *rest = answer["checkpoint"].split("\n")
    answer["checkpoint"] = "\n".join((origin, str(int(size) + 1), *rest))


FORGED: dict[str, Callable[[Record], object]] = {
    "another entry": lambda answer: answer.update(index=answer["index"] + 1),
    "a proof of nothing": lambda answer: answer.update(inclusion=[]),
    "other hashes": lambda answer: answer.update(inclusion=[b64u(bytes(32)) for _ in answer["inclusion"]]),
    "hashes without end": lambda answer: answer.update(inclusion=[b64u(bytes(32))] * 10_000),
    "another size": _resized,
    "no signature": lambda answer: answer.update(checkpoint=answer["checkpoint"].partition("\n\n")[0] + "\n\n"),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_proof_is_forged(ada: Actor, eve: Actor, cheat: Cheat, how: str) -> None:
    """Certificate Transparency 2013, CONIKS 2015: a card whose place in the log is not proved is not sent to."""
    cheat.lie("GET", "/log/proof", edited(FORGED[how]))
    (ada.cli.folder / NAME).write_bytes(MARKER)
    ada.refuses("send", NAME, "--to", eve.email, code=7, words="key log")
    assert not cheat.changes(to="/uploads")
    assert eve.email not in ada.cli.ok("contacts", "ls").out.decode()
