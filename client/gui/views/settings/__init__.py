"""The Settings tab: tiles, and a page behind each of them; made when it is first opened, and kept."""

import importlib
import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.hub import PAGES, Hub, HubState
from client.gui.presenters.settings.questions import Questions
from client.gui.text import _
from client.gui.views.base import View
from client.gui.views.settings.parts import WIDEST, SettingsPage, page_head
from client.gui.views.settings.question import QuestionDialog
from client.gui.widgets import Box, LinkButton, Page, Tile
from client.gui.widgets.look import scaled

_TWO_COLUMNS = 560
"""From this width on, in pixels at 100 %."""


def build(parent: tkinter.Misc, house: House) -> View:
    return SettingsView(parent, house)


class SettingsView(View):
    """Alt+Left and Esc go back to the tiles."""

    def __init__(self, master: tkinter.Misc, house: House) -> None:
        super().__init__(master)
        self._house = house
        self._hub = Hub(house)
        self._questions = Questions()
        QuestionDialog(self, self._questions, house.clipboard.copy_details)
        self._pages: dict[str, SettingsPage] = {}
        self._open = ""
        self._about = ""
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure(0, weight=1)
        self.grid_propagate(False)  # Tk does not lay out again where the wanted size becomes 1 × 1, as that of a page
        self._backs: dict[str, LinkButton] = {}
        self._tiles = _Tiles(self, self._hub)
        self._tiles.grid(row=0, column=0, sticky="nsew")
        for keys in ("<Escape>", "<Alt-Left>"):
            self.winfo_toplevel().bind(keys, self._go_back, add=True)
        self._hub.watch(self._render)

    def shown(self) -> None:
        if self._open:
            self._pages[self._open].shown()
        else:
            self._tiles.focus_first()

    def shortcut(self, name: str) -> bool:
        if name == "refresh" and self._open:
            self._pages[self._open].shown()
        return name == "refresh"

    def _render(self, state: HubState) -> None:
        if state.page != self._open:
            self._turn(state)
        if state.about and state.about != self._about:
            self._pages[self._open].turn_to(state.about)
        self._about = state.about

    def _turn(self, state: HubState) -> None:
        came_from, self._open = self._open, state.page
        if state.page:
            page = self._page(state.page)
            page.grid(row=0, column=0, sticky="nsew")
            page.to_top()
            page.shown()
            self._backs[state.page].focus_set()
        else:
            self._tiles.grid(row=0, column=0, sticky="nsew")
            self._tiles.focus_tile(came_from)
        if came_from:
            self._pages[came_from].grid_remove()
            self._pages[came_from].left()
        else:
            self._tiles.grid_remove()

    def _page(self, name: str) -> SettingsPage:
        if name not in self._pages:
            make = importlib.import_module(f"client.gui.views.settings.{_MODULES[name]}").build
            page = make(name, self, self._house, self._questions)
            assert isinstance(page, SettingsPage)  # noqa: S101  (each of them is)
            self._pages[name] = page
            title = next(title() for each, _icon, title in PAGES if each == name)
            self._backs[name] = page.head(title, self._hub.back)
        return self._pages[name]

    def _go_back(self, _event: object) -> None:
        if self.winfo_viewable() and self._open and self._questions.state.question is None:
            self._hub.back()


_MODULES = {
    "appearance": "local",
    "transfers": "local",
    "security": "local",
    "contacts": "people",
    "boxes": "boxes",
    "keys": "keys",
    "devices": "devices",
    "two_step": "second_factor",
    "tokens": "tokens",
    "account": "account",
    "server": "account",
    "diagnostics": "about",
    "about": "about",
}


class _Tiles(Page):
    """Two side by side where there is room."""

    def __init__(self, master: tkinter.Misc, hub: Hub) -> None:
        super().__init__(master, widest=WIDEST)
        page_head(self.body, _("Settings"))
        self._grid = Box(self.body)
        self._grid.grid(row=1, column=0, sticky="ew", padx=theme.units(4), pady=(0, theme.units(4)))
        self._made = {name: Tile(self._grid, icon, title(), self._opener(hub, name)) for name, icon, title in PAGES}
        self._columns = 0
        tkinter.Misc.bind(self._grid, "<Configure>", lambda event: self._flow(event.width), add=True)
        self._flow(scaled(_TWO_COLUMNS))
        hub.watch(self._render)

    def focus_first(self) -> None:
        self.focus_tile("")

    def focus_tile(self, name: str) -> None:
        self._made.get(name, next(iter(self._made.values()))).focus_set()

    def _render(self, state: HubState) -> None:
        for tile in state.tiles:
            self._made[tile.name].show(tile.below)

    def _flow(self, width: int) -> None:
        columns = 2 if width >= scaled(_TWO_COLUMNS) else 1
        if columns == self._columns:
            return
        self._columns = columns
        self._grid.grid_columnconfigure(0, weight=1, uniform="tiles")
        self._grid.grid_columnconfigure(1, weight=columns - 1, uniform="tiles" if columns == 2 else "")
        half = theme.units(0.75)
        for at, tile in enumerate(self._made.values()):
            column = at % columns
            sides = (0, half) if columns == 2 and column == 0 else (half, 0) if columns == 2 else 0
            tile.grid(row=at // columns, column=column, sticky="nsew", padx=sides, pady=half)

    @staticmethod
    def _opener(hub: Hub, name: str) -> Callable[[], None]:
        return lambda: hub.open(name)
