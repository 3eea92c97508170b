"""What is noted of a folder on its way."""

from pathlib import Path

import pytest

from client.actions.folder_journal import Begun, FolderJournal
from client.errors import FileProblem
from client.local.journal import Journal
from client.local.tree import LocalFile

A, B = LocalFile("a", 1, 10), LocalFile("b", 2, 20)


def test_what_was_noted_is_known(tmp_path: Path) -> None:
    """The newest of each path, what arrived, and what nobody needs any more."""
    path = tmp_path / "journal"
    journal = FolderJournal.begin(path)
    journal.note_begun(A, "a-1")
    journal.note_arrived("a-1")
    journal.note_begun(B, "b-1")
    journal.note_list("list-1")
    changed = LocalFile("a", 3, 30)
    journal.note_begun(changed, "a-2")
    journal.note_list("list-2")
    journal.close()
    taken = FolderJournal.take_up(path)
    assert taken is not None
    again, earlier = taken
    assert earlier.begun == {"a": Begun("a-2", 3, 30), "b": Begun("b-1", 2, 20)}
    assert earlier.arrived == {"a-1"}
    assert earlier.superseded == {"a-1", "list-1"}
    assert earlier.all_ids == {"a-1", "a-2", "b-1", "list-1"}
    assert earlier.list_id == "list-2"
    assert earlier.size == 0
    assert earlier.begun["a"].is_still(changed)
    assert not earlier.begun["a"].is_still(A)
    again.remove()
    assert FolderJournal.take_up(path) is None


def test_a_torn_line_was_not_achieved(tmp_path: Path) -> None:
    """Nor does it hide those before and behind it."""
    path = tmp_path / "journal"
    journal = FolderJournal.begin(path)
    journal.note_begun(A, "a-1")
    journal.close()
    with path.open("ab") as file:
        file.write(b'\n{"arrived":"a-')
    for _ in range(2):
        taken = FolderJournal.take_up(path)
        assert taken is not None
        again, earlier = taken
        again.note_begun(B, "b-1")
        again.close()
    assert earlier.arrived == set()
    assert set(earlier.begun) == {"a", "b"}


def test_one_at_a_time(tmp_path: Path) -> None:
    """Two commands never send the same folder to the same people."""
    path = tmp_path / "journal"
    journal = FolderJournal.begin(path)
    assert FolderJournal.take_up(path) is None
    with pytest.raises(FileProblem):
        FolderJournal.begin(path)
    journal.close()


def test_another_journal_is_none_of_ours(tmp_path: Path) -> None:
    """It is left alone."""
    path = tmp_path / "journal"
    Journal.create(path, {"format": "something else"}).close()
    assert FolderJournal.take_up(path) is None
    assert b"something else" in path.read_bytes()
