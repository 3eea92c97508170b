"""Whether the server can be reached: one banner, and quiet tries until it is back."""

from dataclasses import dataclass, replace

from client.gui.bus import Bus, CameOnline, WentOffline
from client.gui.jobs import Cancel, Jobs, Scheduler
from client.gui.presenters.base import Presenter
from client.gui.problem import Kind, Problem
from client.local.paths import Paths

_PAUSES = (3.0, 5.0, 10.0, 20.0, 30.0)


@dataclass(frozen=True, slots=True)
class ConnectionState:
    offline: bool = False
    trying: bool = False
    """Whether it is being asked right now."""


class Connection(Presenter[ConnectionState]):
    """Learns of failures from all jobs, asks for the server's health until it answers."""

    def __init__(self, paths: Paths, jobs: Jobs, scheduler: Scheduler, bus: Bus) -> None:
        super().__init__(ConnectionState())
        self._paths = paths
        self._jobs = jobs
        self._scheduler = scheduler
        self._bus = bus
        self._tries = 0
        self._timer: Cancel | None = None
        jobs.on_failure(self._heard)

    def try_now(self) -> None:
        """Where somebody does not want to wait for the next try."""
        if not self.state.offline or self.state.trying:
            return
        if self._timer is not None:
            self._timer()
        self._try()

    def _heard(self, problem: Problem) -> None:
        if problem.kind is not Kind.OFFLINE or self.state.offline or self._server() is None:
            return
        self._tries = 0
        self._show(ConnectionState(offline=True))
        self._bus.tell(WentOffline())
        self._later()

    def _later(self) -> None:
        pause = _PAUSES[min(self._tries, len(_PAUSES) - 1)]
        self._tries += 1
        self._timer = self._scheduler.after(pause, self._try)

    def _try(self) -> None:
        server = self._server()
        if server is None:  # signed out meanwhile: nobody waits for it
            self._show(ConnectionState())
            return
        self._show(replace(self.state, trying=True))
        self._jobs.run(lambda _job: _answers(server), done=self._tried, failed=lambda _problem: self._tried(False))

    def _tried(self, answers: bool) -> None:
        if answers:
            self._show(ConnectionState())
            self._bus.tell(CameOnline())
        else:
            self._show(replace(self.state, trying=False))
            self._later()

    def _server(self) -> str | None:
        from client.local.session import session_here

        session = session_here(self._paths)
        return None if session is None else session.server


def _answers(server: str) -> bool:
    from client.api.api import Api
    from client.api.http import Http

    Api(Http(server)).health()
    return True
