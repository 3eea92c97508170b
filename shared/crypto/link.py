"""Link grants: everything follows from 32 random bytes in the URL's fragment (and a password, if there is one)."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from shared.crypto.errors import WrongKey
from shared.crypto.file_key import FileKey
from shared.crypto.kdf import KEY_BYTES, hkdf
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError

PASSWORD_ROUNDS = 600_000


@dataclass(frozen=True, slots=True, repr=False)
class LinkKeys:
    """What a link key LK, and its password, unlock."""

    recipient: bytes
    """Names the grant; 32 bytes."""
    wrapping_key: bytes
    access: bytes
    """AUTH: shown to the server before it gives out anything; the server keeps only its SHA-256."""

    @classmethod
    def derive(cls, link_key: bytes, password: str | None) -> "LinkKeys":
        salt = hkdf(link_key, b"", b"sealcase/1 link salt")
        secret = link_key if password is None else link_key + stretch(password, salt)
        return cls(
            recipient=hkdf(link_key, b"", b"sealcase/1 link id"),
            wrapping_key=hkdf(secret, salt, b"sealcase/1 link key"),
            access=hkdf(secret, salt, b"sealcase/1 link access"),
        )

    @property
    def access_hash(self) -> bytes:
        return hashlib.sha256(self.access).digest()

    def wrap(self, file_key: FileKey) -> bytes:
        return aes_key_wrap(self.wrapping_key, file_key.raw)

    def unwrap(self, wrapped_key: bytes) -> FileKey:
        """Raises `WrongKey` for another link's key, and for a wrong password."""
        try:
            return FileKey(aes_key_unwrap(self.wrapping_key, wrapped_key))
        except (ValueError, InvalidUnwrap):
            raise WrongKey from None


def draw_link_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def link_url(public_url: str, link_key: bytes, *, has_password: bool) -> str:
    """The link as it is shared; what stands behind `#` never leaves the clients."""
    link_id = b64u(LinkKeys.derive(link_key, None).recipient)
    return f"{public_url.rstrip('/')}/s/{link_id}#{b64u(link_key)}{'.p' if has_password else ''}"


@dataclass(frozen=True, slots=True, repr=False)
class LinkAddress:
    """What stands in a link, taken apart. Never in a log or an error: it holds the key."""

    server: str
    """The server's address, without a slash at the end."""
    key: bytes
    has_password: bool

    @property
    def link_id(self) -> str:
        """As it stands in the address, and names the link to its server."""
        return b64u(LinkKeys.derive(self.key, None).recipient)

    def keys(self, password: str | None) -> LinkKeys:
        """What it unlocks, together with its password where it has one. With a password it takes a moment."""
        return LinkKeys.derive(self.key, password if self.has_password else None)


def looks_like_link(text: str) -> bool:
    """Whether somebody who typed this meant a link, whole or damaged."""
    return text.startswith(("https://", "http://")) and "/s/" in text


def parse_link(text: str) -> LinkAddress:
    """A link as it was shared. Raises `FormatError`, which repeats nothing of it."""
    address, hash_sign, fragment = text.strip().partition("#")
    server, _, link_id = address.rpartition("/s/")
    if not hash_sign or not fragment or not looks_like_link(text.strip()) or not server:
        raise FormatError("this is no whole link: one ends in # and 43 characters, which are its key")
    damaged = "this link is damaged: its key does not belong to it. Copy all of it again"
    try:
        key, has_password = parse_fragment(fragment)
    except FormatError:
        raise FormatError(damaged) from None
    found = LinkAddress(server, key, has_password)
    if found.link_id != link_id:
        raise FormatError(damaged)
    return found


def parse_fragment(fragment: str) -> tuple[bytes, bool]:
    """The link key, and whether a password is asked for. Raises `FormatError`."""
    text, dot, flag = fragment.partition(".")
    return unb64u(text if not dot or flag == "p" else "?", "the link's key", KEY_BYTES), bool(dot)


def stretch(password: str, salt: bytes) -> bytes:
    """32 bytes of a password that takes a moment to try (PBKDF2-HMAC-SHA-256, RFC 8018)."""
    normal = unicodedata.normalize("NFKC", password).encode("utf-8")
    return PBKDF2HMAC(SHA256(), KEY_BYTES, salt, PASSWORD_ROUNDS).derive(normal)
