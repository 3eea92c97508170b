"""What has arrived of a file is known to the next try for the same file and target, and to nobody else."""

import os
from pathlib import Path

import pytest

from client.local.arrivals import Arrivals, Wanted, leftovers
from client.local.outputs import part_of, unpacked_of

ID = "11111111-1111-4111-8111-111111111111"
OTHER_ID = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journals"


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    return Wanted.of(ID, b"manifest", tmp_path / "a")


def test_what_was_noted_is_known(folder: Path, wanted: Wanted) -> None:
    """By number; the last note about a part counts."""
    with Arrivals.begin(folder, wanted) as arrivals:
        before = arrivals.any
        arrivals.note(3, b"old")
        arrivals.note(0, b"zero")
        arrivals.note(3, b"new")
        assert (before, arrivals.any) == (False, True)
    taken = Arrivals.take_up(folder, wanted)
    assert taken is not None
    with taken:
        assert taken.known == {0: b"zero", 3: b"new"}
        assert taken.any


def test_another_file_or_manifest_knows_nothing_of_it(folder: Path, wanted: Wanted) -> None:
    """Even under the same name."""
    Arrivals.begin(folder, wanted).remove()
    with Arrivals.begin(folder, wanted) as arrivals:
        arrivals.note(0, b"zero")
    assert Arrivals.take_up(folder, Wanted.of(OTHER_ID, b"manifest", wanted.target)) is None
    assert Arrivals.take_up(folder, Wanted.of(ID, b"another manifest", wanted.target)) is None
    assert Arrivals.take_up(folder, Wanted.of(ID, b"manifest", wanted.target.with_name("b"))) is None
    with Arrivals.begin(folder, Wanted.of(OTHER_ID, b"manifest", wanted.target)):
        pass
    assert Arrivals.take_up(folder, wanted) is None


def test_notes_that_make_no_sense_are_passed_over(folder: Path, wanted: Wanted) -> None:
    with Arrivals.begin(folder, wanted) as arrivals:
        arrivals.note(1, b"one")
    with wanted.journal_in(folder).open("ab") as journal:
        journal.write(b'\n{"part":"2","fingerprint":"00"}\n{"part":2,"fingerprint":"xy"}\n{}\n{"part":2,"finger')
    taken = Arrivals.take_up(folder, wanted)
    assert taken is not None
    with taken:
        assert taken.known == {1: b"one"}


def test_the_same_folder_by_another_way_is_the_same_target(tmp_path: Path, folder: Path) -> None:
    """A symbolic link on the way there, or a relative path, changes nothing."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    direct, by_link = (Wanted.of(ID, b"m", tmp_path / way / "a") for way in ("real", "link"))
    relative = Wanted.of(ID, b"m", Path(os.path.relpath(tmp_path / "real" / "a")))
    assert direct == by_link == relative


def test_a_name_that_is_not_utf_8(tmp_path: Path, folder: Path) -> None:
    """It is noted, and found again."""
    wanted = Wanted.of(ID, b"m", tmp_path / os.fsdecode(b"\xff\xfe"))
    Arrivals.begin(folder, wanted).__exit__(None, None, None)
    taken = Arrivals.take_up(folder, wanted)
    assert taken is not None
    taken.remove()


def test_leftovers_are_found_by_the_file(folder: Path, wanted: Wanted) -> None:
    """Under whatever names they were to be saved, and removed with all that belongs to them; nothing of others is."""
    wanteds = [wanted, Wanted.of(ID, b"manifest", wanted.target.with_name("b"))]
    other = Wanted.of(OTHER_ID, b"manifest", wanted.target.with_name("c"))
    for each in (*wanteds, other):
        with Arrivals.begin(folder, each) as arrivals:
            arrivals.note(0, b"zero")
        part_of(each.target).write_bytes(b"some")
    unpacked_of(wanted.target).write_bytes(b"some")
    found = leftovers(folder, ID)
    assert {each.part for each in found} == {part_of(each.target) for each in wanteds}
    for leftover in found:
        leftover.remove()
    assert [path.name for path in sorted(wanted.target.parent.iterdir())] == ["c.part", "journals"]
    assert leftovers(folder, ID) == []
    assert [each.part for each in leftovers(folder, OTHER_ID)] == [part_of(other.target)]


def test_what_somebody_is_receiving_is_no_leftover(folder: Path, wanted: Wanted) -> None:
    with Arrivals.begin(folder, wanted):
        part_of(wanted.target).write_bytes(b"some")
        assert leftovers(folder, ID) == []
    assert leftovers(folder / "missing", ID) == []
