"""Transfers that are not over: kept on this machine, so that neither a closed window nor a crash loses one.

What stands here tells where things are and for whom, in a private file, and holds no secret: how far a transfer got,
and under which key, its own journal knows.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Self

from client.local.paths import Paths
from client.local.private_files import locked, read_private, write_private
from client.local.session import Session

_FORMAT = "sealcase-queue/1"
_MAX_BYTES = 64 << 20
_MOST_HOURS = 1 << 20


@dataclass(frozen=True, slots=True)
class SendOrder:
    """A file or folder to send."""

    source: str
    """Absolute path."""
    to: tuple[str, ...]
    """Emails of people with keys."""
    key_files: tuple[str, ...]
    """PEM files of public keys."""
    invited: tuple[str, ...]
    """Emails of people who have no keys yet."""
    expires_hours: int
    downloads: int | None
    note: str
    compress: bool
    notify: bool = False
    """Whether I get a mail when somebody first fetches it."""


@dataclass(frozen=True, slots=True)
class GetOrder:
    """A file or folder to receive."""

    file_id: str
    folder: str
    save_as: str
    """Empty for the sender's name."""
    replace: bool
    from_email: str
    key_file: str
    """A PEM file with the private key, whose passphrase must be asked for again; empty for my own keys."""


@dataclass(frozen=True, slots=True)
class Queued:
    """One transfer."""

    key: str
    server: str
    user_id: str
    """Whose it is."""
    added_at: float
    """Unix seconds."""
    name: str
    size: int | None
    order: SendOrder | GetOrder
    done: int = 0
    """Bytes of content that had travelled when it was last paused or failed."""
    failure: str = ""
    """Why it failed, if it did."""
    cancelled: bool = False
    """Whether all that is left to do is to remove what was begun."""

    @classmethod
    def new(cls, session: Session, order: SendOrder | GetOrder, name: str, size: int | None, now: float) -> Self:
        import uuid  # slow to import, and most starts find the queue empty

        return cls(uuid.uuid4().hex, session.server, session.user_id, now, name, size, order)

    def belongs_to(self, session: Session) -> bool:
        return (self.server, self.user_id) == (session.server, session.user_id)


class QueueFile:
    """The list on disk. May be shared by threads, and by several programs, each of which has one of these."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.data / "queue.json"
        self._lock = threading.Lock()
        self._dropped: set[str] = set()
        self._seen: set[str] = set()
        """What stood there: if it does not any more, another program has dropped it."""

    def of(self, session: Session) -> list[Queued]:
        """Those of one person at one server, the oldest first; what can't be read is left out. Raises `FileProblem`."""
        return [each for each in self._load() if each.belongs_to(session)]

    def change(self, put: Iterable[Queued] = (), drop: Iterable[str] = ()) -> None:
        """Adds or replaces some, takes others away for good. Raises `FileProblem`; then nothing has changed."""
        with self._lock, locked(self._path):
            self._dropped.update(drop)
            entries = {each.key: each for each in self._load()}
            before = dict(entries)
            self._dropped.update(self._seen - entries.keys())
            entries.update({each.key: each for each in put})
            entries = {key: each for key, each in entries.items() if key not in self._dropped}
            self._seen = set(entries)
            if entries != before:
                record = {"format": _FORMAT, "transfers": [_record(each) for each in entries.values()]}
                write_private(self._path, json.dumps(record, indent=1).encode("ascii") + b"\n")

    def _load(self) -> list[Queued]:
        raw = read_private(self._path)
        if raw is None or len(raw) > _MAX_BYTES:
            return []
        try:
            record = json.loads(raw)
        except (ValueError, RecursionError):
            return []
        if not isinstance(record, dict) or record.get("format") != _FORMAT:
            return []
        found = record.get("transfers")
        parsed = [_parsed(each) for each in found] if isinstance(found, list) else []
        return [each for each in parsed if each is not None]


def _record(queued: Queued) -> dict[str, object]:
    record = asdict(queued)
    return {**record, "kind": "send" if isinstance(queued.order, SendOrder) else "get"}


def _parsed(value: object) -> Queued | None:
    """None for what makes no sense."""
    try:
        record = _Fields(value)
        order = _Fields(record.value("order"))
        return Queued(
            record.text("key"),
            record.text("server"),
            record.text("user_id"),
            record.number("added_at"),
            record.text("name"),
            record.optional_whole("size"),
            _send(order) if record.text("kind") == "send" else _get(order),
            record.whole("done"),
            record.text("failure"),
            record.truth("cancelled"),
        )
    except (KeyError, TypeError):
        return None


def _send(order: "_Fields") -> SendOrder:
    hours = order.whole("expires_hours")
    if not 1 <= hours <= _MOST_HOURS:
        raise TypeError
    return SendOrder(
        order.text("source"),
        order.texts("to"),
        order.texts("key_files"),
        order.texts("invited"),
        hours,
        order.optional_whole("downloads"),
        order.text("note"),
        order.truth("compress"),
        order.truth("notify", default=False),
    )


def _get(order: "_Fields") -> GetOrder:
    return GetOrder(
        order.text("file_id"),
        order.text("folder"),
        order.text("save_as"),
        order.truth("replace"),
        order.text("from_email"),
        order.text("key_file"),
    )


class _Fields:
    """Values of a record, each of its type. Raises `KeyError` or `TypeError`."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise TypeError
        self._record: Mapping[str, object] = value

    def value(self, name: str) -> object:
        return self._record[name]

    def text(self, name: str) -> str:
        value = self._record[name]
        if not isinstance(value, str) or "\0" in value:
            raise TypeError
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._record[name]
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise TypeError
        return tuple(value)

    def truth(self, name: str, *, default: bool | None = None) -> bool:
        """`default`: of what lists of earlier versions do not have."""
        value = self._record[name] if default is None else self._record.get(name, default)
        if not isinstance(value, bool):
            raise TypeError
        return value

    def number(self, name: str) -> float:
        value = self._record[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError
        return float(value)

    def whole(self, name: str) -> int:
        value = self._record[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise TypeError
        return value

    def optional_whole(self, name: str) -> int | None:
        return None if self._record[name] is None else self.whole(name)
