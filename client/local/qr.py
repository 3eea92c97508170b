"""QR codes: drawn for a terminal or into an image, and read from a photograph."""

from pathlib import Path

from client.errors import ClientError, FileProblem
from client.local.outputs import new_file

_QUIET_ZONE = 4
"""Empty modules around a code, without which cameras miss it (ISO/IEC 18004)."""
_PIXELS_A_MODULE = 8
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_RESET = "\x1b[0m"
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_MAX_IMAGE_PIXELS = 100_000_000
_PHOTOGRAPHS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""Other formats may be programs, or call some, such as PostScript."""
IMAGE_SUFFIXES = (".png", ".svg")


def qr_modules(text: str) -> list[list[bool]]:
    """The rows of a code with its quiet zone; True is dark. Raises `ClientError` for text that is too long."""
    import qrcode  # slow to import, and few commands draw
    from qrcode.exceptions import DataOverflowError

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=_QUIET_ZONE)
    code.add_data(text, optimize=0)
    try:
        code.make()
    except (DataOverflowError, ValueError):
        raise ClientError("this is too long for a QR code") from None
    return [[bool(module) for module in row] for row in code.get_matrix()]


def qr_for_terminal(text: str) -> str:
    """Lines of half blocks, black on white whatever the terminal's own colours are. Only for a terminal."""
    rows = qr_modules(text)
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    lines = (
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
    return "\n".join(f"{_BLACK_ON_WHITE}{line}{_RESET}" for line in lines)


def save_qr(text: str, path: Path, *, force: bool = False) -> None:
    """Draws a code into a PNG or SVG file, as its name says. Raises `FileProblem`, `TargetExists`."""
    suffix = path.suffix.lower()
    if suffix not in IMAGE_SUFFIXES:
        raise FileProblem(f"{path}: the name of a picture must end in {' or '.join(IMAGE_SUFFIXES)}")
    picture = qr_png(text) if suffix == ".png" else _svg(qr_modules(text))
    with new_file(path, force=force) as file:
        file.write_at(0, picture)


def qr_png(text: str) -> bytes:
    """A code as PNG."""
    from io import BytesIO

    from PIL import Image

    rows = qr_modules(text)
    side = len(rows)
    picture = Image.frombytes("L", (side, side), bytes(0 if module else 255 for row in rows for module in row))
    out = BytesIO()
    picture.resize((side * _PIXELS_A_MODULE, side * _PIXELS_A_MODULE), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def scan_qr(path: Path) -> list[str]:
    """The text of every code in a picture, such as a photograph; none where there is none.

    Raises `FileProblem` for what is no picture, `ClientError` where the library that reads codes is missing.
    """
    import warnings

    try:
        import zxingcpp
        from PIL import Image
    except ImportError:
        raise ClientError("reading QR codes needs two libraries more: pip install zxing-cpp pillow") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit follows
            with Image.open(path, formats=_PHOTOGRAPHS) as opened:
                if opened.width * opened.height > _MAX_IMAGE_PIXELS:
                    raise FileProblem(f"{path} is too large for a photograph")
                picture = opened.convert("L")
    except FileNotFoundError:
        raise FileProblem(f"there is no file {path}") from None
    except (OSError, ValueError, Image.DecompressionBombError):
        raise FileProblem(f"{path} can't be read as a picture; save it as JPEG or PNG") from None
    return [
        code.text
        for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    ]


def _svg(rows: list[list[bool]]) -> bytes:
    """One path, a square for each dark module."""
    side = len(rows)
    squares = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'width="{side * _PIXELS_A_MODULE}" height="{side * _PIXELS_A_MODULE}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{squares}"/></svg>\n'
    )
    return text.encode()
