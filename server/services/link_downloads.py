"""What whoever has a link gets by it: a look at the records, a place, bytes. Nothing without the link's own secret.

A look uses nothing up, and neither does asking for headers. A download counts once: with the last missing byte of a
link to one file; of several files when whoever fetches them says that they are done, or stays away, having got at least
one of them whole.
"""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from uuid import UUID

from server.domain import LINK_HOLDER, EventKind, File, Link
from server.errors import LinkExpired, LinkRevoked, NotFound, PlacesTaken, UsedUp
from server.ports import Clock, Damaged, Ephemeral, LinkRecords, Notice, Records
from server.services.activity import Activity
from server.services.downloads import Delivery, Lease, Span
from server.services.keyhole import let_in
from server.services.link_claims import LinkClaim, LinkClaims, link_claims_key
from server.services.notices import Notices
from server.services.rate_limits import RateLimits
from server.services.stores import Stores

MAX_CLAIMS = 1_000
"""Downloads of one link at the same time, where it has no limit of its own."""
REST_SECONDS = 3_600
"""For so long, whoever was given one of several files whole may fetch the others: it is the same download."""
_LOCK_SECONDS = 30
_UNKNOWN = "There is no such link, or this does not open it."
_USED_UP = "This link has been used as often as its owner allowed."


class LinkDownloads:
    """Whoever comes is anonymous; `address` is what stands for them in limits."""

    def __init__(
        self,
        links: LinkRecords,
        records: Records,
        stores: Stores,
        ephemeral: Ephemeral,
        clock: Clock,
        activity: Activity,
        notices: Notices,
        rate_limits: RateLimits,
        lease: float,
    ) -> None:
        """`lease`: for how many seconds a place is held that nobody renews."""
        self.lease = lease
        self._links = links
        self._records = records
        self._stores = stores
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity
        self._notices = notices
        self._rate_limits = rate_limits

    def enter(self, link_id: str, access: bytes | None, address: str) -> Link:
        """The link, for whoever shows its secret; None for whoever shows nothing.

        Raises `NotFound` for an unknown link and for a wrong secret alike, `TooMany` for who tries too many, and
        only behind a right one `LinkExpired`, `LinkRevoked`.
        """
        link = let_in(self._rate_limits, link_id, access, address, self._found)
        if link is None:
            raise NotFound(_UNKNOWN)
        if link.revoked_at is not None:
            raise LinkRevoked("Who sent this has taken the link back, or deleted what it led to.")
        if link.expired(self._clock.now()):
            raise LinkExpired("This link has expired.")
        return link

    def look(self, link: Link) -> Iterator[tuple[int, File]]:
        """The files that the link leads to, each with its number in it; what is gone is left out. Uses nothing up.

        Raises `UsedUp`, `LinkRevoked` where nothing is left, before the first one is given.
        """
        if link.download_limit is not None and self.downloads(link) >= link.download_limit:
            raise UsedUp(_USED_UP)
        first = next(self._files(link), None)
        if first is None:
            raise LinkRevoked("What this link led to is gone.")
        return self._files(link)

    def downloads(self, link: Link) -> int:
        """How often the link was used to the end."""
        return self._links.link_downloads(link.link_id)

    def claim(self, link: Link) -> str:
        """A place among those who may download, to be named with each request. Raises `UsedUp`, `PlacesTaken`."""
        name = secrets.token_hex(16)
        with self._lock(link):
            self._write(link, self._placed(link, self._settled(link), name))
        return name

    def file(self, link: Link, file_id: UUID) -> tuple[int, File]:
        """One of the link's files, with its number in it. Raises `NotFound`."""
        for number, item in enumerate(link.items):
            if item.file_id == file_id and (file := self._alive(file_id)) is not None:
                return number, file
        raise NotFound("This link leads to no such file.")

    def open(self, link: Link, number: int, file: File, name: str, start: int, stop: int) -> Delivery:
        """The bytes of a file from `start` up to `stop`, for the claim `name`.

        One whose place has run out gets another if one is left. Raises `NotFound`, `UsedUp`, `PlacesTaken`,
        `ContentDamaged`, `Unavailable`.
        """
        answer = secrets.token_hex(4)
        with self._lock(link):
            claims = self._begun(link, name, answer)
            self._write(link, claims.put(name, replace(claims.claims[name], given_back=False)))  # it goes on

        def ended(position: int) -> None:
            self._sent(link, number, file, name, answer, (start, position))

        try:
            content = self._stores.content(self._records, file, start, stop)
        except BaseException:
            ended(start)
            raise
        # Without a limit nobody waits for a place, and the whole answer may leave in one system call.
        lease = None if link.download_limit is None else Lease(self._clock, lambda: self._renew(link, name, answer))
        return Delivery(content, start, stop, None if lease is None else lease.moved, ended)

    def done(self, link: Link, name: str) -> None:
        """The claim has all that it wanted: it counts if it was given anything. Saying it again changes nothing.

        What is still on its way keeps the place: it may have arrived, and not be noted yet.
        """
        with self._lock(link):
            claims = self._settled(link)
            claim = claims.claims.get(name)
            if claim is not None and not claim.counted and claim.began:
                claims = self._counted(link, claims, name, self.lease)
            elif claim is not None and not claim.counted:
                claims = claims.put(name, replace(claim, over=True)) if claim.under_way else claims.without(name)
            self._write(link, claims)

    def give_back(self, link: Link, name: str) -> None:
        """The claim breaks off. Somebody else may have its place, unless it was given a whole file.

        Then it counts, and may fetch the rest for a while. What is still on its way keeps the place until it ends: it
        could arrive whole.
        """
        with self._lock(link):
            claims = self._settled(link)
            claim = claims.claims.get(name)
            if claim is not None and claim.under_way:
                claims = claims.put(name, replace(claim, given_back=True))
            elif claim is not None:
                claims = self._ended(link, claims, name)
            self._write(link, claims)

    def _placed(self, link: Link, claims: LinkClaims, name: str) -> LinkClaims:
        """`claims` with a place for `name`: its own, or one that is free. Raises `UsedUp`, `PlacesTaken`."""
        ends_at = self._clock.now() + self.lease
        claim = claims.claims.get(name)
        if claim is not None:
            is_over = claim.counted and len(claim.complete) == len(link.items)
            return claims if is_over else claims.put(name, replace(claim, ends_at=max(claim.ends_at, ends_at)))
        limit = link.download_limit
        if limit is None:
            if claims.places >= MAX_CLAIMS:
                raise PlacesTaken("Very many are downloading by this link. Try again in a moment.")
        else:
            counted = self.downloads(link)
            if counted >= limit:
                raise UsedUp(_USED_UP)
            if counted + claims.places >= limit:
                raise PlacesTaken("Others are downloading by this link, and no more may; if one breaks off, you can.")
        return claims.put(name, LinkClaim(ends_at))

    def _begun(self, link: Link, name: str, answer: str) -> LinkClaims:
        """The claims, with `answer` under way for `name`. Raises `UsedUp`, `PlacesTaken`."""
        claims = self._placed(link, self._settled(link), name)
        claim = claims.claims[name]
        return claims.put(name, replace(claim, under_way=claim.under_way | {answer}))

    def _renew(self, link: Link, name: str, answer: str) -> None:
        """Raises `UsedUp`, `PlacesTaken` where it stood still for so long that somebody else has the place."""
        with self._lock(link):
            self._write(link, self._begun(link, name, answer))

    def _sent(self, link: Link, number: int, file: File, name: str, answer: str, span: Span) -> None:
        with self._lock(link):
            claims = self._settled(link)
            is_late = name not in claims.claims
            if is_late:  # what was delivered is not forgotten, and holds no place
                claims = claims.put(name, LinkClaim(self._clock.now()))
            claims = claims.delivered(name, number, span, file.size)
            claim = claims.claims[name]
            claim = replace(claim, under_way=claim.under_way - {answer})
            claims = claims.put(name, claim)
            if not claim.counted and (len(claim.complete) == len(link.items) or (claim.over and claim.began)):
                claims = self._counted(link, claims, name, self.lease)
            elif is_late or (claim.given_back and not claim.under_way):
                claims = self._ended(link, claims, name)
            self._write(link, claims)

    def _settled(self, link: Link) -> LinkClaims:
        """The claims as they stand now: those that nobody renewed have ended."""
        claims = LinkClaims.read(self._ephemeral.get(link_claims_key(link.link_id)))
        for name in claims.lapsed(self._clock.now()):
            claims = self._ended(link, claims, name)
        return claims

    def _ended(self, link: Link, claims: LinkClaims, name: str) -> LinkClaims:
        """Nobody holds the place any more. Who has a whole file has paid for the others: they are kept a while."""
        claims = claims.closed(name)
        claim = claims.claims[name]
        if claim.complete and not claim.counted:
            claims = self._counted(link, claims, name, REST_SECONDS)
            return claims if len(claims.claims) <= MAX_CLAIMS else claims.without(name)
        return claims if claim.counted and claim.ends_at > self._clock.now() else claims.without(name)

    def _counted(self, link: Link, claims: LinkClaims, name: str, seconds: float) -> LinkClaims:
        """Counts first, gives the place back then: a crash in between is never one too few."""
        count = self._links.count_link_download(link.link_id)
        self._activity.record(
            EventKind.DOWNLOAD,
            LINK_HOLDER,
            actor=None,
            file_id=link.items[0].file_id,
            concerns=(link.owner_id,),
            detail=link.link_id,
        )
        if count == 1 and link.notify:
            self._notices.tell(link.owner_email, Notice.LINK_USED)
        ends_at = self._clock.now() + seconds
        return claims.put(name, replace(claims.claims[name], counted=True, ends_at=ends_at))

    def _files(self, link: Link) -> Iterator[tuple[int, File]]:
        for number, item in enumerate(link.items):
            if (file := self._alive(item.file_id)) is not None:
                yield number, file

    def _alive(self, file_id: UUID) -> File | None:
        file = self._records.file(file_id)
        return None if file is None or file.expired(self._clock.now()) else file

    def _found(self, link_id: str) -> Link | None:
        try:
            return self._links.link(link_id)
        except Damaged:
            return None

    def _lock(self, link: Link) -> AbstractContextManager[None]:
        return self._ephemeral.lock(link_claims_key(link.link_id), _LOCK_SECONDS)

    def _write(self, link: Link, claims: LinkClaims) -> None:
        entry = claims.entry(link.expires_at)
        self._ephemeral.update(link_claims_key(link.link_id), lambda _: (entry, None))
