"""The window with somebody who looks: `python -m tests.gui.window.harness SOCKET`.

Answers on a socket what is to be seen, one JSON value a line. It presses and types nothing: that is done from outside,
by real events.
"""

import gc
import json
import os
import queue
import socket
import sys
import threading
import time
import tkinter
from dataclasses import asdict
from pathlib import Path

from client.gui.widgets.described import Described
from client.gui.window import App
from client.local.paths import Paths
from tests.gui.window.cut_off import cut_off
from tests.gui.window.seen import Seen

_LOOK_MS = 10
_PACE_SECONDS = 0.002
"""What `_pace` takes where a limit to the main thread's work means what it says."""


def _seen(widget: tkinter.Misc, described: Described, focus: str) -> Seen | None:
    target = described.target()
    if not isinstance(target, tkinter.Misc) or not target.winfo_viewable():
        return None
    x, y, width, height = target.winfo_rootx(), target.winfo_rooty(), target.winfo_width(), target.winfo_height()
    path = str(widget)
    return Seen(
        path,
        described.role,
        described.label,
        described.value(),
        described.usable(),
        focus == path or focus.startswith(f"{path}."),
        _in_sight(target, x + width // 2, y + height // 2),
        x,
        y,
        width,
        height,
    )


def _in_sight(widget: tkinter.Misc, x: int, y: int) -> bool:
    each: tkinter.Misc | None = widget.master
    while each is not None:
        left, top = each.winfo_rootx(), each.winfo_rooty()
        if not (left <= x < left + each.winfo_width() and top <= y < top + each.winfo_height()):
            return False
        if isinstance(each, tkinter.Tk | tkinter.Toplevel):
            return True
        each = each.master
    return True


def _tree(root: tkinter.Misc) -> list[dict[str, object]]:
    focus = str(root.tk.call("focus"))
    found: list[dict[str, object]] = []
    waiting: list[tkinter.Misc] = [root]
    while waiting:
        widget = waiting.pop()
        waiting.extend(reversed(widget.winfo_children()))
        if isinstance(widget, Described) and (seen := _seen(widget, widget, focus)):
            found.append(asdict(seen))
    return found


def _pace() -> float:
    """Seconds that the same work takes here and now: on a busy machine a core that it shares does less in a second."""
    began = time.thread_time()
    done = dict[int, str]()
    for number in range(20_000):
        done[number % 1_024] = str(number)
    return time.thread_time() - began


class _Looker:
    """Answers on the main thread what a socket asks; measures how long that thread was ever held up.

    How long it worked is told in seconds of a machine that is as fast as `_PACE_SECONDS` says.
    """

    def __init__(self, window: App, listening: socket.socket) -> None:
        self._window = window
        self._asked: queue.SimpleQueue[tuple[str, socket.socket]] = queue.SimpleQueue()
        self._longest_gap = 0.0
        self._longest_work = self._heaviest = 0.0
        self._worked = time.thread_time()
        self._last = time.monotonic()
        threading.Thread(target=self._listen, args=(listening,), daemon=True).start()
        window.after(_LOOK_MS, self._look)

    def _listen(self, listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection.makefile("r") as lines:
            for line in lines:
                self._asked.put((line.strip(), connection))

    def _look(self) -> None:
        now = time.monotonic()
        self._longest_gap = max(self._longest_gap, now - self._last - _LOOK_MS / 1_000)
        if (work := time.thread_time() - self._worked) > self._heaviest:
            self._heaviest = work
            self._longest_work = max(self._longest_work, work * _PACE_SECONDS / _pace())
        while not self._asked.empty():
            command, connection = self._asked.get()
            connection.sendall(json.dumps(self._answer(command)).encode() + b"\n")
        self._last = time.monotonic()
        self._worked = time.thread_time()
        self._window.after(_LOOK_MS, self._look)

    def _answer(self, command: str) -> object:
        match command:
            case "tree":
                self._window.update_idletasks()  # places are told as they will be, not in the midst of being laid out
                return _tree(self._window)
            case "cut off":
                self._window.update_idletasks()
                return cut_off(self._window)
            case "geometry":
                window = self._window
                return [window.winfo_rootx(), window.winfo_rooty(), window.winfo_width(), window.winfo_height()]
            case "file dialog":
                return _file_dialog(self._window)
            case "gap":
                gap, self._longest_gap = self._longest_gap, 0.0
                return gap
            case "work":
                work, self._longest_work, self._heaviest = self._longest_work, 0.0, 0.0
                return work
            case "busy":
                return sum(job._question is None for job in self._window.house.jobs._open)  # who asks is not
            case "left":
                return _left(self._window)
            case "clipboard":
                try:
                    return self._window.clipboard_get()
                except tkinter.TclError:
                    return ""
        return None


def _file_dialog(window: App) -> list[int] | None:
    """The middle of the field for the name in Tk's own dialog; None while there is none."""
    waiting = [str(window)]
    while waiting:
        path = waiting.pop()
        waiting.extend(str(child) for child in window.tk.splitlist(window.tk.call("winfo", "children", path)))
        kind = str(window.tk.call("winfo", "class", path))
        if kind == "TEntry" and "__tk_filedialog" in path and int(window.tk.call("winfo", "viewable", path)):
            x, y, width, height = (
                int(window.tk.call("winfo", what, path)) for what in ("rootx", "rooty", "width", "height")
            )
            return [x + width // 2, y + height // 2]
    return None


def _left(window: App) -> list[int]:
    """What must not become ever more: all that Tcl has a name for (each binding, timer and callback is a command), and
    Python's objects, without those that only wait for their collector."""
    gc.collect()
    names = (window.tk.splitlist(window.tk.eval(what)) for what in ("info commands", "image names", "font names"))
    return [sum(map(len, names)), len(gc.get_objects())]


def main() -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(sys.argv[1])
    listening.listen(1)
    window = App(Paths(Path(os.environ["SEALCASE_HOME"])))
    _Looker(window, listening)
    window.mainloop()


if __name__ == "__main__":
    main()
