"""What the lists of files do alike: loaded, searched, sorted and chosen from; why one is blank; rows made in slices."""

import time
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from client.gui.bus import CameOnline, ContactsChanged, KeysChanged, Locked, OpenTab, SignedIn, SignedOut, Unlocked
from client.gui.jobs import Cancel
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.listing import FileLine, Listing
from client.gui.presenters.rows import Row, RowsInSlices
from client.gui.problem import Problem
from client.gui.text import _, ngettext

_ARRANGE_SECONDS = 0.15
"""While lines come in, or somebody types, a long list is put in order so often."""
_FEW = 400
"""So short a list is put in order at once."""
_SORTS: dict[str, Callable[[FileLine], str | int]] = {
    "name": lambda line: (line.name or "\U0010ffff").casefold(),
    "size": lambda line: line.size,
    "sent": lambda line: line.uploaded_at,
    "expires": lambda line: line.expires_at,
    "downloads": lambda line: line.downloads,
    "from": lambda line: line.from_email.casefold(),
    "trust": lambda line: "" if line.trust is None else line.trust.name,
}
"""By what a list can be sorted."""
_DOWN_FIRST = ("size", "sent", "downloads")


class Blank(Enum):
    """Why there is nothing to see."""

    NOT_BLANK = "not blank"
    SIGNED_OUT = "signed out"
    LOCKED = "locked"
    LOADING = "loading"
    OFFLINE = "offline"
    FAILED = "failed"
    NOTHING = "nothing"
    NO_MATCH = "no match"


@dataclass(frozen=True, slots=True)
class FileListState:
    """`count` says how many are shown, and what else there is to say of their number."""

    rows: tuple[Row, ...] = ()
    blank: Blank = Blank.SIGNED_OUT
    count: str = ""
    search: str = ""
    sort: str = "sent"
    down: bool = True
    busy: bool = False
    """Whether lines, names or rows are still coming."""
    selection: tuple[str, ...] = ()
    can_refresh: bool = False


Shown = TypeVar("Shown", bound=FileListState)


class FileList(Presenter[Shown], ABC):
    """A list of files at the server. What is more than that makes its own fields first: here all is shown at once."""

    def __init__(self, house: House, empty: Shown, *, received: bool) -> None:
        super().__init__(empty)
        self._house = house
        self._empty = empty
        self._listing = Listing(house, received=received, changed=self._changed, failed=self._failed)
        self._rows: dict[str, tuple[FileLine, Hashable, Row]] = {}
        """By id: the row, and what it was made of."""
        self._slices = RowsInSlices(house.scheduler, self._known_row, self._new_row, self._show_rows)
        self._timer: Cancel | None = None
        self._seen = False
        """Whether the tab was ever opened."""
        for news in (CameOnline, KeysChanged, ContactsChanged, SignedIn, Unlocked):
            house.bus.on(news, lambda _news: self._again())
        for end in (Locked, SignedOut):
            house.bus.on(end, lambda _news: self._forget())
        house.connection.watch(lambda _state: self._arrange())

    # --- what is wanted of it

    def shown(self) -> None:
        """The tab was opened: what may have come meanwhile is asked for."""
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

    def search(self, text: str) -> None:
        self._show(replace(self.state, search=text.strip()))
        self._changed()

    def show_all(self) -> None:
        """Away with all that narrows the list."""
        self.search("")

    def sort_by(self, column: str) -> None:
        """The same column again: the other way round."""
        if column in _SORTS:
            down = not self.state.down if column == self.state.sort else column in _DOWN_FIRST
            self._show(replace(self.state, sort=column, down=down))
            self._arrange()

    def choose(self, file_ids: tuple[str, ...]) -> None:
        self._show(self._with_flags(replace(self.state, selection=file_ids)))

    # --- what differs

    @abstractmethod
    def _row(self, line: FileLine) -> Row:
        """What is to be seen of it now."""

    def _beside(self, line: FileLine) -> Hashable:
        """What its row is made of beside the line: a row is kept until that changes."""
        del line
        return None

    def _fits(self, line: FileLine, now: float) -> bool:
        """Whether it is to be shown; what came with a folder is found, but not listed."""
        del now
        search = self.state.search
        return _has(line, search) if search else not line.in_folder

    def _is_narrowed(self) -> bool:
        """Whether somebody wants to see some of them only."""
        return bool(self.state.search)

    def _count(self, shown: int) -> str:
        lines = self._listing.lines
        if not lines:
            return ""
        if self._is_narrowed():
            total = sum(not line.in_folder for line in lines.values())
            return _("{shown} of {total}").format(shown=f"{shown:,}", total=f"{total:,}")
        return ngettext("{count} file", "{count} files", shown)

    def _with_flags(self, state: Shown) -> Shown:
        """What can be done, also with what is chosen."""
        return replace(state, can_refresh=bool(self._house.shell.state.email))

    # --- how it comes to be

    def _again(self) -> None:
        """By itself: never asks for a passphrase."""
        if self._seen:
            self._listing.load(asking=False)

    def _forget(self) -> None:
        self._listing.forget()
        self._rows.clear()
        self._show(replace(self._empty, sort=self.state.sort, down=self.state.down))
        self._arrange()

    def _failed(self, problem: Problem) -> None:
        self._house.notices.problem(problem)

    def _chosen(self, file_ids: Sequence[str]) -> list[FileLine]:
        """Those that are still there."""
        lines = self._listing.lines
        return [lines[file_id] for file_id in file_ids if file_id in lines]

    def _changed(self) -> None:
        """Puts the list in order: at once if it is short, else a little later for all that comes until then."""
        if len(self._listing.lines) <= _FEW:
            self._arrange()
        elif self._timer is None:
            self._timer = self._house.scheduler.after(_ARRANGE_SECONDS, self._arrange)

    def _arrange(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None
        now = time.time()
        lines = [line for line in self._listing.lines.values() if self._fits(line, now)]
        lines.sort(key=_SORTS["sent"], reverse=True)
        lines.sort(key=_SORTS[self.state.sort], reverse=self.state.down)
        self._slices.begin(lines)
        selection = self.state.selection
        if selection:
            here = {line.file_id for line in lines}
            selection = tuple(file_id for file_id in selection if file_id in here)
        blank = Blank.NOT_BLANK if lines else self._why_blank()
        state = replace(self.state, selection=selection, count=self._count(len(lines)), blank=blank)
        self._show(self._with_flags(state))

    def _show_rows(self, rows: tuple[Row, ...], more: bool) -> None:
        same = rows == self.state.rows
        self._show(replace(self.state, rows=self.state.rows if same else rows, busy=more or self._listing.loading))

    def _known_row(self, line: FileLine) -> Row | None:
        known = self._rows.get(line.file_id)
        if known is None or known[0] is not line:
            return None
        return known[2] if known[1] == self._beside(line) else None

    def _new_row(self, line: FileLine) -> Row:
        row = self._row(line)
        self._rows[line.file_id] = (line, self._beside(line), row)
        return row

    def _why_blank(self) -> Blank:
        if not self._house.shell.state.email:
            return Blank.SIGNED_OUT
        if self._listing.lines:
            return Blank.NO_MATCH if self._is_narrowed() else Blank.NOTHING
        if self._listing.locked:
            return Blank.LOCKED
        if self._listing.loading:
            return Blank.LOADING
        if self._house.connection.state.offline:
            return Blank.OFFLINE
        if self._listing.loaded:
            return Blank.NOTHING
        return Blank.FAILED if self._house.keys.state.unlocked else Blank.LOCKED


def _has(line: FileLine, text: str) -> bool:
    """Whether its name, its sender's email, its note or its id has the text in it, however it is written."""
    wanted = _plain(text)
    return any(wanted in _plain(part) for part in (line.name or "", line.from_email, line.file_id, line.note))


def _plain(text: str) -> str:
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
