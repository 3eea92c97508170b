"""The folder list: a small sealed file that says which files make a folder, and where in it each belongs.

It is sealed and signed like any other file, for the same recipients, and its id is the id of the folder. Its content is
JSON: `format`, `name`, `files` (each with `path`, `file_id` and `size`) and `empty_folders`. Paths are relative to the
folder, with `/` between names. The metadata's comment says how many files there are, so that a listing can show it.
"""

import re
from dataclasses import dataclass
from typing import Self

from client.local.names import shown, why_unsafe
from shared.crypto.metadata import Metadata
from shared.sealed import strict_json
from shared.sealed.errors import FormatError
from shared.sealed.manifest import parse_file_id

MEDIA_TYPE = "application/vnd.sealcase.folder+json"
MAX_BYTES = 32 << 20
"""Some 250,000 files: what both sides can hold in memory."""
_FORMAT = "sealcase-folder/1"
_MAX_PATH_CHARS = 16_384
_COMMENT = re.compile(r"([0-9]{1,9}) files, ([0-9]{1,16}) bytes(?:\n\n(.*))?", re.ASCII | re.DOTALL)
"""How much there is and, an empty line below, the sender's note."""
_KEYS = frozenset(("format", "name", "files", "empty_folders"))
_FILE_KEYS = frozenset(("path", "file_id", "size"))


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One file of a folder."""

    path: str
    file_id: str
    size: int
    """Bytes of content."""


@dataclass(frozen=True, slots=True)
class FolderList:
    """What a folder holds. Paths are as the sender wrote them: `why_unsafe_path` says which must not be used."""

    name: str
    files: tuple[ListedFile, ...]
    empty_folders: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def encode(self) -> bytes:
        return strict_json.dumps(
            {
                "format": _FORMAT,
                "name": self.name,
                "files": [{"path": each.path, "file_id": each.file_id, "size": each.size} for each in self.files],
                "empty_folders": list(self.empty_folders),
            }
        )

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Raises `FormatError` for anything unknown, missing, of a wrong type, or named twice."""
        record = strict_json.loads_object(raw, MAX_BYTES, "the folder list")
        if record.get("format") != _FORMAT:
            raise FormatError(f"the folder list is not of format {_FORMAT}")
        strict_json.only_keys(record, _KEYS, frozenset(), "the folder list")
        files = tuple(_parse_file(each) for each in _list(record, "files"))
        folders = tuple(_path({"path": each}) for each in _list(record, "empty_folders"))
        if len({file.path for file in files} | set(folders)) != len(files) + len(folders):
            raise FormatError("the folder list names the same path twice")
        if len({file.file_id for file in files}) != len(files):
            raise FormatError("the folder list names the same file twice")
        return cls(strict_json.text(record, "name", 4_096), files, folders)

    def comment(self, note: str = "") -> str:
        """For the metadata: how much there is and the sender's note, readable by people, `counted_in` and `note_of`."""
        count = f"{len(self.files)} files, {self.size} bytes"
        return f"{count}\n\n{note}" if note else count


def is_folder(metadata: Metadata) -> bool:
    """Whether a file is the list of a folder."""
    return metadata.media_type == MEDIA_TYPE


def counted_in(metadata: Metadata) -> tuple[int, int] | None:
    """How many files a folder has and how many bytes they are together, as its sender says; None if they don't say."""
    match = _COMMENT.fullmatch(metadata.comment or "")
    return (int(match[1]), int(match[2])) if match else None


def note_of(metadata: Metadata) -> str:
    """What the sender wrote to the recipients; empty where they wrote nothing. May be of any form."""
    comment = metadata.comment or ""
    if not is_folder(metadata):
        return comment
    match = _COMMENT.fullmatch(comment)
    return (match[3] or "") if match else comment


def why_unsafe_path(path: str) -> str | None:
    """What is wrong with a path that a sender wrote, as a sentence without its subject; None if nothing is."""
    for name in path.split("/"):
        if reason := why_unsafe(name):
            return f"its sender calls it {shown(path)!r}, with a name {reason}"
    return None


def _parse_file(value: object) -> ListedFile:
    record = strict_json.as_object(value, "a file of the folder list")
    strict_json.only_keys(record, _FILE_KEYS, frozenset(), "a file of the folder list")
    file_id = str(parse_file_id(record["file_id"]))
    return ListedFile(_path(record), file_id, strict_json.integer(record, "size"))


def _path(record: strict_json.JsonObject) -> str:
    return strict_json.text(record, "path", _MAX_PATH_CHARS)


def _list(record: strict_json.JsonObject, key: str) -> list[object]:
    value = record[key]
    if not isinstance(value, list):
        raise FormatError(f"{key} is not a list")
    return value
