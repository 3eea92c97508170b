"""Transfers that nobody wants to continue: what was begun of them goes, here and at the server."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from client.actions.folder_journal import FolderJournal
from client.actions.folder_journal import journal_path as folder_journal_path
from client.actions.order import Order
from client.actions.person import Person
from client.actions.upload_journal import UploadJournal, journal_path
from client.errors import ClientError
from client.local.arrivals import leftovers
from client.local.tree import scan
from shared.sealed.geometry import DEFAULT_PART_SIZE


def give_up_file(person: Person, source: Path) -> bool:
    """Removes what has arrived at the server of an interrupted upload; whether there was any.

    Nothing happens to one that is under way. If the server is away, it removes it by itself after a day.
    """
    taken = UploadJournal.take_up(journal_path(person.paths, person.session, source))
    if taken is None:
        return False
    journal, noted = taken
    with suppress(ClientError):
        person.api.cancel_upload(str(noted.file_id))
    journal.remove()
    return True


def give_up_folder(person: Person, source: Path, name: str, order: Order) -> None:
    """Removes the files of an interrupted folder that nobody was told of, and what is noted of it.

    A folder whose id somebody may know stays, with the files in it.
    """
    with suppress(ClientError):
        for file in scan(source).files:
            if file.size > DEFAULT_PART_SIZE:
                give_up_file(person, source / file.path)
    taken = FolderJournal.take_up(folder_journal_path(person, source, name, order))
    if taken is None:
        return
    journal, earlier = taken
    journal.remove()
    if earlier.list_id is None:
        _delete(person, sorted(earlier.all_ids))


def give_up_get(person: Person, file_id: str) -> int:
    """Removes what has arrived of a file that is not whole; how many places it was in."""
    gone = leftovers(person.paths.downloads, file_id)
    for each in gone:
        each.remove()
    return len(gone)


def _delete(person: Person, file_ids: Sequence[str]) -> None:
    """What can't be deleted expires."""
    for file_id in file_ids:
        with suppress(ClientError):
            person.api.delete_file(file_id)
