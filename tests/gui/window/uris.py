"""A list of files as one program hands it to another under X11."""

from collections.abc import Iterable

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.protocol import event


def hand_over(display: Display, request: event.SelectionRequest, uris: Iterable[str]) -> None:
    """Answers whoever asks for a selection of ours: what kinds there are, or the list itself."""
    place, uri_list, targets = (
        request.property or request.target,
        display.intern_atom("text/uri-list"),
        display.intern_atom("TARGETS"),
    )
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
    display.flush()
