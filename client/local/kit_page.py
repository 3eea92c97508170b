"""The recovery kit as a page: to print, to keep as a picture, or as text."""

from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

from client.local.names import shown
from client.local.qr import qr_modules
from shared.crypto.recovery import WORDS, qr_text

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_DPI = 200
_WIDTH, _HEIGHT = 1_654, 2_339
"""A4 at that resolution."""
_MARGIN = 150
_COLUMNS = 3
_QR_SIDE = 560
_TEXT = (
    "These words bring back your Sealcase keys, and with them every file that was sealed for you, if all of your",
    "machines are lost. Whoever has them and can read your mail, or runs the server, has your keys: keep them as you",
    "would keep money. When you make a new kit, destroy this one.",
    "",
    "On an empty machine:   sealcase login    and then    sealcase key restore",
    "Type the words, or photograph the code:    sealcase key restore --scan PHOTO",
)


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on it."""

    email: str
    server: str
    words: str = field(repr=False)

    @property
    def numbered(self) -> list[str]:
        return [f"{number}. {word}" for number, word in enumerate(self.words.split(), 1)]

    @property
    def heading(self) -> str:
        return f"{shown(self.email)} at {shown(self.server)}, {date.today():%Y-%m-%d}"  # noqa: DTZ011  (for people)


def as_pdf(page: Page) -> bytes:
    """One page, A4."""
    out = BytesIO()
    _draw(page).save(out, "PDF", resolution=_DPI)
    return out.getvalue()


def as_png(page: Page) -> bytes:
    out = BytesIO()
    _draw(page).save(out, "PNG", dpi=(_DPI, _DPI), optimize=True)
    return out.getvalue()


def as_text(page: Page) -> bytes:
    """What is no word begins with #, so that the file as it is restores the keys."""
    head = ["# Sealcase recovery kit", f"# {page.heading}", *(f"# {line}".rstrip() for line in _TEXT)]
    return "\n".join([*head, *page.numbered, ""]).encode("utf-8")


def _draw(page: Page) -> "Image":
    from PIL import Image, ImageDraw

    image = Image.new("L", (_WIDTH, _HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    y = _line(draw, "Sealcase recovery kit", _MARGIN, 64) + 20
    y = _line(draw, page.heading, y, 30) + 60
    y = _words(draw, page.numbered, y) + 60
    image.paste(_qr(page.words), (_MARGIN, y))
    y += _QR_SIDE + 60
    for text in _TEXT:
        y = _line(draw, text, y, 26)
    return image


def _line(draw: "ImageDraw", text: str, y: int, size: int, x: int = _MARGIN) -> int:
    """Draws it; where the next line begins."""
    from PIL import ImageFont

    draw.text((x, y), text, fill=0, font=ImageFont.load_default(size))
    return y + size * 3 // 2


def _words(draw: "ImageDraw", numbered: list[str], top: int) -> int:
    """In columns, read from top to bottom; where the next thing begins."""
    rows = WORDS // _COLUMNS
    width = (_WIDTH - 2 * _MARGIN) // _COLUMNS
    y = top
    for row in range(rows):
        for column, text in enumerate(numbered[row::rows]):
            y = _line(draw, text, top + row * 66, 44, _MARGIN + column * width)
    return y


def _qr(words: str) -> "Image":
    from PIL import Image

    rows = qr_modules(qr_text(words))
    side = len(rows)
    code = Image.frombytes("L", (side, side), bytes(0 if dark else 255 for row in rows for dark in row))
    return code.resize((_QR_SIDE, _QR_SIDE), Image.Resampling.NEAREST)
