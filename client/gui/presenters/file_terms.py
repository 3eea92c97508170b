"""How long, how often, and whether I am told: for one file, or for all that are chosen; and for a link to them."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from client.gui.bus import FilesChanged
from client.gui.jobs import Job
from client.gui.presenters.base import Openings, Presenter
from client.gui.presenters.file_words import downloads_words, name_words
from client.gui.presenters.house import House
from client.gui.presenters.listing import FileLine
from client.gui.presenters.notices import Tone
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _, date, ngettext
from shared.api import limits

if TYPE_CHECKING:
    from client.actions.person import Person

Changes = Mapping[str, int | bool | None]
"""By the names of `FileChange` and `LinkChange`."""

KEEP = "keep"
EXPIRIES: dict[str, int] = {"day": 24, "week": 168, "month": 720, "year": limits.MAX_EXPIRY_HOURS}
"""Hours from now on, by their names."""
ANY = "any"
LIMIT = "limit"
MAILS = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class TermsState:
    """`expiry` is `KEEP` or one of `EXPIRIES`; `downloads` is `KEEP`, `ANY` or `LIMIT` with a number typed; `mail` is
    `KEEP` or one of `MAILS`.
    """

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
    mail: str = KEEP
    """Whether I get one when it is first fetched."""
    error: Failure = FINE
    working: bool = False
    can_save: bool = False


class Terms(Presenter[TermsState], ABC):
    """Whatever they are of."""

    def __init__(self, house: House) -> None:
        super().__init__(TermsState())
        self._house = house
        self.copy_details = house.clipboard.copy_details
        self._job: Job | None = None
        self._openings = Openings()

    @abstractmethod
    def _work(self, changes: Changes) -> "Callable[[Person, Job], None]":
        """What changes them at the server, in a thread of its own."""

    @abstractmethod
    def _said(self) -> str:
        """That it is done."""

    def _changed(self) -> None:
        self._house.bus.tell(FilesChanged())

    def _open(self, title: str, now: str) -> None:
        self.close()
        self._show(TermsState(is_open=True, title=title, now=now))

    def close(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._openings.anew()
        self._show(TermsState())

    def choose_expiry(self, expiry: str) -> None:
        hours = EXPIRIES.get(expiry)
        until = "" if hours is None else _("Until {date}").format(date=date(time.time() + hours * 3_600))
        self._change(replace(self.state, expiry=expiry if hours else KEEP, until=until))

    def choose_downloads(self, downloads: str) -> None:
        self._change(replace(self.state, downloads=downloads))

    def type_limit(self, text: str) -> None:
        self._change(replace(self.state, limit=text.strip(), downloads=LIMIT if text.strip() else self.state.downloads))

    def choose_mail(self, mail: str) -> None:
        self._change(replace(self.state, mail=mail if mail in MAILS else KEEP))

    def save(self) -> None:
        if not self.state.can_save:
            return
        work, said, only = self._work(self._changes()), self._said(), self._openings.only
        close, failed = only(self.close), only(self._failed)
        self._show(replace(self.state, working=True, can_save=False, error=FINE))

        def done(_nothing: None) -> None:
            self._house.notices.say(said, Tone.GOOD)
            close()
            self._changed()

        def start(person: "Person") -> None:
            self._job = self._house.jobs.run(lambda job: work(person, job), done=done, failed=failed)

        self._house.keys.with_keys(only(start), lambda: failed(None))

    def _changes(self) -> Changes:
        state, changes = self.state, dict[str, int | bool | None]()
        if state.expiry in EXPIRIES:
            changes["expires_hours"] = EXPIRIES[state.expiry]
        if state.downloads != KEEP:
            changes["download_limit"] = int(state.limit) if state.downloads == LIMIT else None
        if state.mail in MAILS:
            changes["notify"] = MAILS[state.mail]
        return changes

    def _failed(self, problem: Problem | None) -> None:
        self._job = None
        error = FINE if problem is None else problem.failure_and_safety
        self._change(replace(self.state, working=False, error=error))

    def _change(self, state: TermsState) -> None:
        error = ""
        if state.downloads == LIMIT and state.limit and not is_limit(state.limit):
            error = _("A whole number from 1 to {most}").format(most=f"{limits.MAX_DOWNLOAD_LIMIT:,}")
        typed = state.downloads != LIMIT or (bool(state.limit) and not error)
        changes = (state.expiry, state.downloads, state.mail) != (KEEP, KEEP, KEEP)
        self._show(replace(state, limit_error=error, can_save=changes and typed and not state.working))


class FileTerms(Terms):
    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._files: tuple[str, ...] = ()

    def open(self, lines: Sequence[FileLine]) -> None:
        self._files = tuple(line.file_id for line in lines)
        title, now = ngettext("{count} file", "{count} files", len(lines)), ""
        if len(lines) == 1:
            title = name_words(lines[0])
            now = _("Kept until {date}; downloads: {count}.").format(
                date=date(lines[0].expires_at), count=downloads_words(lines[0])
            )
        self._open(title, now)

    def _work(self, changes: Changes) -> "Callable[[Person, Job], None]":
        file_ids = self._files

        def work(person: "Person", job: Job) -> None:
            from client.actions.library import change_file
            from shared.api.models import FileChange

            change = FileChange.model_validate(changes)
            for file_id in file_ids:
                job.check()
                change_file(person, file_id, change)

        return work

    def _said(self) -> str:
        return ngettext("{count} file has new terms.", "{count} files have new terms.", len(self._files))

    def _failed(self, problem: Problem | None) -> None:
        super()._failed(problem)
        if len(self._files) > 1:
            self._changed()  # some may have been


class TermsOfLink(Terms):
    """Of a link of mine, whoever has it; its files are kept as long."""

    def __init__(self, house: House, changed: Callable[[], None]) -> None:
        """`changed`: whoever lists links asks for them anew."""
        super().__init__(house)
        self._link_id = ""
        self._tell_changed = changed

    def open(self, link_id: str, title: str, now: str) -> None:
        """`now`: how it stands, in words."""
        self._link_id = link_id
        self._open(title, now)

    def _work(self, changes: Changes) -> "Callable[[Person, Job], None]":
        link_id = self._link_id

        def work(person: "Person", job: Job) -> None:
            from client.actions.links import change_link, find_link
            from shared.api.models import LinkChange

            item = find_link(person, link_id)
            job.check()
            change_link(person, item, LinkChange.model_validate(changes))

        return work

    def _said(self) -> str:
        return _("The link has new terms.")

    def _changed(self) -> None:
        super()._changed()
        self._tell_changed()


def is_limit(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= limits.MAX_DOWNLOAD_LIMIT
