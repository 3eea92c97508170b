"""What is noted of an upload, so that no crash takes it back: what is sent, under which key, and which parts are there.

Nothing secret stands in it in clear: the file key is wrapped for the sender's own identity, plaintext is known by
keyed fingerprints only.
"""

import os
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from client.api.wire import UploadComplete
from client.local.exclusive import open_exclusive
from client.local.journal import Journal, Value, place_of
from client.local.paths import Paths
from client.local.session import Session
from shared.crypto.errors import CryptoError
from shared.crypto.file_key import FileKey
from shared.crypto.fingerprint import FINGERPRINT_BYTES
from shared.crypto.grants import unwrap_own, wrap
from shared.crypto.keys import PrivateKeys, RecipientKey
from shared.sealed import strict_json
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from shared.sealed.grant import Grant
from shared.sealed.manifest import HASH_BYTES, parse_file_id
from shared.sealed.strict_json import JsonObject

_FORMAT = "sealcase-upload/1"
_KEPT_SECONDS = 30 * 86_400
_NANOSECONDS = 1 << 63


@dataclass(frozen=True, slots=True)
class Subject:
    """What is sent, and how it is stored: as long as none of it changes, an upload can be continued."""

    size: int
    """Bytes of content."""
    modified_ns: int
    compress: bool
    """Whether it was to be compressed where that is worth it."""
    pad: bool
    part_size: int
    compression: str

    def why_not(self, earlier: "Subject") -> str | None:
        """Why an upload of `earlier` can't be continued with this; None if it can."""
        if (self.size, self.modified_ns) != (earlier.size, earlier.modified_ns):
            return "the file has changed since"
        if (self.compress, self.pad) != (earlier.compress, earlier.pad):
            return "other options for compression or padding were chosen then"
        return None if self == earlier else "this version of Sealcase stores it otherwise than the one that began it"


@dataclass(frozen=True, slots=True)
class NotedPart:
    """A part that the server has acknowledged."""

    digest: bytes
    """SHA-256 of the sealed part."""
    fingerprint: bytes
    """Of its plaintext, see `shared.crypto.fingerprint`."""
    content: int
    """Bytes of content that went into it."""


@dataclass(frozen=True, slots=True)
class Noted:
    """An upload that was interrupted."""

    file_id: uuid.UUID
    subject: Subject
    wrapped_key: Grant
    commitment: bytes
    parts: dict[int, NotedPart]
    completion: UploadComplete | None
    """What was sent to finish it, if it came so far: whether that arrived, nobody knows."""
    stopped_at: float
    """Unix seconds."""

    @property
    def done(self) -> int:
        """Bytes of content that have arrived."""
        return sum(part.content for part in self.parts.values())

    def file_key(self, keys: PrivateKeys) -> FileKey | None:
        """The key that it was begun under; None where these keys of ours don't open it."""
        with suppress(CryptoError):
            file_key = unwrap_own(self.wrapped_key, self.file_id, keys)
            file_key.check_commitment(self.file_id, self.commitment)
            return file_key
        return None


class UploadJournal:
    """The journal of one upload, open and ours alone. May be shared by threads."""

    def __init__(self, journal: Journal, subject: Subject, parts: Mapping[int, NotedPart]) -> None:
        self._journal = journal
        self._size = subject.size
        self._content = {index: part.content for index, part in parts.items()}

    @property
    def done(self) -> int:
        """Bytes of content that are noted as arrived."""
        return sum(tuple(self._content.values()))

    @property
    def share(self) -> float:
        """Of all content."""
        return self.done / self._size if self._size else 0.0

    @classmethod
    def begin(
        cls, path: Path, source: Path, subject: Subject, file_id: uuid.UUID, file_key: FileKey, mine: RecipientKey
    ) -> Self:
        """A new one. Raises `FileProblem`, also while another command has one of that name."""
        own = wrap(mine, file_key, file_id)
        about: dict[str, Value] = {
            "format": _FORMAT,
            "source": str(source.absolute()),  # for whoever looks into it
            "begun_at": int(time.time()),
            "file_id": str(file_id),
            **{field.name: getattr(subject, field.name) for field in fields(Subject)},
            **own.to_json(),
            "commitment": b64u(file_key.commitment(file_id)),
        }
        return cls(Journal.create(path, about), subject, {})

    @classmethod
    def take_up(cls, path: Path) -> tuple[Self, Noted] | None:
        """That of an interrupted upload. None where there is none, it is in use, or it can't be read."""
        with suppress(OSError):
            stopped_at = path.stat().st_mtime
            if (taken := Journal.take_up(path)) is not None:
                journal, records = taken
                try:
                    noted = _noted(records, stopped_at)
                except (FormatError, ValueError):
                    journal.close()
                    return None
                return cls(journal, noted.subject, noted.parts), noted
        return None

    def note_part(self, index: int, part: NotedPart) -> None:
        self._journal.note(
            {
                "part": index,
                "digest": b64u(part.digest),
                "fingerprint": b64u(part.fingerprint),
                "content": part.content,
            }
        )
        self._content[index] = part.content

    def note_completion(self, completion: UploadComplete) -> None:
        """To be noted before it is sent: sent a second time, it must be the very same."""
        self._journal.note({"completion": completion.model_dump_json()})

    def close(self) -> None:
        """The upload can be continued later."""
        self._journal.close()

    def remove(self) -> None:
        """The upload is over."""
        self._journal.remove()


def journal_path(paths: Paths, session: Session, source: Path) -> Path:
    """Where the upload of `source` is noted: another place for each server, person and path."""
    names = (session.server.encode(), session.user_id.encode(), os.fsencode(source.absolute()))
    return place_of(paths.uploads, *names)


def forget_old(paths: Paths) -> None:
    """Removes journals that nobody came back to for a month; what they tell of is long gone from the server."""
    before = time.time() - _KEPT_SECONDS
    with suppress(OSError):
        for path in paths.uploads.iterdir():
            with suppress(OSError):
                if path.stat().st_mtime < before and (file := open_exclusive(path, 0, 0o600)) is not None:
                    with file:
                        path.unlink()


def _noted(records: list[dict[str, Value]], stopped_at: float) -> Noted:
    """Raises `FormatError` or `ValueError` for what is no journal of an upload."""
    about: JsonObject = dict(records[0])
    if about.get("format") != _FORMAT:
        raise FormatError("this is not the journal of an upload")
    noted = Noted(
        file_id=parse_file_id(about.get("file_id")),
        subject=Subject(
            size=strict_json.integer(about, "size"),
            modified_ns=strict_json.integer(about, "modified_ns", -_NANOSECONDS, _NANOSECONDS),
            compress=about.get("compress") is True,
            pad=about.get("pad") is True,
            part_size=strict_json.integer(about, "part_size"),
            compression=strict_json.text(about, "compression", 16),
        ),
        wrapped_key=Grant.parse({name: about.get(name) for name in ("type", "recipient", "wrapped_key", "signature")}),
        commitment=unb64u(about.get("commitment"), "commitment", HASH_BYTES),
        parts={},
        completion=_completion(records),
        stopped_at=stopped_at,
    )
    for record in records[1:]:
        if "part" in record:
            noted.parts[strict_json.integer(dict(record), "part")] = _noted_part(dict(record))
    return noted


def _noted_part(record: JsonObject) -> NotedPart:
    return NotedPart(
        unb64u(record.get("digest"), "digest", HASH_BYTES),
        unb64u(record.get("fingerprint"), "fingerprint", FINGERPRINT_BYTES),
        strict_json.integer(record, "content"),
    )


def _completion(records: list[dict[str, Value]]) -> UploadComplete | None:
    """The last one counts."""
    texts = [record["completion"] for record in records if "completion" in record]
    return UploadComplete.model_validate_json(str(texts[-1]).encode("utf-8")) if texts else None
