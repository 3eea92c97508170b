"""Drop boxes of mine: made, shown again, listed, changed, closed."""

import uuid
from dataclasses import dataclass, field

from client.actions.links import address_of_server
from client.actions.person import Person
from client.errors import ClientError, NotFound
from client.local.boxes import KeptBox, KeptBoxes
from shared.api import limits
from shared.api.models import BoxChange, BoxItem, NewBox
from shared.crypto.drop_box import BoxAddress, BoxKeys
from shared.crypto.errors import WrongKey
from shared.crypto.file_key import FileKey
from shared.crypto.grants import unwrap_own, wrap
from shared.crypto.keys import RecipientKey
from shared.crypto.link import draw_link_key
from shared.sealed.encoding import b64u

SHORTEST_ID = 6


@dataclass(frozen=True, slots=True)
class BoxTerms:
    """How long, how much, what visitors are told, and whether I am told."""

    expires_hours: int = limits.DEFAULT_EXPIRY_HOURS
    keep_hours: int = limits.DEFAULT_EXPIRY_HOURS
    max_files: int | None = None
    max_bytes: int | None = None
    note: str = ""
    notify: bool = False


@dataclass(frozen=True, slots=True)
class MadeBox:
    """A drop box of mine with its key."""

    item: BoxItem
    name: str | None
    """None for one that was made elsewhere."""
    url: str = field(repr=False)
    """All of it, as it is given to others."""


def make_box(person: Person, name: str, password: str | None, terms: BoxTerms) -> MadeBox:
    """A drop box: whoever has its address (and the password, where there is one) leaves files that only I can open.

    Its key and name are kept on this machine before the server hears of the box. Raises `NetworkError`, `NotSignedIn`.
    """
    key = _fresh_key()
    keys, wrapped_as = BoxKeys.derive(key, password), uuid.uuid4()
    mine = RecipientKey.of_card(person.identity.card)
    session = person.session
    wrapped = wrap(mine, FileKey(key), wrapped_as)
    KeptBoxes(person.paths).add(KeptBox(session.server, session.user_id, keys.box_id, name, str(wrapped_as), wrapped))
    item = person.api.make_box(
        NewBox(
            box_id=keys.box_id,
            auth_hash=b64u(keys.access_hash),
            expires_hours=terms.expires_hours,
            keep_hours=terms.keep_hours,
            max_files=terms.max_files,
            max_bytes=terms.max_bytes,
            note=terms.note,
            password=password is not None,
            notify=terms.notify,
        )
    )
    return MadeBox(item, name, _url(person, item, key))


def boxes_of(person: Person) -> list[BoxItem]:
    """My drop boxes, newest first, also those that are over, for a month. Raises `NetworkError`, `NotSignedIn`."""
    return list(person.api.boxes())


def names_of(person: Person) -> dict[str, str]:
    """What I call my drop boxes, by id, as far as they were made on this machine."""
    return KeptBoxes(person.paths).names(person.session)


def show_box(person: Person, item: BoxItem) -> MadeBox:
    """A drop box of mine with its address. Raises `NotFound` where it was made on another machine."""
    kept = KeptBoxes(person.paths).find(person.session, item.box_id)
    if kept is None:
        raise NotFound(
            "the key of this drop box is not on this machine: it was made elsewhere. It goes on working, and can be "
            "changed and closed here; to show its address again, use the machine that made it"
        )
    try:
        key = unwrap_own(kept.key, uuid.UUID(kept.wrapped_as), person.identity.keys).raw
    except WrongKey:
        raise NotFound(
            "the key of this drop box is wrapped for keys of yours that are gone; make a new one, and close this one"
        ) from None
    if BoxKeys.derive(key, None).box_id != item.box_id:
        raise ClientError("the key that was kept of this drop box is another's; make a new one, and close this one")
    return MadeBox(item, kept.name, _url(person, item, key))


def find_box(person: Person, text: str) -> BoxItem:
    """A drop box of mine by its name, its id, the beginning of it (at least 6 characters), or all of its address.

    Raises `NotFound` for none, and for several.
    """
    wanted = text.partition("#")[0].rpartition("/d/")[2]
    called = {box_id for box_id, name in names_of(person).items() if name.casefold() == text.casefold()}
    items = boxes_of(person)
    found = [item for item in items if item.box_id in called and item.closed_at is None]
    if not found and len(wanted) >= SHORTEST_ID:
        found = [item for item in items if item.box_id.startswith(wanted)]
    if not found:
        raise NotFound("you have no such drop box; `sealcase box ls` shows those you have")
    if len(found) > 1:
        raise NotFound("several of your drop boxes are called or begin like this; give the id, or more of it")
    return found[0]


def change_box(person: Person, item: BoxItem, change: BoxChange) -> BoxItem:
    """Raises `NotFound`, `Revoked`, `NetworkError`."""
    return person.api.change_box(item.box_id, change)


def close_box(person: Person, item: BoxItem) -> BoxItem:
    """Closes it, for good. What was left in it stays."""
    return person.api.close_box(item.box_id)


def state_of(item: BoxItem, now: float) -> str:
    """`open`, or why not: `closed`, `expired`, `full`."""
    if item.closed_at is not None:
        return "closed"
    if item.expires_at <= now:
        return "expired"
    if item.max_files is not None and item.files >= item.max_files:
        return "full"
    return "open"


def _fresh_key() -> bytes:
    """One whose id no command takes for an option."""
    while BoxKeys.derive(key := draw_link_key(), None).box_id.startswith("-"):
        pass
    return key


def _url(person: Person, item: BoxItem, key: bytes) -> str:
    server = address_of_server(person, item.url, f"/d/{item.box_id}")
    return str(BoxAddress(server, key, person.identity.card.signing_key, item.password))
