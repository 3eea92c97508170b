"""Links of mine: made, shown again, listed, changed, taken back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from client.actions.person import Person
from client.actions.sharing import OwnFile, open_own
from client.errors import ClientError, NetworkError, NotFound, Refused
from client.local.addresses import is_this_machine
from client.local.links import KeptLink, KeptLinks
from shared.api import limits
from shared.api.models import FileChange, GrantModel, LinkChange, LinkItem, LinkTarget, NewLink
from shared.crypto.errors import WrongKey
from shared.crypto.file_key import FileKey
from shared.crypto.grants import grant_to_link, unwrap_own, wrap
from shared.crypto.keys import RecipientKey
from shared.crypto.link import LinkKeys, draw_link_key, link_url
from shared.crypto.workers import FixedLanes, each_part
from shared.sealed.encoding import b64u

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """How long, how often, and whether I am told."""

    expires_hours: int | None = None
    """None: as long as what it leads to."""
    download_limit: int | None = None
    notify: bool = False


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link of mine with its key."""

    item: LinkItem
    url: str = field(repr=False)
    """All of it, as it is given to others."""


def make_link(person: Person, file_ids: Sequence[str], password: str | None, terms: LinkTerms) -> MadeLink:
    """One link to files and folders of mine, for whoever has it (and the password, where there is one).

    The link's key is kept on this machine, wrapped for me, before the server hears of the link; the password is kept
    nowhere. Raises `Refused` for what is somebody else's, `NotFound`, `Expired`, and what opening raises.
    """
    tops = [open_own(person, file_id) for file_id in dict.fromkeys(file_ids)]
    inside = [file_id for top in tops for file_id in top.inside]
    if len(tops) + len(inside) > limits.MAX_LINKED_FILES:
        raise Refused(
            f"a link leads to at most {limits.MAX_LINKED_FILES:,} files, and these are {len(tops) + len(inside):,}"
        )
    files = _in_order(tops, _opened(person, inside))
    key = _fresh_key()
    keys = LinkKeys.derive(key, password)
    KeptLinks(person.paths).add(_kept(person, keys, key, files[0].file_id))
    signer = person.identity.signing_key
    item = person.api.make_link(
        NewLink(
            link_id=b64u(keys.recipient),
            auth_hash=b64u(keys.access_hash),
            items=[
                LinkTarget(
                    file_id=file.file_id,
                    grant=GrantModel.model_validate(
                        grant_to_link(keys, file.opened.file_key, file.opened.manifest, signer).to_json()
                    ),
                )
                for file in files
            ],
            expires_hours=terms.expires_hours,
            download_limit=terms.download_limit,
            password=password is not None,
            notify=terms.notify,
        )
    )
    return MadeLink(item, _url(person, item, key, has_password=password is not None))


def links_of(person: Person) -> list[LinkItem]:
    """My links, newest first, also those that are over, for a month. Raises `NetworkError`, `NotSignedIn`."""
    return list(person.api.links())


def show_link(person: Person, item: LinkItem) -> MadeLink:
    """A link of mine, with the key that was kept when it was made. Raises `NotFound` where that was elsewhere."""
    kept = KeptLinks(person.paths).find(person.session, item.link_id)
    if kept is None:
        raise NotFound(
            "the key of this link is not on this machine: it was made elsewhere. It goes on working, and can be "
            "changed and revoked here; to show it again, use the machine that made it"
        )
    try:
        key = unwrap_own(kept.key, uuid.UUID(kept.file_id), person.identity.keys).raw
    except WrongKey:
        raise NotFound(
            "the key of this link is wrapped for keys of yours that are gone; make a new link, and revoke this one"
        ) from None
    if b64u(LinkKeys.derive(key, None).recipient) != item.link_id:
        raise ClientError("the key that was kept of this link belongs to another; make a new link, and revoke this one")
    return MadeLink(item, _url(person, item, key, has_password=item.password))


def find_link(person: Person, text: str) -> LinkItem:
    """A link of mine by its id, the beginning of it (at least 6 characters), or all of its address.

    Raises `NotFound` for none, and for several.
    """
    wanted = text.partition("#")[0].rpartition("/s/")[2]
    found = [item for item in person.api.links() if item.link_id.startswith(wanted)]
    if len(wanted) < _SHORTEST or not found:
        raise NotFound("you have no such link; `sealcase links` shows those you have")
    if len(found) > 1:
        raise NotFound("several of your links begin like this; give more of the id")
    return found[0]


_SHORTEST = 6


def change_link(person: Person, item: LinkItem, change: LinkChange) -> LinkItem:
    """How long, how often, and whether I am told. Where its files would end before it, they are kept longer, too.

    Raises `NotFound`, `Revoked`, `NetworkError`.
    """
    if change.expires_hours is not None:
        longer = FileChange(expires_hours=change.expires_hours)
        wanted = _seconds_from_now(change.expires_hours)
        for file_id in item.file_ids:
            if person.api.file(file_id).expires_at < wanted:
                person.api.change_file(file_id, longer)
    return person.api.change_link(item.link_id, change)


def revoke_link(person: Person, item: LinkItem) -> LinkItem:
    """Takes it back, for good. Its files stay."""
    gone = person.api.revoke_link(item.link_id)
    KeptLinks(person.paths).forget(person.session, [item.link_id])
    return gone


def state_of(item: LinkItem, now: float) -> str:
    """`active`, or why not: `revoked`, `expired`, `used up`."""
    if item.revoked_at is not None:
        return "revoked"
    if item.expires_at <= now:
        return "expired"
    if item.download_limit is not None and item.downloads >= item.download_limit:
        return "used up"
    return "active"


def _seconds_from_now(hours: int) -> float:
    import time

    return time.time() + hours * 3_600 - 60


def _opened(person: Person, file_ids: Sequence[str]) -> dict[str, OwnFile]:
    """A folder's files, a few at once."""
    found: dict[str, OwnFile] = {}

    def one(index: int) -> None:
        found[file_ids[index]] = open_own(person, file_ids[index])

    if file_ids:
        each_part(range(len(file_ids)), FixedLanes(_AT_ONCE), lambda: one)
    return found


def _in_order(tops: Sequence[OwnFile], inside: dict[str, OwnFile]) -> list[OwnFile]:
    """Each folder's list before its files."""
    files: dict[str, OwnFile] = {}
    for top in tops:
        files.setdefault(top.file_id, top)
        for file_id in top.inside:
            files.setdefault(file_id, inside[file_id])
    return list(files.values())


def _fresh_key() -> bytes:
    """One whose id no command takes for an option."""
    while b64u(LinkKeys.derive(key := draw_link_key(), None).recipient).startswith("-"):
        pass
    return key


def _kept(person: Person, keys: LinkKeys, key: bytes, file_id: str) -> KeptLink:
    mine = RecipientKey.of_card(person.identity.card)
    wrapped = wrap(mine, FileKey(key), uuid.UUID(file_id))
    return KeptLink(person.session.server, person.session.user_id, b64u(keys.recipient), file_id, wrapped)


def address_of_server(person: Person, url: str, path: str) -> str:
    """Where the server says that it is for everybody, by the address it gave for `path`.

    A server that names a stranger's address gains nothing that its own page could not do with the key; but nobody is
    sent from an encrypted address to one that is not. Raises `NetworkError` for one that is none.
    """
    server = url.removesuffix(path)
    address, mine = urlsplit(server), urlsplit(person.session.server)
    weaker = address.scheme != "https" and mine.scheme == "https" and not is_this_machine(address.hostname or "")
    if server == url or address.scheme not in ("https", "http") or not address.hostname or weaker:
        raise NetworkError("the server gave an address that is none of its own; nobody was given it")
    return server


def _url(person: Person, item: LinkItem, key: bytes, *, has_password: bool) -> str:
    return link_url(address_of_server(person, item.url, f"/s/{item.link_id}"), key, has_password=has_password)
