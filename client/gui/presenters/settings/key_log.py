"""The audit of the server's log of all keys, alone or compared with a friend's checkpoint."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from client.errors import ClientError
from client.gui.bus import SignedIn, SignedOut
from client.gui.presenters.house import House
from client.gui.presenters.settings.questions import Questions
from client.gui.presenters.settings.room import Room
from client.gui.problem import FINE, Failure, Problem, problem_of
from client.gui.text import _, ngettext

if TYPE_CHECKING:
    from client.actions.log_audit import Audit

_MAX_CHECKPOINT = 65_536


@dataclass(frozen=True, slots=True)
class KeyLogState:
    working: bool = False
    found: str = ""
    """What it came to, in words."""
    trouble: bool = False
    failure: Failure = FINE
    """Why it came to nothing."""
    checkpoint: str = ""
    """The log as it stands, signed by the server: for a friend to compare with."""


class KeyLog(Room[KeyLogState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, KeyLogState())
        for kind in (SignedIn, SignedOut):
            house.bus.on(kind, lambda _news: self._show(KeyLogState()))

    def audit(self, friends: str = "", *, accept: bool = False) -> None:
        """Checks the server's log of all keys; `friends`: a friend's checkpoint to compare with."""
        from client.actions.log_audit import audit

        if self.state.working:
            return
        self._show(replace(self.state, working=True, found="", failure=FINE))
        self.ask(
            lambda person, _job: audit(person, friends.strip() or None, accept=accept),
            self._audited,
            self._audit_failed,
        )

    def compare_checkpoint(self, path: str) -> None:
        """With what a friend saved; an empty path changes nothing."""
        from client.local.inputs import read_small

        if not path:
            return
        try:
            text = read_small(Path(path), _MAX_CHECKPOINT, "a checkpoint").decode("utf-8", "replace")
        except ClientError as error:
            self.house.notices.problem(problem_of(error))
            return
        self.audit(text)

    def copy_checkpoint(self) -> None:
        self.house.clipboard.copy(self.state.checkpoint, _("The checkpoint"))

    def _audited(self, found: "Audit") -> None:
        entries = ngettext("{count} entry in the key log", "{count} entries in the key log", found.entries)
        mine = ngettext("{count} card of yours among them", "{count} cards of yours among them", found.my_cards)
        said = f"{entries}, {mine}."
        if found.friends_entries is not None:
            said += " " + _("It is the log that your friend saw.")
        trouble = bool(found.not_mine or found.missing)
        if found.not_mine:
            said += " " + _(
                "There are keys under your address that are not yours: others may have been shown them. Unless you had "
                "other keys here before, warn those who send you files, and ask whoever runs the server."
            )
        elif found.missing:
            said += " " + _(
                "Cards of yours are missing. Sign in again to publish them, and ask whoever runs the server."
            )
        elif found.friends_entries is None:
            said += " " + _("It only grew since you last looked, and holds no false key of yours.")
        self._show(replace(self.state, working=False, found=said, trouble=trouble, checkpoint=found.note))

    def _audit_failed(self, problem: Problem) -> None:
        self._show(replace(self.state, working=False, failure=problem.short_failure))
