"""Sending a folder: many small files at a time, each an upload of its own, and a list that says what belongs where."""

import os
import threading
import time
from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from client import errors
from client.actions import upload_journal
from client.actions.events import (
    Began,
    Counted,
    Done,
    Event,
    Failed,
    Restarted,
    Resumed,
    Skipped,
    Tell,
    Verified,
    Waiting,
    untold,
)
from client.actions.folder_journal import Earlier, FolderJournal, journal_path
from client.actions.folder_list import MAX_BYTES, FolderList, ListedFile
from client.actions.folder_outcomes import SentFolder
from client.actions.line import Line
from client.actions.many_files import EACH_BYTES, ONE, Inside, Troubles, base
from client.actions.order import Order, Terms
from client.actions.people import Recipient
from client.actions.person import Person
from client.actions.send import Begun, Choose, Unfinished, begin_anew, send_file
from client.actions.send_list import send_list
from client.actions.small_files import SMALL_BYTES, seal_small
from client.api.retries import Patience, Retries
from client.local import folders
from client.local.inputs import open_plain
from client.local.names import shown, why_unsafe
from client.local.tree import LocalFile, Tree, scan
from shared.crypto.content import SealOptions
from shared.crypto.keys import RecipientKey
from shared.crypto.workers import FixedLanes, Lanes, each_part
from shared.sealed.geometry import DEFAULT_PART_SIZE

_HALF_AN_HOUR = 1_800
_PAIR = FixedLanes(2)


def send_folder(
    person: Person,
    source: Path,
    people: Sequence[Recipient],
    keys: Sequence[RecipientKey],
    *,
    expires_hours: int,
    name: str | None = None,
    options: SealOptions = SealOptions(),  # noqa: B008  (frozen)
    terms: Terms = Terms(),  # noqa: B008  (frozen)
    tell: Tell = untold,
    resume: Choose = begin_anew,
) -> SentFolder:
    """Sends what is in `source` to `people` with accounts, and seals it for bare `keys` too.

    The note of `terms` goes with the folder, not with each file in it.

    A file that fails does not stop the others. Raises `FileProblem` where the folder can't be read or none of it could
    be sent, and what would stop every file (`NetworkError`, `NotSignedIn`, `StorageFull`); then what has arrived is
    kept, and another try with `resume` sends the rest.
    """
    name = _name_of(source) if name is None else name
    tree = scan(source)
    _check_fits(name, tree)
    order = Order.of(person, people, keys, expires_hours, terms)
    each_terms = replace(terms, note="")

    def send_in_parts(file: LocalFile, choose: Choose, tell: Tell, begun: Begun) -> ListedFile:
        sent = send_file(
            person,
            source / file.path,
            people,
            keys,
            expires_hours=expires_hours,
            name=base(file.path),
            in_folder=f"{name}/{file.path}",
            options=options,
            terms=each_terms,
            tell=tell,
            resume=choose,
            begun=begun,
        )
        return ListedFile(file.path, sent.file_id, sent.size)

    return _Sending(person, source, name, tree, order, options, tell, send_in_parts).run(resume)


class _Sending:
    """One folder on its way."""

    def __init__(
        self,
        person: Person,
        source: Path,
        name: str,
        tree: Tree,
        order: Order,
        options: SealOptions,
        tell: Tell,
        send_in_parts: Callable[[LocalFile, Choose, Tell, Begun], ListedFile],
    ) -> None:
        self._person = person
        self._source = source
        self._transfer = str(source)
        self._name = name
        self._tree = tree
        self._order = order
        self._options = options
        self._tell = tell
        self._send_in_parts = send_in_parts
        self._retries = Retries(
            Patience.of_transfers(), lambda reason, seconds: tell(Waiting(self._transfer, reason, seconds))
        )
        self._inside = Inside(self._tell_of_one)
        self._journal_path = journal_path(person, source, name, order)
        self._lock = threading.Lock()
        self._arrived: dict[str, ListedFile] = {}
        self._troubles = Troubles(tell, tree.unreadable)

    def run(self, resume: Choose) -> SentFolder:
        """The whole way, from an earlier try if there is one. Raises what `send_folder` raises."""
        journal, earlier = self._begin(resume)
        try:
            self._tell(Counted(self._transfer, self._name, len(self._tree.files), self._tree.size))
            for left in self._tree.skipped:
                self._tell(Skipped(self._transfer_of(left.path), left.reason))
            if earlier is not None:
                self._take_over(earlier)
            self._send_files(journal, continuing=earlier is not None)
            sent = self._send_list(journal)
        except BaseException as error:
            self._leave(journal, error)
            raise
        if earlier is not None and earlier.list_id is None:
            self._remove(earlier.all_ids - {listed.file_id for listed in self._arrived.values()})
        if sent.failed:
            journal.close()
        else:
            journal.remove()
        self._tell(Verified(self._transfer))
        self._tell(Done(self._transfer, sent.file_id, sent.name, sent.size))
        return sent

    def _begin(self, resume: Choose) -> tuple[FolderJournal, Earlier | None]:
        """The journal to write to, and what an earlier try has achieved if that is continued."""
        taken = FolderJournal.take_up(self._journal_path)
        if taken is None:
            return FolderJournal.begin(self._journal_path), None
        journal, earlier = taken
        try:
            if self._is_wanted(earlier, resume):
                return journal, earlier
            if earlier.list_id is None:  # else somebody may know that list, and what it names stays
                journal.note_given_up()
                earlier = earlier.given_up()
                self._remove(earlier.all_ids)
        except BaseException as error:
            if earlier.begun:
                self._keep(journal, error, len(earlier.arrived))
            journal.close()
            raise
        journal.close()
        return FolderJournal.begin(self._journal_path), None

    def _is_wanted(self, earlier: Earlier, resume: Choose) -> bool:
        """Whether to continue an earlier try."""
        if not earlier.begun:
            return False
        if time.time() >= earlier.begun_at + self._order.expires_hours * _HALF_AN_HOUR:
            self._tell(Restarted(self._transfer, "what had arrived would expire long before the rest"))
            return False
        stopped_at = self._journal_path.stat().st_mtime
        return resume(Unfinished(self._name, earlier.size, self._tree.size, stopped_at))

    def _take_over(self, earlier: Earlier) -> None:
        """Counts what is at the server already, as it is here now."""
        unsure: list[ListedFile] = []
        for file in self._tree.files:
            begun = earlier.begun.get(file.path)
            if begun is not None and begun.is_still(file):
                listed = ListedFile(file.path, begun.file_id, begun.size)
                if begun.file_id in earlier.arrived:
                    self._count(listed)
                else:
                    unsure.append(listed)
        for listed in unsure:  # as many as were under way when it stopped
            with suppress(errors.NotFound, errors.Expired):
                self._retries.run(lambda listed=listed: self._person.api.file(listed.file_id))  # type: ignore[misc]
                self._count(listed)
        if self._arrived:
            self._tell(Resumed(self._transfer, sum(each.size for each in self._arrived.values()), self._tree.size))

    def _send_files(self, journal: FolderJournal, *, continuing: bool) -> None:
        """Small files side by side, then those of one part, then one large file after the other."""
        signer = self._person.identity.signing_key
        missing = [file for file in self._tree.files if file.path not in self._arrived]

        def small(file: LocalFile) -> ListedFile:
            name = base(file.path)
            self._tell(Began(self._transfer_of(file.path), name, file.size))
            with open_plain(self._source / file.path) as opened:
                sealed = seal_small(opened, name, f"{self._name}/{file.path}", self._order, signer, self._options)
            journal.note_begun(file, sealed.file_id)
            self._retries.run(lambda: self._person.api.send_whole(sealed.upload))
            return ListedFile(file.path, sealed.file_id, sealed.size)

        def in_parts(file: LocalFile) -> ListedFile:
            return self._send_in_parts(
                file, lambda _: continuing, self._inside.tell, lambda file_id: journal.note_begun(file, file_id)
            )

        line = Line()
        self._each([file for file in missing if file.size <= SMALL_BYTES], line, journal, small, line.arrived)
        self._each([file for file in missing if SMALL_BYTES < file.size <= DEFAULT_PART_SIZE], _PAIR, journal, in_parts)
        self._each([file for file in missing if file.size > DEFAULT_PART_SIZE], ONE, journal, in_parts)

    def _each(
        self,
        files: Sequence[LocalFile],
        lanes: Lanes,
        journal: FolderJournal,
        send: Callable[[LocalFile], ListedFile],
        arrived: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Sends these files; what is wrong with one of them is remembered."""

        def work(index: int) -> None:
            file = files[index]
            with self._troubles.one(file.path, self._transfer_of(file.path)):
                listed = send(file)
                journal.note_arrived(listed.file_id)
                self._count(listed)
                arrived(EACH_BYTES + listed.size)

        each_part(range(len(files)), lanes, lambda: work, wake=self._stop)

    def _send_list(self, journal: FolderJournal) -> SentFolder:
        """Raises `FileProblem` where there is nothing to list, and what a send raises."""
        listed = tuple(self._arrived[file.path] for file in self._tree.files if file.path in self._arrived)
        failed = self._troubles.failed
        if failed and not listed:
            first = failed[0]
            raise errors.FileProblem(f"nothing of it could be sent. The first failure was {first.path}: {first.reason}")
        folder = FolderList(self._name, listed, tuple(self._tree.empty_folders))
        detail = send_list(self._person, folder, self._order, self._retries, journal.note_list_begun)
        journal.note_list(detail.file_id)
        folders.remember(self._person.paths, detail.file_id, (each.file_id for each in listed))
        return SentFolder(
            file_id=detail.file_id,
            name=self._name,
            files=len(listed),
            size=folder.size,
            expires_at=detail.expires_at,
            skipped=tuple(self._tree.skipped),
            failed=failed,
            error=self._troubles.error,
        )

    def _leave(self, journal: FolderJournal, error: BaseException) -> None:
        """After a failure of the whole: what has arrived is kept for another try."""
        self._retries.stop()
        kept = bool(self._arrived) or self._some_part_arrived()
        if kept:
            self._keep(journal, error, len(self._arrived))
        else:
            journal.remove()
        reason = errors.words_of(error) if isinstance(error, Exception) else "it was stopped"
        self._tell(Failed(self._transfer, reason, resumable=kept))

    def _some_part_arrived(self) -> bool:
        """Whether a large file can be continued by itself."""
        large = (file for file in self._tree.files if file.size > DEFAULT_PART_SIZE)
        return any(
            upload_journal.journal_path(self._person.paths, self._person.session, self._source / file.path).exists()
            for file in large
        )

    def _keep(self, journal: FolderJournal, error: BaseException, arrived: int) -> None:
        journal.close()
        count = f"{arrived:,} of {len(self._tree.files):,} files have arrived and are kept"
        what = count if arrived else "What has arrived of its first files is kept"
        errors.stays(error, f"{what}: send the folder again with --resume, and only the rest travels.")

    def _stop(self) -> None:
        self._retries.stop()
        self._inside.stop()

    def _tell_of_one(self, event: Event) -> None:
        """What a file that travels in parts says by itself. How it ended is told of every file alike."""
        if not isinstance(event, Done | Failed):
            self._tell(event)

    def _count(self, listed: ListedFile) -> None:
        with self._lock:
            self._arrived[listed.path] = listed
        self._tell(Done(self._transfer_of(listed.path), listed.file_id, base(listed.path), listed.size))

    def _remove(self, file_ids: Set[str]) -> None:
        """Removes what an earlier try has sent and nobody was told of; what can't be removed expires."""
        ids = sorted(file_ids)

        def work(index: int) -> None:
            with suppress(errors.ClientError):
                try:
                    self._person.api.delete_file(ids[index])
                except errors.NotFound:  # it had not arrived whole
                    self._person.api.cancel_upload(ids[index])

        each_part(range(len(ids)), FixedLanes(4), lambda: work)

    def _transfer_of(self, path: str) -> str:
        return str(self._source / path)


def _name_of(source: Path) -> str:
    name = Path(os.path.abspath(source)).name  # noqa: PTH100  # `..` in it must not stay
    if reason := why_unsafe(name):
        what = f"a name {reason}" if name else "no name"
        raise errors.FileProblem(f"the folder {shown(str(source))} has {what}. Give it another one: --name NAME")
    return name


def _check_fits(name: str, tree: Tree) -> None:
    """Raises `FileProblem` where a folder has more files than its list may name."""
    any_id = "00000000-0000-4000-8000-000000000000"
    listed = tuple(ListedFile(file.path, any_id, file.size) for file in tree.files)
    if len(FolderList(name, listed, tuple(tree.empty_folders)).encode()) > MAX_BYTES:
        raise errors.FileProblem(f"{len(listed):,} files are too many at once; send the folders in it one by one")
