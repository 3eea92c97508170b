"""Sending to people who have no account yet: they are invited, and their key is added when it appears."""

from collections.abc import Iterator
from dataclasses import dataclass

from client.actions.people import NoCard, Recipient, find_recipient
from client.actions.person import Person
from client.actions.receive import grants_of
from client.actions.sharing import open_own, share
from client.errors import ClientError, Expired, NotFound
from client.local.invitations import Waiting, WaitingFiles
from shared.crypto.errors import CryptoError, WrongKey
from shared.sealed.errors import FormatError


@dataclass(frozen=True, slots=True)
class Given:
    """A file that somebody who had been invited can open now."""

    recipient: Recipient
    file_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A file that expired, or was deleted, before its recipient came."""

    email: str
    file_id: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """Somebody who is there, but can't be given their files; they go on waiting."""

    email: str
    error: Exception


Outcome = Given | Gone | Stuck


def keep_for(person: Person, file_id: str, email: str) -> None:
    """Remembers that `email` shall get a file of mine as soon as they have keys. Raises what `open_own` raises."""
    own = open_own(person, file_id)
    mine = person.identity.keys.recipients()
    grants = grants_of(own.detail)
    key = next((grant for grant in grants if (grant.type, grant.recipient) in mine and grant.by is None), None)
    if key is None:
        raise WrongKey
    session = person.session
    WaitingFiles(person.paths).add(Waiting(session.server, session.user_id, email, file_id, key))


def waiting_files(person: Person) -> list[Waiting]:
    """What waits for people whom I invited, the oldest first."""
    return [each for each in WaitingFiles(person.paths).all() if each.belongs_to(person.session)]


def give_waiting(person: Person, most_people: int | None = None) -> Iterator[Outcome]:
    """Gives their files to all who have appeared meanwhile; asks for the cards of at most so many people.

    Raises `NetworkError` or `NotSignedIn`; what was done by then is done.
    """
    by_email: dict[str, list[Waiting]] = {}
    for each in waiting_files(person):
        by_email.setdefault(each.email, []).append(each)
    for email, files in list(by_email.items())[:most_people]:
        try:
            recipient = find_recipient(person, email)
        except NoCard:
            continue
        except (ClientError, CryptoError, FormatError) as error:
            yield Stuck(email, error)
            continue
        for file in files:
            yield _give(person, recipient, file)


def stop_waiting(person: Person, file_id: str, email: str) -> bool:
    """Forgets that somebody should get a file. False if nothing waited."""
    files = [each for each in waiting_files(person) if (each.file_id, each.email) == (file_id, email)]
    if files:
        WaitingFiles(person.paths).remove(files)
    return bool(files)


def _give(person: Person, recipient: Recipient, file: Waiting) -> Outcome:
    try:
        own = open_own(person, file.file_id, file.key)
        share(person, own, [recipient], [])
    except (NotFound, Expired):
        WaitingFiles(person.paths).remove([file])
        return Gone(file.email, file.file_id)
    except (ClientError, CryptoError, FormatError) as error:
        return Stuck(file.email, error)
    WaitingFiles(person.paths).remove([file])
    return Given(recipient, file.file_id, own.name)
