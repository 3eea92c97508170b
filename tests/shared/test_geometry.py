"""Sizes, offsets and padding: arithmetic that both sides must agree on."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.crypto.padding import padme
from shared.sealed.errors import FormatError
from shared.sealed.geometry import (
    CHUNK,
    DEFAULT_PART_SIZE,
    MAX_PART_SIZE,
    MAX_PARTS,
    MIB,
    MIN_PART_SIZE,
    Geometry,
    check_part_size,
    part_size_for,
    sealed_length,
)

PART_SIZES = [MIB << shift for shift in range(10)]
part_sizes = st.sampled_from(PART_SIZES)
many = settings(max_examples=500)


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    part_size = draw(part_sizes)
    near = draw(st.integers(0, MAX_PARTS)) * part_size + draw(st.integers(-2 * CHUNK, 2 * CHUNK))
    return Geometry(part_size, min(max(0, near), MAX_PARTS * part_size))


def test_part_sizes() -> None:
    """Powers of two from 1 to 512 MiB, nothing else."""
    assert (PART_SIZES[0], PART_SIZES[-1]) == (MIN_PART_SIZE, MAX_PART_SIZE)
    for part_size in PART_SIZES:
        check_part_size(part_size)
    for part_size in (-MIB, 0, 1, MIB // 2, MIB - 1, MIB + 1, 3 * MIB, 1 << 30, 2**63):
        with pytest.raises(FormatError):
            check_part_size(part_size)


@many
@given(geometries())
@example(Geometry(MIB, 0))
@example(Geometry(MIB, MAX_PARTS * MIB))
def test_body_size_tells_the_geometry(geometry: Geometry) -> None:
    """Part size and body size give the stored size back, exactly."""
    assert Geometry.of_body(geometry.part_size, geometry.body_size) == geometry


@many
@given(geometries())
def test_parts_join_without_gaps(geometry: Geometry) -> None:
    """Each part begins where the one before it ends, in plaintext and in the body; together they are all there is."""
    count = geometry.part_count
    assert 1 <= count <= MAX_PARTS
    for index in {0, 1, count // 2, count - 2, count - 1} & set(range(count)):
        plain_end = geometry.plain_offset(index) + geometry.plain_length(index)
        sealed_end = geometry.sealed_offset(index) + geometry.sealed_length(index)
        if index == count - 1:
            assert (plain_end, sealed_end) == (geometry.stored_size, geometry.body_size)
            assert geometry.plain_length(index) > 0 or geometry.stored_size == 0
        else:
            assert (plain_end, sealed_end) == (geometry.plain_offset(index + 1), geometry.sealed_offset(index + 1))
            assert geometry.plain_length(index) == geometry.part_size


@many
@given(part_sizes, st.integers(-10, 30 * MIB) | st.integers(0, 2**63))
def test_body_sizes_that_no_content_has(part_size: int, body_size: int) -> None:
    """A body size either belongs to exactly one content size or is refused."""
    try:
        geometry = Geometry.of_body(part_size, body_size)
    except FormatError:
        return
    assert geometry.body_size == body_size


def test_every_body_size_around_a_part() -> None:
    """Exhaustively, where chunks and parts begin: as many sizes are accepted as contents exist."""
    full = sealed_length(MIB)
    for start in (0, CHUNK, full - 100, full + sealed_length(0), full + CHUNK):
        sizes = {Geometry(MIB, n).body_size: n for n in range(max(0, start - 1_500), start + 500)}
        for body_size in range(max(0, start - 150), start + 150):
            if body_size in sizes:
                assert Geometry.of_body(MIB, body_size).stored_size == sizes[body_size]
            else:
                with pytest.raises(FormatError):
                    Geometry.of_body(MIB, body_size)


def test_parts_that_do_not_exist() -> None:
    """Asking for a part outside the file is an error."""
    geometry = Geometry(MIB, 2 * MIB)
    for index in (-1, 2, MAX_PARTS):
        with pytest.raises(FormatError):
            geometry.sealed_length(index)


def test_too_many_parts() -> None:
    """10,000 parts and not a byte more."""
    assert Geometry(MIB, MAX_PARTS * MIB).part_count == MAX_PARTS
    for stored_size in (MAX_PARTS * MIB + 1, -1):
        with pytest.raises(FormatError):
            Geometry(MIB, stored_size)


@many
@given(st.integers(0, MAX_PARTS * MAX_PART_SIZE))
@example(MAX_PARTS * DEFAULT_PART_SIZE)
@example(MAX_PARTS * DEFAULT_PART_SIZE + 1)
def test_part_size_for(stored_size: int) -> None:
    """8 MiB, doubled only as often as needed."""
    part_size = part_size_for(stored_size)
    assert Geometry(part_size, stored_size).part_count <= MAX_PARTS
    assert part_size == DEFAULT_PART_SIZE or part_size // 2 * MAX_PARTS < stored_size


def test_part_size_for_too_much() -> None:
    """Above 10,000 parts of 512 MiB there is none."""
    with pytest.raises(FormatError):
        part_size_for(MAX_PARTS * MAX_PART_SIZE + 1)


@many
@given(st.integers(0, 2**50))
def test_padme(length: int) -> None:
    """Never shorter, at most 12 % longer, the same again when padded again, and never less for more."""
    padded = padme(length)
    assert length <= padded <= length + max(0, length * 12 // 100)
    assert padme(padded) == padded
    assert padme(length + 1) >= padded


@given(st.integers(1, 2**50))
def test_padme_leaves_few_sizes(length: int) -> None:
    """O(log log L) bits are left: the mantissa is no longer than the exponent."""
    padded = padme(length)
    exponent = padded.bit_length() - 1
    trailing = (padded & -padded).bit_length() - 1
    assert exponent - trailing <= max(1, exponent.bit_length())
