"""Ctrl-C in the terminal and the system's request to end close the window as its own cross does."""

import signal
import socket
import sys
import tkinter
from collections.abc import Callable


def close_on_signals(root: tkinter.Tk, close: Callable[[], None]) -> list[int]:
    """Returns a list into which the number of the signal comes, before `close` is called.

    Python hears of a signal only when it runs; Tk sleeps until there is an event, so a socket makes it one.
    """
    numbers: list[int] = []
    if sys.platform == "win32":  # has no such signals for windows, and Tk can't wait for sockets there
        return numbers
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: None)
    signal.set_wakeup_fd(theirs.fileno())

    def heard(_file: object, _mask: int) -> None:
        numbers.extend(ours.recv(1))
        root.deletefilehandler(ours)
        signal.set_wakeup_fd(-1)
        ours.close()
        theirs.close()
        close()

    root.createfilehandler(ours, tkinter.READABLE, heard)
    return numbers
