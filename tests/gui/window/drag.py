"""Drags files onto a window, as a file manager does: `python -m tests.gui.window.drag X Y FILE...`

Speaks the XDND protocol, version 5, from a window of its own. Exit code 0 where the target took the files.
"""

import sys
import time
from pathlib import Path

from Xlib import X, display
from Xlib.protocol import event
from Xlib.xobject.drawable import Window as XWindow

from tests.gui.window.uris import hand_over

SECONDS = 10.0
_VERSION = 5
_NO_MASK = 0


class Drag:
    """One drag, from its beginning to the drop."""

    def __init__(self, x: int, y: int, paths: list[str]) -> None:
        self._display = display.Display()
        self._root = self._display.screen().root
        self._place = (x << 16) | y
        self._uris = [Path(path).absolute().as_uri() for path in paths]
        self._atom = self._display.intern_atom
        self._source = self._root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        self._source.set_selection_owner(self._atom("XdndSelection"), X.CurrentTime)
        self._target = self._aware_at(x, y)

    def drop(self) -> bool:
        """Whether the target took it."""
        self._tell("XdndEnter", _VERSION << 24, self._atom("text/uri-list"))
        answer: list[int] | None = None
        for _ in range(2):  # the first only makes the target look
            self._tell("XdndPosition", 0, self._place, X.CurrentTime, self._atom("XdndActionCopy"))
            answer = self._hear("XdndStatus")
        if answer is None or not answer[1] & 1:
            self._tell("XdndLeave")
            return False
        self._tell("XdndDrop", 0, X.CurrentTime)
        finished = self._hear("XdndFinished")
        return finished is not None and finished[2] == self._atom("XdndActionCopy")

    def _aware_at(self, x: int, y: int) -> XWindow:
        """The innermost window at that place that takes drops."""
        each: XWindow = self._root
        found: XWindow | None = None
        while True:
            below = each.translate_coords(self._root, x, y).child
            if each.id != self._root.id and each.get_full_property(self._atom("XdndAware"), X.AnyPropertyType):
                found = each
            if not below or below == X.NONE:
                break
            each = below
        if found is None:
            raise SystemExit("no window there takes drops")
        return found

    def _tell(self, name: str, *data: int) -> None:
        numbers = [self._source.id, *data, 0, 0, 0, 0][:5]
        message = event.ClientMessage(window=self._target, client_type=self._atom(name), data=(32, numbers))
        self._target.send_event(message, event_mask=_NO_MASK)
        self._display.flush()

    def _hear(self, name: str) -> list[int] | None:
        """The target's answer; meanwhile it may ask what is dropped."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if not self._display.pending_events():
                time.sleep(0.005)
                continue
            heard = self._display.next_event()
            if isinstance(heard, event.SelectionRequest):
                hand_over(self._display, heard, self._uris)
            elif heard.type == X.ClientMessage and self._display.get_atom_name(heard.client_type) == name:
                return list(heard.data[1])
        return None


if __name__ == "__main__":
    sys.exit(0 if Drag(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]).drop() else 1)
