"""Sealed files that no honest client made: the writer of the test vectors, with the keys of people in these tests."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from shared.crypto.identity import Identity
from shared.crypto.keys import RecipientKey
from shared.sealed.card import Card
from tests.vectors.reference import Json, Made, Person, Recipe, Recipient, b64u, grants_to, make

MARKER = b"Dear Bob, the keys are under the third flower pot, beside the well. Ada\n"
"""In the content of every file here, so that a search can find it where it must not be."""
NAME = "flower-pot-5c1e.txt"
MIB = 1 << 20


def keys_of(identity: Identity) -> Person:
    """Somebody's private keys, for the vectors' writer."""
    return Person(identity.keys.rsa, identity.keys.mlkem, identity.signing_key)


def public_keys_of(card: Card) -> Recipient:
    key = RecipientKey.of_card(card)
    return Recipient(key.rsa, key.mlkem)


def recipe(signer: Identity | None, to: Card, content: bytes = MARKER, **changes: Any) -> Recipe:
    """How to seal `content` for one card, signed by `signer`; not compressed, in parts of 1 MiB."""
    draft = Recipe(
        file_key=uuid.uuid4().bytes + uuid.uuid4().bytes,
        file_id=uuid.uuid4(),
        content=content,
        sender=None if signer is None else keys_of(signer),
        grants=grants_to(public_keys_of(to)),
        nonce=uuid.uuid4().bytes[:12],
        part_size=MIB,
        metadata=named(NAME),
    )
    return draft.but(**changes)


def named(name: str, **fields: object) -> Callable[[Json], Json]:
    """Metadata with this name and these fields."""
    return lambda record: {**record, "name": name, **fields}


@dataclass(frozen=True)
class Fake:
    """What a server says of a file."""

    made: Made
    from_email: str
    said: Json = field(default_factory=dict)
    """Fields of the record that are other than they should be."""
    content: bytes | None = None
    """The sealed body, if it is not the one that was made."""

    @classmethod
    def of(cls, draft: Recipe, from_email: str, **said: object) -> "Fake":
        return cls(make(draft), from_email, said)

    @property
    def file_id(self) -> str:
        return str(self.made.recipe.file_id)

    @property
    def body(self) -> bytes:
        return self.made.body if self.content is None else self.content

    def saying(self, **said: object) -> "Fake":
        return replace(self, said={**self.said, **said})

    def with_parts(self, *parts: bytes) -> "Fake":
        """Another body under the same records."""
        return replace(self, content=b"".join(parts))

    def item(self) -> Json:
        """As it stands in a listing."""
        now = int(time.time())
        return {
            "file_id": self.file_id,
            "owner": False,
            "from_email": self.from_email,
            "uploaded_at": now,
            "expires_at": now + 86_400,
            "size": len(self.made.body),
            "downloads": 0,
            "manifest": b64u(self.made.manifest),
            "grants": self.made.grants,
            **{name: value for name, value in self.said.items() if name not in ("part_hashes", "ciphertext")},
        }

    def detail(self) -> Json:
        return {**self.item(), "part_hashes": b64u(self.made.hashes), "allowed_users": None, **self.said}
