"""Line icons, drawn for Sealcase on a grid of 24: sharp at every scaling, in the colours of both themes."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import customtkinter as ctk

from client.gui.theme import Color

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageTk import PhotoImage

_GRID = 24
_FINE = 5
"""Drawn so many times as large, then made smaller: that smooths the edges."""
_STROKE = 1.8


@lru_cache(maxsize=256)
def icon(name: str, size: int, color: Color) -> ctk.CTkImage:
    """A picture of `size` pixels at 100 %. Raises `KeyError` for a name that there is none of."""
    return _Icon(name, size, color)


class _Icon(ctk.CTkImage):
    """Drawn when it is first seen, and only in the theme and the size in which it is."""

    def __init__(self, name: str, size: int, color: Color) -> None:
        self._draw, self._color, self._side = _PICTURES[name], color, size
        self._photos: dict[tuple[int, bool], PhotoImage] = {}
        super().__init__(size=(size, size))

    def _check_images(self) -> None:
        """There is none before it is drawn."""

    def create_scaled_photo_image(self, widget_scaling: float, appearance_mode: str) -> "PhotoImage":
        side, dark = round(self._side * widget_scaling), appearance_mode == "dark"
        if (side, dark) not in self._photos:
            from PIL.ImageTk import PhotoImage

            self._photos[side, dark] = PhotoImage(_drawn(self._draw, self._color[dark], side))
        return self._photos[side, dark]


def _drawn(picture: "Callable[[_Pen], None]", color: str, size: int) -> "Image":
    from PIL import Image, ImageDraw

    side = _GRID * _FINE
    image = Image.new("RGBA", (side, side), (*_rgb(color), 0))
    picture(_Pen(ImageDraw.Draw(image), color))
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


class _Pen:
    def __init__(self, draw: "ImageDraw", color: str) -> None:
        self._draw = draw
        self._color = color
        self._width = round(_STROKE * _FINE)

    def line(self, *points: tuple[float, float]) -> None:
        """With round joints and ends."""
        scaled = [(x * _FINE, y * _FINE) for x, y in points]
        self._draw.line(scaled, self._color, self._width, joint="curve")
        half = self._width / 2
        for x, y in scaled:
            self._draw.ellipse((x - half, y - half, x + half, y + half), self._color)

    def circle(self, x: float, y: float, radius: float) -> None:
        box = tuple(each * _FINE for each in (x - radius, y - radius, x + radius, y + radius))
        self._draw.ellipse((box[0], box[1], box[2], box[3]), outline=self._color, width=self._width)

    def dot(self, x: float, y: float, radius: float) -> None:
        self._draw.ellipse(
            ((x - radius) * _FINE, (y - radius) * _FINE, (x + radius) * _FINE, (y + radius) * _FINE), self._color
        )

    def arc(self, x: float, y: float, radius: float, start: float, end: float) -> None:
        self._draw.arc(
            ((x - radius) * _FINE, (y - radius) * _FINE, (x + radius) * _FINE, (y + radius) * _FINE),
            start,
            end,
            self._color,
            self._width,
        )

    def box(self, left: float, top: float, right: float, bottom: float, radius: float = 2) -> None:
        self._draw.rounded_rectangle(
            (left * _FINE, top * _FINE, right * _FINE, bottom * _FINE),
            radius * _FINE,
            outline=self._color,
            width=self._width,
        )


def _account(pen: _Pen) -> None:
    pen.circle(12, 8, 4)
    pen.arc(12, 21, 8, 195, 345)


def _upload(pen: _Pen) -> None:
    pen.line((12, 15), (12, 4))
    pen.line((7, 9), (12, 4), (17, 9))
    pen.line((4, 15), (4, 20), (20, 20), (20, 15))


def _download(pen: _Pen) -> None:
    pen.line((12, 4), (12, 15))
    pen.line((7, 10), (12, 15), (17, 10))
    pen.line((4, 15), (4, 20), (20, 20), (20, 15))


def _files(pen: _Pen) -> None:
    pen.line((3, 19), (3, 5), (9, 5), (11.5, 8), (21, 8), (21, 19), (3, 19))


def _activity(pen: _Pen) -> None:
    pen.line((3, 12), (7, 12), (10, 4), (14, 20), (17, 12), (21, 12))


def _settings(pen: _Pen) -> None:
    for y, x in ((6, 15), (12, 8), (18, 16)):
        pen.line((3, y), (x - 2.4, y))
        pen.line((x + 2.4, y), (21, y))
        pen.circle(x, y, 2.4)


def _lock(pen: _Pen) -> None:
    pen.box(5, 11, 19, 21)
    pen.arc(12, 9, 4, 180, 360)
    pen.line((8, 9), (8, 11))
    pen.line((16, 9), (16, 11))
    pen.dot(12, 16, 1.5)


def _seal(pen: _Pen) -> None:
    """Sealcase's own sign: a case with a keyhole."""
    pen.box(3, 7, 21, 20, 3)
    pen.line((8, 7), (8, 4), (16, 4), (16, 7))
    pen.circle(12, 12, 2)
    pen.line((12, 14), (12, 17))


def _key(pen: _Pen) -> None:
    pen.circle(8, 15, 4.5)
    pen.line((11.4, 11.6), (20, 3))
    pen.line((16, 7), (19, 10))


def _device(pen: _Pen) -> None:
    pen.box(4, 4, 20, 16)
    pen.line((2, 20), (22, 20))


def _check(pen: _Pen) -> None:
    pen.circle(12, 12, 9)
    pen.line((8, 12.2), (11, 15.2), (16.2, 9))


def _warning(pen: _Pen) -> None:
    pen.line((12, 3), (22, 20), (2, 20), (12, 3))
    pen.line((12, 10), (12, 14))
    pen.dot(12, 17, 1.2)


def _mail(pen: _Pen) -> None:
    pen.box(3, 5, 21, 19)
    pen.line((4, 7), (12, 13), (20, 7))


def _paper(pen: _Pen) -> None:
    pen.line((6, 3), (14, 3), (19, 8), (19, 21), (6, 21), (6, 3))
    pen.line((9, 12), (16, 12))
    pen.line((9, 16), (16, 16))


def _search(pen: _Pen) -> None:
    pen.circle(10.5, 10.5, 6.5)
    pen.line((15.5, 15.5), (21, 21))


def _offline(pen: _Pen) -> None:
    pen.arc(12, 19, 14, 235, 305)
    pen.arc(12, 19, 8.5, 235, 305)
    pen.dot(12, 18.5, 1.7)
    pen.line((4, 4), (20, 20))


def _look(pen: _Pen) -> None:
    """Light and dark, half and half."""
    pen.circle(12, 12, 8.5)
    pen.line((12, 3.5), (12, 20.5))
    for y in (7, 10.5, 14, 17.5):
        pen.line((12, y), (18.5 if 8 < y < 16 else 16.5, y))


def _shield(pen: _Pen) -> None:
    pen.line((12, 3), (20, 6), (20, 12), (17.5, 17), (12, 21), (6.5, 17), (4, 12), (4, 6), (12, 3))
    pen.line((8.5, 11.5), (11.2, 14.2), (15.8, 9))


def _people(pen: _Pen) -> None:
    pen.circle(9, 8, 3.5)
    pen.arc(9, 19.5, 6.5, 195, 345)
    pen.arc(16, 8, 3.5, 270, 90)
    pen.arc(16.5, 19.5, 6.5, 290, 345)


def _drop_box(pen: _Pen) -> None:
    """A tray into which something falls."""
    pen.line((3, 13), (3, 20), (21, 20), (21, 13))
    pen.line((12, 3), (12, 14))
    pen.line((8, 10.5), (12, 14.5), (16, 10.5))


def _server(pen: _Pen) -> None:
    pen.box(4, 4, 20, 11)
    pen.box(4, 13, 20, 20)
    pen.dot(8, 7.5, 1.2)
    pen.dot(8, 16.5, 1.2)


def _code(pen: _Pen) -> None:
    pen.line((8, 7), (3, 12), (8, 17))
    pen.line((16, 7), (21, 12), (16, 17))
    pen.line((13.5, 5), (10.5, 19))


def _info(pen: _Pen) -> None:
    pen.circle(12, 12, 9)
    pen.line((12, 11), (12, 16.5))
    pen.dot(12, 7.8, 1.2)


_PICTURES: dict[str, Callable[[_Pen], None]] = {
    "account": _account,
    "upload": _upload,
    "download": _download,
    "files": _files,
    "activity": _activity,
    "settings": _settings,
    "lock": _lock,
    "seal": _seal,
    "key": _key,
    "device": _device,
    "check": _check,
    "warning": _warning,
    "mail": _mail,
    "paper": _paper,
    "search": _search,
    "offline": _offline,
    "look": _look,
    "shield": _shield,
    "people": _people,
    "drop_box": _drop_box,
    "server": _server,
    "code": _code,
    "info": _info,
}
