"""Who may fetch a file of mine, and who can open it: two things that need not be the same."""

from collections.abc import Iterable
from dataclasses import dataclass

from client.actions.invitations import waiting_files
from client.actions.people import cards_of, recipients_of
from client.actions.person import Person
from client.api.wire import FileDetail
from shared.sealed.grant import Grant


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whom the server lets fetch a file."""

    email: str | None
    """None for somebody without keys at the server."""
    can_open: bool
    """Whether the file is sealed for a key of theirs."""
    invited: bool = False
    """Whether it waits here for their first key."""
    signing_key: bytes | None = None
    """Of the card that the server shows as theirs; None where it shows none."""


@dataclass(frozen=True, slots=True)
class Access:
    """Everybody who has to do with a file of mine, beside me."""

    readers: tuple[Reader, ...]
    other_keys: int
    """Keys that the file is sealed for, and whose holders the server does not know, or does not let fetch it."""

    @property
    def differs(self) -> bool:
        """Whether somebody can fetch it and not open it, or the other way round."""
        return bool(self.other_keys) or not all(reader.can_open or reader.invited for reader in self.readers)


def access_to(person: Person, detail: FileDetail, grants: Iterable[Grant]) -> Access:
    """Who gets a file of mine; asks for the cards of all who may fetch it. Raises `NetworkError`, `NotSignedIn`."""
    me = person.identity
    open_names = {grant.recipient for grant in grants} - {name for _, name in me.keys.recipients()}
    open_names -= me.reader.earlier_recipients
    invited = iter([each.email for each in waiting_files(person) if each.file_id == detail.file_id])
    readers: list[Reader] = []
    seen: set[bytes] = set()
    for user_id in detail.allowed_users or ():
        cards = cards_of(person, user_id)
        if not cards:  # an id tells nobody's address, but I know whom I invited
            email = next(invited, None)
            readers.append(Reader(email, can_open=False, invited=email is not None))
            continue
        names = recipients_of(cards)
        seen |= names
        readers.append(Reader(cards[-1].email, bool(names & open_names), signing_key=cards[-1].signing_key))
    return Access(tuple(readers), len(open_names - seen))
