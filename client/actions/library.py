"""My files on the server, and those that others sent me."""

from collections.abc import Iterator
from dataclasses import dataclass

from client.actions.person import Person
from client.actions.receive import open_item
from client.errors import NetworkError
from shared.api.models import FileChange, FileDetail, FileItem
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

    @property
    def name(self) -> str | None:
        """As its sender called it; None where that is not for my keys."""
        return self.item.filename if self.metadata is None else self.metadata.name

    def matches(self, search: str) -> bool:
        """Whether its name, its sender's email or its id has `search` in it."""
        texts = (self.name or "", self.item.from_email, self.item.file_id)
        return any(search.casefold() in text.casefold() for text in texts)


def list_files(
    person: Person, *, received: bool, search: str = "", sort: str = "uploaded_at", order: str = "desc"
) -> Iterator[Entry]:
    """My own files, or the ones that others sent me. Names are searched here: the server can't read them."""
    for item in person.api.files("received" if received else "owned", sort, order):
        if (entry := _entry(person, item)).matches(search):
            yield entry


def change_file(person: Person, file_id: str, change: FileChange) -> FileDetail:
    """How long a file of mine is kept, from now on, and how often it may be downloaded; what is not set stays."""
    return person.api.change_file(file_id, change)


def remove_file(person: Person, file_id: str) -> None:
    """Deletes a file of mine from the server: ciphertext and record. What others fetched can't be called back."""
    person.api.delete_file(file_id)


def _entry(person: Person, item: FileItem) -> Entry:
    if item.format == 0:
        return Entry(item, None)
    identity = person.identity
    try:
        return Entry(item, open_item(item, identity.keys, identity.reader).metadata)
    except WrongKey:
        return Entry(item, None)
    except (CryptoError, FormatError, NetworkError):
        return Entry(item, None, altered=True)
