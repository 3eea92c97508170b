"""What every tab's presenter is given: one of each, made in `client.gui.wiring`."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from client.errors import ClientError
from client.gui.bus import Bus, SettingsChanged
from client.gui.jobs import Jobs, Scheduler
from client.gui.presenters.clipboard import Clipboard
from client.gui.presenters.connection import Connection
from client.gui.presenters.keys import Keys
from client.gui.presenters.notices import Notices
from client.gui.presenters.shell import Shell
from client.gui.presenters.troubles import Troubles
from client.gui.problem import problem_of
from client.local.paths import Paths
from client.local.settings import Settings

if TYPE_CHECKING:
    from client.gui.presenters.queue import Queue
    from client.gui.presenters.transfers import Transfers


class SettingsDrawer:
    """The settings in force; saved as soon as they change."""

    def __init__(self, paths: Paths, bus: Bus) -> None:
        self._paths = paths
        self._bus = bus
        self.current = Settings.load(paths)

    def save(self, settings: Settings) -> None:
        """Puts them in force, and tells everybody. Raises `FileProblem`: then they are in force until the end."""
        if settings == self.current:
            return
        self.current = settings
        try:
            settings.save(self._paths)
        finally:
            self._bus.tell(SettingsChanged())


class LateQueue:
    """The queue, made when it is first asked for: a window is drawn without."""

    def __init__(self, make: "Callable[[], Queue]") -> None:
        self._make = make
        self.made: Queue | None = None

    def get(self) -> "Queue":
        if self.made is None:
            self.made = self._make()
        return self.made

    def wake(self) -> None:
        """Makes it if it is not there."""
        self.get()


@dataclass(frozen=True, slots=True)
class House:
    paths: Paths
    scheduler: Scheduler
    jobs: Jobs
    bus: Bus
    settings: SettingsDrawer
    keys: Keys
    connection: Connection
    notices: Notices
    shell: Shell
    clipboard: Clipboard
    troubles: Troubles
    late_queue: "LateQueue"

    @property
    def queue(self) -> "Queue":
        """All transfers."""
        return self.late_queue.get()

    @property
    def transfers(self) -> "Transfers":
        """What who receives asks of the queue."""
        return self.queue

    def open(self) -> None:
        """Once the window is drawn: what was held back goes on, and the transfers of last time come back."""
        self.jobs.release()
        self.jobs.run(
            lambda _job: import_module("client.gui.presenters.queue"), done=lambda _module: self.late_queue.wake()
        )

    def parting(self) -> Callable[[], None]:
        """Before a session ends: what could be undone is done now. The job that ends it calls the answer, and waits."""
        self.notices.flush()
        return self.jobs.needed()

    def close(self, patience: float = 0.0) -> None:
        """Transfers are paused, what is needed is finished; after `patience` seconds nothing runs any more."""
        queue = self.late_queue.made
        if queue is not None:
            queue.flush()
        self.jobs.close(patience)
        if queue is not None:
            queue.close()

    def change_settings(self, change: Callable[[Settings], Settings]) -> None:
        """`house.change_settings(lambda now: replace(now, theme="dark"))`; a disk that refuses is said in a notice."""
        try:
            self.settings.save(change(self.settings.current))
        except ClientError as error:
            self.notices.problem(problem_of(error))
