"""Links, for who makes them: to one file or to several, listed, changed, taken back.

A link is a record with its own grants. It gives its files to whoever can show what its key unlocks, and never outlives
them. One that is over is remembered for a month, so that whoever comes with it is told what became of it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from uuid import UUID

from server.domain import LINK_POSITION, Caller, EventKind, File, Link, LinkedFile
from server.errors import BadRequest, Conflict, FieldError, Invalid, LinkRevoked, NotFound
from server.ports import Clock, Damaged, Ephemeral, LinkRecords, Records
from server.services.activity import Activity
from server.services.files import Files
from server.services.link_closing import LOCK_SECONDS, link_lock
from shared.sealed.errors import FormatError
from shared.sealed.grant import Grant, GrantType

REMEMBERED_SECONDS = 30 * 86_400
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link as its maker wants it; nothing of it is checked yet."""

    link_id: str
    access_hash: bytes = field(repr=False)
    items: Sequence[tuple[UUID, dict[str, str | None]]]
    """Files, each with its grant."""
    expires_hours: int | None
    download_limit: int | None
    password: bool
    notify: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None leaves it as it is."""

    expires_hours: int | None = None
    download_limit: int | None = None
    unlimited: bool = False
    """Whether the limit is taken away."""
    notify: bool | None = None


@dataclass(frozen=True, slots=True)
class LinkPage:
    """One page of a listing."""

    links: list[Link]
    next_position: str | None
    """Where the next page begins; None at the end."""


class Links:
    """Every change is made under the link's own lock."""

    def __init__(
        self,
        links: LinkRecords,
        records: Records,
        ephemeral: Ephemeral,
        clock: Clock,
        activity: Activity,
        files: Files,
    ) -> None:
        self._links = links
        self._records = records
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity
        self._files = files

    def make(self, caller: Caller, wanted: NewLink) -> tuple[Link, bool]:
        """Make a link to files of the caller's; says whether it is new. Making the same again gives the link there is.

        Raises `Invalid`, `Conflict` where the id is taken, and as `Files.own` does for each file.
        """
        items = _items(wanted)
        files = [self._files.own(caller, item.file_id) for item in items]
        if any(file.simple is not None for file in files):
            raise Conflict("A simple upload has one wrapped key and no grants: links lead to sealed files only.")
        now = self._clock.now()
        link = Link(
            link_id=wanted.link_id,
            owner_id=caller.user_id,
            owner_email=caller.email,
            access_hash=wanted.access_hash,
            items=items,
            created_at=now,
            expires_at=_end(now, wanted.expires_hours, max(file.expires_at for file in files)),
            download_limit=wanted.download_limit,
            password=wanted.password,
            notify=wanted.notify,
        )
        with self._ephemeral.lock(link_lock(link.link_id), LOCK_SECONDS):
            existing = self._links.link(link.link_id)
            if existing is not None:
                if not _is_same(existing, link):
                    raise Conflict("This link id is taken.")
                return existing, False
            self._links.add_link(link)
        self._note(EventKind.LINK_MADE, caller, link)
        return link, True

    def page(self, caller: Caller, before: str | None, limit: int) -> LinkPage:
        """The caller's links, newest first. Raises `BadRequest` for a `before` that no page gave out."""
        if before is not None and not LINK_POSITION.fullmatch(before):
            raise BadRequest("The cursor is not one of this server's.")
        links = list(islice(self._links.links_of(caller.user_id, before), limit + 1))
        shown = links[:limit]
        return LinkPage(shown, shown[-1].position if len(links) > limit else None)

    def of_file(self, caller: Caller, file_id: UUID) -> list[Link]:
        """The links to a file of the caller's, newest first. Raises as `Files.own` does."""
        self._files.own(caller, file_id)
        return [link for link in self._links.links_to(file_id) if link.owner_id == caller.user_id]

    def downloads(self, link: Link) -> int:
        """How often the link was used to the end."""
        return self._links.link_downloads(link.link_id)

    def change(self, caller: Caller, link_id: str, change: Change) -> Link:
        """Raises `NotFound`, also for somebody else's, `LinkRevoked`, `Busy`."""
        with self._ephemeral.lock(link_lock(link_id), LOCK_SECONDS):
            old = self._own(caller, link_id)
            if old.revoked_at is not None:
                raise LinkRevoked("This link was taken back, and stays so. Make a new one.")
            new = old
            if change.expires_hours is not None:
                longest = max((file.expires_at for file in self._files_of(old)), default=old.expires_at)
                new = replace(new, expires_at=_end(self._clock.now(), change.expires_hours, longest))
            if change.download_limit is not None or change.unlimited:
                new = replace(new, download_limit=change.download_limit)
            if change.notify is not None:
                new = replace(new, notify=change.notify)
            if new != old:
                self._links.replace_link(old, new)
        if new != old:
            self._note(EventKind.LINK_CHANGED, caller, new)
        return new

    def revoke(self, caller: Caller, link_id: str) -> Link:
        """Nobody gets anything by it any more, from now on. Raises `NotFound`, also for somebody else's, `Busy`."""
        with self._ephemeral.lock(link_lock(link_id), LOCK_SECONDS):
            old = self._own(caller, link_id)
            if old.revoked_at is not None:
                return old
            new = replace(old, revoked_at=self._clock.now())
            self._links.replace_link(old, new)
        self._note(EventKind.LINK_REVOKED, caller, new)
        return new

    def forget(self, user_id: str) -> None:
        """Nothing is left of this person's links."""
        for link in list(self._links.links_of(user_id)):
            self._links.remove_link(link)

    def sweep(self, before: float) -> None:
        """Remove links that have been over for a month, and what crashes left behind before that time."""
        now = self._clock.now()
        for link_id in self._links.link_ids():
            try:
                link = self._links.link(link_id)
            except Damaged:
                log.error("the record of link %s can't be read: it is left alone", link_id)  # noqa: TRY400
                continue
            if link is not None and now - _over_since(link) > REMEMBERED_SECONDS:
                self._links.remove_link(link)
        self._links.sweep_links(before)

    def _files_of(self, link: Link) -> list[File]:
        found = (self._records.file(item.file_id) for item in link.items)
        return [file for file in found if file is not None]

    def _own(self, caller: Caller, link_id: str) -> Link:
        link = self._links.link(link_id)
        if link is None or link.owner_id != caller.user_id:
            raise NotFound("There is no such link.")
        return link

    def _note(self, kind: EventKind, caller: Caller, link: Link) -> None:
        file_id = link.items[0].file_id
        self._activity.record(kind, caller.origin, actor=caller.user_id, file_id=file_id, detail=link.link_id)


def _items(wanted: NewLink) -> tuple[LinkedFile, ...]:
    """Raises `Invalid`."""
    found: list[LinkedFile] = []
    for file_id, record in wanted.items:
        try:
            grant = Grant.parse(record)
        except FormatError as error:
            raise _invalid("items", str(error)) from None
        if grant.type is not GrantType.LINK or grant.by is not None:
            raise _invalid("items", "holds a grant that is none of a link's")
        found.append(LinkedFile(file_id, grant))
    if len({item.file_id for item in found}) != len(found):
        raise _invalid("items", "names a file twice")
    if len({item.grant.recipient for item in found}) != 1:
        raise _invalid("items", "holds grants of more than one link")
    if _recipient_text(found[0].grant) != wanted.link_id:
        raise _invalid("link_id", "is not the recipient of the grants")
    return tuple(found)


def _recipient_text(grant: Grant) -> str:
    return str(grant.to_json()["recipient"])


def _end(now: float, hours: int | None, longest: int) -> int:
    """A link never outlives its files."""
    return longest if hours is None else min(longest, int(now) + hours * 3_600)


def _is_same(existing: Link, wanted: Link) -> bool:
    """Whether somebody makes again what they have made; its time began with the first try."""
    return existing.revoked_at is None and wanted == replace(
        existing,
        created_at=wanted.created_at,
        expires_at=wanted.expires_at,
        download_limit=wanted.download_limit,
        notify=wanted.notify,
    )


def _over_since(link: Link) -> float:
    """When it came to its end, or will; what is not taken back ends with its time."""
    return link.revoked_at if link.revoked_at is not None else link.expires_at


def _invalid(field_name: str, message: str) -> Invalid:
    return Invalid("A field is not valid.", (FieldError(field_name, message),))
