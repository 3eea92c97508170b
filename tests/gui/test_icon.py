"""The icon's files are what is drawn now, and sharp where they are small."""

from io import BytesIO

from PIL import Image

from tests.support import icon


def test_files_are_what_is_drawn() -> None:
    """`make icon` was run after the last change of the drawing."""
    for name, content in icon.files():
        there = (icon.ASSETS / name).read_bytes()
        if name.endswith(".svg"):
            assert there == content
        else:
            with Image.open(BytesIO(there)) as ours, Image.open(BytesIO(content)) as drawn:
                assert ours.convert("RGBA").tobytes() == drawn.convert("RGBA").tobytes(), name


def test_edges_fall_between_pixels() -> None:
    """At 16 and 24 pixels the keyhole is all dark, and the case around it all white."""
    for size, hole, case in ((16, (7, 9), (5, 9)), (24, (11, 14), (8, 14))):
        picture = icon.png(size)
        dark, light = picture.getpixel(hole), picture.getpixel(case)
        assert dark == (11, 95, 89, 255), size
        assert light == (255, 255, 255, 255), size


def test_every_size_is_in_the_ico() -> None:
    """Windows takes the one that it needs."""
    with Image.open(icon.ASSETS / "sealcase.ico") as ico:
        assert ico.info["sizes"] == {(size, size) for size in icon.SIZES}
