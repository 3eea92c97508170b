"""The Settings tab's first page: a tile for each page, and how things stand there; and which page is open."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from client.gui.bus import ContactsChanged, KeysChanged, SettingsChanged, ShowContact, SignedIn, SignedOut
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.settings.appearance import limit_words, lock_words
from client.gui.text import LANGUAGES, _, language


@dataclass(frozen=True, slots=True)
class TileState:
    name: str
    icon: str
    title: str
    below: str


@dataclass(frozen=True, slots=True)
class HubState:
    page: str = ""
    """Empty for the tiles."""
    about: str = ""
    """What the page begins with: the address of a contact; empty for nothing."""
    tiles: tuple[TileState, ...] = ()


PAGES: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("appearance", "look", lambda: _("Appearance")),
    ("transfers", "upload", lambda: _("Transfers")),
    ("security", "lock", lambda: _("Security")),
    ("contacts", "people", lambda: _("Contacts")),
    ("boxes", "drop_box", lambda: _("Drop boxes")),
    ("keys", "key", lambda: _("Keys")),
    ("devices", "device", lambda: _("Devices")),
    ("two_step", "shield", lambda: _("Two-step sign-in")),
    ("tokens", "code", lambda: _("Access tokens")),
    ("account", "account", lambda: _("Account")),
    ("server", "server", lambda: _("Server")),
    ("diagnostics", "activity", lambda: _("Diagnostics")),
    ("about", "info", lambda: _("About Sealcase")),
)
"""Name, picture, title."""


class Hub(Presenter[HubState]):
    def __init__(self, house: House) -> None:
        super().__init__(HubState())
        self._house = house
        for kind in (SettingsChanged, SignedIn, SignedOut, KeysChanged, ContactsChanged):
            house.bus.on(kind, lambda _news: self._describe())
        house.bus.on(ShowContact, lambda news: self.show_contact(news.email))
        self._describe()

    def open(self, page: str) -> None:
        if any(name == page for name, _icon, _title in PAGES):
            self._show(replace(self.state, page=page, about=""))

    def show_contact(self, email: str) -> None:
        """The page of contacts, with that person chosen."""
        self.open("contacts")
        self._show(replace(self.state, about=email))

    def back(self) -> None:
        self._show(replace(self.state, page="", about=""))

    def _describe(self) -> None:
        below = self._words()
        tiles = tuple(TileState(name, icon, title(), below[name]) for name, icon, title in PAGES)
        self._show(replace(self.state, tiles=tiles))

    def _words(self) -> dict[str, str]:
        settings, shell = self._house.settings.current, self._house.shell.state
        themes = {"system": _("As the system"), "light": _("Light"), "dark": _("Dark")}
        nobody = _("Sign in first")
        return {
            "appearance": f"{themes[settings.theme]}, {settings.scaling} %, {LANGUAGES[language()]}",
            "transfers": f"{settings.downloads().name} · {limit_words(settings.bandwidth_limit)}",
            "security": _("Keys lock: {when}").format(when=lock_words(settings.auto_lock_minutes)),
            "contacts": _("Safety numbers, groups"),
            "boxes": _("Files from people without an account") if shell.email else nobody,
            "keys": _("There is no recovery kit yet")
            if shell.no_kit
            else _("Fingerprint, recovery kit, change of keys"),
            "devices": _("Where you are signed in; add a device") if shell.email else nobody,
            "two_step": _("A code of an app at every sign-in") if shell.email else nobody,
            "tokens": _("For scripts") if shell.email else nobody,
            "account": shell.email or nobody,
            "server": shell.server.partition("://")[2] or nobody,
            "diagnostics": _("For whoever helps you"),
            "about": _("Version and licence"),
        }
