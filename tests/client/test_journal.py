"""Journals: what was noted is there after any crash, and nobody shares one."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.errors import FileProblem
from client.local.journal import Journal, Record

ABOUT = {"of": "a transfer"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journals" / "one"


def test_what_was_noted_is_there(path: Path) -> None:
    """After its writer is gone, in order, the first line first."""
    with Journal.create(path, ABOUT) as journal:
        journal.note({"part": 1})
        journal.note({"part": 0, "digest": "ü"})
    taken = Journal.take_up(path)
    assert taken is not None
    journal, records = taken
    assert records == [ABOUT, {"part": 1}, {"part": 0, "digest": "ü"}]
    journal.note({"part": 2})
    journal.close()
    again = Journal.take_up(path)
    assert again is not None
    assert again[1][-1] == {"part": 2}
    again[0].close()


def test_it_is_private(path: Path) -> None:
    Journal.create(path, ABOUT).close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_nobody_shares_one(path: Path) -> None:
    """While it is held, nobody takes it up, and nobody begins it anew."""
    with Journal.create(path, ABOUT) as journal:
        assert Journal.take_up(path) is None
        with pytest.raises(FileProblem, match="another Sealcase"):
            Journal.create(path, ABOUT)
        journal.note({"part": 7})
    taken = Journal.take_up(path)
    assert taken is not None
    assert {"part": 7} in taken[1]
    taken[0].close()


def test_a_new_one_knows_nothing_of_the_old(path: Path) -> None:
    with Journal.create(path, ABOUT) as journal:
        journal.note({"part": 7})
    Journal.create(path, {"of": "another"}).close()
    taken = Journal.take_up(path)
    assert taken is not None
    assert taken[1] == [{"of": "another"}]
    taken[0].close()


def test_removed_is_gone(path: Path) -> None:
    Journal.create(path, ABOUT).remove()
    assert not path.exists()
    assert Journal.take_up(path) is None


@given(cut=st.integers(min_value=0, max_value=200))
def test_a_torn_line_was_not_achieved(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cut anywhere, as a crash would: whole lines count, the torn one does not, and noting goes on behind it."""
    path = tmp_path_factory.mktemp("torn") / "one"
    lines: list[Record] = [ABOUT, {"part": 0, "x": "y" * 20}, {"part": 1, "x": "y" * 20}, {"part": 2, "x": "y" * 20}]
    with Journal.create(path, ABOUT) as journal:
        for line in lines[1:]:
            journal.note(line)
    os.truncate(path, min(cut, path.stat().st_size))
    taken = Journal.take_up(path)
    if taken is None:
        assert cut < 30
        return
    journal, records = taken
    assert records == lines[: len(records)]
    journal.note({"part": 9})
    journal.close()
    again = Journal.take_up(path)
    assert again is not None
    assert again[1] == [*records, {"part": 9}]
    again[0].close()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"[1]\n", b"\x00\xff\n{}", b'"text"'])
def test_what_is_no_journal_is_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert Journal.take_up(path) is None
    assert path.read_bytes() == content


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """Nothing is believed to be noted that is not."""
    with Journal.create(tmp_path / "one", ABOUT) as journal:
        journal._file.close()
        journal._file = open("/dev/full", "r+b", buffering=0)  # noqa: SIM115, PTH123
        with pytest.raises(FileProblem, match="No space"):
            journal.note({"part": 0})
