"""JSON as a border guard reads it: one meaning or none.

Duplicate keys, NaN, Infinity, integers beyond 2^53, deep nesting and invalid UTF-8 are refused, because two readers
that disagree about a document are how signed data gets forged.
"""

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

from shared.sealed.errors import FormatError

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader, JavaScript's among them, reads as the same number (RFC 8259, 6)."""
MAX_DIGITS = 20

JsonObject = dict[str, object]
T = TypeVar("T")


def loads(data: bytes, max_bytes: int, what: str = "JSON") -> object:
    """The value that `data` encodes. Raises `FormatError` for every document with more or less than one meaning."""
    if len(data) > max_bytes:
        raise FormatError(f"{what} has {len(data)} bytes, more than the {max_bytes} allowed")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError(f"{what} is not UTF-8") from None
    _check_depth(text, what)
    try:
        return _decoder().decode(text)
    except json.JSONDecodeError as error:
        raise FormatError(f"{what} is not valid JSON: {error.msg} at character {error.pos}") from None


def loads_object(data: bytes, max_bytes: int, what: str = "JSON") -> JsonObject:
    """Like `loads`, for a document that must be one object."""
    return as_object(loads(data, max_bytes, what), what)


def as_object(value: object, what: str) -> JsonObject:
    """`value` if it is a JSON object; raises `FormatError` otherwise."""
    if not isinstance(value, dict):
        raise FormatError(f"{what} is not a JSON object")
    return value


def dumps(value: object) -> bytes:
    """`value` as compact UTF-8 JSON with sorted keys: the form this project writes and signs."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def only_keys(record: JsonObject, required: frozenset[str], optional: frozenset[str], what: str) -> None:
    """Raises `FormatError` if `record` lacks a required key or has one that nobody defined."""
    if missing := required - record.keys():
        raise FormatError(f"{what} lacks {', '.join(sorted(missing))}")
    if unknown := record.keys() - required - optional:
        raise FormatError(f"{what} has unknown keys: {', '.join(sorted(unknown))[:200]}")


def text(record: JsonObject, key: str, max_chars: int) -> str:
    """`record[key]`, which must be text of at most `max_chars` characters without lone surrogates."""
    value = record.get(key)
    if not isinstance(value, str):
        raise FormatError(f"{key} is not text")
    if len(value) > max_chars:
        raise FormatError(f"{key} has more than {max_chars} characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise FormatError(f"{key} is not valid Unicode")
    return value


def integer(record: JsonObject, key: str, low: int = 0, high: int = MAX_INTEGER) -> int:
    """`record[key]`, which must be an integer (not a boolean, not 1.0) from `low` to `high`."""
    value = record.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise FormatError(f"{key} is not an integer")
    if not low <= value <= high:
        raise FormatError(f"{key} is {value}, outside {low} to {high}")
    return value


def optional(record: JsonObject, key: str, read: Callable[[JsonObject, str], T]) -> T | None:
    """`read(record, key)`, or None where the key is null or missing."""
    return None if record.get(key) is None else read(record, key)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_object_without_duplicates,
        parse_int=_bounded_int,
        parse_float=_finite_float,
        parse_constant=_refuse_constant,
    )


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise FormatError("a JSON object names the same key twice")
    return record


def _bounded_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS or abs(value := int(digits)) > MAX_INTEGER:
        raise FormatError("a JSON number is out of range")
    return value


def _finite_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise FormatError("a JSON number is out of range")
    return value


def _refuse_constant(name: str) -> object:
    raise FormatError(f"{name} is not JSON")


def _check_depth(text: str, what: str) -> None:
    """Counts brackets outside strings before the parser recurses into them."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise FormatError(f"{what} is nested deeper than {MAX_DEPTH}")
        elif character in "]}":
            depth -= 1
