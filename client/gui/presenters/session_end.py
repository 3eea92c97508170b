"""A session that has ended by itself: noticed by whatever the server refuses, so that one can sign in again."""

from typing import TYPE_CHECKING

from client.gui.bus import Bus, OpenTab, SignedOut
from client.gui.jobs import Jobs
from client.gui.presenters.notices import Notices, Tone
from client.gui.problem import Kind, Problem
from client.gui.text import _
from client.local.paths import Paths
from client.local.session import forget_session, session_here

if TYPE_CHECKING:
    from client.local.session import Session


class SessionEnd:
    """Learns of refusals from all jobs, and asks whether it is the session on this machine that was refused."""

    def __init__(self, paths: Paths, jobs: Jobs, bus: Bus, notices: Notices) -> None:
        self._paths = paths
        self._jobs = jobs
        self._bus = bus
        self._notices = notices
        self._asking = False
        jobs.on_failure(self._heard)

    def _heard(self, problem: Problem) -> None:
        if problem.kind is not Kind.SIGNED_OUT or self._asking or session_here(self._paths) is None:
            return
        self._asking = True
        self._jobs.run(
            lambda _job: _ended(self._paths), done=self._answered, failed=lambda _problem: self._answered(None)
        )

    def _answered(self, ended: "Session | None") -> None:
        self._asking = False
        if ended is None or session_here(self._paths) != ended:  # somebody has signed in meanwhile
            return
        forget_session(self._paths)
        self._bus.tell(SignedOut(ended.email, ended.server))
        said = _("Your session has ended. Nothing is lost: once you have signed in again, transfers go on.")
        self._notices.say(said, Tone.WARNING, action=_("Sign in"), act=lambda: self._bus.tell(OpenTab("account")))


def _ended(paths: Paths) -> "Session | None":
    """The session on this machine, if the server knows it no more."""
    from client.actions.person import Person
    from client.errors import NotSignedIn
    from client.local.secrets import nobody_to_ask

    session = session_here(paths)
    if session is None:
        return None
    try:
        Person(paths, session, nobody_to_ask).api.account()
    except NotSignedIn:
        return session
    return None
