"""Who can open a file of mine once it is sent: recipients are added without a new upload, and taken away again."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from client.actions.folder_list import is_folder
from client.actions.people import NoCard, Recipient, cards_of, checked_card, published_card, recipients_of
from client.actions.person import Person
from client.actions.receive import grants_of, open_item
from client.api.api import same_file
from client.api.wire import FileDetail
from client.errors import ClientError, NotFound, Refused
from shared.api.models import FileChange
from shared.crypto.errors import BadSignature
from shared.crypto.grants import grant_to
from shared.crypto.keys import RecipientKey
from shared.crypto.open import Opened, open_file
from shared.crypto.seal import distinct
from shared.crypto.workers import FixedLanes, each_part
from shared.sealed.encoding import unb64u
from shared.sealed.grant import Grant

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that I sent, opened with my own grant; or the list of a folder, with the ids of what is in it."""

    detail: FileDetail
    opened: Opened
    inside: tuple[str, ...] = ()

    @property
    def file_id(self) -> str:
        return self.detail.file_id

    @property
    def name(self) -> str:
        return self.opened.metadata.name


def open_own(person: Person, file_id: str, kept: Grant | None = None) -> OwnFile:
    """A file of mine; `kept` is a grant to myself that I kept on this machine.

    Raises `Refused` for somebody else's, `BadSignature` for one that I did not sign, and what opening raises.
    """
    detail = person.api.file(file_id)
    same_file(file_id, detail.file_id)
    if not detail.owner:
        raise Refused("only who sent a file can say who gets it")
    if detail.format == 0:
        raise Refused("a file of the old format is for one key; send it again to share it")
    opened = _opened(person, detail, kept)
    if opened.sender != person.identity.card.signing_key:
        # Whatever I sign for others, they will take for sent by me.
        raise BadSignature("this file was not signed with your key, so it is not passed on as yours")
    if not is_folder(opened.metadata):
        return OwnFile(detail, opened)
    from client.actions.receive_folder import fetch_list  # most of what is shared is no folder

    return OwnFile(detail, opened, tuple(file.file_id for file in fetch_list(person, opened, detail).files))


def share(person: Person, own: OwnFile, people: Sequence[Recipient], keys: Sequence[RecipientKey]) -> None:
    """Adds recipients: `people` may fetch it from now on, holders of bare `keys` may if their email may.

    With a folder come all its files; its list is the last, so that nobody gets a folder with files that don't open.
    Doing it again changes nothing. Raises `Refused`, `NotFound`, `Expired` or `NetworkError`.
    """
    to = distinct([*(recipient.key for recipient in people), *keys])
    users = [recipient.user_id for recipient in people]

    def add(file: OwnFile) -> None:
        signer = person.identity.signing_key
        grants = [grant_to(key, file.opened.file_key, file.opened.manifest, signer) for key in to]
        person.api.add_grants(file.file_id, grants, users)

    _each(own.inside, lambda file_id: add(open_own(person, file_id)))
    add(own)


def allow(person: Person, own: OwnFile, emails: Sequence[str]) -> None:
    """Lets people fetch it who have no keys yet: what they need to open it follows. Raises as `share` does."""

    change = FileChange(added_users=list(emails))
    _each(own.inside, lambda file_id: person.api.change_file(file_id, change))
    person.api.change_file(own.file_id, change)


def unshare(person: Person, own: OwnFile, email: str) -> None:
    """Takes a file away from somebody, with or without an account: the server stops serving it to them.

    What they have fetched, they have. Raises `NotFound` where they could not get it anyway.
    """
    if email.casefold() == person.email.casefold():
        raise ClientError("you can't take a file away from yourself; `sealcase rm` deletes it")
    theirs, others = _recipients_of(person, email), _OthersKeys(person)
    if not _take_away(person, own.detail, email, theirs, others):
        raise NotFound(f"{email} can't get this file anyway; nothing was changed")
    _each(own.inside, lambda file_id: _take_away(person, person.api.file(file_id), email, theirs, others))


def _opened(person: Person, detail: FileDetail, kept: Grant | None) -> Opened:
    identity = person.identity
    if kept is None:
        return open_item(detail, identity.keys, identity.reader)
    grants = [kept, *grants_of(detail)]
    opened = open_file(unb64u(detail.manifest, "manifest"), grants, identity.keys, identity.reader)
    same_file(detail.file_id, str(opened.manifest.file_id))
    return opened


def _take_away(person: Person, detail: FileDetail, email: str, theirs: frozenset[bytes], others: "_OthersKeys") -> bool:
    """First the access, then the keys: a crash in between leaves nothing open. False where there was neither.

    Whatever keys somebody's card names, those of people who stay are not theirs to lose.
    """
    left = person.api.change_file(detail.file_id, FileChange(removed_users=[email])).allowed_users
    gone = {grant.recipient for grant in grants_of(detail) if grant.recipient in theirs or grant.by in theirs}
    gone -= {name for _, name in person.identity.keys.recipients()}
    if gone:
        gone -= others.of(left or ())
    for recipient in gone:
        person.api.remove_grants(detail.file_id, recipient)
    return bool(gone) or left != detail.allowed_users


class _OthersKeys:
    """What names other people's keys in grants; each is asked for once. Used from several threads."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._known: dict[str, frozenset[bytes]] = {}

    def of(self, user_ids: Collection[str]) -> frozenset[bytes]:
        for user_id in user_ids:
            if user_id not in self._known:  # asked for twice at worst
                self._known[user_id] = recipients_of(cards_of(self._person, user_id))
        return frozenset[bytes]().union(*(self._known[user_id] for user_id in user_ids))


def _recipients_of(person: Person, email: str) -> frozenset[bytes]:
    """What names somebody's keys in grants: those of every card of theirs, and of who wraps keys again for them."""
    try:
        user_id = published_card(person, email).user_id
    except NoCard:
        return frozenset()
    cards = [checked_card(each, email) for each in person.api.card_history(user_id)]
    return recipients_of(cards) | {card.signing_key for card in cards}


def _each(file_ids: Sequence[str], work: Callable[[str], object]) -> None:
    """Does `work` for every file of a folder, a few at once."""

    def one(index: int) -> None:
        work(file_ids[index])

    each_part(range(len(file_ids)), FixedLanes(_AT_ONCE), lambda: one)
