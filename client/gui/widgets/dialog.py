"""Dialogs: made once, hidden when they are done. A window that is made anew each time leaves its bindings behind."""

import tkinter
from collections.abc import Callable

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Palette
from client.gui.widgets.described import Described
from client.gui.widgets.flow import Flow
from client.gui.widgets.labels import Label
from client.gui.widgets.look import color, on_look, scaled
from client.gui.widgets.page import WIDE, Page

_SOON_MS = 10


class Dialog(Described, ctk.CTkToplevel):
    """A title, a `body` for its content, and a row of `buttons`. Esc closes it.

    Where the screen is too low for it, its content scrolls, and title and buttons stay.
    """

    role = "dialog"

    def __init__(self, owner: tkinter.Misc, title: str, closed: Callable[[], object], *, width: int = 440) -> None:
        """`closed` is called where the person closes it by Esc or by the window's own cross."""
        super().__init__(owner.winfo_toplevel(), fg_color=Palette.surface)
        self.withdraw()
        self.label = title
        self.title(title)
        self._owner = owner.winfo_toplevel()
        self._closed = closed
        self._width = width
        self._came_from: tkinter.Misc | None = None
        self.is_open = False
        self.resizable(False, False)
        self.transient(self._owner)
        self.grid_columnconfigure(0, weight=1)
        self.heading = Label(self, title, theme.TITLE, wrap=True)
        self.heading.grid(row=0, column=0, sticky="ew", padx=theme.units(3), pady=(theme.units(3), theme.units(1)))
        self.page = Page(self, widest=WIDE, ground=Palette.surface)
        self.page.take(1, 1)
        self.page.grid(row=1, column=0, sticky="nsew", padx=theme.units(3))
        self.body = self.page.body
        self.buttons = Flow(self, right=True)
        self.buttons.grid(row=2, column=0, sticky="ew", padx=theme.units(3), pady=theme.units(3))
        self._placed = (0, 0, 0)
        """Height of its head, its content and its buttons when it was placed."""
        self._placing = False
        self._soon: str | None = None
        for part in (self.heading, self.body, self.buttons):
            tkinter.Misc.bind(part, "<Configure>", lambda _event: self._changed(), add=True)
        on_look(self, self._paint)
        self.bind("<Escape>", lambda _event: self._close())
        self.protocol("WM_DELETE_WINDOW", self._close)

    def open(self, focus: tkinter.Misc | None = None) -> None:
        """Shows it over the middle of its owner; the rest of the program waits."""
        if self.is_open:
            return
        self.is_open = True
        self.page.to_top()
        self._came_from = self._owner.focus_get()
        self._place()
        self.deiconify()
        self.lift()
        self.wait_visibility()
        self._place()  # once more: only now do texts know how wide they are
        self.grab_set()
        tkinter.Misc.focus_force(self)
        if focus is not None:
            focus.focus_set()

    def hide(self) -> None:
        """The focus goes back to where it came from."""
        if not self.is_open:
            return
        self.is_open = False
        ours = self.focus_get() is not None
        self.grab_release()
        self.withdraw()
        if self._came_from is not None and self._came_from.winfo_exists():
            if ours:  # where no window manager gives it to the owner, keys would go nowhere
                tkinter.Misc.focus_force(self._came_from)
            else:
                self._came_from.focus_set()

    def fit(self) -> None:
        """After its content has changed."""
        if self.is_open:
            self._place()

    def _set_scaling(self, new_widget_scaling: float, new_window_scaling: float) -> None:
        """It is fitted to its content when it opens; CTk would force its own idea of a size for a second."""
        super(ctk.CTkToplevel, self)._set_scaling(new_widget_scaling, new_window_scaling)  # type: ignore[misc]

    def _changed(self) -> None:
        """Texts find their width, and so their height, only after it is open."""
        if self.is_open and not self._placing and self._soon is None and self._heights() != self._placed:
            self._soon = self.after(_SOON_MS, self._place_again)

    def _place_again(self) -> None:
        self._soon = None
        if self.is_open:
            self._place()

    def _heights(self) -> tuple[int, int, int]:
        return self.heading.winfo_reqheight(), self.body.winfo_reqheight(), self.buttons.winfo_reqheight()

    def _place(self) -> None:
        if not self._placing:  # while it is measured, events come that lead here
            self._placing = True
            try:
                self._put()
            finally:
                self._placing = False

    def _put(self) -> None:
        width = min(scaled(self._width), self._owner.winfo_width() - 2 * scaled(theme.units(2)))
        tkinter.Toplevel.geometry(self, "")
        self.grid_columnconfigure(0, weight=1, minsize=width)
        self.buttons.fit()
        inside = width - 2 * scaled(theme.units(3))
        needs = self.page.needs(inside)
        around = self.winfo_reqheight() - self.page.winfo_reqheight()
        room = max(scaled(theme.ROW_HEIGHT), self.winfo_screenheight() - around)
        self.page.take(inside, min(needs, room), bar=needs > room)
        self.update_idletasks()
        height = min(around + needs, self.winfo_screenheight())
        x = self._owner.winfo_rootx() + (self._owner.winfo_width() - width) // 2
        y = self._owner.winfo_rooty() + max(scaled(theme.units(4)), (self._owner.winfo_height() - height) // 3)
        y = max(0, min(y, self.winfo_screenheight() - height))  # its buttons stand at its foot
        tkinter.Toplevel.geometry(self, f"{width}x{height}+{x}+{y}")
        self._placed = self._heights()

    def _paint(self) -> None:
        """An edge of its own: not every system draws one."""
        edge = color(Palette.edge)
        tkinter.Toplevel.configure(self, highlightthickness=1, highlightbackground=edge, highlightcolor=edge)

    def _close(self) -> str:
        self.hide()
        self._closed()
        return "break"
