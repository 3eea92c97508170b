"""Checkpoints of the key log, as C2SP's signed-note and tlog-checkpoint want them."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.crypto.errors import BadSignature
from shared.crypto.log_key import verified_checkpoint
from shared.sealed.checkpoint import Checkpoint, LogKey, SignedCheckpoint
from shared.sealed.errors import FormatError
from shared.sealed.log_entry import LogEntry, address_tag

SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = LogKey(SECRET.public_key().public_bytes_raw())
CHECKPOINT = Checkpoint(KEY.origin, 7, bytes(range(32)))
NOTE = CHECKPOINT.note(KEY, SECRET.sign(CHECKPOINT.text.encode()))


def test_the_note_reads_as_the_specification_says() -> None:
    assert KEY.origin == "sealcase-log/56475aa75463474c"
    lines = NOTE.split("\n")
    assert lines[:4] == [KEY.origin, "7", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ""]
    assert lines[4].startswith(f"— {KEY.origin} ")
    raw = base64.b64decode(lines[4].split()[2])
    assert raw[:4] == KEY.key_id
    SECRET.public_key().verify(raw[4:], "\n".join(lines[:3]).encode() + b"\n")
    assert verified_checkpoint(NOTE, KEY) == CHECKPOINT


def test_keys_are_named_as_in_the_example_of_signed_note() -> None:
    """Short names of keys: the example of golang.org/x/mod/sumdb/note, which the specification was written from."""
    name, short, key = "PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signed = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    public = base64.b64decode(key)[1:]
    Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], text.encode())

    class Named(LogKey):
        origin = name  # a log of ours is called after its key

    assert Named(public).key_id.hex() == short == signed[:4].hex()
    assert Named(public).text == f"{name}+{short}+{key}"


def test_keys_are_read_in_one_spelling() -> None:
    assert LogKey.parse(KEY.text) == KEY
    for hostile in ("", "+", "++", KEY.text + "A", KEY.text.replace("log/", "log/0", 1), KEY.text[:-4], "a+b+!!!"):
        with pytest.raises(FormatError):
            LogKey.parse(hostile)


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("\n7\n", "\n8\n"),
        ("AAECAw", "AAECBA"),
        ("sealcase-log/56", "sealcase-log/57"),
    ],
)
def test_what_was_altered_is_not_believed(said: str, instead: str) -> None:
    with pytest.raises((BadSignature, FormatError)):
        verified_checkpoint(NOTE.replace(said, instead), KEY)


def test_the_key_of_another_log_is_not_believed() -> None:
    other = LogKey(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw())
    with pytest.raises(BadSignature):
        verified_checkpoint(NOTE, other)


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        NOTE[:-1],
        NOTE + "\n",
        NOTE + NOTE,
        NOTE.replace("\n7\n", "\n07\n"),
        NOTE.replace("\n7\n", "\n-7\n"),
        NOTE.replace("\n7\n", "\n7\nan extension\n"),
        NOTE.replace("\n7\n", f"\n{'9' * 17}\n"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("Hh8=", "Hh9="),
        NOTE + "x" * 4_096,
        "\u0000" * 6,
    ],
)
def test_there_is_one_spelling_of_a_checkpoint(hostile: str) -> None:
    with pytest.raises(FormatError):
        SignedCheckpoint.parse(hostile)


def test_an_address_has_one_tag_a_log_whatever_its_case() -> None:
    """Fixed for ever: cards that are logged would be found no more. scrypt is also that of OpenSSL's command line."""
    tag = address_tag("ada@example.org", KEY.origin)
    assert tag == address_tag("Ada@Example.ORG", KEY.origin)
    assert tag != address_tag("ada@example.org", "sealcase-log/0000000000000000")
    assert tag != address_tag("bob@example.org", KEY.origin)
    assert tag.hex() == "bee036c7cca9489a8cfbb2c8b12a89e8bcfd0fe4b66a601ca9c060787507530c"
    entry = LogEntry(tag, bytes(32))
    assert LogEntry.parse(entry.raw) == entry
    with pytest.raises(FormatError):
        LogEntry.parse(entry.raw + b"x")
