"""How long files are kept from now on, and how often they can be fetched: for one, or for all that are chosen."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from client.gui.bus import FilesChanged
from client.gui.jobs import Job
from client.gui.presenters.base import Presenter
from client.gui.presenters.file_words import downloads_words, name_words
from client.gui.presenters.house import House
from client.gui.presenters.listing import FileLine
from client.gui.presenters.notices import Tone
from client.gui.problem import Problem
from client.gui.text import _, date, ngettext
from shared.api import limits

if TYPE_CHECKING:
    from client.actions.person import Person

KEEP = "keep"
EXPIRIES: dict[str, int] = {"day": 24, "week": 168, "month": 720, "year": limits.MAX_EXPIRY_HOURS}
"""Hours from now on, by their names."""
ANY = "any"
LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class TermsState:
    """`expiry` is `KEEP` or one of `EXPIRIES`; `downloads` is `KEEP`, `ANY` or `LIMIT` with a number typed."""

    is_open: bool = False
    title: str = ""
    now: str = ""
    """What holds until it is changed."""
    expiry: str = KEEP
    until: str = ""
    """The date that follows."""
    downloads: str = KEEP
    limit: str = ""
    limit_error: str = ""
    error: str = ""
    working: bool = False
    can_save: bool = False


class FileTerms(Presenter[TermsState]):
    def __init__(self, house: House) -> None:
        super().__init__(TermsState())
        self._house = house
        self._files: tuple[str, ...] = ()
        self._job: Job | None = None

    def open(self, lines: Sequence[FileLine]) -> None:
        self._files = tuple(line.file_id for line in lines)
        title, now = ngettext("{count} file", "{count} files", len(lines)), ""
        if len(lines) == 1:
            title = name_words(lines[0])
            now = _("Kept until {date}; downloads: {count}.").format(
                date=date(lines[0].expires_at), count=downloads_words(lines[0])
            )
        self._show(TermsState(is_open=True, title=title, now=now))

    def close(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._show(TermsState())

    def choose_expiry(self, expiry: str) -> None:
        hours = EXPIRIES.get(expiry)
        until = "" if hours is None else _("Until {date}").format(date=date(time.time() + hours * 3_600))
        self._change(replace(self.state, expiry=expiry if hours else KEEP, until=until))

    def choose_downloads(self, downloads: str) -> None:
        self._change(replace(self.state, downloads=downloads))

    def type_limit(self, text: str) -> None:
        self._change(replace(self.state, limit=text.strip(), downloads=LIMIT if text.strip() else self.state.downloads))

    def save(self) -> None:
        if not self.state.can_save:
            return
        from shared.api.models import FileChange

        change = FileChange()
        if self.state.expiry in EXPIRIES:
            change.expires_hours = EXPIRIES[self.state.expiry]
        if self.state.downloads == ANY:
            change.download_limit = None
        elif self.state.downloads == LIMIT:
            change.download_limit = int(self.state.limit)
        file_ids = self._files
        self._show(replace(self.state, working=True, can_save=False, error=""))

        def start(person: "Person") -> None:
            def work(job: Job) -> None:
                from client.actions.library import change_file

                for file_id in file_ids:
                    job.check()
                    change_file(person, file_id, change)

            self._job = self._house.jobs.run(work, done=lambda _done: self._saved(), failed=self._failed)

        self._house.keys.with_keys(start, lambda: self._failed(None))

    def _saved(self) -> None:
        self._job = None
        self._house.notices.say(
            ngettext("{count} file has new terms.", "{count} files have new terms.", len(self._files)), Tone.GOOD
        )
        self._show(TermsState())
        self._house.bus.tell(FilesChanged())

    def _failed(self, problem: Problem | None) -> None:
        self._job = None
        error = "" if problem is None else problem.sentence
        self._change(replace(self.state, working=False, error=error))
        if len(self._files) > 1:
            self._house.bus.tell(FilesChanged())  # some may have been changed

    def _change(self, state: TermsState) -> None:
        error = ""
        if state.downloads == LIMIT and state.limit and not is_limit(state.limit):
            error = _("A whole number from 1 to {most}").format(most=f"{limits.MAX_DOWNLOAD_LIMIT:,}")
        typed = state.downloads != LIMIT or (bool(state.limit) and not error)
        changes = state.expiry != KEEP or state.downloads != KEEP
        self._show(replace(state, limit_error=error, can_save=changes and typed and not state.working))


def is_limit(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= limits.MAX_DOWNLOAD_LIMIT
