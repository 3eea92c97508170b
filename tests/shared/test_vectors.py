"""The frozen vectors: what must open does, what must be refused is, with the error and at the step that are due."""

from pathlib import Path

import pytest

from shared.crypto import errors
from shared.crypto.errors import Altered, CryptoError
from shared.crypto.file_key import FileKey
from shared.crypto.keys import PrivateKeys
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from tests.shared.vectors import (
    Vector,
    attempt,
    container_of,
    content_of,
    keys_of,
    load,
    name_of,
    private_keys,
    run,
    signing_key,
)

OPENS, REFUSED = load("opens.json"), load("refused.json")
ERRORS: dict[str, type[Exception]] = {
    "FormatError": FormatError,
    "WrongKey": errors.WrongKey,
    "BadSignature": errors.BadSignature,
    "Altered": errors.Altered,
    "Truncated": errors.Truncated,
}


def test_there_are_as_many_vectors_as_there_should_be() -> None:
    """Nobody loses vectors by accident."""
    assert len(OPENS) >= 55
    assert len(REFUSED) >= 350
    assert {vector["expect"]["error"] for vector in REFUSED} == set(ERRORS)
    assert {vector["expect"]["at"] for vector in REFUSED} == {"read", "open", "restore"}


@pytest.mark.parametrize("vector", OPENS, ids=name_of)
def test_opens(vector: Vector, tmp_path: Path) -> None:
    """Content, sender and metadata are the expected ones, into a file and into a stream, for everybody with a grant."""
    expected, content = vector["expect"], content_of(vector["expect"])
    for opener in vector["open_with"]:
        trial = attempt(vector, tmp_path)
        run(trial, opener)
        assert trial.target.read_bytes() == content
        run(trial, opener, stream=True, threads=1)
        assert trial.streamed == content
        assert trial.opened is not None
        sender = None if expected["sender"] is None else unb64u(expected["sender"], "sender", 32)
        assert trial.opened.sender == sender
        for key, value in expected.get("metadata", {}).items():
            assert getattr(trial.opened.metadata, key) == value


@pytest.mark.parametrize("stream", [False, True], ids=["file", "stream"])
@pytest.mark.parametrize("vector", REFUSED, ids=name_of)
def test_refused(vector: Vector, stream: bool, tmp_path: Path) -> None:
    """The error is exactly the expected one, at the expected step; before the last step nothing is written."""
    expected, trial = vector["expect"], attempt(vector, tmp_path)
    opener = vector["open_with"][0]
    with pytest.raises((CryptoError, FormatError)) as caught:
        run(trial, opener, stream=stream)
    assert (caught.type, trial.at) == (ERRORS[expected["error"]], expected["at"]), str(caught.value)
    if expected["at"] != "restore":
        assert not trial.target.exists()
        assert not trial.streamed
    assert_no_secret_in(caught.value, vector)


def assert_no_secret_in(error: BaseException, vector: Vector) -> None:
    """No key, nor what it is derived from, in any spelling."""
    said = f"{error}\n{error!r}\n{error.__cause__!r}\n{error.__notes__ if hasattr(error, '__notes__') else ''}"
    keys = keys_of(vector["open_with"][0])
    if isinstance(keys, PrivateKeys):
        numbers = keys.rsa.private_numbers()
        secrets = [numbers.d.to_bytes(512, "big").lstrip(b"\0"), numbers.p.to_bytes(256, "big").lstrip(b"\0")]
        secrets += [keys.mlkem.private_bytes_raw()] if keys.mlkem else []
    else:
        secrets = [keys.wrapping_key, keys.access, unb64u(vector["open_with"][0]["link_key"], "link_key")]
    for secret in secrets:
        for spelling in (b64u(secret), secret.hex(), repr(secret)[2:-1]):
            assert spelling[:12] not in said


@pytest.mark.parametrize("vector", [v for v in REFUSED if v["expect"]["at"] == "restore"], ids=name_of)
def test_what_a_stream_gave_before_it_failed_is_genuine(vector: Vector, tmp_path: Path) -> None:
    """Content that a pipe saw before the error is a beginning of what was sealed, never more than was promised."""
    trial = attempt(vector, tmp_path)
    with pytest.raises(Altered):
        run(trial, vector["open_with"][0], stream=True)
    assert trial.opened is not None
    assert len(trial.streamed) <= trial.opened.metadata.size


def test_secrets_do_not_show_themselves() -> None:
    """`repr` of what holds a key does not tell it."""
    keys = private_keys("alice")
    raw = bytes(range(32))
    for text in (repr(FileKey(raw)), repr(keys), repr(keys_of({"link_key": b64u(raw), "password": None}))):
        assert b64u(raw)[:8] not in text
        assert raw.hex()[:8] not in text
        assert repr(raw)[2:20] not in text
    assert b64u(signing_key("sam").private_bytes_raw()) not in repr(signing_key("sam"))


def test_vectors_are_different_files() -> None:
    """No two vectors of one expectation hold the same bytes for the same reader: each proves something."""
    seen: dict[tuple[bytes, str], str] = {}
    for vector in REFUSED:
        key = (container_of(vector), repr(vector["open_with"]))
        assert key not in seen, (seen.get(key), vector["name"])
        seen[key] = vector["name"]
