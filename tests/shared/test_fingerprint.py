"""Fingerprints of plaintext parts: the same content, file and place give the same one, and nothing else does."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.file_key import FileKey
from shared.crypto.fingerprint import FINGERPRINT_BYTES, PartFingerprint

KEY, FILE = FileKey(bytes(range(32))), uuid.UUID(int=4 << 76 | 2 << 62)


def _of(content: bytes, key: FileKey = KEY, file_id: uuid.UUID = FILE, index: int = 0, cut: int = 0) -> bytes:
    fingerprint = PartFingerprint(key, file_id, index)
    fingerprint.update(content[:cut])
    fingerprint.update(memoryview(content)[cut:])
    return fingerprint.finish()


@given(content=st.binary(max_size=200), cut=st.integers(0, 200), flip=st.integers(0, 199))
def test_it_depends_on_every_bit_and_not_on_how_it_was_read(content: bytes, cut: int, flip: int) -> None:
    whole = _of(content)
    assert len(whole) == FINGERPRINT_BYTES
    assert _of(content, cut=cut) == whole
    if flip < len(content):
        changed = bytearray(content)
        changed[flip] ^= 1
        assert _of(bytes(changed)) != whole
    assert _of(content + b"\0") != whole


def test_it_is_of_one_file_and_one_place() -> None:
    """Whoever does not have the file key can't compute it, and two parts alike do not show it."""
    assert len({_of(b"x"), _of(b"x", key=FileKey(bytes(32))), _of(b"x", file_id=uuid.uuid4()), _of(b"x", index=1)}) == 4


def test_watching_changes_nothing_of_what_is_read() -> None:
    left = memoryview(b"some content")

    def fill(view: memoryview) -> int:
        nonlocal left
        taken = min(5, len(view), len(left))
        view[:taken], left = left[:taken], left[taken:]
        return taken

    fingerprint, read = PartFingerprint(KEY, FILE, 0), b""
    watched, buffer = fingerprint.watching(fill), memoryview(bytearray(8))
    while got := watched(buffer):
        read += bytes(buffer[:got])
    assert read == b"some content"
    assert fingerprint.finish() == _of(b"some content")
