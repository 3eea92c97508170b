"""Attack: ranges without number, overlapping or absurd, each asking for the file once more (CVE-2011-3192)."""

from pathlib import Path

import pytest

from tests.server.house import House, Person, code_of, house
from tests.server.samples import sample


@pytest.fixture(scope="module")
def path_of(tmp_path_factory: pytest.TempPathFactory) -> tuple[Person, str, bytes]:
    here: House = house(Path(tmp_path_factory.mktemp("ranges")))
    ada, one = here.person("ada@example.org"), sample(300_000)
    assert ada.send(one).status_code == 201
    return ada, f"/files/{one.file_id}/content", one.body


@pytest.mark.parametrize(
    "ranges",
    [
        "bytes=" + ",".join(f"{start}-" for start in range(1_300)),
        "bytes=0-0," * 1_000 + "1-1",
        "bytes=0-,0-,0-,0-",
        "bytes=5-,-5",
        "bytes=,,,,,,",
        "bytes=0-" + "9" * 5_000,
        "bytes=" + "0" * 5_000 + "-1",
        "bytes=--1",
        "bytes=5-2",
        "chars=0-5",
        "bytes = 0 - 5",
        "bytes=\u0660-\u0665".encode().decode("latin-1"),
    ],
)
def test_what_is_no_single_range_gets_the_file_once(path_of: tuple[Person, str, bytes], ranges: str) -> None:
    """RFC 9110 lets a server ignore Range; it never sends more than the file."""
    ada, path, body = path_of
    answer = ada.ask("GET", path, headers={"Range": ranges})
    assert answer.status_code == 200
    assert answer.data == body
    answer.close()


@pytest.mark.parametrize("ranges", ["bytes=9999999999999999999-", "bytes=300000000-", "bytes=-0"])
def test_ranges_behind_the_end_are_refused(path_of: tuple[Person, str, bytes], ranges: str) -> None:
    ada, path, body = path_of
    answer = ada.ask("GET", path, headers={"Range": ranges})
    assert code_of(answer) == "range_not_satisfiable"
    assert answer.headers["Content-Range"] == f"bytes */{len(body)}"


@pytest.mark.parametrize("ranges", ["bytes=0-9999999999999999999", "bytes=-9999999999999999999"])
def test_ranges_beyond_the_end_are_cut(path_of: tuple[Person, str, bytes], ranges: str) -> None:
    ada, path, body = path_of
    answer = ada.ask("GET", path, headers={"Range": ranges})
    assert answer.status_code == 206
    assert answer.data == body
    answer.close()
