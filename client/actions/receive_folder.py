"""Receiving a folder: its list is fetched and checked, then every file that it names, each verified like any other."""

import threading
import unicodedata
from collections.abc import Callable, Sequence, Set
from pathlib import Path

from client import errors
from client.actions.events import Began, Counted, Done, Tell, Verified, Waiting, untold
from client.actions.folder_list import MAX_BYTES, FolderList, ListedFile, note_of, why_unsafe_path
from client.actions.folder_outcomes import ReceivedFolder
from client.actions.line import Line
from client.actions.many_files import EACH_BYTES, ONE, Inside, Troubles, base
from client.actions.people import KnownKeys, judge_file, signer_of
from client.actions.person import Person
from client.actions.receive import Keys, find_file, open_item, receive_found
from client.actions.remote_body import RemoteBody
from client.actions.small_files import SMALL_BYTES, open_small
from client.api.api import same_file
from client.api.failures import TooMany
from client.api.retries import Patience, Retries
from client.api.wire import FileDetail
from client.local import folders
from client.local.landing import Landing, size_if_plain
from client.local.names import safe_name
from client.local.outputs import new_file, part_of
from shared.crypto.errors import Altered, BadSignature
from shared.crypto.open import Opened, restore_stream
from shared.crypto.safety import fingerprint
from shared.crypto.workers import Lanes, each_part
from shared.sealed.encoding import unb64u
from shared.sealed.errors import FormatError

_PART = ".part"


def receive_folder(
    person: Person,
    detail: FileDetail,
    opened: Opened,
    target: Path | None,
    keys: Keys | None,
    *,
    force: bool,
    tell: Tell,
) -> ReceivedFolder:
    """Receives the folder whose list has these records into `target`/NAME; `client.actions.receive_any` says more."""
    return _Receiving(person, detail, opened, keys, force=force, tell=tell).run(target)


def fetch_list(person: Person, opened: Opened, detail: FileDetail, tell: Tell = untold) -> FolderList:
    """The list behind the records of a folder. Raises what opening raises, and `FormatError` for one that is none.

    Of its own way only waiting is told: its bytes are not those of the folder.
    """
    if opened.metadata.size > MAX_BYTES:
        raise FormatError(f"the folder list has {opened.metadata.size} bytes, more than the {MAX_BYTES} allowed")
    raw = bytearray()
    body = RemoteBody(person.api, opened, lambda event: tell(event) if isinstance(event, Waiting) else None)
    part_hashes = unb64u(detail.part_hashes, "part_hashes")
    restore_stream(opened, part_hashes, body, raw.extend, lanes=ONE, wake=body.give_up)
    folder = FolderList.parse(bytes(raw))
    if folder.name != opened.metadata.name:
        raise FormatError("the folder list has another name than its file")
    return folder


class _Receiving:
    """One folder on its way."""

    def __init__(
        self, person: Person, detail: FileDetail, opened: Opened, keys: Keys | None, *, force: bool, tell: Tell
    ) -> None:
        self._person = person
        self._detail = detail
        self._opened = opened
        self._keys = keys
        self._force = force
        self._tell = tell
        self._transfer = detail.file_id
        self._retries = Retries(
            Patience.of_transfers(), lambda reason, seconds: tell(Waiting(self._transfer, reason, seconds))
        )
        self._inside = Inside(tell)
        self._lock = threading.Lock()
        self._received: list[ListedFile] = []
        self._there: list[ListedFile] = []
        self._troubles = Troubles(tell)

    def run(self, target: Path | None) -> ReceivedFolder:
        """The whole way. Raises what `receive` raises."""
        sender = signer_of(self._detail, self._opened.sender)
        judgement = judge_file(self._person, self._detail, sender)
        folder = fetch_list(self._person, self._opened, self._detail, self._tell)
        landing = Landing((target or Path()) / safe_name(folder.name))
        self._tell(Counted(self._transfer, folder.name, len(folder.files), folder.size))
        try:
            self._make_empty(folder, landing)
            self._fetch_files(folder, landing)
        except BaseException as error:
            self._retries.stop()
            count = f"{len(self._received) + len(self._there):,} of {len(folder.files):,} files are there"
            errors.stays(error, f"{count}: receive the folder again, and only the rest travels.")
            raise
        finally:
            if not self._detail.owner and not self._person.is_guest:  # of what I sent myself, all is known
                # Only those: a list may name files that are none of its sender's, and listings hide what is remembered.
                good = (each.file_id for each in (*self._received, *self._there))
                folders.remember(self._person.paths, self._transfer, good)
        size = sum(each.size for each in self._received)
        self._tell(Verified(self._transfer))
        self._tell(Done(self._transfer, self._transfer, folder.name, size, str(landing.root)))
        return ReceivedFolder(
            file_id=self._transfer,
            target=landing.root,
            name=folder.name,
            files=len(self._received),
            size=size,
            there=len(self._there),
            failed=self._troubles.failed,
            error=self._troubles.error,
            from_email=KnownKeys.of(self._person).sender_of(self._detail)
            if self._detail.box_id
            else self._detail.from_email,
            trust=judgement.trust,
            sender_fingerprint=None if sender is None else fingerprint(sender),
            doubt=judgement.doubt,
            note=note_of(self._opened.metadata),
        )

    def _make_empty(self, folder: FolderList, landing: Landing) -> None:
        for path in folder.empty_folders:
            with self._troubles.one(path, self._transfer):
                _check_path(path)
                landing.folder(path)

    def _fetch_files(self, folder: FolderList, landing: Landing) -> None:
        """Small files side by side, then one large file after the other.

        A file is written as `NAME.part` first. Where another file of the folder has that very name, it comes later.
        """
        paths = {file.path for file in folder.files}
        similar = _similar(folder)

        def prepared(file: ListedFile) -> Path | None:
            """Where it goes; None where it is there."""
            _check_path(file.path)
            target = landing.file(file.path)
            size = size_if_plain(target)
            if size is not None and not self._force:
                if size == file.size and file.path not in similar:
                    return None
                raise errors.TargetExists(f"{target} exists already and was not touched. Use --force to replace it")
            part = part_of(target)
            if str(part_of(Path(file.path))) in paths and size_if_plain(part) is not None:
                raise errors.TargetExists(f"{part} is in the way. It was not touched; move it to receive this file")
            return target

        for files in _in_turns(folder.files, paths):
            line = Line()
            small = [file for file in files if file.size <= SMALL_BYTES]
            large = [file for file in files if file.size > SMALL_BYTES]
            self._each(small, line, prepared, lambda *it: self._small(folder, *it), line.arrived)
            self._each(large, ONE, prepared, lambda *it: self._large(folder, *it))

    def _each(
        self,
        files: Sequence[ListedFile],
        lanes: Lanes,
        prepared: Callable[[ListedFile], Path | None],
        fetch: Callable[[ListedFile, Path], None],
        arrived: Callable[[int], None] = lambda _: None,
    ) -> None:
        def work(index: int) -> None:
            file = files[index]
            with self._troubles.one(file.path, file.file_id):
                target = prepared(file)
                if target is not None:
                    fetch(file, target)
                with self._lock:
                    (self._there if target is None else self._received).append(file)
                if target is None:
                    self._tell(Done(file.file_id, file.file_id, base(file.path), file.size, None))
                arrived(EACH_BYTES + file.size)

        each_part(range(len(files)), lanes, lambda: work, wake=self._stop)

    def _stop(self) -> None:
        self._retries.stop()
        self._inside.stop()

    def _small(self, folder: FolderList, file: ListedFile, target: Path) -> None:
        """Records and content in one answer."""
        name = base(file.path)
        self._tell(Began(file.file_id, name, file.size))
        try:
            detail = self._retries.run(lambda: self._person.api.file(file.file_id, with_content=True))
        except TooMany:
            raise
        except errors.Refused:  # this server gives out less at once
            self._large(folder, file, target)
            return
        same_file(file.file_id, detail.file_id)
        opened = self._opened_item(detail)
        self._check(folder, file, opened)
        with new_file(target, force=self._force) as opened_file:
            open_small(opened, detail, opened_file.appender(0))
        self._tell(Done(file.file_id, file.file_id, name, file.size, str(target)))

    def _large(self, folder: FolderList, file: ListedFile, target: Path) -> None:
        """As any file by itself, continued where an earlier try ended."""
        patience = Patience.of_transfers()
        found = find_file(self._person, file.file_id, self._keys, self._inside.tell, patience)
        if found.opened is None:
            raise Altered("it is not sealed as its folder is")
        self._check(folder, file, found.opened)
        receive_found(self._person, found, target, self._keys, force=self._force, tell=self._inside.tell)

    def _opened_item(self, detail: FileDetail) -> Opened:
        if self._keys is not None:
            return open_item(detail, self._keys, None)
        return open_item(detail, self._person.identity.keys, self._person.identity.reader)

    def _check(self, folder: FolderList, file: ListedFile, opened: Opened) -> None:
        """The file is the one that the list means, from whom the list is."""
        if opened.sender != self._opened.sender:
            raise BadSignature("it is signed by somebody else than the folder")
        metadata = opened.metadata
        if (metadata.path, metadata.size) != (f"{folder.name}/{file.path}", file.size):
            raise Altered("it is not the file that the folder's sender put there")


def _check_path(path: str) -> None:
    """Raises `UnsafeName`."""
    if reason := why_unsafe_path(path):
        raise errors.UnsafeName(f"{reason}. It was not received")


def _similar(folder: FolderList) -> set[str]:
    """Paths that are one where upper and lower case, or two ways to write an accent, are not told apart."""
    spellings: dict[str, list[str]] = {}
    for file in folder.files:
        spellings.setdefault(unicodedata.normalize("NFC", file.path).casefold(), []).append(file.path)
    return {path for paths in spellings.values() if len(paths) > 1 for path in paths}


def _in_turns(files: Sequence[ListedFile], paths: Set[str]) -> list[list[ListedFile]]:
    """Files whose names others are written under come after those."""
    turns: dict[int, list[ListedFile]] = {}
    for file in files:
        path, turn = file.path, 0
        while (shorter := path.removesuffix(_PART)) != path and shorter in paths:
            path, turn = shorter, turn + 1
        turns.setdefault(turn, []).append(file)
    return [turns[turn] for turn in sorted(turns)]
