"""The My files tab: what I have sent, found, sorted, extended and deleted."""

import time
from dataclasses import dataclass, replace
from enum import Enum
from threading import Event
from typing import TYPE_CHECKING

from client.errors import ClientError
from client.gui.bus import FilesChanged, FileSent, OpenTab
from client.gui.jobs import Job
from client.gui.presenters.file_details import FileDetails
from client.gui.presenters.file_list import FileList, FileListState
from client.gui.presenters.file_terms import FileTerms
from client.gui.presenters.file_words import downloads_words, name_words, safety_words, share_text, state_words
from client.gui.presenters.house import House
from client.gui.presenters.listing import FileLine
from client.gui.presenters.rows import Row
from client.gui.problem import Problem, problem_of
from client.gui.text import _, moment, ngettext, size

if TYPE_CHECKING:
    from client.actions.person import Person


class Only(Enum):
    """Which files are shown."""

    ALL = "all"
    ACTIVE = "active"
    SOON = "soon"
    OVER = "over"
    FOLDERS = "folders"


@dataclass(frozen=True, slots=True)
class ShareSheet:
    """What somebody is told by another way, so that they find the file."""

    title: str
    text: str
    file_id: str


@dataclass(frozen=True, slots=True)
class FilesState(FileListState):
    only: Only = Only.ALL
    share: ShareSheet | None = None
    can_open: bool = False
    """Details, the share text and its QR code: of one file."""
    can_copy: bool = False
    can_change: bool = False
    """To extend, or delete: any number of files."""


class Files(FileList[FilesState]):
    """My own files."""

    def __init__(self, house: House) -> None:
        self.details = FileDetails(house)
        self.terms = FileTerms(house)
        self._going: set[str] = set()
        """Deleted, or about to be: no longer shown."""
        super().__init__(house, FilesState(), received=False)
        for news in (FileSent, FilesChanged):
            house.bus.on(news, lambda _news: self._again())

    def shown(self) -> None:
        """The tab was opened; whoever sends something or changes it says so."""
        if not self._seen or not self._listing.loaded:
            self.refresh()

    def send_something(self) -> None:
        self._house.bus.tell(OpenTab("upload"))

    def show_only(self, only: str) -> None:
        self._show(replace(self.state, only=Only(only)))
        self._arrange()

    def show_all(self) -> None:
        """Away with search and filter."""
        self._show(replace(self.state, search="", only=Only.ALL))
        self._arrange()

    def open_details(self, file_id: str = "") -> None:
        """Of a file, or of the chosen one."""
        line = self._one(file_id)
        if line is not None:
            self.details.open(line)

    def copy_ids(self) -> None:
        if self.state.selection:
            what = ngettext("{count} id", "{count} ids", len(self.state.selection))
            self._house.clipboard.copy("\n".join(self.state.selection), what)

    def open_share(self) -> None:
        """A text and a QR code for whoever gets it."""
        line = self._one()
        if line is not None:
            sheet = ShareSheet(name_words(line), share_text(line.file_id, self._house.shell.state.server), line.file_id)
            self._show(replace(self.state, share=sheet))

    def open_link(self) -> None:
        """One link to all that are chosen."""
        lines = self._chosen(self.state.selection)
        self.details.links.open([(line.file_id, name_words(line)) for line in lines if not line.old_format])

    def close_share(self) -> None:
        self._show(replace(self.state, share=None))

    def copy_share_text(self) -> None:
        if self.state.share is not None:
            self._house.clipboard.copy(self.state.share.text, _("The text"))

    def copy_shared_id(self) -> None:
        if self.state.share is not None:
            self._house.clipboard.copy(self.state.share.file_id, _("The id"))

    def open_terms(self) -> None:
        """How long, and how often: of all that are chosen."""
        lines = self._chosen(self.state.selection)
        if lines:
            self.terms.open(lines)

    def delete(self) -> None:
        """All that are chosen, five seconds later unless it is undone."""
        lines = self._chosen(self.state.selection)
        if not lines:
            return
        try:
            person = self._house.keys.person()  # who deletes, whoever sits here when the time for the undo is over
        except ClientError as error:
            self._house.notices.problem(problem_of(error))
            return
        file_ids = tuple(line.file_id for line in lines)
        self._going.update(file_ids)
        self._show(replace(self.state, selection=()))
        self._arrange()
        text = _("{name} is deleted.").format(name=name_words(lines[0]))
        if len(lines) > 1:
            text = ngettext("{count} file is deleted.", "{count} files are deleted.", len(lines))
        self._house.notices.undoable(text, lambda: self._delete(person, file_ids), lambda: self._undo(file_ids))

    def _undo(self, file_ids: tuple[str, ...]) -> None:
        self._going.difference_update(file_ids)
        self._arrange()

    def _delete(self, person: "Person", file_ids: tuple[str, ...]) -> None:
        def work(_job: Job) -> list[tuple[str, Problem]]:
            from client.actions.library import remove_file
            from client.errors import Expired, NotFound

            failed: list[tuple[str, Problem]] = []
            gone: set[str] = set()
            for file_id in file_ids:
                try:
                    if file_id not in gone:
                        gone.update(remove_file(person, file_id, copied.set))
                except (NotFound, Expired):
                    continue  # gone already
                except Exception as error:  # noqa: BLE001  (each file has its own end)
                    failed.append((file_id, problem_of(error)))
            return failed

        copied = Event()
        self._house.jobs.run(
            work,
            done=lambda failed: self._deleted(file_ids, failed, copied=copied.is_set()),
            failed=lambda problem: self._deleted(file_ids, [(file_id, problem) for file_id in file_ids]),
            needed=True,
        )

    def _deleted(self, file_ids: tuple[str, ...], failed: list[tuple[str, Problem]], *, copied: bool = False) -> None:
        kept = {file_id for file_id, _problem in failed}
        self._listing.take_out(file_id for file_id in file_ids if file_id not in kept)
        self._going.difference_update(file_ids)
        if failed:
            problem = failed[0][1]
            text = ngettext("{count} file could not be deleted.", "{count} files could not be deleted.", len(failed))
            self._house.notices.problem(problem, text)
        if copied:
            self._house.notices.say(_("It lay in IPFS: copies that other nodes have made can't be recalled."))
        self._arrange()
        if len(kept) < len(file_ids):
            self._house.bus.tell(FilesChanged())

    def _forget(self) -> None:
        self.details.close()
        self.details.links.close()
        self.terms.close()
        super()._forget()

    def _fits(self, line: FileLine, now: float) -> bool:
        if line.file_id in self._going:
            return False
        of_kind = {
            Only.ALL: True,
            Only.ACTIVE: not line.is_over(now),
            Only.SOON: line.ends_soon(now),
            Only.OVER: line.is_over(now),
            Only.FOLDERS: line.is_folder,
        }[self.state.only]
        return of_kind and super()._fits(line, now)

    def _row(self, line: FileLine) -> Row:
        now = time.time()
        over = line.is_over(now)
        tone = "muted" if over or line.name is None else "warning" if line.ends_soon(now) else ""
        cells = (
            name_words(line),
            size(line.size),
            moment(line.uploaded_at, now),
            state_words(line, now),
            downloads_words(line),
            safety_words(line),
        )
        return Row(line.file_id, cells, tone)

    def _is_narrowed(self) -> bool:
        return super()._is_narrowed() or self.state.only is not Only.ALL

    def _count(self, shown: int) -> str:
        """And how far opening their names is."""
        unopened = self._listing.unopened if self._listing.loading else 0
        if unopened:
            return _("{files}, {open} of them still to be opened").format(
                files=ngettext("{count} file", "{count} files", shown), open=f"{unopened:,}"
            )
        return super()._count(shown)

    def _with_flags(self, state: FilesState) -> FilesState:
        some = bool(state.selection)
        one = len(state.selection) == 1
        return replace(super()._with_flags(state), can_open=one, can_copy=some, can_change=some)

    def _one(self, file_id: str = "") -> FileLine | None:
        if not file_id and len(self.state.selection) == 1:
            file_id = self.state.selection[0]
        return self._listing.lines.get(file_id)
