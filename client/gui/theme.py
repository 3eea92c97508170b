"""How everything looks: one palette for light and dark, one type scale, one grid of 8 pixels."""

import sys
from dataclasses import dataclass
from typing import Literal

Color = tuple[str, str]
"""In the light theme, in the dark theme."""
Font = tuple[str, int] | tuple[str, int, str]
Theme = Literal["light", "dark"]

UNIT = 8
"""Pixels at 100 %: every distance is a multiple of it, or half of it."""
RADIUS = 8
CARD_RADIUS = 12
CONTROL_HEIGHT = 36
ROW_HEIGHT = 36
RING = 2
"""Width of the focus ring."""
COLUMN = 640
"""The widest that text and forms get; longer lines are hard to read."""


class Palette:
    """Names say what a colour is for. Text on its ground has a contrast of at least 4.5, edges of controls 3."""

    window: Color = ("#F4F6F8", "#11161B")
    surface: Color = ("#FFFFFF", "#1A2128")
    """Cards, the navigation, fields."""
    raised: Color = ("#EDF1F4", "#252E37")
    """What the mouse is over; chips; plain buttons."""
    line: Color = ("#DDE3E9", "#2E3842")
    """Between areas: decoration, nothing that one must see."""
    edge: Color = ("#808B97", "#788694")
    """Of fields and boxes."""
    text: Color = ("#16202B", "#E9EEF3")
    muted: Color = ("#566270", "#A4B0BD")
    disabled: Color = ("#8A95A1", "#6F7C89")
    """Of what can't be used right now; exempt from contrast, and still readable."""
    accent: Color = ("#0F766E", "#3CC7B8")
    accent_strong: Color = ("#0B5F59", "#62D6C9")
    """The accent under the mouse."""
    accent_soft: Color = ("#E0F2F0", "#16363A")
    """Ground of what is chosen."""
    on_accent: Color = ("#FFFFFF", "#06231F")
    accent_text: Color = ("#0F6B64", "#55D0C2")
    """Links, and what is chosen, on any ground."""
    ring: Color = ("#0B1F33", "#FFFFFF")
    """Around what has the keyboard's focus."""
    good: Color = ("#17693F", "#6FD99A")
    warning: Color = ("#7A5000", "#F2C14E")
    warning_soft: Color = ("#FDF3DC", "#33290F")
    danger: Color = ("#B42318", "#FF8F85")
    danger_strong: Color = ("#912018", "#FFACA4")
    danger_soft: Color = ("#FDECEA", "#3A1B1A")
    on_danger: Color = ("#FFFFFF", "#2C0705")


@dataclass(frozen=True, slots=True)
class Style:
    """A step of the type scale: pixels at 100 %."""

    size: int
    bold: bool = False

    @property
    def font(self) -> Font:
        return (FAMILY, self.size, "bold") if self.bold and _HAS_BOLD else (FAMILY, self.size)


FAMILY = {"darwin": "SF Display", "win32": "Segoe UI"}.get(sys.platform, "Roboto")
"""Roboto comes with CustomTkinter, in two weights of which Tk takes the heavier; a bolder one would be made up."""
_HAS_BOLD = FAMILY != "Roboto"
MONO = {"darwin": "Menlo", "win32": "Consolas"}.get(sys.platform, "DejaVu Sans Mono")

DISPLAY = Style(28, bold=True)
"""One a page at most."""
TITLE = Style(20, bold=True)
LEAD = Style(16)
BODY = Style(14)
STRONG = Style(14, bold=True)
SMALL = Style(12)


def mono(size: int = BODY.size) -> Font:
    """For ids, fingerprints and words that are copied letter by letter."""
    return (MONO, size)


def units(count: float) -> int:
    """That many steps of the grid, in pixels at 100 %."""
    return round(count * UNIT)


def system_theme() -> Theme:
    """How the system looks right now: asked once, at the start. Light where it does not say."""
    import darkdetect

    return "dark" if darkdetect.theme() == "Dark" else "light"


def side(theme: Theme) -> int:
    """Which half of a `Color` it is."""
    return 1 if theme == "dark" else 0


def contrast(first: str, second: str) -> float:
    """Between two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    linear: float = channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
    return linear
