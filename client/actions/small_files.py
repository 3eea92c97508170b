"""Small files: one request each way, sealed and opened in memory. Everything else is as with any other file."""

import base64
import binascii
import mimetypes
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client.actions.order import Order
from client.api.wire import FileDetail, WholeUpload
from client.errors import NetworkError
from shared.crypto.content import Content, SealOptions, StoredFile, store
from shared.crypto.errors import SourceChanged
from shared.crypto.file_key import FileKey
from shared.crypto.open import Opened, restore_whole
from shared.crypto.parts import PartSealer
from shared.crypto.positional import PositionalFile
from shared.crypto.seal import finish
from shared.sealed.encoding import unb64u

SMALL_BYTES = 512 << 10
"""Content of at most so many bytes goes in one request: what base64 adds costs less than two more round trips."""
_LEAST_STEP = 1 << 12


@dataclass(frozen=True, slots=True)
class SealedSmall:
    """A small file, ready to travel."""

    file_id: str
    size: int
    """Bytes of content."""
    upload: WholeUpload


def seal_small(
    file: FileIO, name: str, path: str, order: Order, signer: Ed25519PrivateKey, options: SealOptions
) -> SealedSmall:
    """A file of a folder, of at most `SMALL_BYTES`. Raises `SourceChanged`, `FormatError`, `OSError`."""
    source = PositionalFile(file)
    if source.size > SMALL_BYTES:
        raise SourceChanged("it became larger meanwhile; send it again when nobody writes to it")
    media_type = mimetypes.guess_type(name)[0]
    content = Content(name, source, source.size, media_type, source.modified_ns // 10**9, path=path)
    stored = store(content, options)
    file_id, file_key = uuid.uuid4(), FileKey.draw()
    sealer = PartSealer(file_key, file_id, max(_LEAST_STEP, source.size + source.size // 4))
    if isinstance(stored, StoredFile):
        pieces = sealer.pieces(0, stored.geometry.plain_length(0), stored.part(0))
    else:
        pieces = sealer.pieces(0, stored.part_size, stored.fill)
    body = bytearray()
    for piece in pieces:  # each is valid until the next one only
        body += piece
    sealed = finish(content, stored, sealer.digest, file_key, file_id, order.to, signer)
    complete = order.completion(sealed)
    upload = WholeUpload(complete, base64.b64encode(body).decode("ascii"))
    return SealedSmall(str(file_id), source.size, upload)


def open_small(opened: Opened, detail: FileDetail, write: Callable[[memoryview], None]) -> None:
    """Opens a file that came with its content. Raises `Altered`, `FormatError`, `NetworkError`.

    What was written by then must be thrown away.
    """
    try:
        body = base64.b64decode(detail.ciphertext or "", validate=True)
    except (ValueError, binascii.Error):
        raise NetworkError("the server answered with something that is no content of a file") from None
    restore_whole(opened, unb64u(detail.part_hashes, "part_hashes"), body, write)
