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

    def take(self, name: str) -> None:
        self.camera.take(self.window, name)

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


def scene(tab: str) -> Callable[[Scene], Scene]:
    """Plays in that tab, once it has been photographed as it is."""

    def add(play: Scene) -> Scene:
        SCENES.setdefault(tab, []).append(play)
        return play

    return add


def beginning(play: Scene) -> Scene:
    BEGINNINGS.append(play)
    return play
