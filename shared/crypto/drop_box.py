"""Drop boxes: an address names a box, and the signing key of whoever may open what is left in it.

The server hands out its owner's card; whoever leaves something compares that with the key in the address, which the
server never sees. So it can't put keys of its own in the owner's place.
"""

import hashlib
from dataclasses import dataclass, field

from shared.crypto.identity import verify_card
from shared.crypto.kdf import KEY_BYTES, hkdf
from shared.crypto.link import stretch
from shared.sealed.card import Card
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError

_SIGNING_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class BoxKeys:
    """What the key of a drop box, and its password, unlock."""

    box_id: str
    """Names the box; 32 bytes as base64url."""
    access: bytes
    """AUTH: shown to the server before it takes or tells anything; the server keeps only its SHA-256."""

    @classmethod
    def derive(cls, box_key: bytes, password: str | None) -> "BoxKeys":
        salt = hkdf(box_key, b"", b"sealcase/1 drop box salt")
        secret = box_key if password is None else box_key + stretch(password, salt)
        return cls(
            box_id=b64u(hkdf(box_key, b"", b"sealcase/1 drop box id")),
            access=hkdf(secret, salt, b"sealcase/1 drop box access"),
        )

    @property
    def access_hash(self) -> bytes:
        return hashlib.sha256(self.access).digest()


@dataclass(frozen=True, slots=True)
class BoxAddress:
    """What stands in the address of a drop box, taken apart. Never in a log or an error: it holds the key."""

    server: str
    """The server's address, without a slash at the end."""
    key: bytes = field(repr=False)
    signing_key: bytes
    """Ed25519, of whoever may open what is left."""
    has_password: bool

    def keys(self, password: str | None) -> BoxKeys:
        """What it unlocks, together with its password where it has one. With a password it takes a moment."""
        return BoxKeys.derive(self.key, password if self.has_password else None)

    def card_of(self, raw: bytes, signature: bytes) -> Card:
        """The owner's card, if it is. Raises `FormatError` for one that the key in the address has not signed."""
        card = verify_card(raw, signature)
        if card.signing_key != self.signing_key:
            raise FormatError("the card is not that of the drop box's owner")
        return card

    def __str__(self) -> str:
        """The address as it is shared; what stands behind `#` never leaves the clients."""
        fragment = b64u(self.key + self.signing_key)
        return f"{self.server}/d/{BoxKeys.derive(self.key, None).box_id}#{fragment}{'.p' if self.has_password else ''}"


def looks_like_box(text: str) -> bool:
    """Whether somebody who typed this meant a drop box, whole or damaged."""
    return text.startswith(("https://", "http://")) and "/d/" in text


def parse_box(text: str) -> BoxAddress:
    """An address as it was shared. Raises `FormatError`, which repeats nothing of it."""
    address, hash_sign, fragment = text.strip().partition("#")
    server, _, box_id = address.rpartition("/d/")
    if not hash_sign or not fragment or not looks_like_box(text.strip()) or not server:
        raise FormatError("this is no whole address of a drop box: one ends in # and 86 characters, which are its keys")
    both, dot, flag = fragment.partition(".")
    if dot and flag != "p":
        raise FormatError("this address is damaged. Copy all of it again")
    keys = unb64u(both, "the drop box's keys", KEY_BYTES + _SIGNING_KEY_BYTES)
    found = BoxAddress(server, keys[:KEY_BYTES], keys[KEY_BYTES:], bool(dot))
    if BoxKeys.derive(found.key, None).box_id != box_id:
        raise FormatError("this address is damaged: its key does not belong to it. Copy all of it again")
    return found
