"""A simple upload's content inside a JSON answer: base64 made while it is sent, so that memory stays flat."""

import base64
from collections.abc import Iterator

from server.http.sending import Piece, read_blocks
from server.services.downloads import Delivery

_BLOCK = 3 << 14
"""A multiple of three: the base64 of the blocks is that of the whole."""


def encoded_length(size: int) -> int:
    """Characters that `size` bytes are in base64."""
    return (size + 2) // 3 * 4


def pieces(delivery: Delivery, before: bytes, after: bytes) -> Iterator[Piece]:
    """`before`, the content in base64, and `after`."""
    position = delivery.start
    yield before, position
    for block, reached in read_blocks(delivery.content, delivery.start, delivery.stop, _BLOCK):
        yield base64.b64encode(block), position
        position = reached
    yield after, position
