"""Frozen vectors of everything that is no container: derivations, cards, identities, recovery kits, the old format."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.crypto import errors, recovery
from shared.crypto.errors import CryptoError
from shared.crypto.file_key import FileKey
from shared.crypto.format0 import open_format0
from shared.crypto.identity import Identity, verify_card
from shared.crypto.keys import PrivateKeys, RecipientKey
from shared.crypto.link import LinkKeys, link_url, parse_fragment
from shared.crypto.padding import padme
from shared.crypto.safety import safety_number
from shared.crypto.vault_file import unlock
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from shared.sealed.geometry import sealed_length
from shared.sealed.grant import Grant
from shared.sealed.manifest import Manifest, parse_file_id
from tests.shared.vectors import Vector, content_of, load, name_of, private_keys, signing_key

ERRORS: dict[str, type[Exception]] = {
    "FormatError": FormatError,
    "WrongKey": errors.WrongKey,
    "BadSignature": errors.BadSignature,
    "Altered": errors.Altered,
    "WrongPassphrase": errors.WrongPassphrase,
    "BadKey": errors.BadKey,
}


# -- derivations


def _file_key(derive: Callable[[FileKey, Any], bytes]) -> Callable[[Vector], object]:
    return lambda given: b64u(derive(FileKey(unb64u(given["file_key"], "file_key")), parse_file_id(given["file_id"])))


def _link(given: Vector) -> object:
    link_key, password = unb64u(given["link_key"], "link_key"), given["password"]
    link = LinkKeys.derive(link_key, password)
    url = link_url("https://files.example.org/", link_key, has_password=password is not None)
    front, _, fragment = url.partition("#")
    assert front == f"https://files.example.org/s/{b64u(link.recipient)}"
    assert parse_fragment(fragment) == (link_key, password is not None)
    return {
        "recipient": b64u(link.recipient),
        "wrapping_key": b64u(link.wrapping_key),
        "access": b64u(link.access),
        "access_hash": b64u(link.access_hash),
        "fragment": fragment,
    }


def _safety(given: Vector) -> object:
    one, other = ((who["email"], unb64u(who["signing_key"], "signing_key")) for who in given["people"])
    assert safety_number(one, other) == safety_number(other, one)
    return safety_number(one, other)


def _signature(given: Vector) -> object:
    from shared.crypto import grants

    manifest = Manifest.parse(unb64u(given["manifest"], "manifest"))
    signed = grants._signed_bytes(Grant.parse(given["grant"]), manifest)
    return {"signed_bytes": b64u(signed), "signature": b64u(signing_key(given["person"]).sign(signed))}


DERIVE: dict[str, Callable[[Vector], object]] = {
    "file key: parts": _file_key(FileKey.parts_key),
    "file key: commitment": _file_key(FileKey.commitment),
    "file key: metadata": _file_key(FileKey.metadata_key),
    "link": _link,
    "recipient": lambda given: b64u(private_keys(given["person"]).public.recipient),
    "recipient rsa": lambda given: b64u(private_keys(given["person"], rsa_only=True).public.recipient),
    "safety": _safety,
    "signature": _signature,
}


@pytest.mark.parametrize("vector", load("derivations.json"), ids=name_of)
def test_derivation(vector: Vector) -> None:
    """What follows from given values is what the second writer of the format computed."""
    kind, result = vector["kind"], vector["result"]
    if kind in ("padme", "sealed sizes"):
        compute = padme if kind == "padme" else sealed_length
        assert [[length, compute(length)] for length, _ in result] == result
        return
    derived = DERIVE[kind](vector["given"])
    if isinstance(derived, dict):
        result = {key: value for key, value in result.items() if key in derived}
    assert derived == result


# -- cards, identities, recovery kits


def _verify(vector: Vector) -> None:
    verify_card(unb64u(vector["signed"]["card"], "card"), unb64u(vector["signed"]["signature"], "signature"))


def _recipient(vector: Vector) -> None:
    signed = vector["signed"]
    card = verify_card(unb64u(signed["card"], "card"), unb64u(signed["signature"], "signature"))
    assert RecipientKey.of_card(card).recipient == card.recipient


def _check_keys(identity: Identity, expected: Vector) -> None:
    keys = private_keys(expected["person"], rsa_only=identity.keys.mlkem is None)
    assert identity.keys.recipients().keys() == keys.recipients().keys()
    assert isinstance(identity.signing_key, Ed25519PrivateKey)
    assert identity.signing_key.private_bytes_raw() == signing_key(expected["person"]).private_bytes_raw()


def _unlock(vector: Vector) -> None:
    _check_keys(unlock(vector["file"].encode(), vector["passphrase"]), vector["expect"])


def _recover(vector: Vector) -> None:
    signature = unb64u(vector["signed"]["signature"], "signature")
    card = verify_card(unb64u(vector["signed"]["card"], "card"), signature)
    identity = recovery.unwrap(unb64u(vector["wrapped"], "wrapped"), vector["words"], card, signature)
    _check_keys(identity, vector["expect"])


READ = {"card": _verify, "card as recipient": _recipient, "identity": _unlock, "recovery": _recover}


@pytest.mark.parametrize("vector", load("records.json"), ids=name_of)
def test_record(vector: Vector) -> None:
    """Good records give what is in them; bad ones the error that is due, without a secret in its message."""
    expected = vector["expect"]
    if "error" not in expected:
        READ[vector["kind"]](vector)
        if vector["kind"] == "card":
            _recipient(vector)
        return
    with pytest.raises((CryptoError, FormatError)) as caught:
        READ[vector["kind"]](vector)
    kind = FormatError if caught.type is recovery.NoKit else caught.type
    assert kind is ERRORS[expected["error"]], str(caught.value)
    said = str(caught.value)
    assert "horse" not in said
    assert not vector.get("words") or vector["words"].split()[0] not in said.split()


# -- the old format


def _old(vector: Vector, keys: PrivateKeys) -> bytes:
    file, written = vector["file"], bytearray()
    ciphertext = unb64u(file["ciphertext"], "ciphertext")
    offset = 0

    def fill(view: memoryview) -> int:
        nonlocal offset
        piece = ciphertext[offset : offset + min(len(view), 1_000)]  # a connection gives what it has
        view[: len(piece)] = piece
        offset += len(piece)
        return len(piece)

    open_format0(
        nonce=unb64u(file["nonce"], "nonce"),
        wrapped_key=unb64u(file["wrapped_key"], "wrapped_key"),
        metadata=file["metadata"],
        ciphertext=fill,
        ciphertext_size=len(ciphertext),
        keys=keys,
        write=written.extend,
    )
    return bytes(written)


@pytest.mark.parametrize("vector", load("format0.json"), ids=name_of)
def test_old_format(vector: Vector) -> None:
    """Files of the old format open, or fail with the error that is due."""
    keys, expected = private_keys(vector["open_with"][0]["person"]), vector["expect"]
    if "error" not in expected:
        assert _old(vector, keys) == content_of(expected)
        return
    with pytest.raises((CryptoError, FormatError)) as caught:
        _old(vector, keys)
    assert caught.type is ERRORS[expected["error"]], str(caught.value)


def test_old_format_that_ends_early() -> None:
    """A ciphertext shorter than announced is `Truncated`."""
    vector = next(vector for vector in load("format0.json") if vector["name"] == "plain")
    with pytest.raises(errors.Truncated):
        open_format0(
            nonce=unb64u(vector["file"]["nonce"], "nonce"),
            wrapped_key=unb64u(vector["file"]["wrapped_key"], "wrapped_key"),
            metadata="{}",
            ciphertext=lambda _view: 0,
            ciphertext_size=100,
            keys=private_keys("alice"),
            write=lambda _piece: None,
        )


def test_old_format_above_its_limit() -> None:
    """More than 500 MB are refused before anything is read."""
    with pytest.raises(FormatError):
        open_format0(
            nonce=bytes(12),
            wrapped_key=bytes(256),
            metadata="{}",
            ciphertext=lambda _view: pytest.fail("nothing may be read"),
            ciphertext_size=500_000_017,
            keys=private_keys("alice"),
            write=lambda _piece: None,
        )


def test_old_format_with_invalid_unicode() -> None:
    """Metadata that is no valid Unicode is a `FormatError`, not an encoding error."""
    with pytest.raises(FormatError):
        open_format0(
            nonce=bytes(12),
            wrapped_key=bytes(256),
            metadata='{"x": "\ud800"}',
            ciphertext=lambda _view: 0,
            ciphertext_size=16,
            keys=private_keys("alice"),
            write=lambda _piece: None,
        )
