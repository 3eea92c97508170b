"""Reading and writing records by hand, as strictly as the models of the wire do. Every reader raises `FormatError`."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from shared.sealed import strict_json
from shared.sealed.errors import FormatError
from shared.sealed.strict_json import JsonObject, integer

MOST = 128 << 20
"""Bytes of an answer."""
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_ANY = -strict_json.MAX_INTEGER

Value = TypeVar("Value")


def json_text(record: JsonObject) -> str:
    return strict_json.dumps(record).decode("utf-8")


def read_object(data: bytes, required: Sequence[str], optional_keys: Sequence[str] = ()) -> JsonObject:
    return checked(strict_json.loads(data, MOST, "the answer"), required, optional_keys)


def checked(value: object, required: Sequence[str], optional_keys: Sequence[str] = ()) -> JsonObject:
    record = strict_json.as_object(value, "the answer")
    strict_json.only_keys(record, frozenset(required), frozenset(optional_keys), "the answer")
    return record


def each(record: JsonObject, key: str, read: Callable[[object], Value]) -> tuple[Value, ...]:
    values = record[key]
    if not isinstance(values, list):
        raise FormatError(f"{key} is not an array")
    return tuple(map(read, values))


def number(record: JsonObject, key: str) -> int:
    return integer(record, key, _ANY)


def flag(record: JsonObject, key: str) -> bool:
    value = record[key]
    if not isinstance(value, bool):
        raise FormatError(f"{key} is not a boolean")
    return value


def text(record: JsonObject, key: str) -> str:
    return as_text(record[key])


def as_text(value: object) -> str:
    """Raises `FormatError` for a lone surrogate, too."""
    if not isinstance(value, str):
        raise FormatError("a field is not text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise FormatError("a field is not valid Unicode") from None
    return value


def base64url(record: JsonObject, key: str) -> str:
    return matching(_BASE64URL, record, key)


def base64_text(record: JsonObject, key: str) -> str:
    return matching(_BASE64, record, key)


def matching(pattern: re.Pattern[str], record: JsonObject, key: str) -> str:
    value = record[key]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise FormatError(f"{key} is not what it should be")
    return value
