"""A search of a folder for secrets, in the spellings in which they could lie there."""

import base64
import mmap
import random
from collections.abc import Iterable, Mapping
from pathlib import Path

Needles = Mapping[str, bytes]
"""What each secret is called, and its bytes."""

SLICE = 48
"""Bytes of content that are looked for at a time; by chance, so many agree nowhere."""


def spellings(needle: bytes) -> set[bytes]:
    """The bytes as they are, in hex, and in base64 at each of its three alignments."""
    found = {needle, needle.hex().encode(), needle.hex().upper().encode()}
    for skipped in range(3):
        text = base64.b64encode(needle[(3 - skipped) % 3 :])
        inner = text[: len(needle[(3 - skipped) % 3 :]) // 3 * 4]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))} if len(inner) >= 8 else set()
    return found


def slices_of(path: Path, count: int = 8) -> dict[str, bytes]:
    """Some pieces of a file's content, at its beginning, at its end and in between."""
    size = path.stat().st_size
    if size <= SLICE:
        return {f"content of {path.name}": path.read_bytes()} if size else {}
    draw = random.Random(size)
    offsets = {0, size - SLICE, *(draw.randrange(size - SLICE) for _ in range(count))}
    with path.open("rb") as file:
        pieces = {}
        for offset in offsets:
            file.seek(offset)
            pieces[f"content of {path.name} from byte {offset}"] = file.read(SLICE)
    return pieces


def search(folder: Path, needles: Needles) -> list[str]:
    """Every needle that occurs in a file's content, or in a file's or folder's name, below `folder`."""
    variants = [(name, spelling) for name, needle in needles.items() for spelling in spellings(needle)]
    found = []
    for path in sorted(folder.rglob("*")):
        relative = str(path.relative_to(folder)).encode("utf-8", "surrogateescape")
        found += [f"{name}: in the name {path}" for name, spelling in variants if spelling in relative]
        if path.is_file():
            found += [f"{name}: in {path}" for name in _names_in(path, variants)]
    return found


def _names_in(path: Path, variants: Iterable[tuple[str, bytes]]) -> list[str]:
    if not path.stat().st_size:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return [name for name, spelling in variants if content.find(spelling) >= 0]
