"""The window: navigation at the left, one tab at a time, and what is common to all of them."""

import importlib
import sys
import tkinter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from tkinter import ttk
from types import TracebackType
from typing import TYPE_CHECKING

import customtkinter as ctk
from tkinterdnd2 import COPY, DND_FILES, TkinterDnD

from client.gui import theme
from client.gui.bus import DroppedFiles, OpenTab, SettingsChanged
from client.gui.clock import TkBoard, TkScheduler
from client.gui.presenters.house import House
from client.gui.presenters.keys import KeysState
from client.gui.presenters.shell import ShellState
from client.gui.problem import problem_of
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.banner import Banners
from client.gui.views.base import View
from client.gui.views.navigation import Navigation
from client.gui.views.notices import NoticesView
from client.gui.widgets import Box
from client.gui.widgets.copied import FILES, copied
from client.gui.widgets.focus import watch_input
from client.gui.widgets.look import apply_look, scaled
from client.gui.widgets.page import page_above, page_for
from client.gui.widgets.window_icon import put_icon
from client.gui.wiring import build_house
from client.local.paths import Paths
from client.local.settings import Geometry

if TYPE_CHECKING:
    from client.gui.views.unlock import UnlockDialog


@dataclass(frozen=True, slots=True)
class Tab:
    """`module` has `build(parent, house) -> View`; it is imported when the tab is first seen."""

    name: str
    title: Callable[[], str]
    icon: str
    module: str


TABS: tuple[Tab, ...] = (
    Tab("account", lambda: _("Account"), "account", "client.gui.views.account"),
    Tab("upload", lambda: _("Upload"), "upload", "client.gui.views.upload"),
    Tab("download", lambda: _("Download"), "download", "client.gui.views.download"),
    Tab("files", lambda: _("My files"), "files", "client.gui.views.files"),
    Tab("activity", lambda: _("Activity"), "activity", "client.gui.views.activity"),
    Tab("settings", lambda: _("Settings"), "settings", "client.gui.views.settings"),
)
"""In the order of the navigation: account, upload, download, files, activity, settings. One line each."""

WIDTH, HEIGHT = 1_100, 760
LEAST_WIDTH, LEAST_HEIGHT = 800, 560
_DRAWN_MS = 60
"""After the window was laid out; what takes time waits until there is something to be seen."""
_CLOSING_SECONDS = 3.0
"""For what runs to come to a good end, while the window is gone already."""
_SHORTCUTS = {
    "<Control-o>": "open",
    "<Control-v>": "paste",
    "<Control-f>": "find",
    "<F5>": "refresh",
    "<Control-r>": "refresh",
}


class App(ctk.CTk, TkinterDnD.DnDWrapper):
    """One window a program."""

    def __init__(self, paths: Paths, server: str = "") -> None:
        """`server` is suggested to somebody who has used none before.

        Raises `FileProblem` where the settings can't be read.
        """
        ctk.AppearanceModeTracker.update_loop_running = True  # or it would poll the system's theme for ever
        super().__init__(fg_color=Palette.window, className="Sealcase")
        self.withdraw()
        self._is_over = False
        self.report_callback_exception = self._report
        TkinterDnD._require(self)
        self.house: House = build_house(paths, TkScheduler(self))
        if server and not self.house.settings.current.server:
            self.house.change_settings(lambda now: replace(now, server=server))
        self.house.jobs.hold()
        self.house.clipboard.attach(TkBoard(self))
        self._views: dict[str, View] = {}
        self._shown = ""
        self._unlocking: UnlockDialog | None = None
        self.title("Sealcase")
        put_icon(self)
        self._look()
        self._geometry()
        watch_input(self, self.house.keys.touched)
        self._build()
        self._bind_keys()
        self.house.shell.look_first()
        self.house.bus.on(SettingsChanged, lambda _news: self._look())
        self.house.shell.watch(self._render)
        self.deiconify()
        self.after_idle(lambda: self.after(_DRAWN_MS, self.house.open))

    def close(self) -> None:
        """What was to be undone is done; transfers keep what has arrived."""
        self.house.notices.flush()
        self.house.clipboard.flush()
        self._remember_geometry()
        self.withdraw()
        self.house.close(_CLOSING_SECONDS)
        self._is_over = True
        self.destroy()

    def to_front(self) -> None:
        """Somebody has started us once more."""
        if self.state() == "iconic":
            self.deiconify()
        self.lift()
        self.attributes("-topmost", True)
        self.after_idle(lambda: self.attributes("-topmost", False))
        self.focus_force()

    def _set_scaling(self, new_widget_scaling: float, new_window_scaling: float) -> None:
        """Without CustomTkinter's own idea of how large the window is: it would hold it there for a second."""
        super(ctk.CTk, self)._set_scaling(new_widget_scaling, new_window_scaling)

    def _build(self) -> None:
        self.grid_columnconfigure(1, weight=1)
        self.grid_rowconfigure(0, weight=1)
        tabs = {tab.name: (tab.icon, tab.title()) for tab in TABS}
        Navigation(self, self.house.shell, self.house.keys, tabs).grid(row=0, column=0, sticky="nsw")
        content = Box(self)
        content.grid(row=0, column=1, sticky="nsew")
        content.grid_columnconfigure(0, weight=1)
        content.grid_rowconfigure(1, weight=1)
        Banners(content, self.house.shell).grid(row=0, column=0, sticky="ew")
        self._place = Box(content)
        self._place.grid(row=1, column=0, sticky="nsew")
        self._place.grid_columnconfigure(0, weight=1)
        self._place.grid_rowconfigure(0, weight=1)
        NoticesView(content, self.house.notices, self.house.clipboard.copy)
        self.house.keys.watch(self._unlock)

    def _bind_keys(self) -> None:
        self.protocol("WM_DELETE_WINDOW", self.close)
        for keys in ("<Control-w>", "<Control-q>"):
            self.bind_all(keys, lambda _event: self.close())
        self._notice_copies()
        for keys, name in _SHORTCUTS.items():
            self.bind(keys, self._shortcut_handler(name), add=True)
        for number, tab in enumerate(TABS, 1):
            self.bind(f"<Control-Key-{number}>", self._tab_opener(tab.name), add=True)
        if sys.platform.startswith("linux"):
            self.bind_all("<Button-4>", lambda event: _wheel(event.widget, -1))
            self.bind_all("<Button-5>", lambda event: _wheel(event.widget, 1))
        else:
            self.bind_all("<MouseWheel>", lambda event: _wheel(event.widget, -1 if event.delta > 0 else 1))
        self.bind_all("<Prior>", lambda event: self._turn(event.widget, -1))
        self.bind_all("<Next>", lambda event: self._turn(event.widget, 1))
        self.drop_target_register(DND_FILES)
        self.dnd_bind("<<Drop>>", self._dropped)

    def _notice_copies(self) -> None:
        """Tk copies out of its fields by itself. Asked before it does: what it has cut is selected no more."""
        noticed = self.register(lambda: self.after_idle(self.house.clipboard.noticed))
        for kind in ("Entry", "Text"):
            for taken in ("<<Copy>>", "<<Cut>>"):
                usual = self.tk.call("bind", kind, taken)
                self.tk.call("bind", kind, taken, f"if {{![catch {{%W index sel.first}}]}} {noticed}\n{usual}")

    def _render(self, state: ShellState) -> None:
        """The tab that is open."""
        if state.tab == self._shown or not any(tab.name == state.tab for tab in TABS):
            return
        if self._shown:
            self._views[self._shown].grid_remove()
        self._shown = state.tab
        view = self._view(state.tab)
        view.grid(row=0, column=0, sticky="nsew")
        view.shown()

    def _view(self, name: str) -> View:
        if name not in self._views:
            tab = next(tab for tab in TABS if tab.name == name)
            build: Callable[[tkinter.Misc, House], View] = importlib.import_module(tab.module).build
            self._views[name] = build(self._place, self.house)
        return self._views[name]

    def _unlock(self, state: KeysState) -> None:
        """The dialog is made when it is first wanted; from then on it watches for itself."""
        if state.asking and self._unlocking is None:
            from client.gui.views.unlock import UnlockDialog

            self._unlocking = UnlockDialog(self, self.house.keys, self.house.clipboard.copy_details)

    def _look(self) -> None:
        settings = self.house.settings.current
        wanted = theme.system_theme() if settings.theme == "system" else settings.theme
        if (wanted, settings.scaling) != getattr(self, "_look_now", None):
            self._look_now = (wanted, settings.scaling)
            apply_look(self, wanted, settings.scaling)
            self.minsize(min(scaled(LEAST_WIDTH), 1_024), min(scaled(LEAST_HEIGHT), 700))

    def _geometry(self) -> None:
        """Where it was, if that is still on a screen."""
        saved = self.house.settings.current.geometry
        screen_width, screen_height = self.winfo_screenwidth(), self.winfo_screenheight()
        if saved is not None and 0 <= saved.x < screen_width - 100 and 0 <= saved.y < screen_height - 100:
            width, height = min(saved.width, screen_width), min(saved.height, screen_height)
            tkinter.Tk.geometry(self, f"{width}x{height}+{saved.x}+{saved.y}")
            if saved.maximised:
                self._maximise()
            return
        width, height = min(scaled(WIDTH), screen_width), min(scaled(HEIGHT), screen_height)
        x, y = (screen_width - width) // 2, (screen_height - height) // 3
        tkinter.Tk.geometry(self, f"{width}x{height}+{x}+{y}")

    def _maximise(self) -> None:
        with suppress(tkinter.TclError):
            if sys.platform.startswith("linux"):
                self.attributes("-zoomed", True)
            else:
                self.state("zoomed")

    def _remember_geometry(self) -> None:
        zoomed = False
        with suppress(tkinter.TclError):
            zoomed = bool(self.attributes("-zoomed"))
        here = Geometry(self.winfo_width(), self.winfo_height(), self.winfo_x(), self.winfo_y(), zoomed)
        self.house.change_settings(lambda now: replace(now, geometry=here))

    def _dropped(self, event: TkinterDnD.DnDEvent) -> str:
        """Tk knows how a list of paths is written; braces and blanks in names are part of it."""
        self._send(tuple(str(path) for path in self.tk.splitlist(event.data)))
        return COPY

    def _pasted(self) -> bool:
        """Whether a file manager's files were on the clipboard, which are sent wherever one is; text is the tab's."""
        from client.gui.presenters.upload import pasted_paths

        return any(self._send(pasted_paths(text)) for text in copied(self, FILES))

    def _send(self, paths: tuple[str, ...]) -> bool:
        """In Upload; whether there is anything to be sent."""
        if paths:
            self.house.bus.tell(OpenTab("upload"))
            self.house.bus.tell(DroppedFiles(paths))
        return bool(paths)

    def _shortcut_handler(self, name: str) -> Callable[["tkinter.Event[tkinter.Misc]"], str | None]:
        def handle(event: "tkinter.Event[tkinter.Misc]") -> str | None:
            if name == "paste" and isinstance(event.widget, tkinter.Entry | tkinter.Text):
                return None  # text belongs into the field
            if name == "paste" and self._pasted():
                return "break"
            return "break" if self._shown and self._views[self._shown].shortcut(name) else None

        return handle

    def _tab_opener(self, name: str) -> Callable[[object], None]:
        return lambda _event: self.house.shell.open(name)

    def _turn(self, widget: tkinter.Misc | str, pages: int) -> None:
        """PageUp and PageDown, where they do not belong to a list or a text."""
        self.house.keys.touched()
        page = None if isinstance(widget, str | ttk.Treeview | tkinter.Text) else page_for(widget)
        if page is not None:
            page.turn(pages)

    def _report(self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        """Whatever escapes in the main thread: said as any other problem, and the window goes on.

        While it is taken apart there is nobody to be told, and no place: a message would need widgets anew, for ever.
        """
        if self._is_over:
            return
        self.house.notices.problem(problem_of(error))


def _wheel(widget: tkinter.Misc | str, steps: int) -> None:
    """Of a list with more rows than are in sight, the list's own; at its end it is the page's turn."""
    page = None if isinstance(widget, str) else page_above(widget)
    if page is None:
        return
    if isinstance(widget, ttk.Treeview):
        first, last = widget.yview()
        if (first > 0.0) if steps < 0 else (last < 1.0):
            return
    page.wheel(steps)
