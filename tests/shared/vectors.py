"""Reads and runs the vectors in `tests/vectors`; their `README.md` describes them."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from io import FileIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

from shared.crypto.container import Container
from shared.crypto.grants import Reader
from shared.crypto.keys import PrivateKeys
from shared.crypto.link import LinkKeys
from shared.crypto.open import Opened, open_file, restore_file, restore_stream
from shared.crypto.pem import load_private_pem
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import FixedLanes
from shared.sealed.encoding import unb64u

FOLDER = Path(__file__).parents[1] / "vectors"

Vector = dict[str, Any]


@cache
def load(name: str) -> list[Vector]:
    """The vectors in a file, with their containers' pieces put together lazily by `container_of`."""
    document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    vectors: list[Vector] = document["vectors"]
    assert len(vectors) == document["count"]
    for vector in vectors:
        vector["bases"] = document.get("bases", {})
    return vectors


def name_of(vector: Vector) -> str:
    return str(vector["name"])


@cache
def _file(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def container_of(vector: Vector) -> bytes:
    """The sealed bytes of a vector."""
    if "container" in vector:
        return unb64u(vector["container"], "container")
    return b"".join(_piece(piece, vector["bases"]) for piece in vector["build"])


def _piece(piece: Vector, bases: dict[str, str]) -> bytes:
    if "bytes" in piece:
        return unb64u(piece["bytes"], "bytes") * int(piece.get("repeat", 1))
    whole = _file(piece["file"]) if "file" in piece else unb64u(bases[piece["base"]], "base")
    return whole[piece["offset"] : piece["offset"] + piece["length"]]


def counter_content(length: int) -> bytes:
    """The content that vectors call `counter`: SHA-256("sealcase test content" ‖ u64(i)), joined, cut."""
    count = -(-length // 32)
    blocks = (hashlib.sha256(b"sealcase test content" + i.to_bytes(8, "big")).digest() for i in range(count))
    return b"".join(blocks)[:length]


def content_of(expected: Vector) -> bytes:
    content = expected["content"]
    return counter_content(content["counter"]) if "counter" in content else unb64u(content["bytes"], "content")


# -- keys


@cache
def _people() -> dict[str, dict[str, str]]:
    people: dict[str, dict[str, str]] = json.loads((FOLDER / "keys.json").read_text(encoding="utf-8"))
    return people


@cache
def private_keys(name: str, *, rsa_only: bool = False) -> PrivateKeys:
    """The decryption keys of somebody in `keys.json`."""
    keys = _people()[name]
    rsa = load_private_pem(keys["rsa_pem"].encode(), None).rsa
    return PrivateKeys(
        rsa, None if rsa_only else MLKEM768PrivateKey.from_seed_bytes(unb64u(keys["mlkem_seed"], "seed"))
    )


def signing_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(unb64u(_people()[name]["signing_seed"], "seed"))


def reader_of(opener: Vector) -> Reader | None:
    reader = opener.get("reader")
    if reader is None:
        return None
    earlier = frozenset(unb64u(name, "recipient", 32) for name in reader["earlier_recipients"])
    return Reader(unb64u(reader["signing_key"], "signing_key", 32), earlier)


@cache
def _link_keys(link_key: str, password: str | None) -> LinkKeys:
    return LinkKeys.derive(unb64u(link_key, "link_key", 32), password)


def keys_of(opener: Vector) -> PrivateKeys | LinkKeys:
    """What a vector's `open_with` stands for."""
    if "link_key" in opener:
        return _link_keys(opener["link_key"], opener["password"])
    return private_keys(opener["person"], rsa_only=opener.get("rsa_only", False))


# -- opening


@dataclass
class Attempt:
    """How far opening a container has come; kept when it fails."""

    sealed: Path
    target: Path
    at: str = "read"
    opened: Opened | None = None
    streamed: bytes = b""


def attempt(vector: Vector, folder: Path) -> Attempt:
    """Puts the vector's container on disk."""
    sealed = folder / "vector.sealed"
    sealed.write_bytes(container_of(vector))
    return Attempt(sealed, folder / "vector.out")


def run(trial: Attempt, opener: Vector, *, threads: int = 2, stream: bool = False) -> None:
    """Opens the container into `target`, or into `streamed`; `trial.at` says which step was reached."""
    with FileIO(trial.sealed) as sealed:
        trial.at = "read"
        container = Container.read(PositionalFile(sealed))
        trial.at = "open"
        opened = open_file(container.manifest.raw, container.grants, keys_of(opener), reader_of(opener))
        trial.opened = opened
        trial.at = "restore"
        if stream:
            pieces: list[bytes] = []

            def keep(piece: memoryview) -> None:
                pieces.append(bytes(piece))
                trial.streamed += pieces[-1]

            restore_stream(opened, container.part_hashes, container, keep, lanes=FixedLanes(threads))
        else:
            with FileIO(trial.target, "w+") as target:
                restore_file(
                    opened, container.part_hashes, container, PositionalFile(target), lanes=FixedLanes(threads)
                )
        trial.at = "done"
