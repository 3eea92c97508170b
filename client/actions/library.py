"""My files on the server, and those that others sent me."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from client.actions.folder_list import counted_in, is_folder
from client.actions.people import KnownKeys, signer_of
from client.actions.person import Person
from client.actions.receive import grants_of, open_item
from client.api.wire import FileDetail
from client.errors import Expired, NeedsInput, NetworkError, NotFound
from client.local import folders
from client.local.contact import Trust
from client.local.secrets import nobody_to_ask
from shared.api.models import FileChange, FileItem
from shared.crypto.errors import CryptoError, WrongKey
from shared.crypto.metadata import Metadata
from shared.crypto.workers import FixedLanes, each_part
from shared.sealed.errors import FormatError
from shared.sealed.grant import is_post_quantum

_AT_ONCE = 4
ON_DISK, IN_BUCKET, IN_IPFS = "local", "s3", "ipfs"
"""What a server calls its storages; others may have copied from the last."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a listing; `metadata` is None where it does not open."""

    item: FileItem
    metadata: Metadata | None
    altered: bool = False
    """Whether my key fits, but the records are not what the sender made."""
    trust: Trust | None = None
    """What is known here of the key that signed it; None where it does not open."""
    post_quantum: bool = False
    """Whether it stays closed to a future quantum computer, with all keys that it is sealed for."""
    sender: bytes | None = None
    """The key that signed it, where it opens and is signed."""
    sent_by: str = ""
    """By whom, according to the server: an address, or what I call the drop box of mine that it was left in."""

    @property
    def name(self) -> str | None:
        """As its sender called it, with its path where it belongs to a folder; None where that is not for my keys."""
        if self.metadata is None:
            return self.item.filename
        return self.metadata.name if self.metadata.path is None else self.metadata.path

    @property
    def folder(self) -> tuple[int, int] | None:
        """How many files it has and how many bytes they are, where it is a folder."""
        if self.metadata is None or not is_folder(self.metadata):
            return None
        return counted_in(self.metadata) or (0, 0)

    @property
    def in_folder(self) -> bool:
        """Whether it came with a folder."""
        return self.metadata is not None and self.metadata.path is not None

    def matches(self, search: str) -> bool:
        """Whether its name, its sender's email or its id has `search` in it."""
        texts = (self.name or "", self.sent_by, self.item.file_id)
        return any(search.casefold() in text.casefold() for text in texts)


def list_files(
    person: Person,
    *,
    received: bool,
    search: str = "",
    sort: str = "uploaded_at",
    order: str = "desc",
    inside: bool = False,
) -> Iterator[Entry]:
    """My own files, or the ones that others sent me. Names are searched here: the server can't read them.

    A folder is one entry; its files are listed if they are searched for, or with `inside`.
    """
    known, box = KnownKeys.of(person), "received" if received else "owned"
    items = person.api.files(box, sort, order)
    if inside or search:
        yield from (entry for item in items if (entry := entry_of(person, item, known)).matches(search))
        return
    hidden, seen = folders.all_files(person.paths), folders.seen_inside(person.paths, box)
    still_there: set[str] = set()
    for item in items:
        if item.file_id in seen:  # opening 10,000 files takes ten seconds; once is enough
            still_there.add(item.file_id)
        elif item.file_id not in hidden:
            entry = entry_of(person, item, known)
            if entry.in_folder:
                still_there.add(item.file_id)
            else:
                yield entry
    if still_there != seen:
        folders.note_inside(person.paths, box, still_there)


def entry_of(person: Person, item: FileItem, known: KnownKeys) -> Entry:
    """What my keys make of a line of a listing."""
    if item.format == 0:
        return Entry(item, None, trust=Trust.OLD_FORMAT, sent_by=item.from_email)
    identity, who = person.identity, known.sender_of(item)
    try:
        opened = open_item(item, identity.keys, identity.reader)
    except WrongKey:
        return Entry(item, None, sent_by=who)
    except (CryptoError, FormatError, NetworkError):
        return Entry(item, None, altered=True, sent_by=who)
    trust = known.trust_of(item, opened.sender)
    strong = is_post_quantum(grants_of(item))
    return Entry(
        item, opened.metadata, trust=trust, post_quantum=strong, sender=signer_of(item, opened.sender), sent_by=who
    )


def change_file(person: Person, file_id: str, change: FileChange) -> FileDetail:
    """How long a file of mine is kept, from now on, and how often it may be downloaded; what is not set stays.

    With a folder all its files change, and its list as the last; how often is a matter of its files, not of the list,
    and of its first download the list alone tells.
    """
    inside = _inside(person, file_id)
    if not inside:
        return person.api.change_file(file_id, change)

    def work(index: int) -> None:
        with suppress(NotFound, Expired):  # gone already
            person.api.change_file(inside[index], of_files)

    of_files = change.model_copy(update={"notify": None})
    of_files.model_fields_set.discard("notify")
    if of_files.model_fields_set:
        each_part(range(len(inside)), FixedLanes(_AT_ONCE), lambda: work)
    of_list = {name: getattr(change, name) for name in ("expires_hours", "notify") if name in change.model_fields_set}
    return person.api.change_file(file_id, FileChange.model_validate(of_list)) if of_list else person.api.file(file_id)


def remove_file(person: Person, file_id: str, beyond_recall: Callable[[], None] = lambda: None) -> list[str]:
    """Deletes a file of mine from the server: ciphertext and record. What others fetched can't be called back.

    With a folder go all its files, but for those that belong to another one as well, as after a continued try.
    Returns the ids of what is gone beside it; calls `beyond_recall` where copies may lie where nobody can delete them.
    Raises `NotFound`, `Refused`.
    """
    elsewhere = folders.all_files(person.paths, but=file_id)
    inside = [each for each in _inside(person, file_id) if each not in elsewhere]

    def delete(each: str) -> None:
        if person.api.delete_file(each).storage == IN_IPFS:
            beyond_recall()

    def work(index: int) -> None:
        with suppress(NotFound, Expired):  # gone already
            delete(inside[index])

    each_part(range(len(inside)), FixedLanes(_AT_ONCE), lambda: work)
    delete(file_id)  # the list comes last: what is left can be removed by it
    folders.forget(person.paths, file_id)
    return inside


def _inside(person: Person, file_id: str) -> list[str]:
    """The ids of the files of a folder of mine; somebody else's list may name any. None are found where it does not
    open without asking anybody."""
    silent = replace(person, ask=nobody_to_ask)
    with suppress(NeedsInput, NotFound, Expired, CryptoError, FormatError):
        detail = silent.api.file(file_id)
        if not detail.owner or detail.format != 1:
            return []
        known = folders.files_of(person.paths, file_id)
        if known is not None:
            return known
        opened = open_item(detail, silent.identity.keys, silent.identity.reader)
        if is_folder(opened.metadata) and opened.sender == silent.identity.card.signing_key:
            from client.actions.receive_folder import fetch_list  # most of what is removed is no folder

            return [file.file_id for file in fetch_list(silent, opened, detail).files]
    return []
