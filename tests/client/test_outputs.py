"""Output files appear whole or not at all."""

import errno
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path

import pytest

from client.errors import FileProblem, TargetExists
from client.local import exclusive
from client.local.outputs import WorkFile, new_file, part_of, unpacked_of


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_gets_its_name_at_the_end(tmp_path: Path) -> None:
    """Until the block ends there is only the work file beside it."""
    with new_file(tmp_path / "a", force=False) as file:
        file.write_at(0, b"hello")
        assert _names(tmp_path) == {"a.part"}
    assert _names(tmp_path) == {"a"}
    assert (tmp_path / "a").read_bytes() == b"hello"


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "a", force=False) as file:
        file.write_at(0, b"hello")
        raise ZeroDivisionError
    assert _names(tmp_path) == set()


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    """Also with `force`: the old file goes only when the new one is whole."""
    (tmp_path / "a").write_text("old")
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "a", force=True) as file:
        file.write_at(0, b"new")
        raise ZeroDivisionError
    assert (tmp_path / "a").read_text() == "old"
    assert _names(tmp_path) == {"a"}


def test_existing_files_need_force(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(TargetExists, match="--force"), new_file(tmp_path / "a", force=False):
        pass
    assert (tmp_path / "a").read_text() == "old"
    with new_file(tmp_path / "a", force=True) as file:
        file.write_at(0, b"new")
    assert (tmp_path / "a").read_text() == "new"


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """The check and the naming are one step."""
    with pytest.raises(TargetExists), new_file(tmp_path / "a", force=False) as file:
        file.write_at(0, b"ours")
        (tmp_path / "a").write_text("theirs")
    assert (tmp_path / "a").read_text() == "theirs"
    assert _names(tmp_path) == {"a"}


def test_without_hard_links_nothing_is_overwritten_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On file systems that know no links, the file is renamed, after a look."""

    def no_links(*_paths: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    with new_file(tmp_path / "a", force=False) as file:
        file.write_at(0, b"hello")
    assert (tmp_path / "a").read_bytes() == b"hello"
    with pytest.raises(TargetExists), new_file(tmp_path / "b", force=False):
        (tmp_path / "b").write_text("theirs")
    assert _names(tmp_path) == {"a", "b"}


def test_a_stale_work_file_is_taken_over(tmp_path: Path) -> None:
    """What a crash left behind is neither in the way nor in the result."""
    with WorkFile.take(tmp_path / "a.part") as work:
        work.content.write_at(0, b"left by a crash, and longer")
    with new_file(tmp_path / "a", force=False) as file:
        file.write_at(0, b"hello")
    assert (tmp_path / "a").read_bytes() == b"hello"
    assert _names(tmp_path) == {"a"}


def test_a_work_file_in_use_is_left_alone(tmp_path: Path) -> None:
    """A second writer is refused, and does not harm the first."""
    with new_file(tmp_path / "a", force=False) as first:
        first.write_at(0, b"first")
        with pytest.raises(TargetExists, match="another Sealcase"), new_file(tmp_path / "a", force=False):
            pass
        assert _names(tmp_path) == {"a.part"}
    assert (tmp_path / "a").read_bytes() == b"first"


def test_a_work_file_that_was_renamed_just_before_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between our opening NAME.part and our lock, its owner finished: we begin a new one, and harm nothing."""
    with WorkFile.take(tmp_path / "a.part") as work:
        work.content.write_at(0, b"finished")
    lock = exclusive._lock

    def finish_first(file: FileIO) -> bool:
        monkeypatch.setattr(exclusive, "_lock", lock)
        (tmp_path / "a.part").rename(tmp_path / "finished")
        return lock(file)

    monkeypatch.setattr(exclusive, "_lock", finish_first)
    with new_file(tmp_path / "a", force=False) as file:
        file.write_at(0, b"ours")
    assert (tmp_path / "finished").read_bytes() == b"finished"
    assert (tmp_path / "a").read_bytes() == b"ours"
    assert _names(tmp_path) == {"a", "finished"}


def test_a_work_file_that_got_its_name_just_before_a_crash(tmp_path: Path) -> None:
    """It has both names then: the finished file stays what it is, whatever comes to the other name."""
    (tmp_path / "a").write_text("finished")
    os.link(tmp_path / "a", tmp_path / "a.part")
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "a", force=True) as file:
        file.write_at(0, b"new")
        assert (tmp_path / "a").read_text() == "finished"
        raise ZeroDivisionError
    assert (tmp_path / "a").read_text() == "finished"
    assert _names(tmp_path) == {"a"}


def test_a_work_file_can_be_taken_up(tmp_path: Path) -> None:
    """What was written stays until somebody empties, publishes or discards it; publishing cuts it to its size."""
    with WorkFile.take(tmp_path / "a.part") as work:
        work.content.write_at(0, b"hello, and more")
    with WorkFile.take(tmp_path / "a.part") as work:
        assert work.content.size == 15
        work.publish(tmp_path / "a", force=False, size=5)
    assert (tmp_path / "a").read_text() == "hello"
    assert _names(tmp_path) == {"a"}


def test_a_link_in_place_of_the_work_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "a.part").symlink_to(tmp_path / "victim")
    with pytest.raises(FileProblem), new_file(tmp_path / "a", force=False):
        pass
    assert (tmp_path / "victim").read_text() == "precious"
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("code", "words"), [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "quota"), (errno.EIO, "error")]
)
def test_a_disk_that_fails_at_the_last_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    """fsync tells that bytes did not reach the disk: nothing is left, and the message says why."""

    def fail(_handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FileProblem, match=words), new_file(tmp_path / "a", force=False) as file:
        file.write_at(0, b"hello")
    assert _names(tmp_path) == set()


def test_a_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(TargetExists, match="is a folder"), new_file(tmp_path / "a", force=True):
        pass


def test_a_file_of_that_name_that_is_no_work_file(tmp_path: Path) -> None:
    """Somebody's own `NAME.part` is a file like any other: never overwritten without `force`."""
    theirs = tmp_path / "a.part"
    theirs.write_text("theirs")
    if not _has_marks(theirs):
        pytest.skip("this file system has no extended attributes")
    with pytest.raises(TargetExists, match="no work file of Sealcase"), new_file(tmp_path / "a", force=False):
        pass
    assert theirs.read_text() == "theirs"
    with new_file(tmp_path / "a", force=True) as file:
        file.write_at(0, b"ours")
    assert _names(tmp_path) == {"a"}
    assert not os.listxattr(tmp_path / "a")


def _has_marks(path: Path) -> bool:
    with suppress(OSError):
        os.setxattr(path, "user.test", b"")
        os.removexattr(path, "user.test")
        return True
    return False


@pytest.mark.parametrize("name", ["a" * 241, "a" * 242, "a" * 255, "章" * 85, "é" * 127])
def test_work_files_of_long_names_have_names_that_fit(tmp_path: Path, name: str) -> None:
    """Names of their own: cut, and told apart by a hash of the whole."""
    names = {part_of(tmp_path / name).name, unpacked_of(tmp_path / name).name, part_of(tmp_path / f"{name[:-1]}b").name}
    assert len(names) == 3
    assert all(len(os.fsencode(each)) <= 255 for each in names)
    assert part_of(tmp_path / name).name.endswith(".part")
