"""Somebody who is signed in and has keys, on this machine alone: for presenters whose server is made up."""

from collections.abc import Callable, Sequence
from functools import cache

import pytest

from client.gui.jobs import Job
from client.gui.presenters import listing
from client.gui.presenters.house import House
from client.gui.presenters.listing import FileLine
from client.local.paths import Paths
from client.local.private_files import write_private
from client.local.secrets import nobody_to_ask
from client.local.session import Session
from client.local.vault import Vault
from shared.crypto import vault_file
from shared.crypto.identity import Identity
from tests.gui.clock import FakeClock
from tests.gui.lines import NOW, report

EMAIL = "ada@example.org"
SERVER = "https://files.example.org"
PASSPHRASE = "correct horse battery staple"


@cache
def _vault() -> bytes:
    return vault_file.lock(Identity.create(EMAIL, 2048), PASSPHRASE, vault_file.Cost(19_456, 2, 1))


def settle(paths: Paths) -> None:
    """From now on that is who is signed in here."""
    write_private(Vault(paths, nobody_to_ask).path_of(EMAIL), _vault())
    Session(SERVER, EMAIL, "u1", "t", "r", 1 << 50).save(paths)


def unlock(house: House, clock: FakeClock) -> None:
    """The keys are in memory."""
    settle(house.paths)
    house.shell.look_again()
    house.keys.with_keys(lambda _person: None)
    clock.until(lambda: house.keys.state.asking)
    house.keys.try_passphrase(PASSPHRASE)
    clock.until(lambda: house.keys.state.unlocked)


ListOf = Callable[[Sequence[FileLine]], None]


def list_them(monkeypatch: pytest.MonkeyPatch) -> ListOf:
    """What the server lists, from now on."""
    lines: list[FileLine] = []

    def listed(job: Job, _person: object, _cache: object, *, received: bool) -> frozenset[str]:
        del received
        return report(job, lines)

    def change(to: Sequence[FileLine]) -> None:
        lines[:] = to

    monkeypatch.setattr(listing, "_listed", listed)
    monkeypatch.setattr("client.gui.presenters.files.time.time", lambda: float(NOW))
    return change
