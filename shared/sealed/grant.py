"""A grant's public shape: it gives the file key to one recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from shared.sealed import strict_json
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError

MAX_GRANTS = 1_000
_MLKEM_CIPHERTEXT = 1_088
_WRAPPED_FILE_KEY = 40  # AES Key Wrap of 32 bytes
_RSA_LENGTHS = (256, 384, 512)


class GrantType(StrEnum):
    """How the file key is wrapped."""

    RSA = "rsa-oaep-256"
    HYBRID = "mlkem768-rsa-oaep-256"
    LINK = "link"


_WRAPPED_LENGTHS = {
    GrantType.RSA: _RSA_LENGTHS,
    GrantType.HYBRID: tuple(_MLKEM_CIPHERTEXT + rsa + _WRAPPED_FILE_KEY for rsa in _RSA_LENGTHS),
    GrantType.LINK: (_WRAPPED_FILE_KEY,),
}
_KEYS = frozenset(("type", "recipient", "wrapped_key", "signature"))


@dataclass(frozen=True, slots=True)
class Grant:
    """The file key for one recipient, signed over the manifest by the sender (or not at all)."""

    type: GrantType
    recipient: bytes
    """32 bytes that name the recipient's key, not the person."""
    wrapped_key: bytes
    signature: bytes | None
    """Ed25519, 64 bytes; None where the sender is anonymous."""
    by: bytes | None = None
    """The recipient's own signing key, where a recipient re-wrapped the key after changing keys."""

    @classmethod
    def parse(cls, value: object) -> Self:
        """The grant that a JSON object holds; raises `FormatError` for anything unknown or of a wrong length."""
        record = strict_json.as_object(value, "grant")
        strict_json.only_keys(record, _KEYS, frozenset(("by",)), "grant")
        try:
            grant_type = GrantType(strict_json.text(record, "type", 64))
        except ValueError:
            raise FormatError("grant is of an unknown type") from None
        signature, by = record["signature"], record.get("by")
        wrapped_key = unb64u(record["wrapped_key"], "wrapped_key")
        if len(wrapped_key) not in _WRAPPED_LENGTHS[grant_type]:
            raise FormatError(f"wrapped_key has {len(wrapped_key)} bytes, wrong for {grant_type}")
        return cls(
            type=grant_type,
            recipient=unb64u(record["recipient"], "recipient", 32),
            wrapped_key=wrapped_key,
            signature=None if signature is None else unb64u(signature, "signature", 64),
            by=None if by is None else unb64u(by, "by", 32),
        )

    def to_json(self) -> dict[str, str | None]:
        """The JSON object that travels and is stored; `by` only where there is one."""
        record: dict[str, str | None] = {
            "type": self.type.value,
            "recipient": b64u(self.recipient),
            "wrapped_key": b64u(self.wrapped_key),
            "signature": None if self.signature is None else b64u(self.signature),
        }
        if self.by is not None:
            record["by"] = b64u(self.by)
        return record


def is_post_quantum(grants: Sequence[Grant]) -> bool:
    """Whether a file stays closed to a future quantum computer: only if every one of its grants does."""
    return bool(grants) and all(grant.type is GrantType.HYBRID for grant in grants)


def parse_grants(value: object) -> list[Grant]:
    """The grants of a JSON array; raises `FormatError` for doubles of one type to one recipient and for too many."""
    if not isinstance(value, list) or len(value) > MAX_GRANTS:
        raise FormatError(f"grants is not an array of at most {MAX_GRANTS}")
    grants = [Grant.parse(item) for item in value]
    if len({(grant.type, grant.recipient, grant.by) for grant in grants}) != len(grants):
        raise FormatError("the same recipient has two grants of one type")
    return grants
