"""What every transfer says and hears, written and read by hand: `shared.api.models` without the time to build models.

pydantic costs each start a tenth of a second, as much as all else that `send` and `get` load. What is refused here is
what the models refuse; `tests/client/test_wire_by_hand.py` holds the two against each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from client.api.by_hand import (
    MOST,
    as_text,
    base64_text,
    base64url,
    checked,
    each,
    flag,
    json_text,
    number,
    read_object,
    text,
)
from shared.sealed import strict_json
from shared.sealed.errors import FormatError
from shared.sealed.grant import Grant
from shared.sealed.manifest import parse_file_id
from shared.sealed.strict_json import JsonObject, integer, optional

_MAX_USER_ID_CHARS = 64
_EMAIL_CHARS = range(3, 255)
_GRANT = frozenset(("type", "recipient", "wrapped_key", "signature"))
_BY = frozenset(("by",))


class Heard(Protocol):
    """An answer: a model, or something of here. Reading it raises `ValueError`."""

    @classmethod
    def model_validate_json(cls, json_data: bytes, /) -> Self: ...


class Said(Protocol):
    """What goes into a request."""

    def model_dump_json(self, *, exclude_unset: bool = False) -> str: ...


@dataclass(frozen=True, slots=True)
class PublishedCard:
    """`shared.api.models.PublishedCard`."""

    card: str
    signature: str
    user_id: str

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        record = read_object(json_data, ("card", "signature", "user_id"))
        user_id = text(record, "user_id")
        if not 1 <= len(user_id) <= _MAX_USER_ID_CHARS:
            raise FormatError("user_id has a wrong length")
        return cls(base64url(record, "card"), base64url(record, "signature"), user_id)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`shared.api.models.Refreshed`."""

    token: str
    refresh_token: str
    expires_in: int

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        record = read_object(json_data, ("token", "refresh_token", "expires_in"))
        return cls(text(record, "token"), text(record, "refresh_token"), number(record, "expires_in"))


@dataclass(frozen=True, slots=True)
class UploadStart:
    """`shared.api.models.UploadStart`."""

    file_id: str
    part_size: int
    body_size: int | None = None
    direct: bool = False
    """Whether we could send parts straight to the store."""

    def model_dump_json(self, *, exclude_unset: bool = False) -> str:  # noqa: ARG002  (null says the same)
        about = {"file_id": self.file_id, "part_size": self.part_size, "body_size": self.body_size}
        return json_text({**about, "direct": True} if self.direct else about)


@dataclass(frozen=True, slots=True)
class Part:
    """`shared.api.models.Part`."""

    number: int
    size: int
    digest: str

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        return cls.of(strict_json.loads(json_data, MOST, "the answer"))

    @classmethod
    def of(cls, value: object) -> Self:
        """Raises `FormatError`."""
        record = checked(value, ("number", "size", "digest"))
        return cls(integer(record, "number"), number(record, "size"), base64url(record, "digest"))


@dataclass(frozen=True, slots=True)
class Upload:
    """`shared.api.models.Upload`."""

    file_id: str
    part_size: int
    body_size: int | None
    parts: tuple[Part, ...]
    idle_expires_at: int
    direct: bool = False
    """Whether parts may go straight to the store."""

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        record = read_object(json_data, ("file_id", "part_size", "body_size", "parts", "idle_expires_at"), ("direct",))
        return cls(
            str(parse_file_id(record["file_id"])),
            number(record, "part_size"),
            optional(record, "body_size", number),
            each(record, "parts", Part.of),
            number(record, "idle_expires_at"),
            "direct" in record and flag(record, "direct"),
        )


@dataclass(frozen=True, slots=True)
class UploadComplete:
    """`shared.api.models.UploadComplete`."""

    manifest: str
    grants: tuple[JsonObject, ...]
    allowed_users: tuple[str, ...]
    expires_hours: int
    download_limit: int | None

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """What `model_dump_json` wrote. Raises `FormatError`."""
        record = read_object(json_data, ("manifest", "grants", "allowed_users", "expires_hours", "download_limit"))
        return cls(
            base64url(record, "manifest"),
            each(record, "grants", _grant),
            each(record, "allowed_users", as_text),
            integer(record, "expires_hours"),
            optional(record, "download_limit", integer),
        )

    def model_dump_json(self, *, exclude_unset: bool = False) -> str:  # noqa: ARG002  (null says the same)
        return json_text(self.to_json())

    def to_json(self) -> JsonObject:
        return {
            "manifest": self.manifest,
            "grants": self.grants,
            "allowed_users": self.allowed_users,
            "expires_hours": self.expires_hours,
            "download_limit": self.download_limit,
        }


@dataclass(frozen=True, slots=True)
class WholeUpload:
    """`shared.api.models.WholeUpload`."""

    complete: UploadComplete
    ciphertext: str

    def model_dump_json(self, *, exclude_unset: bool = False) -> str:  # noqa: ARG002  (null says the same)
        return json_text({**self.complete.to_json(), "ciphertext": self.ciphertext})


@dataclass(frozen=True, slots=True)
class FileDetail:
    """`shared.api.models.FileDetail`."""

    file_id: str
    format: Literal[0, 1]
    filename: str | None
    owner: bool
    from_email: str
    uploaded_at: int
    expires_at: int
    size: int
    downloads: int
    download_limit: int | None
    manifest: str
    grants: tuple[JsonObject, ...]
    part_hashes: str
    allowed_users: tuple[str, ...] | None
    nonce: str | None
    wrapped_key: str | None
    metadata: str | None
    ciphertext: str | None
    notify: bool | None = None
    storage: str | None = None
    cid: str | None = None
    box_id: str | None = None

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        record = read_object(json_data, _REQUIRED_OF_DETAIL, _OPTIONAL_OF_DETAIL)
        owner, from_email = flag(record, "owner"), text(record, "from_email")
        if len(from_email) not in _EMAIL_CHARS:
            raise FormatError("from_email has a wrong length")
        return cls(
            file_id=str(parse_file_id(record["file_id"])),
            format=0 if "format" in record and integer(record, "format", 0, 1) == 0 else 1,
            filename=optional(record, "filename", text),
            owner=owner,
            from_email=from_email,
            uploaded_at=number(record, "uploaded_at"),
            expires_at=number(record, "expires_at"),
            size=number(record, "size"),
            downloads=number(record, "downloads"),
            download_limit=optional(record, "download_limit", number),
            manifest=base64url(record, "manifest"),
            grants=each(record, "grants", _grant),
            part_hashes=base64url(record, "part_hashes"),
            allowed_users=None if record["allowed_users"] is None else each(record, "allowed_users", as_text),
            nonce=optional(record, "nonce", text),
            wrapped_key=optional(record, "wrapped_key", text),
            metadata=optional(record, "metadata", text),
            ciphertext=optional(record, "ciphertext", base64_text),
            storage=optional(record, "storage", text),
            cid=optional(record, "cid", text),
            notify=optional(record, "notify", flag),
            box_id=optional(record, "box_id", text),
        )


_REQUIRED_OF_DETAIL = (
    *("file_id", "owner", "from_email", "uploaded_at", "expires_at", "size", "downloads"),
    *("manifest", "grants", "part_hashes", "allowed_users"),
)
_OPTIONAL_OF_DETAIL = (
    *("format", "filename", "download_limit", "nonce", "wrapped_key", "metadata", "ciphertext"),
    *("notify", "storage", "cid", "box_id"),
)


def grants_of(grants: Sequence[Grant]) -> tuple[JsonObject, ...]:
    """Grants as they travel."""
    return tuple(dict(grant.to_json()) for grant in grants)


def refresh(refresh_token: str) -> bytes:
    """`shared.api.models.Refresh`."""
    return strict_json.dumps({"refresh_token": refresh_token})


def _grant(value: object) -> JsonObject:
    """As `GrantModel` has it; what is in it, `Grant.parse` looks at."""
    record = strict_json.as_object(value, "grant")
    strict_json.only_keys(record, _GRANT, _BY, "grant")
    text(record, "type")
    for key in ("recipient", "wrapped_key"):
        base64url(record, key)
    for key in ("signature", "by"):
        optional(record, key, base64url)
    return record
