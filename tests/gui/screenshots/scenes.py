"""What there is to be seen: every tab by itself, and whatever opens in it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.gui.screenshots.camera import Camera
from tests.gui.screenshots.cast import PASSPHRASE, Cast
from tests.gui.window.conftest import Window


@dataclass(frozen=True, slots=True)
class Stage:
    """A window that is open, and what is needed to play in it."""

    window: Window
    camera: Camera
    cast: Cast

    def take(self, name: str, *, moving: bool = False) -> None:
        self.camera.take(self.window, name, moving=moving)

    def take_question(self, title: str, name: str) -> None:
        """Of a dialog that is about to open; it is closed by Esc, which says no."""
        self.window.until(lambda: self.window.has("dialog", title), f"the dialog {title!r}")
        self.take(name)
        self.close_dialog(title)

    def close_dialog(self, title: str) -> None:
        """By Esc, over the dialog: where there is no window manager, keys go where the mouse is."""
        x, y = self.window.find("dialog", title).middle
        self.window.xdotool("mousemove", str(x), str(y))
        self.window.key("Escape")
        self.window.until(lambda: not self.window.has("dialog", title), f"the dialog {title!r} to be gone")

    def close_notices(self) -> None:
        """All toasts, which would be in the next pictures else."""

        def closed() -> bool:
            cross = next((each for each in self.window.tree() if (each.role, each.label) == ("button", "Close")), None)
            if cross is not None:
                self.window.xdotool("mousemove", *map(str, cross.middle), "click", "1")
            return cross is None

        self.window.until(closed, "no notice")

    def choose_first(self, table: str) -> None:
        """Of its rows, once there are some."""

        def value() -> str:
            return next((each.value for each in self.window.tree() if (each.role, each.label) == ("grid", table)), "")

        self.window.until(lambda: value()[:1] not in ("", "0"), f"rows in {table}")
        self.click("grid", table)
        self.window.key("Home")
        self.window.until(lambda: value().endswith(" 1 chosen"), f"a chosen row in {table}")

    def open_tab(self, title: str) -> None:
        self.click("tab", title)

    def click(self, role: str, label: str) -> None:
        """Once it no longer moves, as a page does that was just opened: a click where it was would be lost."""
        places = [self.window.find(role, label)]

        def still() -> bool:
            places.append(self.window.find(role, label))
            return len(places) > _STILL and all(each.middle == places[-1].middle for each in places[-_STILL:])

        self.window.until(still, f"{role} {label!r} to stand still")
        self.window.click(role, label)

    def unlock(self) -> None:
        """Where the dialog asks for it."""
        self.window.fill("Passphrase", PASSPHRASE)
        self.window.key("Return")
        self.window.wait_until_gone("Unlock your keys")


_STILL = 10
"""Looks in a row at which it stands in the same place."""
Scene = Callable[[Stage], None]
SCENES: dict[str, list[Scene]] = {}
"""By tab: each finds the tab open, and leaves it as it was."""
BEGINNINGS: list[Scene] = []
"""Of somebody who has never used Sealcase; each goes on where the one before has ended."""
ENDINGS: list[Scene] = []
"""Once the server is gone."""
SLOW = {"upload": 1_000_000, "download": 3_000_000}
"""By tab: bytes a second, so that a transfer can be photographed on its way."""


def scene(tab: str) -> Callable[[Scene], Scene]:
    """Plays in that tab, once it has been photographed as it is."""

    def add(play: Scene) -> Scene:
        SCENES.setdefault(tab, []).append(play)
        return play

    return add


def beginning(play: Scene) -> Scene:
    BEGINNINGS.append(play)
    return play


def ending(play: Scene) -> Scene:
    ENDINGS.append(play)
    return play
