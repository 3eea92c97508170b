"""Has files on the clipboard, as a file manager does: `python -m tests.gui.window.copied URI...`; prints `ready`."""

import sys

from Xlib import X, Xatom, display
from Xlib.protocol import event


def main(uris: list[str]) -> None:
    """Answers whoever pastes, until it is killed."""
    server = display.Display()
    clipboard, uri_list, targets = (server.intern_atom(name) for name in ("CLIPBOARD", "text/uri-list", "TARGETS"))
    window = server.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    window.set_selection_owner(clipboard, X.CurrentTime)
    server.sync()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        request = server.next_event()
        if request.type != X.SelectionRequest:
            continue
        place = request.property or request.target
        if request.target == uri_list:
            request.requestor.change_property(place, uri_list, 8, "".join(f"{uri}\r\n" for uri in uris).encode("ascii"))
        elif request.target == targets:
            request.requestor.change_property(place, Xatom.ATOM, 32, [uri_list, targets])
        else:
            place = X.NONE
        answer = event.SelectionNotify(
            time=request.time,
            requestor=request.requestor,
            selection=request.selection,
            target=request.target,
            property=place,
        )
        request.requestor.send_event(answer)
        server.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
