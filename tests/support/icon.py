"""Sealcase's icon, drawn once for all sizes: the SVG, the PNGs and the ICO in `client/gui/assets`. `make icon` runs it.

It is drawn on a grid of 16, so that every edge falls between two pixels at 16, 32, 48, 64 and so on. What would be a
blur in small sizes has a simpler shape there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

ASSETS = Path(__file__).resolve().parents[2] / "client" / "gui" / "assets"
SIZES = (16, 24, 32, 48, 64, 128, 256)
TOP, BOTTOM = "#17A092", "#0B5F59"
"""Of the ground, which goes over from one to the other."""
CASE, SHADE, HOLE = "#FFFFFF", "#D5EEEB", "#0B5F59"
_GRID = 16
_FINE = 8
_Edges = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle with round corners; with as much radius as half its side it is a circle."""

    edges: _Edges
    """Left, top, right, bottom, on the grid."""
    radius: float
    fill: str

    def svg(self) -> str:
        left, top, right, bottom = self.edges
        return (
            f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" '
            f'rx="{self.radius:g}" fill="{self.fill}"/>'
        )


GROUND = Shape((0, 0, 16, 16), 3.5, "url(#ground)")
HANDLE = Shape((5, 3, 11, 8), 1.75, CASE)
HANDLE_HOLE = Shape((6, 4, 10, 8), 0.75, "url(#ground)")
BODY = (Shape((3, 6, 13, 13), 1.25, SHADE), Shape((3, 6, 13, 12.5), 1.25, CASE))
KEYHOLE = (Shape((6.75, 7.5, 9.25, 10), 1.25, HOLE), Shape((7.5, 9, 8.5, 11.5), 0.4, HOLE))
DRAWING = (HANDLE, HANDLE_HOLE, *BODY, *KEYHOLE)
AT_16 = (HANDLE, HANDLE_HOLE, Shape((3, 6, 13, 13), 1, CASE), Shape((7, 8, 9, 11), 0, HOLE))
AT_24 = tuple(
    Shape((left / 1.5, top / 1.5, right / 1.5, bottom / 1.5), radius / 1.5, fill)
    for (left, top, right, bottom), radius, fill in (
        ((8, 4, 16, 12), 2.5, CASE),
        ((10, 6, 14, 12), 0.5, "url(#ground)"),
        ((4, 9, 20, 20), 1.5, CASE),
        ((11, 12, 13, 17), 0, HOLE),
    )
)


def svg() -> str:
    """For what draws it at any size."""
    # One gradient over the whole ground, also where the ground is seen through the handle.
    inner = "\n".join(f"  {shape.svg()}" for shape in (GROUND, *DRAWING))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">\n'
        "  <title>Sealcase</title>\n"
        '  <linearGradient id="ground" gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="0" y2="16">'
        f'<stop stop-color="{TOP}"/><stop offset="1" stop-color="{BOTTOM}"/></linearGradient>\n'
        f"{inner}\n</svg>\n"
    )


def png(size: int) -> Image.Image:
    """`size` pixels square, with a transparent ground."""
    side = size * _FINE
    ground = _ground(side)
    image = Image.new("RGBA", (side, side))
    image.paste(ground, mask=_mask(GROUND, side))
    for shape in {16: AT_16, 24: AT_24}.get(size, DRAWING):
        seen = ground if shape.fill.startswith("url") else Image.new("RGBA", (side, side), shape.fill)
        image.paste(seen, mask=ImageChops.multiply(_mask(shape, side), _mask(GROUND, side)))
    return image.resize((size, size), Image.Resampling.BOX)


def files() -> Iterator[tuple[str, bytes]]:
    """Name and content of each file."""
    yield "sealcase.svg", svg().encode()
    pictures = {size: png(size) for size in SIZES}
    for size, picture in pictures.items():
        yield f"sealcase-{size}.png", _saved(picture, "PNG", optimize=True)
    largest = pictures[max(SIZES)]
    others = [pictures[size] for size in SIZES]
    yield "sealcase.ico", _saved(largest, "ICO", sizes=[(size, size) for size in SIZES], append_images=others)


def main() -> None:
    ASSETS.mkdir(exist_ok=True)
    for name, content in files():
        (ASSETS / name).write_bytes(content)


def _ground(side: int) -> Image.Image:
    top, bottom = _rgb(TOP), _rgb(BOTTOM)
    column = Image.new("RGBA", (1, side))
    for y in range(side):
        part = y / (side - 1)
        column.putpixel((0, y), (*(round(a + (b - a) * part) for a, b in zip(top, bottom, strict=True)), 255))
    return column.resize((side, side))


def _mask(shape: Shape, side: int) -> Image.Image:
    scale = side / _GRID
    left, top, right, bottom = (round(edge * scale) for edge in shape.edges)
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).rounded_rectangle((left, top, right - 1, bottom - 1), round(shape.radius * scale), 255)
    return mask


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


if __name__ == "__main__":
    main()
