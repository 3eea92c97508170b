"""The list of a folder: what it says comes back, and nothing in it leads out of the folder."""

import json
import os
import uuid
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from client.actions.folder_list import FolderList, ListedFile, counted_in, why_unsafe_path
from client.errors import FileProblem
from client.local.landing import Landing, size_if_plain
from shared.crypto.metadata import Metadata
from shared.sealed.errors import FormatError

A_FILE = {"path": "a", "file_id": "550e8400-e29b-41d4-a716-446655440000", "size": 1}
VALID = {"format": "sealcase-folder/1", "name": "box", "files": [A_FILE], "empty_folders": ["e"]}
HOSTILE = st.sampled_from(["..", ".", "", "a", "con", "x y", "\\", "C:", "~"])
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(
    st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), unique=True, max_size=8),
    st.lists(st.integers(0, 2**53 - 1), min_size=8, max_size=8),
)
def test_what_is_written_is_read(paths: list[str], sizes: list[int]) -> None:
    """Also names that nobody should save: who they are refused by is the reader of the files."""
    files = tuple(ListedFile(path, str(uuid.uuid4()), size) for path, size in zip(paths, sizes, strict=False))
    folder = FolderList("box", files)
    assert FolderList.parse(folder.encode()) == folder


@pytest.mark.parametrize(
    "change",
    [
        {"format": "sealcase-folder/2"},
        {"format": None},
        {"name": 1},
        {"more": 1},
        {"files": {}},
        {"files": [A_FILE, A_FILE]},
        {"files": [A_FILE, {**A_FILE, "path": "b"}]},
        {"files": [{**A_FILE, "size": -1}]},
        {"files": [{**A_FILE, "size": "1"}]},
        {"files": [{**A_FILE, "file_id": "../../x"}]},
        {"files": [{**A_FILE, "path": None}]},
        {"files": [{**A_FILE, "mode": 0o777}]},
        {"files": [{"path": "a"}]},
        {"empty_folders": ["a"]},
        {"empty_folders": [1]},
        {"empty_folders": None},
    ],
)
def test_what_is_no_list_is_refused(change: dict[str, object]) -> None:
    FolderList.parse(json.dumps(VALID).encode())
    with pytest.raises(FormatError):
        FolderList.parse(json.dumps({**VALID, **change}).encode())


@given(
    st.text(max_size=40) | st.lists(st.sampled_from(["..", ".", "", "a", "con", "x y", "\\", "C:", "~"])).map("/".join)
)
@example("../x")
@example("/etc/passwd")
@example("a/../../x")
@example("a//b")
@example("a/")
@example("C:\\x")
@example("a/nul.txt/b")
@example("sub\\..\\..\\x")
@example("a/\u202egpj.exe")
def test_a_path_stays_in_its_folder_or_is_refused(path: str) -> None:
    """Whatever a sender writes: what is let through has plain names only, and joins to a place below."""
    if why_unsafe_path(path) is None:
        root = "/safe/folder"
        assert os.path.normpath(f"{root}/{path}") == f"{root}/{path}"
        names = PurePosixPath(path).parts
        assert names
        assert not set(names) & {"..", ".", "/"}
        assert not any("\\" in name or "\0" in name for name in names)


def test_how_much_there_is_can_be_said_in_the_metadata() -> None:
    folder = FolderList("box", tuple(ListedFile(str(n), str(uuid.uuid4()), 1_000) for n in range(3)))

    def metadata(comment: str | None) -> Metadata:
        return Metadata("box", None, 1, 1, 1, None, "none", comment)

    assert counted_in(metadata(folder.comment())) == (3, 3_000)
    for comment in (None, "", "3 files", "٣ files, 3 bytes", "3 files, 3000 bytes and more", "9" * 5_000):
        assert counted_in(metadata(comment)) is None


def test_folders_are_real_ones(tmp_path: Path) -> None:
    """Made where they are missing, used where they are there, refused where something else stands."""
    landing = Landing(tmp_path / "not" / "there" / "box")
    assert landing.file("a/b/c") == landing.root / "a" / "b" / "c"
    assert (landing.root / "a" / "b").is_dir()
    assert Landing(landing.root).file("a/d").parent.is_dir()
    (landing.root / "link").symlink_to(tmp_path)
    (landing.root / "file").write_bytes(b"x")
    for path in ("link/x", "file/x", "link/a/b", "file/a/b"):
        with pytest.raises(FileProblem, match="in the way"):
            landing.file(path)
    (tmp_path / "other").symlink_to(landing.root)
    with pytest.raises(FileProblem, match="in the way"):
        Landing(tmp_path / "other")


def test_what_stands_at_a_place(tmp_path: Path) -> None:
    """Plain files have a size; nothing is None; everything else is in the way."""
    (tmp_path / "plain").write_bytes(b"123")
    (tmp_path / "link").symlink_to("plain")
    assert size_if_plain(tmp_path / "plain") == 3
    assert size_if_plain(tmp_path / "nothing") is None
    for path in (tmp_path, tmp_path / "link", Path("/dev/null")):
        with pytest.raises(FileProblem, match="in the way"):
            size_if_plain(path)
