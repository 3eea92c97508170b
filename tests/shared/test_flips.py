"""No change to a container goes unnoticed: any byte, any cut, any addition."""

import random
import re
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.crypto.container import Container
from shared.crypto.errors import CryptoError
from shared.crypto.open import open_file
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from tests.shared.sealing import memory_file, opened_bytes, seal_bytes
from tests.shared.vectors import private_keys, signing_key

ALICE = private_keys("alice", rsa_only=True)
CONTENT = random.Random(1).randbytes(300)
quick = settings(max_examples=300)


@cache
def container_by(signed: bool) -> bytes:
    _, container = seal_bytes(CONTENT, [ALICE.public], signing_key("sam") if signed else None)
    return container


SIZE = len(container_by(True))


def refused(altered: bytes) -> None:
    with pytest.raises((CryptoError, FormatError)):
        opened_bytes(altered, ALICE)


@quick
@given(st.integers(0, SIZE - 1), st.integers(1, 255))
def test_signed_file_with_one_byte_changed(at: int, change: int) -> None:
    """Every byte of a signed container counts, whatever it is changed to."""
    container = bytearray(container_by(True))
    container[at] ^= change
    refused(bytes(container))


def test_signed_file_with_one_bit_changed_in_each_byte() -> None:
    """The same, once for every byte there is."""
    whole = container_by(True)
    for at in range(len(whole)):
        container = bytearray(whole)
        container[at] ^= 1 << (at % 8)
        refused(bytes(container))


@quick
@given(st.integers(0, len(container_by(False)) - 1), st.integers(1, 255))
def test_anonymous_file_with_one_byte_changed(at: int, change: int) -> None:
    """Of an anonymous file only `created_at` can change unnoticed: nobody vouches for it."""
    container = bytearray(container_by(False))
    container[at] ^= change
    try:
        content = opened_bytes(bytes(container), ALICE)
    except (CryptoError, FormatError):
        return
    assert content == CONTENT
    assert manifest_but_for_the_time(bytes(container)) == manifest_but_for_the_time(container_by(False))


def manifest_but_for_the_time(container: bytes) -> bytes:
    with memory_file(container) as file:
        raw = Container.read(file).manifest.raw
    return re.sub(rb'"created_at":\d+', b"", raw)


@quick
@given(st.integers(0, SIZE - 1), st.integers(1, SIZE))
def test_cut(start: int, length: int) -> None:
    """Bytes that are missing at the beginning, in the middle or at the end."""
    whole = container_by(True)
    refused(whole[:start] + whole[start + length :])


@quick
@given(st.integers(0, SIZE), st.binary(min_size=1, max_size=100))
def test_insertion(at: int, extra: bytes) -> None:
    """Bytes that were added anywhere."""
    whole = container_by(True)
    refused(whole[:at] + extra + whole[at:])


@quick
@given(st.integers(0, SIZE), st.integers(0, SIZE), st.integers(1, 200))
def test_copied_over(source: int, target: int, length: int) -> None:
    """A stretch of the container written over another."""
    whole = container_by(True)
    altered = whole[:target] + whole[source : source + length] + whole[target + length :]
    if altered != whole:
        refused(altered)


@quick
@given(st.binary(max_size=2_000))
def test_noise(noise: bytes) -> None:
    """Anything at all, alone or behind a good beginning."""
    refused(noise)
    refused(container_by(True)[:12] + noise)


Json = bytes


def mutate_manifest(change: Callable[[Json], Json]) -> None:
    """Opens the signed file with an altered manifest and its own grants."""
    with memory_file(container_by(True)) as file:
        container = Container.read(file)
    altered = change(container.manifest.raw)
    if altered == container.manifest.raw:
        return
    with pytest.raises((CryptoError, FormatError)):
        open_file(altered, container.grants, ALICE)


@quick
@given(st.integers(0, 900), st.integers(0, 40), st.binary(max_size=40))
def test_manifest_edited(at: int, length: int, text: bytes) -> None:
    """A manifest with a stretch replaced by anything."""
    mutate_manifest(lambda raw: raw[:at] + text + raw[at + length :])


@quick
@given(st.sampled_from([b'"', b",", b":", b"{", b"}", b"0", b"1", b"A", b"null"]), st.randoms(use_true_random=False))
def test_manifest_edited_where_json_bends(token: bytes, chooser: random.Random) -> None:
    """A token of JSON exchanged for another."""
    tokens = [b'"', b",", b":", b"{", b"}", b"0", b"1", b"A", b"null", b"", b" ", b"\\u0041", b"[", b"true", b"1e0"]

    def change(raw: bytes) -> bytes:
        places = [match.start() for match in re.finditer(re.escape(token), raw)]
        if not places:
            return raw
        at = chooser.choice(places)
        return raw[:at] + chooser.choice(tokens) + raw[at + len(token) :]

    mutate_manifest(change)


@quick
@given(st.binary(max_size=100))
def test_base64url_has_one_text_for_one_value(data: bytes) -> None:
    """What is written is read; every other text for the same bytes is refused."""
    text = b64u(data)
    assert unb64u(text, "data", len(data)) == data
    for other in (text + "=", text + "==", text + "\n", " " + text, text + "A=", text.replace("-", "+") + "+"):
        try:
            assert b64u(unb64u(other, "data")) == other
        except FormatError:
            continue


@quick
@given(st.text(max_size=60) | st.text("ABab09-_+/= \n", max_size=60))
def test_base64url_from_any_text(text: str) -> None:
    """Text is either canonical or refused."""
    try:
        data = unb64u(text, "text")
    except FormatError:
        return
    assert b64u(data) == text
