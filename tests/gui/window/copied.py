"""Has files on the clipboard, as a file manager does: `python -m tests.gui.window.copied URI...`; prints `ready`."""

import sys

from Xlib import X, display
from Xlib.protocol import event

from tests.gui.window.uris import hand_over


def main(uris: list[str]) -> None:
    """Answers whoever pastes, until it is killed."""
    server = display.Display()
    clipboard = server.intern_atom("CLIPBOARD")
    window = server.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    window.set_selection_owner(clipboard, X.CurrentTime)
    server.sync()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        request = server.next_event()
        if isinstance(request, event.SelectionRequest):
            hand_over(server, request, uris)


if __name__ == "__main__":
    main(sys.argv[1:])
