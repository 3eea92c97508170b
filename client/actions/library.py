"""My files on the server, and those that others sent me."""

from collections.abc import Iterator
from dataclasses import dataclass

from client.actions.person import Person
from client.actions.receive import open_item
from client.errors import NetworkError
from shared.api.models import FileItem
from shared.crypto.errors import CryptoError, WrongKey
from shared.crypto.metadata import Metadata
from shared.sealed.errors import FormatError


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a listing; `metadata` is None where it does not open."""

    item: FileItem
    metadata: Metadata | None
    altered: bool = False
    """Whether my key fits, but the records are not what the sender made."""


def list_files(person: Person, *, received: bool) -> Iterator[Entry]:
    """My own files, or the ones that others sent me; newest first."""
    for item in person.api.files("received" if received else "owned"):
        yield _entry(person, item)


def remove_file(person: Person, file_id: str) -> None:
    """Deletes a file of mine from the server: ciphertext and record. What others fetched can't be called back."""
    person.api.delete_file(file_id)


def _entry(person: Person, item: FileItem) -> Entry:
    identity = person.identity
    try:
        return Entry(item, open_item(item, identity.keys, identity.reader).metadata)
    except WrongKey:
        return Entry(item, None)
    except (CryptoError, FormatError, NetworkError):
        return Entry(item, None, altered=True)
