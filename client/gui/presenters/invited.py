"""People who were invited: as soon as they have keys, the files that wait for them are given to them."""

from typing import TYPE_CHECKING

from client.errors import ClientError, words_of
from client.gui.bus import Bus, CameOnline, ContactsChanged, FilesChanged, FileSent, Unlocked
from client.gui.jobs import Job, Jobs
from client.gui.presenters.keys import Keys
from client.gui.presenters.notices import Notices, Tone
from client.gui.problem import Problem
from client.gui.text import _
from client.local.paths import Paths

if TYPE_CHECKING:
    from client.actions.invitations import Outcome
    from client.actions.person import Person

_MOST_PEOPLE = 20
"""Whose cards are asked for at a time."""


class Invited:
    """Looks by the way: when the keys are unlocked, after a file was sent, and when the server is back."""

    def __init__(self, paths: Paths, jobs: Jobs, bus: Bus, keys: Keys, notices: Notices) -> None:
        self._paths = paths
        self._jobs = jobs
        self._bus = bus
        self._keys = keys
        self._notices = notices
        self._looking = self._again = False
        bus.on(Unlocked, lambda _news: self.look())
        bus.on(FileSent, lambda _news: self.look())
        bus.on(CameOnline, lambda _news: self.look())

    def look(self) -> None:
        """Asks for nobody's key while nobody waits; failing, it can wait."""
        self._again = self._looking  # what is asked for while it looks is not lost
        if self._looking or not self._keys.state.unlocked or not self._paths.invitations.exists():
            return
        try:
            person = self._keys.person()
        except ClientError:
            return
        self._looking = True
        self._jobs.run(lambda job: _give(person, job), done=self._told, failed=self._failed)

    def _told(self, outcomes: "list[Outcome]") -> None:
        from client.actions.invitations import Given, Gone, Stuck

        for outcome in outcomes:
            match outcome:
                case Given():
                    text = _("{who} has keys now and can open “{name}”.")
                    self._notices.say(text.format(who=outcome.recipient.email, name=outcome.name), Tone.GOOD)
                case Gone():
                    text = _("{who} came too late: what you sent has expired, or was deleted.")
                    self._notices.say(text.format(who=outcome.email), Tone.WARNING)
                case Stuck():
                    text = _("Files for {who} still wait: {reason}")
                    reason = words_of(outcome.error)
                    self._notices.say(text.format(who=outcome.email, reason=reason), Tone.WARNING)
        if any(isinstance(outcome, Given) for outcome in outcomes):
            self._bus.tell(FilesChanged())
            self._bus.tell(ContactsChanged())
        self._over()

    def _failed(self, _problem: Problem) -> None:
        self._over()

    def _over(self) -> None:
        self._looking = False
        if self._again:
            self.look()


def _give(person: "Person", job: Job) -> "list[Outcome]":
    from client.actions.invitations import give_waiting

    outcomes = []
    for outcome in give_waiting(person, _MOST_PEOPLE):
        outcomes.append(outcome)
        job.check()
    return outcomes
