"""The look in force: theme and scaling, for CustomTkinter and for those parts of Tk that it does not reach."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Color, Font, Palette, Theme

TABLE_STYLE = "Sealcase.Treeview"
CELL_PADDING = 4
"""Pixels at both sides of what a row holds: Tk has them fixed, and headings stand in line with it."""


class _Look:
    """One a program, as CustomTkinter's own is."""

    def __init__(self) -> None:
        self.theme: Theme = "light"
        self.scaling = 1.0
        self.listeners: list[Callable[[], None]] = []


_look = _Look()


def apply_look(root: tkinter.Misc, wanted: Theme, scaling_percent: int) -> None:
    """Puts a theme and a scaling in force, for all that is there and all that will be."""
    _look.theme, _look.scaling = wanted, scaling_percent / 100
    ctk.set_appearance_mode(wanted)
    hidden = _hidden_parts(root)
    ctk.set_widget_scaling(_look.scaling)
    for part in hidden:
        _hide_again(part)
    _style_tables(root)
    for listener in tuple(_look.listeners):
        listener()


def _hidden_parts(root: tkinter.Misc) -> list[ctk.CTkBaseClass]:
    """Widgets that have a place, and are taken off it right now."""
    found: list[ctk.CTkBaseClass] = []
    waiting = [root]
    while waiting:
        widget = waiting.pop()
        waiting.extend(tkinter.Misc.winfo_children(widget))
        if isinstance(widget, ctk.CTkBaseClass) and not widget.winfo_manager():
            found.append(widget)
    return found


def _hide_again(part: ctk.CTkBaseClass) -> None:
    """CustomTkinter puts back at its place whatever was hidden by `grid_remove` when the scaling changes."""
    manager = part.winfo_manager()
    if manager == "grid":
        tkinter.Grid.grid_remove(part)
    elif manager == "pack":
        tkinter.Pack.pack_forget(part)
    elif manager == "place":
        tkinter.Place.place_forget(part)


def on_look(widget: tkinter.Misc, apply: Callable[[], None]) -> None:
    """Calls `apply` now and whenever the look changes, as long as `widget` lives."""

    def gone(event: "tkinter.Event[tkinter.Misc]") -> None:
        if event.widget is widget and apply in _look.listeners:
            _look.listeners.remove(apply)

    _look.listeners.append(apply)
    tkinter.Misc.bind(widget, "<Destroy>", gone, add=True)
    apply()


def current_side() -> int:
    """Which half of a `Color` is in force."""
    return theme.side(_look.theme)


def color(pair: Color) -> str:
    """The half that is in force, for Tk's own widgets."""
    return pair[current_side()]


def scaled(pixels: float) -> int:
    """Pixels at 100 % as pixels of the screen, for Tk's own widgets."""
    return round(pixels * _look.scaling)


def scaled_font(font: Font) -> Font:
    """For Tk's own widgets: negative sizes are pixels."""
    size = -scaled(font[1])
    return (font[0], size, font[2]) if len(font) == 3 else (font[0], size)


def _style_tables(root: tkinter.Misc) -> None:
    """ttk knows neither theme nor scaling of CustomTkinter."""
    style = ttk.Style(root)
    if style.theme_use() != "clam":
        style.theme_use("clam")  # the one whose every colour can be chosen
    surface, text, line = color(Palette.surface), color(Palette.text), color(Palette.line)
    style.layout(TABLE_STYLE, [("Treeview.treearea", {"sticky": "nswe"})])
    style.configure(
        TABLE_STYLE,
        background=surface,
        fieldbackground=surface,
        foreground=text,
        borderwidth=0,
        relief="flat",
        rowheight=scaled(theme.ROW_HEIGHT),
        font=scaled_font(theme.BODY.font),
        indent=scaled(theme.units(2)),
    )
    style.map(
        TABLE_STYLE,
        background=[("selected", color(Palette.accent_soft))],
        foreground=[("selected", text)],
    )
    heading = f"{TABLE_STYLE}.Heading"
    style.configure(
        heading,
        background=surface,
        foreground=color(Palette.muted),
        font=scaled_font(theme.SMALL.font),
        relief="flat",
        borderwidth=0,
        bordercolor=line,
        lightcolor=surface,
        darkcolor=surface,
        padding=(CELL_PADDING, scaled(theme.units(1))),
    )
    style.map(heading, background=[("active", color(Palette.raised))], foreground=[("active", text)])
