"""Downloads: who is given bytes, how far they got, and what counts.

A download counts when its last byte was handed over. Where the owner set a limit, a reader claims a place first:
downloads that count and places that are claimed never exceed the limit together. A request for a whole file has a place
of its own and gives it back when it is broken off. Requests for ranges share one place a reader, their delivered
ranges are merged, and the download is complete with the last missing byte. A place is a lease that bytes which move
renew; that of a worker that was killed runs out.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import BinaryIO, Self
from uuid import UUID

from server.domain import Backend, Caller, EventKind, File
from server.errors import Interrupted, PlacesTaken, UsedUp
from server.ports import Clock, Entry, Ephemeral, Notice, Records
from server.services.activity import Activity
from server.services.notices import Notices
from server.services.stores import Stores

_RENEW_SECONDS = 20
_SPARE_SECONDS = 40
_LOCK_SECONDS = 30

MAX_SPANS = 1_000
"""So many of a file are remembered of one reader."""

Span = tuple[int, int]


def lease_seconds(body_timeout: float) -> float:
    """How long a place is held that nobody renews: longer than a transfer may stand still between two renewals."""
    return body_timeout + _RENEW_SECONDS + _SPARE_SECONDS


def claims_key(file_id: UUID) -> str:
    """Where the claims of a file are kept."""
    return f"claims:{file_id}"


@dataclass(frozen=True, slots=True)
class Claims:
    """The claimed places of a file, and what readers by range have been given so far."""

    places: dict[str, float] = field(default_factory=dict)
    """When each lease ends, by claim."""
    delivered: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    """By user id; remembered without a place too, so that no sum of broken-off downloads is a free one."""

    @classmethod
    def read(cls, value: bytes | None) -> Self:
        if value is None:
            return cls()
        record = json.loads(value)
        delivered = {user: tuple((a, b) for a, b in spans) for user, spans in record["delivered"].items()}
        return cls(record["places"], delivered)

    def entry(self, expires_at: float) -> Entry:
        record = {"places": self.places, "delivered": self.delivered}
        return Entry(json.dumps(record).encode(), expires_at)

    def alive(self, now: float) -> Self:
        return replace(self, places={claim: ends_at for claim, ends_at in self.places.items() if ends_at > now})

    def with_place(self, claim: str, ends_at: float) -> Self:
        return replace(self, places={**self.places, claim: ends_at})

    def without_place(self, claim: str) -> Self:
        return replace(self, places={each: ends_at for each, ends_at in self.places.items() if each != claim})

    def with_delivered(self, user_id: str, span: Span) -> Self:
        return replace(self, delivered={**self.delivered, user_id: merged((*self.delivered.get(user_id, ()), span))})

    def without_delivered(self, user_id: str) -> Self:
        return replace(self, delivered={user: spans for user, spans in self.delivered.items() if user != user_id})


@dataclass(frozen=True, slots=True)
class Delivery:
    """Bytes that are about to be handed over. Whoever sends them says how far they got, and always that it is over."""

    content: BinaryIO
    """The body, open and unbuffered, at `start`."""
    start: int
    stop: int
    moved: Callable[[], None] | None
    """To be called from time to time while bytes move; None where nobody needs to know. Raises `Interrupted`."""
    ended: Callable[[int], None]
    """Takes the position up to which bytes were handed over."""


class Downloads:
    """Hands out the bytes of files that the caller may read: whether they may, has been decided before."""

    def __init__(
        self,
        records: Records,
        stores: Stores,
        ephemeral: Ephemeral,
        clock: Clock,
        activity: Activity,
        notices: Notices,
        lease: float,
    ) -> None:
        """`lease`: for how many seconds a place is held that nobody renews."""
        self._lease = lease
        self._notices = notices
        self._records = records
        self._stores = stores
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity

    def open(self, caller: Caller, file: File, start: int, stop: int) -> Delivery:
        """The bytes of `file` from `start` up to `stop`.

        Raises `NotFound`, `UsedUp`, `PlacesTaken`, `ContentDamaged`, `Unavailable`.
        """
        if file.download_limit is None or caller.user_id == file.owner_id:
            content = self._content(file, start, stop)
            return Delivery(
                content, start, stop, None, lambda position: self._sent_freely(caller, file, stop, position)
            )
        whole = (start, stop) == (0, file.size)
        claim = f"{caller.user_id}:{secrets.token_hex(8)}" if whole else caller.user_id
        self._claim(file, claim)
        try:
            content = self._content(file, start, stop)
        except BaseException:
            self._change(file, lambda claims: claims.without_place(claim))
            raise
        lease = Lease(self._clock, lambda: self._renew(file, claim))
        finish = self._finish_whole if whole else self._finish_range
        return Delivery(
            content, start, stop, lease.moved, lambda position: finish(caller, file, claim, (start, position))
        )

    def send_away(self, caller: Caller, file: File, stop: int) -> str | None:
        """Where the store itself hands out the bytes up to `stop`; None where they have to come from here.

        What happens there nobody sees here, so asking for the end counts as a download, once in the life of an address.
        A file with a limit is never handed out elsewhere.
        """
        store = self._stores.direct
        if store is None or file.backend is not Backend.S3 or file.download_limit is not None:
            return None
        url = store.content_url(file.file_id)
        if stop == file.size and not self._is_counted(caller, file, store.url_seconds):
            self._count_freely(caller, file)
        return url

    def _content(self, file: File, start: int, stop: int) -> BinaryIO:
        return self._stores.content(self._records, file, start, stop)

    def _claim(self, file: File, claim: str) -> None:
        """A place for `claim`, a new one or the one that it has."""
        limit = file.download_limit or 0
        with self._ephemeral.lock(_lock(file), _LOCK_SECONDS):
            now = self._clock.now()
            claims = self._read(file).alive(now)
            if claim not in claims.places:
                counted = self._records.downloads(file.file_id)
                if counted >= limit:
                    raise UsedUp("This file has been downloaded as often as its owner allowed.")
                if counted + len(claims.places) >= limit:
                    raise PlacesTaken("Others are downloading this file, and no more may; if one breaks off, you can.")
            self._write(file, claims.with_place(claim, now + self._lease))

    def _renew(self, file: File, claim: str) -> None:
        with self._ephemeral.lock(_lock(file), _LOCK_SECONDS):
            now = self._clock.now()
            claims = self._read(file).alive(now)
            if claim not in claims.places:
                raise Interrupted("The transfer stood still for so long that its place was given to somebody else.")
            self._write(file, claims.with_place(claim, now + self._lease))

    def _finish_whole(self, caller: Caller, file: File, claim: str, span: Span) -> None:
        complete, count = span[1] == file.size, 0
        with self._ephemeral.lock(_lock(file), _LOCK_SECONDS):
            claims = self._read(file)
            if complete:
                count = self._records.count_download(file.file_id)  # before the place is given back: never one too few
            else:
                claims = claims.with_delivered(caller.user_id, span)
            self._write(file, claims.without_place(claim))
        if complete:
            self._note(caller, file, count)

    def _finish_range(self, caller: Caller, file: File, claim: str, span: Span) -> None:
        with self._ephemeral.lock(_lock(file), _LOCK_SECONDS):
            now, count = self._clock.now(), 0
            claims = self._read(file).with_delivered(caller.user_id, span)
            complete = claims.delivered[caller.user_id] == ((0, file.size),)
            if complete:
                count = self._records.count_download(file.file_id)
                claims = claims.without_place(claim).without_delivered(caller.user_id)
            elif claim in claims.places:
                claims = claims.with_place(claim, now + self._lease)
            self._write(file, claims)
        if complete:
            self._note(caller, file, count)

    def _sent_freely(self, caller: Caller, file: File, stop: int, position: int) -> None:
        """Without a limit the end of a body counts: parts come in any order and again, but the end once a download."""
        if position == stop == file.size and not self._was_sent_away(caller, file):
            self._count_freely(caller, file)

    def _count_freely(self, caller: Caller, file: File) -> None:
        count = 0 if caller.user_id == file.owner_id else self._records.count_download(file.file_id)
        self._note(caller, file, count)

    def _is_counted(self, caller: Caller, file: File, seconds: int) -> bool:
        """Whether the caller was sent away for this file before, so lately that the address is still good."""
        now = self._clock.now()

        def mark(value: bytes | None) -> tuple[Entry | None, bool]:
            ends_at = now + seconds if value is None else float(value)
            return Entry(str(ends_at).encode(), ends_at), value is not None

        return self._ephemeral.update(_away_key(caller, file), mark)

    def _was_sent_away(self, caller: Caller, file: File) -> bool:
        """Whether this is the same download, begun anew here because the way to the store is blocked."""
        if self._stores.direct is None or file.backend is not Backend.S3:
            return False
        return self._ephemeral.update(_away_key(caller, file), lambda value: (None, value is not None))

    def _note(self, caller: Caller, file: File, count: int) -> None:
        """`count`: which download by a reader it is; 0 for its owner's own."""
        self._activity.record(
            EventKind.DOWNLOAD, caller.origin, actor=caller.user_id, file_id=file.file_id, concerns=(file.owner_id,)
        )
        if count == 1 and file.notify:
            self._notices.tell(file.owner_email, Notice.FILE_FETCHED)

    def _read(self, file: File) -> Claims:
        return Claims.read(self._ephemeral.get(claims_key(file.file_id)))

    def _write(self, file: File, claims: Claims) -> None:
        entry = claims.entry(file.expires_at) if claims.places or claims.delivered else None
        self._ephemeral.update(claims_key(file.file_id), lambda _: (entry, None))

    def _change(self, file: File, change: Callable[[Claims], Claims]) -> None:
        with self._ephemeral.lock(_lock(file), _LOCK_SECONDS):
            self._write(file, change(self._read(file)))


class Lease:
    """Renews a place while bytes move, not more often than it needs to be."""

    def __init__(self, clock: Clock, renew: Callable[[], None]) -> None:
        self._clock = clock
        self._renew = renew
        self._renewed_at = clock.now()

    def moved(self) -> None:
        now = self._clock.now()
        if now - self._renewed_at >= _RENEW_SECONDS:
            self._renew()
            self._renewed_at = now


def merged(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The same bytes in as few spans as can be, in order. Where they are too many, the smallest gaps are closed."""
    found: list[Span] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return tuple(found if len(found) <= MAX_SPANS else _coarser(found))


def _coarser(spans: list[Span]) -> list[Span]:
    """`MAX_SPANS` of them: a reader who asks for crumbs is taken to have what lies between."""
    gaps = sorted(range(1, len(spans)), key=lambda index: spans[index][0] - spans[index - 1][1])
    kept = sorted(gaps[len(spans) - MAX_SPANS :])
    return [(spans[a][0], spans[b - 1][1]) for a, b in pairwise((0, *kept, len(spans)))]


def _away_key(caller: Caller, file: File) -> str:
    return f"sent_away:{file.file_id}:{caller.user_id}"


def _lock(file: File) -> str:
    return f"downloads:{file.file_id}"
