"""Seals and opens in memory or in small files, for tests."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.crypto.container import Container, seal_to_stream
from shared.crypto.content import Content, SealOptions
from shared.crypto.grants import Reader
from shared.crypto.keys import PrivateKeys, RecipientKey
from shared.crypto.link import LinkKeys
from shared.crypto.open import open_file, restore_stream
from shared.crypto.parts import Fill
from shared.crypto.positional import PositionalFile
from shared.crypto.seal import Sealed
from shared.crypto.workers import FixedLanes


def filled_from(data: bytes, longest: int = 1 << 30) -> Fill:
    """Gives `data`, at most `longest` bytes at a time."""
    left = memoryview(data)

    def fill(view: memoryview) -> int:
        nonlocal left
        taken = min(len(view), len(left), longest)
        view[:taken] = left[:taken]
        left = left[taken:]
        return taken

    return fill


def collector(into: bytearray) -> Callable[[memoryview], None]:
    return into.extend


def seal_bytes(
    content: bytes,
    to: Sequence[RecipientKey],
    signer: Ed25519PrivateKey | None = None,
    options: SealOptions = SealOptions(),  # noqa: B008  (frozen)
    longest: int = 1 << 30,
    **fields: Any,
) -> tuple[Sealed, bytes]:
    """A container made as from a pipe."""
    written = bytearray()
    what = Content("content.bin", filled_from(content, longest), None, **fields)
    sealed = seal_to_stream(what, to, collector(written), signer, options)
    return sealed, bytes(written)


@contextmanager
def memory_file(data: bytes = b"") -> Iterator[PositionalFile]:
    """A nameless file with `data`; its size is known to the `PositionalFile`."""
    if hasattr(os, "memfd_create"):
        file = FileIO(os.memfd_create("test"), "w+")
    else:
        handle, path = tempfile.mkstemp()
        Path(path).unlink()
        file = FileIO(handle, "w+")
    with file:
        file.write(data)
        yield PositionalFile(file)


def opened_bytes(container: bytes, keys: PrivateKeys | LinkKeys, me: Reader | None = None, threads: int = 1) -> bytes:
    """The content of a container. Raises what opening raises."""
    content = bytearray()
    with memory_file(container) as file:
        read = Container.read(file)
        opened = open_file(read.manifest.raw, read.grants, keys, me)
        restore_stream(opened, read.part_hashes, read, collector(content), lanes=FixedLanes(threads))
    return bytes(content)
