"""Receiving by a link: no account is needed, all else is as strict as with one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

from client.actions.events import Tell, untold
from client.actions.folder_list import is_folder
from client.actions.folder_outcomes import ReceivedFolder
from client.actions.person import Person
from client.actions.receive import Found, Received, open_item, receive_found, told
from client.api.api import Api
from client.api.link_api import LinkApi
from client.api.throttle import Throttle
from client.errors import FileProblem, NotFound, Unencrypted
from client.local.addresses import normal_server
from client.local.outputs import is_folder as is_folder_here
from client.local.outputs import is_pipe
from client.local.paths import Paths
from client.local.secrets import nobody_to_ask
from client.local.session import Session, session_here
from shared.crypto.link import LinkAddress, LinkKeys

AskPassword = Callable[[bool], str]
"""Asks for a link's password; told whether the one before was wrong."""
_TRIES = 3


class WrongPassword(NotFound):
    """The server says no: the password is wrong, or there is no such link any more. Which of them, nobody learns."""


@dataclass(frozen=True)
class Guest(Person):
    """Somebody with a link. What is known on this machine of other people's keys is known to them, too."""

    link: LinkApi | None = None

    @classmethod
    def of(cls, paths: Paths, link: LinkApi, server: str) -> Self:
        return cls(paths, Session(server, "", "", "", "", 0), nobody_to_ask, link=link)

    @property
    def is_guest(self) -> bool:
        return True

    @cached_property
    def api(self) -> Api:
        if self.link is None:
            raise NotFound("a guest has a link")
        return self.link


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link whose records are here, each opened and its signature checked; nothing was used up."""

    guest: Guest
    api: LinkApi
    keys: LinkKeys = field(repr=False)
    tops: Sequence[Found]
    """Files and folders, without what lies in the folders."""

    @property
    def expires_at(self) -> int:
        return self.api.terms[0].expires_at

    @property
    def downloads_left(self) -> int | None:
        """None for any number."""
        terms = self.api.terms[0]
        return None if terms.download_limit is None else max(0, terms.download_limit - terms.downloads)


def open_link(
    paths: Paths,
    address: LinkAddress,
    password: str | None,
    ask: AskPassword,
    *,
    allow_http: bool = False,
    throttle: Throttle | None = None,
) -> OpenedLink:
    """Asks a link's server what it leads to. `password` may be None: it is asked for where the link needs one.

    Raises `NotFound` (`WrongPassword`), `Expired`, `TooMany`, `NetworkError`, and what opening records raises.
    """
    try:
        server = normal_server(address.server, allow_http=allow_http or _is_mine(paths, address.server))
    except Unencrypted:
        raise Unencrypted(
            "the link's address is not encrypted on the way: whoever is between could use it up, or fetch what is "
            "sealed (and not open it). Ask for a link with https://, or on a network you trust, use --allow-http"
        ) from None
    tries = _TRIES if address.has_password and password is None else 1
    for left in reversed(range(tries)):
        word = password if password is not None or not address.has_password else ask(left < tries - 1)
        keys = address.keys(word)
        api = LinkApi.of(server, address.link_id, keys.access, paths.link_claims, throttle)
        try:
            api.open()
            break
        except NotFound:
            if not address.has_password:
                raise NotFound(
                    "there is no such link. It may be mistyped, or was over a long time ago; ask who sent it"
                ) from None
            if not left:
                raise WrongPassword(
                    "the password is wrong, or there is no such link any more; nothing was used up"
                ) from None
    return OpenedLink(Guest.of(paths, api, server), api, keys, _tops(api, keys))


def receive_opened(
    link: OpenedLink,
    target: Path | None,
    *,
    force: bool = False,
    tell: Tell = untold,
    where: Callable[[Found], Path] | None = None,
) -> list[Received | ReceivedFolder]:
    """Receives what a link leads to, as one download: each file as `receive` would, into the folder `target`.

    `where` may say it for each. A failure gives the place back to others, unless a whole file has been fetched. Raises
    what `receive` raises.
    """
    tops = link.tops
    if target is not None and not is_folder_here(target) and (len(tops) > 1 or is_pipe(target)):
        folders = [found for found in tops if found.opened and is_folder(found.opened.metadata)]
        if len(tops) > 1 or folders:
            raise FileProblem(f"the link leads to {len(tops)} files, or to a folder. Name a folder: -o DIR")
    try:
        received = [
            _receive_one(link, found, where(found) if where else target, force=force, tell=tell) for found in tops
        ]
    except BaseException:
        link.api.give_back()
        raise
    if any(isinstance(each, ReceivedFolder) and each.failed for each in received):
        link.api.give_back()
    else:
        link.api.done()
    return received


def _is_mine(paths: Paths, server: str) -> bool:
    """Whether it is where I am signed in: then the way there was said to be good enough."""
    session = session_here(paths)
    return session is not None and session.server == server.rstrip("/")


def _receive_one(
    link: OpenedLink, found: Found, target: Path | None, *, force: bool, tell: Tell
) -> Received | ReceivedFolder:
    with told(tell, found.detail.file_id):
        if found.opened is None or not is_folder(found.opened.metadata):
            return receive_found(link.guest, found, target, link.keys, force=force, tell=tell)
        from client.actions.receive_folder import receive_folder  # most of what is received is no folder

        return receive_folder(link.guest, found.detail, found.opened, target, link.keys, force=force, tell=tell)


def _tops(api: LinkApi, keys: LinkKeys) -> list[Found]:
    """Every record is opened: what is said of a link holds for all of it."""
    details = [api.file(file_id) for file_id in api.opened]
    every = [(detail, open_item(detail, keys, None)) for detail in details]
    folders = {opened.metadata.name for _, opened in every if is_folder(opened.metadata)}
    return [
        Found(detail, opened)
        for detail, opened in every
        if opened.metadata.path is None or opened.metadata.path.partition("/")[0] not in folders
    ]
