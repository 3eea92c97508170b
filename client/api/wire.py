"""What every transfer says and hears, written and read by hand: `shared.api.models` without the time to build models.

pydantic costs each start a tenth of a second, as much as all else that `send` and `get` load. What is refused here is
what the models refuse; `tests/client/test_wire_by_hand.py` holds the two against each other.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeVar

from shared.sealed import strict_json
from shared.sealed.errors import FormatError
from shared.sealed.grant import Grant
from shared.sealed.manifest import parse_file_id
from shared.sealed.strict_json import JsonObject, integer, optional

_MOST = 128 << 20
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_ANY = -strict_json.MAX_INTEGER
_MAX_USER_ID_CHARS = 64
_EMAIL_CHARS = range(3, 255)
_GRANT = frozenset(("type", "recipient", "wrapped_key", "signature"))
_BY = frozenset(("by",))

Value = TypeVar("Value")


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
        record = _object(json_data, ("card", "signature", "user_id"))
        user_id = _text(record, "user_id")
        if not 1 <= len(user_id) <= _MAX_USER_ID_CHARS:
            raise FormatError("user_id has a wrong length")
        return cls(_base64url(record, "card"), _base64url(record, "signature"), user_id)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`shared.api.models.Refreshed`."""

    token: str
    refresh_token: str
    expires_in: int

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        record = _object(json_data, ("token", "refresh_token", "expires_in"))
        return cls(_text(record, "token"), _text(record, "refresh_token"), _number(record, "expires_in"))


@dataclass(frozen=True, slots=True)
class UploadStart:
    """`shared.api.models.UploadStart`."""

    file_id: str
    part_size: int
    body_size: int | None = None

    def model_dump_json(self, *, exclude_unset: bool = False) -> str:  # noqa: ARG002  (null says the same)
        return _json({"file_id": self.file_id, "part_size": self.part_size, "body_size": self.body_size})


@dataclass(frozen=True, slots=True)
class Part:
    """`shared.api.models.Part`."""

    number: int
    size: int
    digest: str

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        return cls.of(strict_json.loads(json_data, _MOST, "the answer"))

    @classmethod
    def of(cls, value: object) -> Self:
        """Raises `FormatError`."""
        record = _checked(value, ("number", "size", "digest"))
        return cls(integer(record, "number"), _number(record, "size"), _base64url(record, "digest"))


@dataclass(frozen=True, slots=True)
class Upload:
    """`shared.api.models.Upload`."""

    file_id: str
    part_size: int
    body_size: int | None
    parts: tuple[Part, ...]
    idle_expires_at: int

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        record = _object(json_data, ("file_id", "part_size", "body_size", "parts", "idle_expires_at"))
        return cls(
            str(parse_file_id(record["file_id"])),
            _number(record, "part_size"),
            optional(record, "body_size", _number),
            _each(record, "parts", Part.of),
            _number(record, "idle_expires_at"),
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
        record = _object(json_data, ("manifest", "grants", "allowed_users", "expires_hours", "download_limit"))
        return cls(
            _base64url(record, "manifest"),
            _each(record, "grants", _grant),
            _each(record, "allowed_users", _as_text),
            integer(record, "expires_hours"),
            optional(record, "download_limit", integer),
        )

    def model_dump_json(self, *, exclude_unset: bool = False) -> str:  # noqa: ARG002  (null says the same)
        return _json(self.to_json())

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
        return _json({**self.complete.to_json(), "ciphertext": self.ciphertext})


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
    box_id: str | None = None

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """Raises `FormatError`."""
        record = _object(json_data, _REQUIRED_OF_DETAIL, _OPTIONAL_OF_DETAIL)
        owner, from_email = record["owner"], _text(record, "from_email")
        if not isinstance(owner, bool):
            raise FormatError("owner is not a boolean")
        if len(from_email) not in _EMAIL_CHARS:
            raise FormatError("from_email has a wrong length")
        return cls(
            file_id=str(parse_file_id(record["file_id"])),
            format=0 if "format" in record and integer(record, "format", 0, 1) == 0 else 1,
            filename=optional(record, "filename", _text),
            owner=owner,
            from_email=from_email,
            uploaded_at=_number(record, "uploaded_at"),
            expires_at=_number(record, "expires_at"),
            size=_number(record, "size"),
            downloads=_number(record, "downloads"),
            download_limit=optional(record, "download_limit", _number),
            manifest=_base64url(record, "manifest"),
            grants=_each(record, "grants", _grant),
            part_hashes=_base64url(record, "part_hashes"),
            allowed_users=None if record["allowed_users"] is None else _each(record, "allowed_users", _as_text),
            nonce=optional(record, "nonce", _text),
            wrapped_key=optional(record, "wrapped_key", _text),
            metadata=optional(record, "metadata", _text),
            ciphertext=optional(record, "ciphertext", _base64),
            box_id=optional(record, "box_id", _text),
        )


_REQUIRED_OF_DETAIL = (
    *("file_id", "owner", "from_email", "uploaded_at", "expires_at", "size", "downloads"),
    *("manifest", "grants", "part_hashes", "allowed_users"),
)
_OPTIONAL_OF_DETAIL = (
    "format",
    "filename",
    "download_limit",
    "nonce",
    "wrapped_key",
    "metadata",
    "ciphertext",
    "box_id",
)


def grants_of(grants: Sequence[Grant]) -> tuple[JsonObject, ...]:
    """Grants as they travel."""
    return tuple(dict(grant.to_json()) for grant in grants)


def refresh(refresh_token: str) -> bytes:
    """`shared.api.models.Refresh`."""
    return strict_json.dumps({"refresh_token": refresh_token})


def _json(record: JsonObject) -> str:
    return strict_json.dumps(record).decode("utf-8")


def _object(data: bytes, required: Sequence[str], optional_keys: Sequence[str] = ()) -> JsonObject:
    return _checked(strict_json.loads(data, _MOST, "the answer"), required, optional_keys)


def _checked(value: object, required: Sequence[str], optional_keys: Sequence[str] = ()) -> JsonObject:
    record = strict_json.as_object(value, "the answer")
    strict_json.only_keys(record, frozenset(required), frozenset(optional_keys), "the answer")
    return record


def _each(record: JsonObject, key: str, read: Callable[[object], Value]) -> tuple[Value, ...]:
    values = record[key]
    if not isinstance(values, list):
        raise FormatError(f"{key} is not an array")
    return tuple(map(read, values))


def _grant(value: object) -> JsonObject:
    """As `GrantModel` has it; what is in it, `Grant.parse` looks at."""
    record = strict_json.as_object(value, "grant")
    strict_json.only_keys(record, _GRANT, _BY, "grant")
    _text(record, "type")
    for key in ("recipient", "wrapped_key"):
        _base64url(record, key)
    for key in ("signature", "by"):
        optional(record, key, _base64url)
    return record


def _number(record: JsonObject, key: str) -> int:
    return integer(record, key, _ANY)


def _text(record: JsonObject, key: str) -> str:
    return _as_text(record[key])


def _as_text(value: object) -> str:
    """Raises `FormatError` for a lone surrogate, too."""
    if not isinstance(value, str):
        raise FormatError("a field is not text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise FormatError("a field is not valid Unicode") from None
    return value


def _base64url(record: JsonObject, key: str) -> str:
    return _matching(_BASE64URL, record, key)


def _base64(record: JsonObject, key: str) -> str:
    return _matching(_BASE64, record, key)


def _matching(pattern: re.Pattern[str], record: JsonObject, key: str) -> str:
    value = record[key]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise FormatError(f"{key} is not what it should be")
    return value
