"""QR codes: what is drawn can be read again, also from a bad photograph."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from client.errors import ClientError, FileProblem, TargetExists
from client.local import qr

TEXT = "SEALCASE1:123450987612345098761234509876:555554444433333222221111100000"


def photograph(path: Path, *, degrees: float, scale: float, blur: float) -> None:
    """What a phone makes of a code: turned, of another size, blurred, greyish, on a table."""
    with Image.open(path) as code:
        table = Image.new("L", (code.width * 2, code.height * 2), 120)
        table.paste(code.point(lambda value: 40 + value * 180 // 255), (code.width // 2, code.height // 3))
        turned = table.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=120)
        size = (round(turned.width * scale), round(turned.height * scale))
        turned.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(blur)).save(path)


@pytest.mark.parametrize(
    ("degrees", "scale", "blur"), [(0, 1, 0), (180, 1, 0), (17, 0.8, 1), (-33, 1.7, 3), (91, 0.5, 0.8)]
)
def test_a_photograph_is_read(tmp_path: Path, degrees: float, scale: float, blur: float) -> None:
    """However it was held."""
    path = tmp_path / "photo.png"
    qr.save_qr(TEXT, path)
    photograph(path, degrees=degrees, scale=scale, blur=blur)
    assert qr.scan_qr(path) == [TEXT]


def drawn(lines: list[str], path: Path) -> None:
    """Saves what a terminal shows of half blocks as a picture."""
    halves = {" ": (255, 255), "▀": (0, 255), "▄": (255, 0), "█": (0, 0)}
    rows = [[halves[half][which] for half in line] for line in lines for which in (0, 1)]
    picture = Image.frombytes("L", (len(rows[0]), len(rows)), bytes(value for row in rows for value in row))
    picture.resize((len(rows[0]) * 6, len(rows) * 6), Image.Resampling.NEAREST).save(path)


def test_a_terminals_code_is_read(tmp_path: Path) -> None:
    """Black on white, said outright: most terminals are dark."""
    lines = qr.qr_for_terminal(TEXT).split("\n")
    assert all(line.startswith("\x1b[38;5;16;48;5;231m") and line.endswith("\x1b[0m") for line in lines)
    assert len(lines) <= 21
    drawn([re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines], tmp_path / "screen.png")
    assert qr.scan_qr(tmp_path / "screen.png") == [TEXT]


def test_an_svg_has_the_same_squares(tmp_path: Path) -> None:
    qr.save_qr(TEXT, tmp_path / "code.svg")
    svg = (tmp_path / "code.svg").read_text("utf-8")
    squares = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1", svg)}
    rows = qr.qr_modules(TEXT)
    assert squares == {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module}
    assert f'viewBox="0 0 {len(rows)} {len(rows)}"' in svg


def test_pictures_are_never_overwritten_silently(tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    path.write_bytes(b"mine")
    with pytest.raises(TargetExists):
        qr.save_qr(TEXT, path)
    assert path.read_bytes() == b"mine"
    with pytest.raises(FileProblem, match="must end in"):
        qr.save_qr(TEXT, tmp_path / "code.gif")


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    """Text, half a picture, nothing at all; a picture without a code has no text."""
    whole = BytesIO()
    Image.new("L", (60, 60), 255).save(whole, "PNG")
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    for name, content in (
        ("a.eps", postscript),
        ("text.png", b"hello"),
        ("half.png", whole.getvalue()[:60]),
        ("empty.png", b""),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileProblem, match="can't be read as a picture"):
            qr.scan_qr(tmp_path / name)
    with pytest.raises(FileProblem, match="there is no file"):
        qr.scan_qr(tmp_path / "none.png")
    (tmp_path / "white.png").write_bytes(whole.getvalue())
    assert qr.scan_qr(tmp_path / "white.png") == []


def test_too_much_for_a_code_is_said() -> None:
    with pytest.raises(ClientError, match="too long for a QR code"):
        qr.qr_modules("x" * 4_000)
