"""What of a folder can be sent."""

import os
from pathlib import Path

import pytest

from client.errors import FileProblem
from client.local.inputs import open_plain
from client.local.left_out import LeftOut
from client.local.tree import scan


def test_files_and_empty_folders_in_order(tmp_path: Path) -> None:
    """A folder that holds only empty folders is not empty itself; one that holds only what is skipped is."""
    for folder in ("b/empty", "z/only/folders", "links"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("b.txt", "b/2", "b/10", "a/x/y"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"12")
    (tmp_path / "links" / "there").symlink_to(tmp_path)
    tree = scan(tmp_path)
    assert sorted(file.path for file in tree.files) == ["a/x/y", "b.txt", "b/10", "b/2"]
    assert sorted(tree.empty_folders) == ["b/empty", "links", "z/only/folders"]
    assert tree.skipped == [LeftOut("links/there", "it is a symbolic link")]
    assert tree.unreadable == []
    assert tree.size == 8
    assert scan(tmp_path) == tree


def test_a_very_deep_folder(tmp_path: Path) -> None:
    """As deep as the system lets anybody go."""
    deep = tmp_path
    while len(str(deep)) < 3_500:
        deep /= "d" * 200
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"x")
    assert [file.path for file in scan(tmp_path).files] == [(deep / "file").relative_to(tmp_path).as_posix()]


@pytest.mark.parametrize("name", ["nul", "COM1.txt", "a\\b", "trailing ", "dot.", "bell\a", "right\u202eleft"])
def test_names_that_nobody_could_save_are_skipped(tmp_path: Path, name: str) -> None:
    """With the reason; the rest of the folder travels."""
    (tmp_path / name).write_bytes(b"x")
    (tmp_path / "fine").write_bytes(b"x")
    tree = scan(tmp_path)
    assert [file.path for file in tree.files] == ["fine"]
    assert tree.skipped[0].reason.endswith("recipients could not save it")


def test_a_folder_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="can't read the folder"):
        scan(tmp_path / "missing")


def test_a_link_that_takes_a_files_place_is_not_followed(tmp_path: Path) -> None:
    """Nor does a pipe keep us waiting that stands there now."""
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "link").symlink_to("secret")
    os.mkfifo(tmp_path / "fifo")
    for name in ("link", "fifo", "missing"):
        with pytest.raises(FileProblem):
            open_plain(tmp_path / name)
    with open_plain(tmp_path / "secret") as file:
        assert file.read() == b"secret"
