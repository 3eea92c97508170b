"""The dialog that makes a link to files of mine, shows it, and lets it be copied."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from client.gui.bus import FilesChanged, Locked, SignedOut
from client.gui.jobs import Job
from client.gui.presenters.base import Openings, Presenter
from client.gui.presenters.file_terms import EXPIRIES, is_limit
from client.gui.presenters.house import House
from client.gui.presenters.link_words import link_words
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _, ngettext
from shared.api import limits

if TYPE_CHECKING:
    from client.actions.links import MadeLink
    from client.actions.person import Person

AS_FILE = "file"
"""As long as what it leads to is kept."""


@dataclass(frozen=True, slots=True)
class LinkState:
    """`expiry` is `AS_FILE` or one of `EXPIRIES`. With a `url` the link is made, and nothing can be typed any more."""

    is_open: bool = False
    title: str = ""
    expiry: str = AS_FILE
    limit: str = ""
    """Typed; empty for any number."""
    limit_error: str = ""
    has_password: bool = False
    """Whether one is typed; it is no part of what is shown."""
    notify: bool = False
    error: Failure = FINE
    working: bool = False
    can_make: bool = False
    url: str = field(default="", repr=False)
    said: str = ""
    """How it stands, and what to mind."""


class LinkMaker(Presenter[LinkState]):
    def __init__(self, house: House) -> None:
        super().__init__(LinkState())
        self._house = house
        self.copy_details = house.clipboard.copy_details
        self._files: tuple[str, ...] = ()
        self._password = ""
        self._job: Job | None = None
        self._openings = Openings()
        for news in (SignedOut, Locked):
            house.bus.on(news, lambda _news: self.close())

    def open(self, files: Sequence[tuple[str, str]]) -> None:
        """Each by its id and what it is called; several become one link."""
        if files:
            self.close()
            self._files = tuple(file_id for file_id, _name in files)
            title = files[0][1] if len(files) == 1 else ngettext("{count} file", "{count} files", len(files))
            self._show(LinkState(is_open=True, title=title, can_make=True))

    def show_again(self, title: str, made: "MadeLink") -> None:
        """A link that is there."""
        self.close()
        self._show(LinkState(is_open=True, title=title, url=made.url, said=_said(made)))

    def close(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._openings.anew()
        self._password = ""
        self._show(LinkState())

    def type_password(self, text: str) -> None:
        self._password = text
        self._show(replace(self.state, has_password=bool(text)))

    def choose_expiry(self, expiry: str) -> None:
        self._show(replace(self.state, expiry=expiry if expiry in EXPIRIES else AS_FILE))

    def type_limit(self, text: str) -> None:
        text = text.strip()
        error = ""
        if text and not is_limit(text):
            error = _("A whole number from 1 to {most}").format(most=f"{limits.MAX_DOWNLOAD_LIMIT:,}")
        self._show(replace(self.state, limit=text, limit_error=error, can_make=not error and not self.state.working))

    def choose_notify(self, on: bool) -> None:
        self._show(replace(self.state, notify=on))

    def make(self) -> None:
        if not self.state.can_make:
            return
        from client.actions.links import LinkTerms

        state, file_ids, password = self.state, self._files, self._password or None
        terms = LinkTerms(EXPIRIES.get(state.expiry), int(state.limit) if state.limit else None, state.notify)
        only = self._openings.only
        made, failed = only(self._made), only(self._failed)
        self._show(replace(state, working=True, can_make=False, error=FINE))

        def done(link: "MadeLink") -> None:
            made(link)
            self._house.bus.tell(FilesChanged())

        def start(person: "Person") -> None:
            def work(_job: Job) -> "MadeLink":
                from client.actions.links import make_link

                return make_link(person, file_ids, password, terms)

            self._job = self._house.jobs.run(work, done=done, failed=failed)

        self._house.keys.with_keys(only(start), lambda: failed(None))

    def copy(self) -> None:
        if self.state.url:
            self._house.clipboard.copy(self.state.url, _("The link"))

    def _made(self, made: "MadeLink") -> None:
        self._job, self._password = None, ""
        self._show(replace(self.state, working=False, has_password=False, url=made.url, said=_said(made)))

    def _failed(self, problem: Problem | None) -> None:
        self._job = None
        error = FINE if problem is None else problem.failure_and_safety
        self._show(replace(self.state, working=False, can_make=True, error=error))


def _said(made: "MadeLink") -> str:
    words = link_words(made.item)
    if not made.item.password:
        return words
    hint = _("Tell them the password by another way: who has only the link can not open it.")
    return f"{words}\n{hint}"
