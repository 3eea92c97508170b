"""A link that somebody sent me: what it leads to is shown first, then received. No account is needed for it."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui.jobs import Job, Lane
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.receiving import free_name
from client.gui.presenters.trust import sender_words
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _, ngettext, place, size, until

if TYPE_CHECKING:
    from client.actions.events import Event
    from client.actions.receive import Found
    from client.actions.receive_link import OpenedLink
    from shared.crypto.link import LinkAddress

_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class OpenerState:
    is_open: bool = False
    needs_password: bool = False
    working: bool = False
    """Asking, or receiving."""
    receiving: bool = False
    share: float | None = 0.0
    error: Failure = FINE
    lines: tuple[str, ...] = ()
    """What it leads to."""
    facts: str = ""
    signed: str = ""
    signed_tone: str = ""
    into: str = ""
    done: str = ""
    can_look: bool = False
    can_receive: bool = False
    can_open: bool = False


class LinkOpener(Presenter[OpenerState]):
    def __init__(self, house: House, folder: Callable[[], Path]) -> None:
        """`folder`: where what is received goes."""
        super().__init__(OpenerState())
        self._house = house
        self.copy_details = house.clipboard.copy_details
        self._folder = folder
        self._address: LinkAddress | None = None
        self._opened: OpenedLink | None = None
        self._password = ""
        self._saved: Path | None = None
        self._job: Job | None = None

    def open(self, text: str) -> bool:
        """Whether `text` is a link; then it is looked at, or its password is asked for."""
        from shared.crypto.link import looks_like_link, parse_link
        from shared.sealed.errors import FormatError

        if not looks_like_link(text.strip()):
            return False
        self.close()
        try:
            self._address = parse_link(text)
        except FormatError:
            error = _("This is no whole link, or a damaged one: its end is missing or altered. Copy all of it again.")
            self._show(OpenerState(is_open=True, error=Failure(error)))
            return True
        self._show(OpenerState(is_open=True, needs_password=self._address.has_password, can_look=True))
        if not self._address.has_password:
            self.look()
        return True

    def close(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._address = self._opened = self._saved = None
        self._password = ""
        self._show(OpenerState())

    def type_password(self, text: str) -> None:
        self._password = text

    def look(self) -> None:
        """Asks the link's server; uses nothing up."""
        address, password = self._address, self._password or None
        if address is None or not self.state.can_look or (address.has_password and password is None):
            return
        paths = self._house.paths

        def work(_job: Job) -> "_Looked":
            from client.actions.receive_link import open_link

            opened = open_link(paths, address, password, _never_asked)
            return _Looked(opened, *_described(opened))

        self._show(replace(self.state, working=True, can_look=False, error=FINE))
        self._job = self._house.jobs.run(work, done=self._looked, failed=self._look_failed)

    def receive(self) -> None:
        opened, folder = self._opened, self._folder()
        if opened is None or not self.state.can_receive:
            return

        def work(job: Job) -> list[Path]:
            from client.actions.receive_link import receive_opened
            from client.local.outputs import writing

            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
            taken: list[str] = []

            def where(found: "Found") -> Path:
                target = _target(found, folder, taken)
                taken.append(target.name.casefold())
                return target

            return [each.target for each in receive_opened(opened, folder, tell=_Meter(job).tell, where=where)]

        state = replace(self.state, working=True, receiving=True, can_receive=False, share=0.0)
        self._show(replace(state, error=FINE))
        self._job = self._house.jobs.run(
            work, done=self._received, failed=self._receive_failed, heard=self._heard, lane=Lane.TRANSFER
        )

    def open_folder(self) -> None:
        """Where it was saved."""
        saved = self._saved

        def work(_job: Job) -> None:
            from client.local.opening import open_path

            if saved is not None:
                open_path(saved.parent)

        self._house.jobs.run(work, failed=self._open_failed)

    def _open_failed(self, problem: Problem) -> None:
        self._house.notices.problem(problem)

    def _looked(self, looked: "_Looked") -> None:
        self._job, self._opened = None, looked.opened
        self._show(
            replace(
                self.state,
                working=False,
                needs_password=False,
                lines=looked.lines,
                facts=looked.facts,
                signed=looked.signed,
                signed_tone=looked.tone,
                into=_("Into {folder}").format(folder=place(str(self._folder()))),
                can_receive=True,
            )
        )

    def _look_failed(self, problem: Problem) -> None:
        self._job = None
        error = problem.failure
        if problem.code == "WrongPassword":
            wrong = _("The password is wrong, or there is no such link any more. Nothing was used up.")
            error = replace(error, text=wrong)
        self._show(replace(self.state, working=False, can_look=True, error=error))

    def _heard(self, share: object) -> None:
        if isinstance(share, float):
            self._show(replace(self.state, share=share))

    def _received(self, targets: list[Path]) -> None:
        self._job = None
        self._saved = targets[0] if targets else None
        if len(targets) == 1:
            done = _("{name} is saved.").format(name=targets[0].name)
        else:
            done = ngettext("{count} file is saved.", "{count} files are saved.", len(targets))
        self._show(replace(self.state, working=False, receiving=False, done=done, can_open=self._saved is not None))
        self._house.notices.say(done, Tone.GOOD)

    def _receive_failed(self, problem: Problem) -> None:
        self._job = None
        error = problem.failure_and_safety
        self._show(replace(self.state, working=False, receiving=False, can_receive=True, error=error))


@dataclass(frozen=True, slots=True)
class _Looked:
    opened: "OpenedLink" = field(repr=False)
    lines: tuple[str, ...]
    facts: str
    signed: str
    tone: str


class _Meter:
    """How much of the whole link has arrived, told at most so often as it is drawn."""

    def __init__(self, job: Job) -> None:
        from client.actions.standing import Standing

        self._job = job
        self._lock = threading.Lock()
        self._standing = Standing(time.monotonic())

    def tell(self, event: "Event") -> None:
        """Raises `Stopped` once the dialog was closed."""
        self._job.check()
        with self._lock:
            self._standing.take(event, time.monotonic())
            done, total = self._standing.done, self._standing.total
        self._job.report(done / total if total else 0.0, latest="share")


def _described(opened: "OpenedLink") -> tuple[tuple[str, ...], str, str, str]:
    """What it leads to, a line of facts, and who signed it with its tone."""
    from client.actions.people import judge
    from client.local.names import shown

    names = [_name(found) for found in opened.tops]
    more = len(names) - _MOST_LINES
    if more > 0:
        names = [*names[:_MOST_LINES], ngettext("and {count} more", "and {count} more", more)]
    first = opened.tops[0]
    email = shown(first.detail.from_email)
    trusts = [
        judge(opened.guest, found.detail.from_email, found.opened.sender).trust for found in opened.tops if found.opened
    ]
    words = max((sender_words(trust, email) for trust in trusts), key=lambda words: _TONES.index(words.tone))
    left = opened.downloads_left
    facts = [
        _("from {who}").format(who=email),
        until(opened.expires_at, time.time()),
        "" if left is None else ngettext("{count} download left", "{count} downloads left", left),
    ]
    return tuple(names), " · ".join(part for part in facts if part), words.sentence, words.tone


def _target(found: "Found", folder: Path, taken: Sequence[str]) -> Path:
    """Beside what is there: nothing is replaced. A folder goes on where an earlier try ended."""
    from client.actions.folder_list import is_folder
    from client.local.names import safe_name

    if found.opened is None or is_folder(found.opened.metadata):
        return folder
    return folder / free_name(folder, safe_name(found.opened.metadata.name), taken)


_TONES = ("good", "", "muted", "warning", "danger")
"""The worst is last: of several files, that one is told."""


def _name(found: "Found") -> str:
    from client.actions.folder_list import counted_in, is_folder
    from client.local.names import shown

    opened = found.opened
    if opened is None:
        return ""
    metadata = opened.metadata
    if is_folder(metadata):
        count, amount = counted_in(metadata) or (0, 0)
        files = ngettext("{count} file", "{count} files", count)
        return f"{shown(metadata.name)}  ·  {files}, {size(amount)}"
    return f"{shown(metadata.name)}  ·  {size(metadata.size)}"


def _never_asked(_was_wrong: bool) -> str:
    """The dialog has asked already."""
    return ""
