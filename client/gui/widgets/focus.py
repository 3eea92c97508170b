"""Keyboard for widgets that CustomTkinter made for the mouse: Tab stops, a visible ring, Space and Return."""

import tkinter
from collections.abc import Callable
from tkinter import ttk


def make_tab_stop(widget: tkinter.Misc, ring: Callable[[bool], None], press: Callable[[], object] | None) -> None:
    """Makes a frame reachable by Tab; `ring` shows it, `press` is what Space and Return do.

    The ring is shown where the focus came by the keyboard: a mouse needs none.
    """
    set_tab_stop(widget, True)
    tkinter.Misc.bind(widget, "<FocusIn>", lambda _event: ring(came_by_keyboard(widget)), add=True)
    tkinter.Misc.bind(widget, "<FocusOut>", lambda _event: ring(False), add=True)
    if press is not None:
        for key in ("<space>", "<Return>", "<KP_Enter>"):
            tkinter.Misc.bind(widget, key, _breaking(press))


def leave_to_window(widget: tkinter.Misc, *keys: str) -> None:
    """Keys with a modifier that the window wants, such as `<Alt-Left>`: else a widget's `<Left>` would take them."""
    for key in keys:
        tkinter.Misc.bind(widget, key, lambda _event: None)


def set_tab_stop(widget: tkinter.Misc, on: bool) -> None:
    widget.tk.call(str(widget), "configure", "-takefocus", int(on))


def is_tab_stop(widget: tkinter.Misc) -> bool:
    """Whether it was made one here, or is a field of Tk's own."""
    if isinstance(widget, tkinter.Entry | tkinter.Text | ttk.Treeview):
        return True
    try:
        return str(widget.tk.call(str(widget), "cget", "-takefocus")) == "1"
    except tkinter.TclError:
        return False


_BY_KEYBOARD, _PRESSED = "sealcase::by_keyboard", "sealcase::pressed"
_FIRST_BUTTON = 0x100
"""In the state of an event: it is down."""


def came_by_keyboard(widget: tkinter.Misc) -> bool:
    """Whether the last thing that the person did was to press a key."""
    return str(widget.tk.call("set", _BY_KEYBOARD)) == "1"


def is_pressed(widget: tkinter.Misc) -> bool:
    """Whether the mouse's button is down."""
    return str(widget.tk.call("set", _PRESSED)) == "1"


def watch_input(root: tkinter.Tk, touched: Callable[[], None]) -> None:
    """Once for the whole program: where the focus comes from, clicks that move it, and that somebody is there."""
    root.tk.eval(f"namespace eval sealcase {{}}; set {_BY_KEYBOARD} 0; set {_PRESSED} 0")

    def key(_event: object) -> None:
        root.tk.call("set", _BY_KEYBOARD, 1)
        root.tk.call("set", _PRESSED, 0)
        touched()

    def click(event: "tkinter.Event[tkinter.Misc]") -> None:
        root.tk.call("set", _BY_KEYBOARD, 0)
        root.tk.call("set", _PRESSED, 1)
        touched()
        _focus_clicked(event.widget)

    def moved_over(event: "tkinter.Event[tkinter.Misc]") -> None:
        if not int(event.state) & _FIRST_BUTTON:  # where another program has heard of the release
            root.tk.call("set", _PRESSED, 0)
        touched()

    # CustomTkinter's own handler gives the focus to whatever part of a widget was clicked.
    root.unbind_all("<Button-1>")
    root.bind_all("<Button-1>", click)
    root.bind_all("<KeyPress>", key)
    for moved in ("<<NextWindow>>", "<<PrevWindow>>"):  # Tab has a binding of Tk's, which hides the one for any key
        moves = root.tk.eval(f"bind all {moved}")
        root.bind_all(moved, key)
        root.tk.call("bind", "all", moved, f"+{moves}")
    root.bind_all("<ButtonRelease-1>", lambda _event: root.tk.call("set", _PRESSED, 0), add=True)
    root.bind_all("<Motion>", moved_over)


def _focus_clicked(widget: tkinter.Misc | str) -> None:
    """The nearest thing above that takes the focus; else the window itself, so that a field loses it."""
    if isinstance(widget, str):  # of a menu, which Python does not know
        return
    each: tkinter.Misc | None = widget
    while each is not None and not isinstance(each, tkinter.Tk | tkinter.Toplevel):
        if is_tab_stop(each):
            tkinter.Misc.focus_set(each)
            return
        each = each.master
    if each is not None:
        tkinter.Misc.focus_set(each)


def _breaking(press: Callable[[], object]) -> Callable[["tkinter.Event[tkinter.Misc]"], str]:
    def pressed(_event: "tkinter.Event[tkinter.Misc]") -> str:
        press()
        return "break"

    return pressed
