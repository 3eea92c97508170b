"""A server whose files lie in S3: sealed bytes go past it both ways, and through it where the store is blocked."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.s3 import S3Service
from tests.support.direct import House, direct_house, named

SIZE = 19_000_000
"""Three parts."""
RECORDS = 300_000
"""Bytes of heads and records, with room to spare."""


@pytest.fixture(scope="module")
def _house(moto_s3: S3Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with direct_house(moto_s3, tmp_path_factory.mktemp("direct")) as house:
        yield house


@pytest.fixture
def house(_house: House) -> Iterator[House]:
    """One for all tests; nobody is in the way of anything at first."""
    _house.open_store()
    yield _house
    _house.open_store()


@pytest.fixture
def content(house: House, tmp_path: Path) -> bytes:
    """What Ada has in `a.bin`."""
    data = os.urandom(SIZE)
    (house.ada.cli.folder / "a.bin").write_bytes(data)
    return data


def test_past_the_server(house: House, content: bytes) -> None:
    """Neither sending nor receiving moves content through the server; nobody is told of a detour."""
    sent_before, asked_before = house.to_store.passed_up, house.to_server.passed_up
    file_id, told = house.send("a.bin", "--no-compress")
    assert house.to_store.passed_up - sent_before >= SIZE
    got_before, answered_before = house.to_store.passed_down, house.to_server.passed_down
    told += house.get(file_id, "-o", "b.bin")
    assert house.to_store.passed_down - got_before >= SIZE
    assert house.to_server.passed_up - asked_before < RECORDS
    assert house.to_server.passed_down - answered_before < RECORDS
    assert (house.bob.cli.folder / "b.bin").read_bytes() == content
    assert not named(told, "rerouted")


def test_a_store_that_is_blocked(house: House, content: bytes) -> None:
    """All goes through the server, by itself, and that is said once, whatever the number of parts."""
    house.block_store()
    before = house.to_store.passed_up
    file_id, told = house.send("a.bin", "--no-compress")
    (rerouted,) = named(told, "rerouted")
    assert "the store at 127.0.0.1" in str(rerouted["reason"])
    result = house.bob.cli.ok("get", file_id, "-o", "c.bin")
    assert result.err.count("goes through the server from here on: the store at 127.0.0.1") == 1
    assert (house.bob.cli.folder / "c.bin").read_bytes() == content
    assert house.to_store.passed_up == before


def test_as_the_person_wants_it(house: House, content: bytes) -> None:
    """By an option, or for good: the store is not even tried."""
    before = house.to_store.passed_up
    file_id, told = house.send("a.bin", "--no-compress", "--via-server")
    bob = house.bob.cli.with_settings(SEALCASE_VIA_SERVER="1")
    assert bob.ok("get", file_id, "-o", "-").out == content
    assert house.to_store.passed_up == before
    assert not named(told, "rerouted")
