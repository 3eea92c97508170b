"""Hints under the mouse or the keyboard's focus: one little window for all of them."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.theme import Palette

_AFTER_MS = 600
_WIDEST = 320
"""In pixels at 100 %."""


class _Tooltip:
    """Made at its first use, one a program; hidden when nobody looks."""

    def __init__(self, root: tkinter.Misc) -> None:
        self.window = tkinter.Toplevel(root)
        self.window.withdraw()
        self.window.overrideredirect(True)
        self._label = tkinter.Label(self.window, padx=theme.UNIT, pady=theme.UNIT // 2, justify="left")
        self._label.pack()
        self._timer: str | None = None

    def soon(self, widget: tkinter.Misc, text: str, at: tuple[int, int] | None = None) -> None:
        """`at`: a place on the screen; below the widget if there is none."""
        self.hide()
        self._timer = self.window.after(_AFTER_MS, lambda: self._show(widget, text, at))

    def hide(self) -> None:
        if self._timer is not None:
            self.window.after_cancel(self._timer)
            self._timer = None
        self.window.withdraw()

    def _show(self, widget: tkinter.Misc, text: str, at: tuple[int, int] | None) -> None:
        self._timer = None
        if not widget.winfo_exists() or not widget.winfo_viewable():
            return
        from client.gui.widgets.look import current_side, scaled, scaled_font

        which = current_side()
        self._label.configure(
            text=text,
            bg=Palette.text[which],
            fg=Palette.window[which],
            font=scaled_font(theme.SMALL.font),
            wraplength=scaled(_WIDEST),
        )
        self.window.update_idletasks()
        left, top, bottom = widget.winfo_rootx(), widget.winfo_rooty(), widget.winfo_rooty() + widget.winfo_height()
        if at is not None:
            left, top, bottom = at[0], at[1] - theme.UNIT, at[1] + 2 * theme.UNIT
        x = min(left, widget.winfo_screenwidth() - self.window.winfo_reqwidth() - theme.UNIT)
        y = bottom + theme.UNIT // 2
        if y + self.window.winfo_reqheight() > widget.winfo_screenheight():
            y = top - self.window.winfo_reqheight() - theme.UNIT // 2
        self.window.geometry(f"+{max(0, x)}+{y}")
        self.window.deiconify()
        self.window.lift()


_tooltips: dict[tkinter.Misc, _Tooltip] = {}


def tip(widget: tkinter.Misc, text: str | Callable[[], str]) -> None:
    """Says more about a widget, after a moment; `text` may be asked for when it is shown."""

    def show(_event: object) -> None:
        words = text if isinstance(text, str) else text()
        if words:
            _of(widget).soon(widget, words)

    def hide(_event: object) -> None:
        _of(widget).hide()

    tkinter.Misc.bind(widget, "<Enter>", show, add=True)
    tkinter.Misc.bind(widget, "<FocusIn>", show, add=True)
    for gone in ("<Leave>", "<FocusOut>", "<ButtonPress>", "<Unmap>", "<Destroy>"):
        tkinter.Misc.bind(widget, gone, hide, add=True)


def tip_at(widget: tkinter.Misc, text: str, x: int, y: int) -> None:
    """For a part of a widget: after a moment beside that place on the screen, until `tip_gone`."""
    _of(widget).soon(widget, text, (x, y))


def tip_gone(widget: tkinter.Misc) -> None:
    _of(widget).hide()


def _of(widget: tkinter.Misc) -> _Tooltip:
    root: tkinter.Misc = widget.nametowidget(".")
    if root not in _tooltips or not _tooltips[root].window.winfo_exists():
        _tooltips[root] = _Tooltip(root)
    return _tooltips[root]
