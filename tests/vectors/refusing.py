"""What vectors that must be refused are made with: a collection of them, and small changes to records."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.vectors.containers import LETTER, literal, person, recipe
from tests.vectors.reference import (
    Json,
    Made,
    Person,
    Recipe,
    b64u,
    compact,
    grants_to,
    make,
    signed_bytes,
    unb64u,
)

Change = Callable[[Json], Json]
Bytes = Callable[[bytes], bytes]


class Refusals:
    """Collects vectors."""

    def __init__(self, people: dict[str, Person]) -> None:
        self.people = people
        self.alice, self.bob, self.carol = people["alice"], people["bob"], people["carol"]
        self.sam, self.mallory = people["sam"], people["mallory"]
        self.out: list[Json] = []
        self.signed = make(recipe("signed", LETTER, self.sam, grants_to(self.alice.plain, self.bob.public)))
        self.anonymous = make(recipe("anonymous", LETTER, None, grants_to(self.alice.plain, self.bob.public)))

    def add(self, name: str, what: str, container: bytes, error: str, at: str, opener: Json | None = None) -> None:
        self.build(name, what, None, error, at, opener, container)

    @property
    def bases(self) -> dict[str, bytes]:
        return {"signed": self.signed.container, "anonymous": self.anonymous.container}

    def shortened(self, container: bytes) -> Json:
        """The container itself, or as a change to a base where that is much shorter."""
        for name, base in self.bases.items():
            head = common(base, container)
            tail = min(common(base[::-1], container[::-1]), len(container) - head, len(base) - head)
            if head + tail > len(container) - 400 and head > 100 and len(container) > 400:
                start = {"base": name, "offset": 0, "length": head}
                end_ = {"base": name, "offset": len(base) - tail, "length": tail}
                middle = container[head : len(container) - tail]
                return {"build": [start, literal(middle), *([end_] if tail else [])]}
        return {"container": b64u(container)}

    def build(
        self,
        name: str,
        what: str,
        pieces: list[Json] | None,
        error: str,
        at: str,
        opener: Json | None = None,
        container: bytes = b"",
    ) -> None:
        sealed: Json = self.shortened(container) if pieces is None else {"build": pieces}
        expected: Json = {"error": error, "at": at}
        opener = opener or person("alice")
        self.out.append({"name": name, "what": what, **sealed, "open_with": [opener], "expect": expected})

    def crafted(
        self,
        name: str,
        what: str,
        error: str,
        at: str,
        opener: Json | None = None,
        of: Recipe | None = None,
        **bend: Any,
    ) -> None:
        base = of or recipe(name, LETTER, self.sam, grants_to(self.alice.plain))
        self.add(name, what, make(base.but(**bend)).container, error, at, opener)


def common(one: bytes, other: bytes) -> int:
    """How many bytes at the beginning are the same."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def change(key: str, value: object) -> Change:
    return lambda record: {**record, key: value}


def drop(key: str) -> Change:
    return lambda record: {k: v for k, v in record.items() if k != key}


def flip(text: object, index: int) -> str:
    """base64url `text` with one bit of byte `index` changed."""
    assert isinstance(text, str)
    data = bytearray(unb64u(text))
    data[index] ^= 1
    return b64u(bytes(data))


def sub(old: bytes, new: bytes) -> Bytes:
    def substitute(raw: bytes) -> bytes:
        assert raw.count(old) == 1, (old, raw)
        return raw.replace(old, new)

    return substitute


def fields(made: Made) -> Json:
    import json

    record: Json = json.loads(made.manifest)
    return record


def with_manifest(made: Made, bend: Change) -> bytes:
    """The container with another manifest, and grants as they were."""
    return replace(made, manifest=compact(bend(fields(made)))).container


def with_grant(made: Made, bend: Change, index: int = 0) -> bytes:
    grants = list(made.grants)
    grants[index] = bend(grants[index])
    return replace(made, grants=grants).container


def resign(made: Made, one: Json, signer: Person) -> Json:
    kind, recipient, wrapped = str(one["type"]), unb64u(str(one["recipient"])), unb64u(str(one["wrapped_key"]))
    return {**one, "signature": b64u(signer.signer.sign(signed_bytes(made.manifest, kind, recipient, wrapped)))}


def two(**values: object) -> Change:
    return lambda record: {**record, **values}
