"""The one place where the window's parts are put together."""

from typing import TYPE_CHECKING

from client.api.throttle import Throttle
from client.gui.bus import Bus, SettingsChanged
from client.gui.jobs import Jobs, Scheduler
from client.gui.presenters.clipboard import Clipboard
from client.gui.presenters.connection import Connection
from client.gui.presenters.house import House, LateQueue, SettingsDrawer
from client.gui.presenters.invited import Invited
from client.gui.presenters.keys import Keys
from client.gui.presenters.notices import Notices
from client.gui.presenters.session_end import SessionEnd
from client.gui.presenters.shell import Shell
from client.gui.presenters.troubles import Troubles
from client.gui.text import use_language
from client.local.paths import Paths

if TYPE_CHECKING:
    from client.gui.presenters.queue import Queue


def build_house(paths: Paths, scheduler: Scheduler) -> House:
    """Everything but the window. Raises `FileProblem` where the settings can't be read."""
    bus = Bus()
    settings = SettingsDrawer(paths, bus)
    use_language(settings.current.language or None)
    jobs = Jobs(scheduler)
    throttle = Throttle(settings.current.bandwidth_limit)
    bus.on(SettingsChanged, lambda _news: throttle.set_limit(settings.current.bandwidth_limit))
    keys = Keys(paths, lambda: settings.current, jobs, scheduler, bus, throttle)
    connection = Connection(paths, jobs, scheduler, bus)
    shell = Shell(paths, jobs, bus, keys, connection)
    notices = Notices(scheduler)
    clipboard = Clipboard(scheduler, lambda: settings.current, notices)
    troubles = Troubles(jobs)

    def make_queue() -> "Queue":
        from client.gui.mover.process import TransferProcess
        from client.gui.presenters.queue import Queue

        transfers = TransferProcess(paths, settings.current.bandwidth_limit)
        bus.on(SettingsChanged, lambda _news: transfers.set_limit(settings.current.bandwidth_limit))
        return Queue(paths, jobs, scheduler, bus, keys, notices, transfers)

    queue = LateQueue(make_queue)
    Invited(paths, jobs, bus, keys, notices)
    SessionEnd(paths, jobs, bus, notices)
    return House(paths, scheduler, jobs, bus, settings, keys, connection, notices, shell, clipboard, troubles, queue)
