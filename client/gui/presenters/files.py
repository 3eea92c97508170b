"""The My files tab: what I have sent, found, sorted, extended and deleted."""

import time
from dataclasses import dataclass, replace
from enum import Enum

from client.gui.bus import (
    CameOnline,
    ContactsChanged,
    FilesChanged,
    FileSent,
    KeysChanged,
    Locked,
    OpenTab,
    SignedIn,
    SignedOut,
    Unlocked,
)
from client.gui.jobs import Cancel, Job
from client.gui.presenters.base import Presenter
from client.gui.presenters.file_details import FileDetails
from client.gui.presenters.file_terms import FileTerms
from client.gui.presenters.file_words import downloads_words, name_words, safety_words, share_text, state_words
from client.gui.presenters.house import House
from client.gui.presenters.listing import (
    ARRANGE_SECONDS,
    FEW,
    SORTS,
    Blank,
    FileLine,
    Listing,
    RowsInSlices,
    chosen,
    fits,
)
from client.gui.presenters.notices import Tone
from client.gui.presenters.rows import Row
from client.gui.problem import Problem
from client.gui.text import _, moment, ngettext, size


class Only(Enum):
    """Which files are shown."""

    ALL = "all"
    ACTIVE = "active"
    SOON = "soon"
    OVER = "over"
    FOLDERS = "folders"


_DOWN_FIRST = ("size", "sent", "downloads")


@dataclass(frozen=True, slots=True)
class ShareSheet:
    """What somebody is told by another way, so that they find the file."""

    title: str
    text: str
    file_id: str


@dataclass(frozen=True, slots=True)
class FilesState:
    """`count` says how many are shown, and how far opening their names is."""

    rows: tuple[Row, ...] = ()
    blank: Blank = Blank.SIGNED_OUT
    count: str = ""
    search: str = ""
    only: Only = Only.ALL
    sort: str = "sent"
    down: bool = True
    busy: bool = False
    """Whether lines or names are still coming."""
    selection: tuple[str, ...] = ()
    share: ShareSheet | None = None
    can_refresh: bool = False
    can_open: bool = False
    """Details, the share text and its QR code: of one file."""
    can_copy: bool = False
    can_change: bool = False
    """To extend, or delete: any number of files."""


class Files(Presenter[FilesState]):
    """My own files."""

    def __init__(self, house: House) -> None:
        super().__init__(FilesState())
        self._house = house
        self._listing = Listing(house, received=False, changed=self._changed, failed=self._failed)
        self.details = FileDetails(house)
        self.terms = FileTerms(house)
        self._going: set[str] = set()
        """Deleted, or about to be: no longer shown."""
        self._rows: dict[str, tuple[FileLine, Row]] = {}
        self._slices = RowsInSlices(house.scheduler, self._known_row, self._row, self._show_rows)
        self._timer: Cancel | None = None
        for news in (FileSent, FilesChanged, CameOnline, KeysChanged, ContactsChanged):
            house.bus.on(news, lambda _news: self._again())
        house.bus.on(Unlocked, lambda _news: self._again())
        house.bus.on(SignedIn, lambda _news: self._again())
        house.bus.on(Locked, lambda _news: self._forget())
        house.bus.on(SignedOut, lambda _news: self._forget())
        house.connection.watch(lambda _state: self._arrange())
        self._seen = False

    def shown(self) -> None:
        """The tab was opened."""
        if not self._seen or not self._listing.loaded:
            self.refresh()

    def refresh(self) -> None:
        """F5: asks the server anew."""
        self._seen = True
        if self._house.shell.state.email:
            self._listing.load()
        self._arrange()

    def unlock(self) -> None:
        self.refresh()

    def sign_in(self) -> None:
        self._house.bus.tell(OpenTab("account"))

    def send_something(self) -> None:
        self._house.bus.tell(OpenTab("upload"))

    def search(self, text: str) -> None:
        self._show(replace(self.state, search=text.strip()))
        self._changed()

    def show_only(self, only: str) -> None:
        self._show(replace(self.state, only=Only(only)))
        self._arrange()

    def sort_by(self, column: str) -> None:
        """The same column again: the other way round."""
        if column in SORTS:
            down = not self.state.down if column == self.state.sort else column in _DOWN_FIRST
            self._show(replace(self.state, sort=column, down=down))
            self._arrange()

    def show_all(self) -> None:
        """Away with search and filter."""
        self._show(replace(self.state, search="", only=Only.ALL))
        self._arrange()

    def choose(self, file_ids: tuple[str, ...]) -> None:
        self._show(self._with_flags(replace(self.state, selection=file_ids)))

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
        lines = chosen(self._listing.lines, self.state.selection)
        if lines:
            self.terms.open(lines)

    def delete(self) -> None:
        """All that are chosen, five seconds later unless it is undone."""
        lines = chosen(self._listing.lines, self.state.selection)
        if not lines:
            return
        file_ids = tuple(line.file_id for line in lines)
        self._going.update(file_ids)
        self._show(replace(self.state, selection=()))
        self._arrange()
        text = _("{name} is deleted.").format(name=name_words(lines[0]))
        if len(lines) > 1:
            text = ngettext("{count} file is deleted.", "{count} files are deleted.", len(lines))
        self._house.notices.undoable(text, lambda: self._delete(file_ids), lambda: self._undo(file_ids))

    def _undo(self, file_ids: tuple[str, ...]) -> None:
        self._going.difference_update(file_ids)
        self._arrange()

    def _delete(self, file_ids: tuple[str, ...]) -> None:
        def work(_job: Job) -> list[tuple[str, Problem]]:
            from client.actions.library import remove_file
            from client.errors import Expired, NotFound
            from client.gui.problem import problem_of

            failed: list[tuple[str, Problem]] = []
            gone: set[str] = set()
            for file_id in file_ids:
                try:
                    if file_id not in gone:
                        gone.update(remove_file(person, file_id))
                except (NotFound, Expired):
                    continue  # gone already
                except Exception as error:  # noqa: BLE001  (each file has its own end)
                    failed.append((file_id, problem_of(error)))
            return failed

        person = self._house.keys.person()
        self._house.jobs.run(
            work,
            done=lambda failed: self._deleted(file_ids, failed),
            failed=lambda problem: self._deleted(file_ids, [(file_id, problem) for file_id in file_ids]),
            needed=True,
        )

    def _deleted(self, file_ids: tuple[str, ...], failed: list[tuple[str, Problem]]) -> None:
        kept = {file_id for file_id, _problem in failed}
        self._listing.take_out(file_id for file_id in file_ids if file_id not in kept)
        self._going.difference_update(file_ids)
        if failed:
            problem = failed[0][1]
            text = ngettext("{count} file could not be deleted.", "{count} files could not be deleted.", len(failed))
            self._house.notices.say(f"{text} {problem.sentence}", Tone.PROBLEM)
        self._arrange()
        if len(kept) < len(file_ids):
            self._house.bus.tell(FilesChanged())

    def _again(self) -> None:
        """By itself: never asks for a passphrase."""
        if self._seen:
            self._listing.load(asking=False)

    def _forget(self) -> None:
        self._listing.forget()
        self._rows.clear()
        self.details.close()
        self.terms.close()
        self._show(FilesState(sort=self.state.sort, down=self.state.down))
        self._arrange()

    def _failed(self, problem: Problem) -> None:
        self._house.notices.problem(problem)

    def _changed(self) -> None:
        """Puts the list in order: at once if it is short, else a little later for all that comes until then."""
        if len(self._listing.lines) <= FEW:
            self._arrange()
        elif self._timer is None:
            self._timer = self._house.scheduler.after(ARRANGE_SECONDS, self._arrange)

    def _arrange(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None
        now, state = time.time(), self.state
        lines = [line for line in self._listing.lines.values() if self._fits(line, now)]
        lines.sort(key=SORTS["sent"], reverse=True)
        lines.sort(key=SORTS[state.sort], reverse=state.down)
        self._slices.begin(lines)
        state, selection = self.state, self.state.selection
        if selection:
            here = {line.file_id for line in lines}
            selection = tuple(file_id for file_id in selection if file_id in here)
        self._show(
            self._with_flags(
                replace(
                    state,
                    selection=selection,
                    count=self._count(len(lines)),
                    blank=Blank.NOT_BLANK if lines else self._why_blank(),
                )
            )
        )

    def _show_rows(self, rows: tuple[Row, ...], more: bool) -> None:
        same = rows == self.state.rows
        self._show(replace(self.state, rows=self.state.rows if same else rows, busy=more or self._listing.loading))

    def _fits(self, line: FileLine, now: float) -> bool:
        if line.file_id in self._going:
            return False
        search, only = self.state.search, self.state.only
        if line.in_folder and not search:
            return False
        of_kind = {
            Only.ALL: True,
            Only.ACTIVE: not line.is_over(now),
            Only.SOON: line.ends_soon(now),
            Only.OVER: line.is_over(now),
            Only.FOLDERS: line.is_folder,
        }[only]
        return of_kind and (not search or fits(line, search))

    def _known_row(self, line: FileLine) -> Row | None:
        known = self._rows.get(line.file_id)
        return known[1] if known is not None and known[0] is line else None

    def _row(self, line: FileLine) -> Row:
        now = time.time()
        over = line.is_over(now)
        tone = "muted" if over or line.name is None else "warning" if line.ends_soon(now) else ""
        row = Row(
            line.file_id,
            (
                name_words(line),
                size(line.size),
                moment(line.uploaded_at, now),
                state_words(line, now),
                downloads_words(line),
                safety_words(line),
            ),
            tone,
        )
        self._rows[line.file_id] = (line, row)
        return row

    def _count(self, shown: int) -> str:
        lines = self._listing.lines
        unopened = self._listing.unopened if self._listing.loading else 0
        if unopened:
            return _("{files}, {open} of them still to be opened").format(
                files=ngettext("{count} file", "{count} files", shown), open=f"{unopened:,}"
            )
        narrowed = self.state.search or self.state.only is not Only.ALL
        if narrowed and lines:
            total = sum(not line.in_folder for line in lines.values())
            return _("{shown} of {total}").format(shown=f"{shown:,}", total=f"{total:,}")
        return ngettext("{count} file", "{count} files", shown) if lines else ""

    def _why_blank(self) -> Blank:
        if not self._house.shell.state.email:
            return Blank.SIGNED_OUT
        if self._listing.lines:
            return Blank.NO_MATCH if self.state.search or self.state.only is not Only.ALL else Blank.NOTHING
        if self._listing.locked:
            return Blank.LOCKED
        if self._listing.loading:
            return Blank.LOADING
        if self._house.connection.state.offline:
            return Blank.OFFLINE
        return Blank.NOTHING if self._listing.loaded else Blank.LOCKED

    def _with_flags(self, state: FilesState) -> FilesState:
        """What can be done with what is chosen."""
        return replace(
            state,
            can_refresh=bool(self._house.shell.state.email),
            can_open=len(state.selection) == 1,
            can_copy=bool(state.selection),
            can_change=bool(state.selection),
        )

    def _one(self, file_id: str = "") -> FileLine | None:
        if not file_id and len(self.state.selection) == 1:
            file_id = self.state.selection[0]
        return self._listing.lines.get(file_id)
