"""What of a data folder belongs into a backup, and what stands in its `backup.json`."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from server.adapters import durable

VERSION = 3
"""The form of a backup. 1 had records in files only, 2 a database's tables too; neither said how many of each kind."""
MARK = "backup.json"
"""Written last: a backup without it was cut short."""
FILES = "records/files"
BLOBS = "blobs"
ACTIVITY = "activity"
KEY_LOG = "key_log"
SECRETS = "secrets"
DATABASE = "database"
REVISION = f"{DATABASE}/00-revision"
MARKS = f"{DATABASE}/marks"
PINS = ("ipfs/notes", "ipfs/holders", "ipfs/intents", "ipfs/loose")
"""What is known of pins at an IPFS node, in an order that leaves content pinned too long rather than too short."""
MADE_ANEW = frozenset(("index", "usage", "versions"))
"""Of `records`: follows from the other records."""
UNFINISHED = frozenset(("uploads",))
"""Of `records`: whoever was sending begins anew, so neither these nor their bytes are kept."""
COUNTED = ("records", ACTIVITY, KEY_LOG, "ipfs")
"""Of what lies in files, what nothing else would miss."""
_TOPS = frozenset((MARK, "format", "records", BLOBS, ACTIVITY, KEY_LOG, SECRETS, DATABASE, "ipfs"))
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}")


class Unusable(Exception):
    """This is no backup, or not all of one. The message says what to do."""


class Restless(Exception):
    """Something changed again and again while it was copied."""


@dataclass(slots=True)
class Count:
    """What a backup has so far, as in `Summary`."""

    files: int = 0
    size: int = 0
    new_size: int = 0
    elsewhere: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds. Times in Unix seconds, sizes in bytes."""

    began_at: float
    ended_at: float
    files: int
    size: int
    """Sealed bytes of these files."""
    new_size: int
    """Those that the backup before did not have."""
    elsewhere: int
    """Files whose bytes are not in the data folder but in another store."""
    secrets: bool
    data_format: int
    sealcase: str
    """The version that made it."""
    database: str | None = None
    """The revision of its tables; None where records are files."""
    kinds: dict[str, int] | None = None
    """How many of each kind there are, by `kind_of` and `kind_of_row`; None where a backup is older than that."""

    def encode(self) -> bytes:
        fields = {"sealcase_backup": VERSION, **asdict(self)}
        return json.dumps(fields, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises `Unusable`."""
        try:
            record = json.loads(data)
            version = record.pop("sealcase_backup")
            if version > VERSION:
                raise Unusable(f"This backup was made by a newer Sealcase (form {version}); restore it with that one.")
            kinds = record.pop("kinds", None)
            counts = None if kinds is None else {str(kind): int(count) for kind, count in kinds.items()}
            return cls(**record, kinds=counts)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unusable(f"{MARK} can't be read: this is no backup of Sealcase.") from None


def is_name(name: str) -> bool:
    """Whether a backup may hold a file of this name: below one of ours, and nowhere else."""
    parts = name.split("/")
    return parts[0] in _TOPS and all(_PART.fullmatch(part) for part in parts)


def kind_of(name: str) -> str:
    """What a file of a backup is one of: records/users, activity."""
    first, _, rest = name.partition("/")
    return f"{first}/{rest.partition('/')[0]}" if first == "records" else first


def kind_of_row(table: str) -> str:
    return f"{DATABASE}/{table}"


def files_below(folder: Path) -> Iterator[Path]:
    """Every finished file, folder by folder, in the order of names."""
    for name in sorted(durable.names(folder)):
        path = folder / name
        if path.is_dir():
            yield from files_below(path)
        else:
            yield path


def blob_name(file_id: str) -> str:
    return f"{BLOBS}/{file_id[:2]}/{file_id}"


def mark_name(file_id: str) -> str:
    return f"{MARKS}/{file_id[:2]}/{file_id}"


def record_name(file_id: str) -> str:
    return f"{FILES}/{file_id[:2]}/{file_id}.json"


def newest(folder: Path) -> Path | None:
    """The newest whole backup in a folder of them."""
    found = sorted(path.parent for path in folder.glob(f"*/{MARK}") if not path.parent.name.startswith("."))
    return found[-1] if found else None
