"""The page of diagnostics: shown before it is saved, so that nobody gives away what they did not want to."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui.jobs import Job
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.settings.questions import Questions
from client.gui.presenters.settings.room import Room
from client.gui.text import _

if TYPE_CHECKING:
    from client.actions.diagnostics import Bundle


@dataclass(frozen=True, slots=True)
class DiagnosticsState:
    names: bool = False
    """Whether addresses, folders and the errors' own words go along."""
    preview: str = ""
    can_save: bool = False


class Diagnostics(Room[DiagnosticsState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, DiagnosticsState())

    def shown(self) -> None:
        names = self.state.names
        self.house.jobs.run(lambda _job: self._collect(names), done=self._collected, failed=self.say)

    def include_names(self, on: bool) -> None:
        self._show(replace(self.state, names=on, can_save=False))
        self.shown()

    def save(self, target: str) -> None:
        """What was shown; an empty name changes nothing."""
        from client.actions.diagnostics import save

        if not target or not self.state.can_save:
            return
        names = self.state.names

        def work(_job: Job) -> None:
            save(self._collect(names), Path(target))

        self.house.jobs.run(work, done=lambda _none: self._saved(target), failed=self.say)

    def copy(self) -> None:
        self.house.clipboard.copy(self.state.preview, _("The diagnostics"))

    def _collect(self, names: bool) -> "Bundle":
        from client.actions.diagnostics import ErrorNote, collect

        errors = [
            ErrorNote(each.at, each.kind, each.code, each.request_id, each.specifics)
            for each in self.house.troubles.all()
        ]
        return collect(self.house.paths, errors, names=names)

    def _collected(self, bundle: "Bundle") -> None:
        self._show(replace(self.state, preview=bundle.text(), can_save=True))

    def _saved(self, target: str) -> None:
        self.house.notices.say(_("Saved: {path}").format(path=target), Tone.GOOD)
