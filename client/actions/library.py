"""My files on the server, and those that others sent me."""

from collections.abc import Iterator
from dataclasses import dataclass

from client.actions.person import Person
from client.actions.receive import open_item
from shared.api.models import FileItem
from shared.crypto.errors import CryptoError
from shared.crypto.metadata import Metadata
from shared.sealed.errors import FormatError


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a listing; `metadata` is None where my keys do not open it."""

    item: FileItem
    metadata: Metadata | None


def list_files(person: Person, *, received: bool) -> Iterator[Entry]:
    """My own files, or the ones that others sent me; newest first."""
    for item in person.api.files("received" if received else "owned"):
        yield Entry(item, _metadata(person, item))


def remove_file(person: Person, file_id: str) -> None:
    """Deletes a file of mine from the server: ciphertext and record. What others fetched can't be called back."""
    person.api.delete_file(file_id)


def _metadata(person: Person, item: FileItem) -> Metadata | None:
    try:
        return open_item(item, person.identity.keys, person.identity.reader).metadata
    except (CryptoError, FormatError):
        return None
