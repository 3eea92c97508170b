"""What can not be opened again must not be sealed: refused before a byte is written."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from shared.crypto.container import seal_to_stream
from shared.crypto.content import Content
from shared.crypto.keys import RecipientKey
from shared.sealed.errors import FormatError
from tests.shared.vectors import private_keys


def nothing(_view: memoryview) -> int:
    return 0


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "folder/name"},
        {"name": "."},
        {"name": ".."},
        {"name": "not UTF-8 \udcff"},
        {"name": "n" * 4_097},
        {"name": "n", "comment": "c" * 65_537},
        {"name": "n", "media_type": "m" * 257},
        {"name": "n", "path": "p" * 16_385},
        {"name": "n", "path": "folder/\udcff"},
    ],
    ids=lambda fields: "-".join(fields) + str(len(repr(fields))),
)
def test_metadata_that_no_reader_accepts(fields: dict[str, Any]) -> None:
    """Names and comments that opening refuses are refused before sealing, not after."""
    with pytest.raises(FormatError):
        Content(source=nothing, size=None, **fields)


def test_too_many_recipients() -> None:
    """A file with more grants than a reader accepts is not made."""
    numbers = private_keys("alice").rsa.public_key().public_numbers()
    many = [RecipientKey(RSAPublicNumbers(e, numbers.n).public_key()) for e in range(65_537, 65_537 + 2_002, 2)]
    written = bytearray()
    with pytest.raises(FormatError, match="1000"):
        seal_to_stream(Content("n", nothing, None), many, collector(written))


def collector(into: bytearray) -> Callable[[memoryview], None]:
    return into.extend
