"""A QR code on the page: black on white in both themes, since cameras read nothing else well."""

import tkinter

import customtkinter as ctk

from client.gui import theme
from client.gui.widgets.described import Described


class Qr(Described, ctk.CTkLabel):
    """`show(text)` draws it; an empty text leaves its place empty."""

    role = "img"

    def __init__(self, master: tkinter.Misc, label: str, *, side: int = theme.units(24)) -> None:
        super().__init__(master, text="", width=side, height=side, corner_radius=0, fg_color="transparent")
        self.label = label
        self._side = side
        self._shown = ""

    def show(self, text: str) -> None:
        """Raises `ClientError` for a text that is too long for a code."""
        if text == self._shown:
            return
        self._shown = text
        self.configure(image=_picture(text, self._side) if text else _blank(self._side))

    def value(self) -> str:
        return self._shown


def _picture(text: str, side: int) -> ctk.CTkImage:
    from io import BytesIO

    from PIL import Image

    from client.local.qr import qr_png

    with Image.open(BytesIO(qr_png(text))) as opened:
        picture = opened.convert("RGB")
    return ctk.CTkImage(picture, picture, size=(side, side))


def _blank(side: int) -> ctk.CTkImage:
    from PIL import Image

    picture = Image.new("RGBA", (1, 1))
    return ctk.CTkImage(picture, picture, size=(side, side))
