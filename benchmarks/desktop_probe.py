"""The window, watched from inside: `python -m benchmarks.desktop_probe WHAT ...`, in a process of its own.

What it has seen it prints as one line of JSON. It uses the real window, presenters and queue; only a person is missing.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tkinter

    from client.gui.window import App

_BEAT_MS = 10
_LOOK_MS = 50
_LONGEST_SECONDS = 3_600
_EXPIRES_HOURS = 24


def empty() -> None:
    """What there is to compare with: CustomTkinter's own window with six tabs and nothing in them."""
    import customtkinter as ctk

    root = ctk.CTk()
    root.geometry("1100x760")
    tabs = ctk.CTkTabview(root)
    tabs.pack(fill="both", expand=True)
    for number in range(6):
        tabs.add(f"Tab {number}")
    root.update()
    root.after(1, root.destroy)
    root.mainloop()


def start(home: str) -> None:
    """Our window until it is drawn and hears of events."""
    window = _window(home)
    window.update()
    window.after(1, window.close)
    window.mainloop()


def idle(over: str) -> None:
    """How late the beats of an empty window come on the same machine, until there is a file of that name."""
    import tkinter

    root = tkinter.Tk()
    heart = _Heart(root)
    heart.beat()

    def look() -> None:
        if Path(over).exists():
            root.destroy()
        else:
            root.after(_LOOK_MS, look)

    look()
    root.mainloop()
    _say({"late": heart.late})


def heartbeat(home: str, secret: str, folder: str, to: str) -> None:
    """Sends all files of `folder` by the queue, its page open; how late each beat came, in seconds."""
    from client.gui.presenters.queue import NewSend
    from client.gui.presenters.queue_rows import Status
    from client.local.queue import SendOrder

    window = _unlocked(home, secret)
    window.house.shell.open("upload")
    window.update()
    wanted = [
        NewSend(SendOrder(str(path), (to,), (), (), _EXPIRES_HOURS, None, "", False), path.name, path.stat().st_size)
        for path in sorted(Path(folder).iterdir())
    ]

    at_once = 0

    def over() -> bool:
        nonlocal at_once
        rows = window.house.queue.state.rows
        at_once = max(at_once, sum(row.status is Status.RUNNING for row in rows))
        return len(rows) >= len(wanted) and all(row.status in (Status.DONE, Status.FAILED) for row in rows)

    def end() -> None:
        rows = window.house.queue.state.rows
        failed = [row.detail or row.words for row in rows if row.status is not Status.DONE]
        _say({"late": heart.late, "without core": heart.without_core, "failed": failed, "at once": at_once})

    heart = _Heart(window)
    heart.beat()
    window.house.queue.add_sends(wanted)
    _when(window, over, end)


def listing(home: str, secret: str, count: str) -> None:
    """Opens My files, until that many rows are in the table with their names; seconds that took."""
    from client.gui.views.files import FilesView

    window = _unlocked(home, secret)
    began = time.perf_counter()
    window.house.shell.open("files")
    view = window._views["files"]
    assert isinstance(view, FilesView)

    def over() -> bool:
        return not view._files.state.busy and len(view._table.tree.get_children()) >= int(count)

    _when(window, over, lambda: _say({"seconds": time.perf_counter() - began}))


class _Heart:
    """Beats on the main thread; `late` has for each beat the seconds by which it missed its time.

    `without_core`: how many of these the thread was ready to run and all cores were others'; the kernel counts that.
    """

    def __init__(self, root: "tkinter.Tk") -> None:
        self._root = root
        self._last, self._waited = time.perf_counter(), _waited_for_a_core()
        self.late: list[float] = []
        self.without_core: list[float] = []

    def beat(self) -> None:
        now, waited = time.perf_counter(), _waited_for_a_core()
        late = max(0.0, now - self._last - _BEAT_MS / 1_000)
        self.late.append(late)
        self.without_core.append(min(late, waited - self._waited))
        self._last, self._waited = time.perf_counter(), waited
        self._root.after(_BEAT_MS, self.beat)


def _waited_for_a_core() -> float:
    """Seconds of this thread's life that it was ready to run and did not (the second number of Linux' schedstat)."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


def _window(home: str) -> "App":
    from client.gui.app import open_window
    from client.local.paths import Paths

    return open_window(Paths(Path(home)))


def _unlocked(home: str, secret: str) -> "App":
    """With the keys in memory, as after the passphrase was typed."""
    from client.actions.account import session_before
    from client.local.vault import Vault

    window = _window(home)
    passphrase = Path(secret).read_text().strip()
    session = session_before(window.house.paths)
    assert session is not None, "nobody is signed in"
    vault = Vault(window.house.paths, lambda _prompt, _twice: passphrase)
    unlocking = vault.begin_unlocking(session.email)
    unlocking.identity()
    window.house.keys.unlocked(unlocking)
    return window


def _when(window: "App", condition: Callable[[], bool], call: Callable[[], None]) -> None:
    """Runs the window until then; gives up after an hour."""
    end = time.monotonic() + _LONGEST_SECONDS

    def look() -> None:
        if condition():
            call()
            window.close()
        elif time.monotonic() > end:
            window.destroy()
        else:
            window.after(_LOOK_MS, look)

    look()
    window.mainloop()


def _say(seen: object) -> None:
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _PROBES: dict[str, Callable[..., None]] = {
        "empty": empty,
        "start": start,
        "idle": idle,
        "heartbeat": heartbeat,
        "listing": listing,
    }
    _PROBES[sys.argv[1]](*sys.argv[2:])
