"""The one place where the window's parts are put together."""

import os
from pathlib import Path

from client.gui.bus import Bus
from client.gui.jobs import Jobs, Scheduler
from client.gui.presenters.clipboard import Clipboard
from client.gui.presenters.connection import Connection
from client.gui.presenters.gets import Gets
from client.gui.presenters.house import House, SettingsDrawer
from client.gui.presenters.keys import Keys
from client.gui.presenters.notices import Notices
from client.gui.presenters.shell import Shell
from client.gui.presenters.troubles import Troubles
from client.gui.text import use_language
from client.local.paths import Paths

_CA_VARIABLE = "REQUESTS_CA_BUNDLE"
"""The first that `client.api.tls` looks at."""


def build_house(paths: Paths, scheduler: Scheduler) -> House:
    """Everything but the window. Raises `FileProblem` where the settings can't be read."""
    bus = Bus()
    settings = SettingsDrawer(paths, bus)
    use_language(settings.current.language or None)
    trust(settings.current.ca_file)
    jobs = Jobs(scheduler)
    keys = Keys(paths, lambda: settings.current, jobs, scheduler, bus)
    connection = Connection(paths, jobs, scheduler, bus)
    shell = Shell(paths, bus, keys, connection)
    notices = Notices(scheduler)
    clipboard = Clipboard(scheduler, lambda: settings.current, notices)
    troubles = Troubles(jobs)
    gets = Gets(jobs, keys, bus)
    return House(paths, scheduler, jobs, bus, settings, keys, connection, notices, shell, clipboard, troubles, gets)


def trust(ca_file: str) -> None:
    """From now on this program's connections believe the certificates of that file; the public ones where it is gone.

    What the environment says comes first. Python's own way is a variable, which the command line reads, too.
    """
    if ca_file and Path(ca_file).is_file():
        os.environ.setdefault(_CA_VARIABLE, ca_file)
