"""How the process that moves files lets the window, and whatever somebody works with, come first."""

import os
import subprocess
from contextlib import suppress

_NICE = 10
"""Beside a process of the usual kind it gets a tenth of a core that both want, and all of one that nobody does."""
CREATION_FLAGS: int = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
"""Of the same on Windows, where whoever starts a process says so."""


def step_back() -> None:
    """From now on, with all threads to come. Where the system allows none of it, nothing happens."""
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(_NICE)
    if hasattr(os, "SCHED_BATCH"):  # Linux: its threads, when they wake up, push nobody off a core
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
