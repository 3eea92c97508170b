"""The strict reader takes a part of what `json.loads` takes, and never reads it differently."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sealed import strict_json
from shared.sealed.errors import FormatError
from shared.sealed.strict_json import MAX_DEPTH, MAX_INTEGER

LIMIT = 1 << 20
many = settings(max_examples=400)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@many
@given(values)
def test_what_was_written_is_read(value: Any) -> None:
    """Every value in range comes back from its compact form and from an indented one."""
    assert strict_json.loads(strict_json.dumps(value), LIMIT) == value
    assert strict_json.loads(json.dumps(value, indent=2).encode(), LIMIT) == value


@many
@given(values)
def test_one_form_is_written(value: Any) -> None:
    """Writing what was read gives the same bytes."""
    raw = strict_json.dumps(value)
    assert strict_json.dumps(strict_json.loads(raw, LIMIT)) == raw


TOKENS = """ " { } [ ] , : "a" "a":1 1 - 0 . e5 1e400 null true NaN Infinity -Infinity \\ \\u0041 \\ud800 // """
fragments = st.sampled_from(TOKENS.split()) | st.sampled_from(
    [" ", "\n", "\x00", "\ufeff", "9" * 30, "[" * 40, '{"a":' * 3]
)


@many
@given(st.lists(fragments, max_size=12).map("".join) | st.text(max_size=30))
def test_never_laxer_than_the_standard_reader(text: str) -> None:
    """Whatever it accepts, `json.loads` accepts with the same value; nothing but `FormatError` is raised."""
    try:
        value = strict_json.loads(text.encode("utf-8", "surrogatepass"), LIMIT)
    except FormatError:
        return
    assert json.loads(text) == value


@many
@given(st.binary(max_size=60))
def test_any_bytes(raw: bytes) -> None:
    """Bytes that are no JSON are refused by name."""
    try:
        value = strict_json.loads(raw, LIMIT)
    except FormatError:
        return
    assert json.loads(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'[{"a":1,"\\u0061":2}]',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b"9223372036854775808",
        b"-9223372036854775808",
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * 1_000_00,
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\xc0\xaf"',
        b'\xef\xbb\xbf"a"',
        b'"a" "b"',
        b"{'a':1}",
        b"{a:1}",
        b"[1,]",
        b'{"a":1,}',
        b"[1 2]",
        b"01",
        b"+1",
        b".5",
        b"1.",
        b"0x10",
        b"1_000",
        b"tru",
        b"True",
        b'"tab\there"',
        b'"line\nbreak"',
        b'"\\x41"',
        b'"\\u00"',
        b'"\x00"',
        b"null\x00",
        b"/* */ null",
        "１".encode(),
        "\u00a0null".encode(),
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_refused(raw: bytes) -> None:
    """Documents with more than one meaning, or none."""
    with pytest.raises(FormatError):
        strict_json.loads(raw, LIMIT)


def test_brackets_in_strings_do_not_nest() -> None:
    """Only real nesting counts against the limit."""
    value = ["[{" * 1_000 + '"\\' * 3]
    assert strict_json.loads(json.dumps(value).encode(), LIMIT) == value
    deep: Any = 1
    for _ in range(MAX_DEPTH):
        deep = [deep]
    assert strict_json.loads(json.dumps(deep).encode(), LIMIT) == deep


def test_size_limit() -> None:
    """Exactly the limit is fine; a byte more is refused before it is decoded."""
    assert strict_json.loads(b'"aa"', 4) == "aa"
    with pytest.raises(FormatError, match="more than"):
        strict_json.loads(b'"\xffa"', 3)


@pytest.mark.parametrize("value", [True, False, "1", 1.0, None, [1], {}, -1, 101])
def test_integers_are_integers(value: object) -> None:
    """Not booleans, not digits in quotes, not 1.0, not beyond the range."""
    with pytest.raises(FormatError):
        strict_json.integer({"n": value}, "n", high=100)


@pytest.mark.parametrize("value", [1, None, True, ["a"], "\ud800", "\udfff", "aaaaa"])
def test_texts_are_texts(value: object) -> None:
    """Not numbers, not lone surrogates, not too long."""
    with pytest.raises(FormatError):
        strict_json.text({"t": value}, "t", 4)


def test_keys_that_nobody_defined() -> None:
    """Missing and unknown keys are both refused."""
    for record in ({}, {"b": 1}, {"a": 1, "c": 1}, {"a": 1, "A": 1}):
        with pytest.raises(FormatError):
            strict_json.only_keys(dict(record), frozenset("a"), frozenset("b"), "it")
    strict_json.only_keys({"a": 1, "b": 1}, frozenset("a"), frozenset("b"), "it")
