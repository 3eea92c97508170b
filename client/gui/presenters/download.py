"""The Download tab: what others sent me, and whatever an id stands for."""

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui.bus import FileReceived
from client.gui.jobs import Job
from client.gui.presenters.file_list import FileList, FileListState
from client.gui.presenters.house import House
from client.gui.presenters.link_opener import LinkOpener
from client.gui.presenters.listing import FileLine
from client.gui.presenters.lookup import FoundFile, found_file, ids_in
from client.gui.presenters.notices import Tone
from client.gui.presenters.received_words import Picked, picked, received_row
from client.gui.presenters.receiving import Receiving
from client.gui.presenters.receiving_questions import Wanted
from client.gui.presenters.rows import Row
from client.gui.presenters.transfers import GetState, GetStatus
from client.gui.problem import FINE, Failure, Kind, Problem
from client.gui.text import _

if TYPE_CHECKING:
    from client.actions.person import Person
    from shared.crypto.keys import PrivateKeys

_AGAIN = (GetStatus.FAILED, GetStatus.PAUSED, GetStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class DownloadState(FileListState):
    picked: Picked | None = None
    id_text: str = ""
    id_error: Failure = FINE
    looking: bool = False
    found: tuple[FoundFile, ...] = ()
    """What the pasted ids stand for."""
    can_look: bool = False
    can_receive: bool = False
    """What is chosen in the list."""
    can_receive_found: bool = False
    can_open: bool = False
    """The chosen file is here: it, or its folder, can be opened."""
    can_cancel: bool = False
    can_retry: bool = False


class Download(FileList[DownloadState]):
    """What others sent me, and how receiving it goes."""

    def __init__(self, house: House) -> None:
        self.receiving = Receiving(house)
        self.copy_details = house.clipboard.copy_details
        self._new: frozenset[str] | None = None
        """Ids that were not there the last time; None until that is known."""
        self.link = LinkOpener(house, lambda: Path(self.receiving.state.folder))
        self._gets: dict[str, GetState] = {}
        """The newest transfer of each file."""
        self._look_job: Job | None = None
        super().__init__(house, DownloadState(), received=True)
        house.bus.on(FileReceived, self._received)
        house.transfers.watch_gets(self._heard_get)
        self.receiving.watch(lambda _state: self._arrange())

    def receive(self) -> None:
        """All that are chosen."""
        lines = self._chosen(self.state.selection)
        if self.state.can_receive:
            self.receiving.receive(_wanted_line(line) for line in lines if line.opened)

    def open_or_receive(self, file_id: str) -> None:
        """The double click: a file that is here is opened, another one received."""
        self.choose((file_id,))
        if self.state.can_open:
            self.open_file()
        else:
            self.receive()

    def open_file(self) -> None:
        """The chosen file, or folder, with the system's program for it."""
        if self.state.can_open:
            self._open(self._chosen_path)

    def open_folder(self) -> None:
        """The folder that it is in."""
        if self.state.can_open:
            self._open(self._chosen_path.parent)

    def open_saved(self, key: str) -> None:
        """What a transfer of the queue has brought."""
        row = self._house.queue.row(key)
        if row is not None and row.can_open:
            self._open(Path(row.path))

    def open_folder_of(self, key: str) -> None:
        """The folder that it is in."""
        row = self._house.queue.row(key)
        if row is not None and row.can_open:
            self._open(Path(row.path).parent)

    def copy_details_of(self, key: str) -> None:
        """Of a transfer that failed."""
        row = self._house.queue.row(key)
        if row is not None and row.copyable:
            self._house.clipboard.copy_details(row.copyable)

    def cancel(self) -> None:
        for file_id in self.state.selection:
            if (get := self._gets.get(file_id)) is not None:
                self._house.transfers.cancel_get(get.number)

    def retry(self) -> None:
        """What failed goes on where it stopped."""
        for file_id in self.state.selection:
            if (get := self._gets.get(file_id)) is not None and get.status in _AGAIN:
                self._house.transfers.retry_get(get.number)

    def type_id(self, text: str) -> None:
        """An id, a link, or a whole message with ids in it."""
        can_look = bool(text.strip()) and not self.state.looking
        self._show(replace(self.state, id_text=text, id_error=FINE, can_look=can_look))

    def look(self) -> None:
        """What the typed ids stand for: who sent it, how large it is; nothing is received yet."""
        if not self.state.can_look:
            return
        if self.link.open(self.state.id_text):
            self._show(replace(self.state, id_text="", can_look=False))
            return
        file_ids = ids_in(self.state.id_text)
        if not file_ids:
            error = _("There is no id in it. An id looks like 550e8400-e29b-41d4-a716-446655440000.")
            self._show(replace(self.state, id_error=Failure(error)))
            return
        if not self._house.shell.state.email:
            error = _("Sign in first: the server gives files to people it knows.")
            self._show(replace(self.state, id_error=Failure(error)))
            return
        self._show(replace(self.state, looking=True, can_look=False, id_error=FINE, found=()))
        keys = self.receiving.keys
        if keys is not None:
            self._look(self._house.keys.person(), file_ids, keys)
        else:
            self._house.keys.with_keys(lambda person: self._look(person, file_ids, None), self._look_refused)

    def receive_found(self) -> None:
        if self.state.can_receive_found:
            self.receiving.receive(each.wanted for each in self.state.found)
            self._show(replace(self.state, id_text="", can_look=False))

    def forget_found(self) -> None:
        self._show(replace(self.state, found=(), id_text="", id_error=FINE, can_look=False, can_receive_found=False))

    def _look(self, person: "Person", file_ids: Sequence[str], keys: "PrivateKeys | None") -> None:
        self._look_job = self._house.jobs.run(
            lambda job: [found_file(job, person, file_id, keys) for file_id in file_ids],
            done=self._looked,
            failed=self._look_failed,
            stopped=self._look_refused,
        )

    def _looked(self, found: list[FoundFile]) -> None:
        self._show(self._with_flags(replace(self.state, looking=False, can_look=True, found=tuple(found))))

    def _look_failed(self, problem: Problem) -> None:
        error = f"{problem.what} {problem.then}"
        if problem.kind is Kind.WRONG_KEY:
            error = _("It is not for your keys. If it was sealed for a key file, choose that file below and try again.")
        self._show(replace(self.state, looking=False, can_look=True, id_error=Failure(error, problem.details)))

    def _look_refused(self) -> None:
        self._show(replace(self.state, looking=False, can_look=bool(self.state.id_text)))

    @property
    def _chosen_path(self) -> Path:
        return Path(self._gets[self.state.selection[0]].path)

    def _open(self, path: Path) -> None:
        def work(_job: Job) -> None:
            from client.local.opening import open_path

            open_path(path)

        self._house.jobs.run(work, failed=self._failed)

    def _heard_get(self, get: GetState) -> None:
        before = self._gets.get(get.file_id)
        if before is not None and before.number > get.number:
            return
        self._gets[get.file_id] = get
        failed_now = get.status is GetStatus.FAILED and (before is None or before.status is not GetStatus.FAILED)
        if failed_now and get.problem is not None and get.problem.kind is not Kind.OFFLINE:
            self._house.notices.problem(get.problem)
        self._changed()

    def _received(self, news: FileReceived) -> None:
        path = Path(news.path)
        text = _("{name} is saved.").format(name=path.name)
        self._house.notices.say(text, Tone.GOOD, action=_("Open folder"), act=lambda: self._open(path.parent))
        found = tuple(each for each in self.state.found if each.wanted.file_id != news.file_id)
        self._show(self._with_flags(replace(self.state, found=found)))
        self._again()

    def _forget(self) -> None:
        self._new = None
        if self._look_job is not None:
            self._look_job.cancel()
        super()._forget()

    def _changed(self) -> None:
        if self._listing.loaded and not self._listing.loading:
            self._note_new()
        super()._changed()

    def _note_new(self) -> None:
        """Once a listing is complete: what was not there the last time is new until the window is closed."""
        from client.local.seen import Seen

        if not self._seen:
            return
        session = self._house.keys.person().session
        seen = Seen(self._house.paths, session.server, session.user_id)
        here = self._listing.lines.keys()
        new = seen.new_among(here)
        if self._new is None or new:
            self._new = (self._new or frozenset()) | new
            seen.remember(here)

    def _beside(self, line: FileLine) -> Hashable:
        return self._gets.get(line.file_id), self._is_new(line)

    def _row(self, line: FileLine) -> Row:
        return received_row(line, self._gets.get(line.file_id), time.time(), new=self._is_new(line))

    def _is_new(self, line: FileLine) -> bool:
        return self._new is not None and line.file_id in self._new

    def _count(self, shown: int) -> str:
        """And how many of them are new."""
        files = super()._count(shown)
        if not files or self._is_narrowed():
            return files
        new = sum(self._is_new(line) and not line.in_folder for line in self._listing.lines.values())
        return _("{files}, {new} new").format(files=files, new=new) if new else files

    def _with_flags(self, state: DownloadState) -> DownloadState:
        lines = self._chosen(state.selection)
        gets = [self._gets[line.file_id] for line in lines if line.file_id in self._gets]
        under_way = [get for get in gets if not get.status.is_over]
        idle = not self.receiving.state.working and self.receiving.state.ask is None
        one = lines[0] if len(lines) == 1 else None
        return replace(
            super()._with_flags(state),
            picked=None if one is None else picked(one),
            can_receive=idle and any(line.name is not None for line in lines) and len(under_way) < len(lines),
            can_receive_found=idle and bool(state.found),
            can_open=len(lines) == 1 and bool(gets) and gets[0].status is GetStatus.DONE and bool(gets[0].path),
            can_cancel=any(get.status is GetStatus.FAILED or not get.status.is_over for get in gets),
            can_retry=any(get.status in (GetStatus.FAILED, GetStatus.PAUSED) for get in gets),
        )


def _wanted_line(line: FileLine) -> Wanted:
    return Wanted(line.file_id, line.name or "", line.size, line.is_folder, line.from_email, line.trust)
