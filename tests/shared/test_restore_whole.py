"""Opening a small body in memory: as good as from a file, and as suspicious."""

import os
import random
import uuid

import pytest

from shared.crypto.container import Container
from shared.crypto.content import SealOptions
from shared.crypto.errors import Altered
from shared.crypto.file_key import FileKey
from shared.crypto.identity import Identity
from shared.crypto.open import open_file, restore_whole
from shared.crypto.parts import PartOpener, PartSealer
from shared.sealed.errors import FormatError
from tests.shared.sealing import collector, memory_file, seal_bytes


@pytest.fixture(scope="module")
def ada() -> Identity:
    return Identity.create("ada@example.org", 2048)


def whole(container: bytes, ada: Identity, *, body: bytes | None = None, hashes: bytes | None = None) -> bytes:
    """The content of a container, opened in memory; `body` or `hashes` in place of its own."""
    content = bytearray()
    with memory_file(container) as file:
        read = Container.read(file)
        own = bytearray(read.manifest.body_size)
        file.read_at(12, memoryview(own))
    opened = open_file(read.manifest.raw, read.grants, ada.keys)
    restore_whole(opened, hashes or read.part_hashes, bytes(own) if body is None else body, collector(content))
    return bytes(content)


def body_of(container: bytes) -> bytes:
    with memory_file(container) as file:
        return container[12 : 12 + Container.read(file).manifest.body_size]


@pytest.mark.parametrize("size", [0, 1, 4_095, 4_096, 16_384, 100_000, (1 << 20) + 5, 3 << 20])
@pytest.mark.parametrize("pad", [True, False])
def test_every_size_and_kind(ada: Identity, size: int, pad: bool) -> None:
    """Compressed or not, padded or not."""
    for content in (os.urandom(size), b"text " * (size // 5)):
        _, container = seal_bytes(content, [ada.keys.public], options=SealOptions(pad=pad))
        assert whole(container, ada) == content


def test_no_altered_byte_comes_through(ada: Identity) -> None:
    """Wherever it is; nor a shorter or a longer body, nor the hashes of another one."""
    _, container = seal_bytes(os.urandom(20_000), [ada.keys.public])
    body = body_of(container)
    for position in [0, len(body) - 1, *random.Random(1).sample(range(len(body)), 50)]:
        flipped = bytearray(body)
        flipped[position] ^= 1
        with pytest.raises(Altered):
            whole(container, ada, body=bytes(flipped))
    for other in (b"", body[:-1], body + b"\0", body * 2):
        with pytest.raises(Altered):
            whole(container, ada, body=other)
    with pytest.raises(FormatError):
        whole(container, ada, hashes=bytes(32))


@pytest.mark.parametrize("step", [1, 100, 16_384, 1 << 20])
@pytest.mark.parametrize("size", [0, 1, 16_384, 50_000])
def test_the_step_changes_nothing(ada: Identity, step: int, size: int) -> None:
    """However little is sealed or opened at a time, the other side gets the same."""
    file_key, file_id = FileKey.draw(), uuid.uuid4()
    content = os.urandom(size)
    left = memoryview(content)

    def fill(view: memoryview) -> int:
        nonlocal left
        taken = min(len(view), len(left))
        view[:taken], left = left[:taken], left[taken:]
        return taken

    sealed = b"".join(map(bytes, PartSealer(file_key, file_id, step).pieces(0, size, fill)))
    pieces = (memoryview(sealed)[at : at + step] for at in range(0, len(sealed), step))
    assert b"".join(map(bytes, PartOpener(file_key, file_id, step).pieces(0, pieces))) == content
