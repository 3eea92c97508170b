"""What of a data folder belongs into a backup, and what stands in its `backup.json`."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

VERSION = 1
WITH_TABLES = 2
"""The form of a backup whose records are a database's: code that knows nothing of that must not restore it."""
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

    def encode(self) -> bytes:
        fields = {"sealcase_backup": WITH_TABLES if self.database else VERSION, **asdict(self)}
        if self.database is None:
            del fields["database"]
        return json.dumps(fields, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises `Unusable`."""
        try:
            record = json.loads(data)
            version = record.pop("sealcase_backup")
            if version > WITH_TABLES:
                raise Unusable(f"This backup was made by a newer Sealcase (form {version}); restore it with that one.")
            return cls(**record)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unusable(f"{MARK} can't be read: this is no backup of Sealcase.") from None


def is_name(name: str) -> bool:
    """Whether a backup may hold a file of this name: below one of ours, and nowhere else."""
    parts = name.split("/")
    return parts[0] in _TOPS and all(_PART.fullmatch(part) for part in parts)


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
