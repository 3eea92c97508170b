"""Which widgets can't be seen whole, nor be scrolled into sight; looked for in the window's own process."""

import tkinter

from client.gui.widgets.described import Described

_NEED_THEIR_WIDTH = ("button", "link", "tab", "checkbox", "combobox", "text", "status", "alert")
"""Fields and tables fit any width; what holds words doesn't."""
_SLACK = 2
"""Pixels: rounded corners and frames."""


def cut_off(root: tkinter.Misc) -> list[str]:
    """Role, label and what is wrong, of all that is shown now."""
    found: list[str] = []
    waiting: list[tkinter.Misc] = [root]
    while waiting:
        widget = waiting.pop()
        waiting.extend(widget.winfo_children())
        if isinstance(widget, Described) and widget.winfo_viewable() and (wrong := _wrong_with(widget)):
            found.append(f"{widget.role} {widget.label!r}: {wrong}")
    return found


def _wrong_with(widget: tkinter.Misc) -> str:
    if isinstance(widget, tkinter.Toplevel):
        return _off_screen(widget)
    assert isinstance(widget, Described)
    if widget.role in _NEED_THEIR_WIDTH and widget.winfo_reqwidth() > widget.winfo_width() + _SLACK:
        return f"needs {widget.winfo_reqwidth()} pixels, and has {widget.winfo_width()}"
    left, top = widget.winfo_rootx(), widget.winfo_rooty()
    right, bottom = left + widget.winfo_width(), top + widget.winfo_height()
    each, scrolls = widget.master, False
    while each is not None:
        x, y = each.winfo_rootx(), each.winfo_rooty()
        if left < x - _SLACK or right > x + each.winfo_width() + _SLACK:
            return f"from {left} to {right} across, within {x} to {x + each.winfo_width()}"
        if isinstance(each, tkinter.Canvas):  # of a page: what is above or below comes into sight
            scrolls = True
        if not scrolls and (top < y - _SLACK or bottom > y + each.winfo_height() + _SLACK):
            return f"from {top} to {bottom} down, within {y} to {y + each.winfo_height()}"
        if isinstance(each, tkinter.Tk | tkinter.Toplevel):
            return ""
        each = each.master
    return ""


def _off_screen(window: tkinter.Toplevel) -> str:
    x, y, width, height = window.winfo_rootx(), window.winfo_rooty(), window.winfo_width(), window.winfo_height()
    fits = x >= 0 and y >= 0 and x + width <= window.winfo_screenwidth() and y + height <= window.winfo_screenheight()
    return "" if fits else f"{width} x {height} at {x}, {y}"
