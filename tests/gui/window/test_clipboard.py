"""What the window copies goes off the clipboard by itself; what another program has put there stays."""

from pathlib import Path

import pytest
from Xlib import X
from Xlib.display import Display

from tests.gui.window.conftest import Window, opened
from tests.support.screen import other_program

_FIELD = "Server"
_HOLDER = """
import tkinter
root = tkinter.Tk()
root.withdraw()
root.clipboard_append("a poem")
root.update()
print("ready", flush=True)
root.mainloop()
"""


def _is_there(display: str) -> bool:
    """Whether any program offers something."""
    server = Display(display)
    try:
        return server.get_selection_owner(server.intern_atom("CLIPBOARD")) != X.NONE
    finally:
        server.close()


def test_nothing_selected_is_nothing_copied(display: str, home: Path) -> None:
    """Ctrl+C and Ctrl+X change nothing then: it is still the other program's, also when the window closes."""
    with opened(display, home, {}) as window, other_program(display, "-c", _HOLDER):
        window.fill(_FIELD, "files.example.org")
        window.key("End", "ctrl+c", "ctrl+x")
        window.key("BackSpace")
        window.until(lambda: _held(window) == "files.example.or", "what was typed last")
        assert window.ask("clipboard") == "a poem"
        window.close()
        assert _is_there(display)


@pytest.mark.parametrize("keys", ["ctrl+c", "ctrl+x"])
def test_what_is_copied_out_of_a_field_goes(display: str, home: Path, keys: str) -> None:
    """Also what was cut, of which nothing is selected any more."""
    with opened(display, home, {"clear_clipboard_seconds": 1}) as window, other_program(display, "-c", _HOLDER):
        window.fill(_FIELD, "files.example.org")
        window.key("ctrl+a", keys)
        window.until(lambda: window.ask("clipboard") != "a poem", "something else on the clipboard")
        window.until(lambda: window.ask("clipboard") == "", "nothing on the clipboard")


def _held(window: Window) -> str:
    return window.find("textbox", _FIELD).value
