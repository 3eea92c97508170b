"""Takes a picture of the window once it has come to rest."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from PIL import Image, ImageChops

from tests.gui.window.conftest import Window
from tests.support.screen import picture_of

_COLORS = 256
_SECONDS = 20.0
_STILL = 3
"""So many pictures in a row that show the same."""
_CURSOR = 4, 40
"""Width and height that a blinking cursor has at most, at 200 %."""


@dataclass
class Camera:
    """Pictures are of the whole screen: what is cut off there is cut off for somebody with a small one."""

    folder: Path
    suffix: str
    """What all names of this film end in, such as `-light`."""
    taken: list[Path] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    """What can't be seen whole in a picture, nor be scrolled into it."""

    def take(self, window: Window, name: str, *, moving: bool = False) -> None:
        """Saves it as `NAME-SUFFIX.png`, with a palette: a quarter of the bytes, and nobody sees it.

        What is `moving`, as a bar that grows, is taken as it is at that moment.
        """
        left, top, width, height = window.geometry()
        window.xdotool("mousemove", str(left + width - 2), str(top + height - 2))  # nothing under the mouse
        seen = picture_of(window.display) if moving else _at_rest(window)
        picture = seen.convert("RGB").quantize(
            _COLORS, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
        )
        self.cut_off += [f"{name}{self.suffix}: cut off: {each}" for each in window.cut_off()]
        path = self.folder / f"{name}{self.suffix}.png"
        picture.save(path, optimize=True)
        self.taken.append(path)


def _at_rest(window: Window) -> Image.Image:
    deadline = time.monotonic() + _SECONDS
    last, same = picture_of(window.display), 0
    while same < _STILL and time.monotonic() < deadline:
        Event().wait(0.15)
        now = picture_of(window.display)
        box = ImageChops.difference(last.convert("RGB"), now.convert("RGB")).getbbox()
        moved = box is not None and (box[2] - box[0] > _CURSOR[0] or box[3] - box[1] > _CURSOR[1])
        last, same = now, 0 if moved else same + 1
    return last
