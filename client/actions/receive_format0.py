"""Files of the old format: one tag over the whole content, no signature, a name that the server can read."""

import base64
import binascii
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from client.api.api import Api
from client.errors import Refused
from client.local.outputs import is_pipe, new_file, open_stream
from shared.api.models import FileDetail
from shared.crypto.format0 import MAX_BYTES, open_format0
from shared.crypto.keys import PrivateKeys
from shared.crypto.parts import STEP, Fill
from shared.crypto.workers import Progress
from shared.sealed.errors import FormatError

_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class OldFile:
    """What the server keeps of it, beside its content."""

    detail: FileDetail
    nonce: bytes
    wrapped_key: bytes
    metadata: str

    @classmethod
    def of(cls, detail: FileDetail) -> "OldFile":
        """Raises `FormatError` for what no sealed file looks like, `Refused` for one that is too large."""
        if detail.size > MAX_BYTES + _TAG_BYTES:
            raise Refused(f"files of the old format are opened up to {MAX_BYTES} bytes, and this one has {detail.size}")
        return cls(
            detail,
            _base64(detail.nonce, "nonce"),
            _base64(detail.wrapped_key, "wrapped_key"),
            detail.metadata or "{}",
        )

    def open_into(self, content: Fill, keys: PrivateKeys, write: Callable[[memoryview], None]) -> None:
        """Raises `FormatError`, `WrongKey`, `Altered`; what was written by then must be thrown away."""
        open_format0(
            nonce=self.nonce,
            wrapped_key=self.wrapped_key,
            metadata=self.metadata,
            ciphertext=content,
            ciphertext_size=self.detail.size,
            keys=keys,
            write=write,
        )


def save_old(api: Api, file: OldFile, keys: PrivateKeys, target: Path, *, force: bool, progress: Progress) -> int:
    """Fetches and opens it into `target`; returns the size of its content.

    The one tag comes last: a file takes its name only then, and before a pipe gets a byte, all of it was opened once.
    """
    written = 0

    def counting(write: Callable[[memoryview], None]) -> Callable[[memoryview], None]:
        def take(data: memoryview) -> None:
            nonlocal written
            write(data)
            written += len(data)
            progress(len(data))

        return take

    content = api.content(file.detail.file_id, 0, file.detail.size)
    if not is_pipe(target):
        with new_file(target, force=force) as opened:
            file.open_into(content, keys, counting(opened.appender(0)))
        return written
    with tempfile.TemporaryFile() as kept:  # ciphertext only
        _copy(content, kept)
        kept.seek(0)
        file.open_into(kept.readinto, keys, lambda _: None)
        kept.seek(0)
        with open_stream(target) as write:
            file.open_into(kept.readinto, keys, counting(write))
    return written


def _copy(content: Fill, into: BinaryIO) -> None:
    buffer = memoryview(bytearray(STEP))
    while count := content(buffer):
        into.write(buffer[:count])


def _base64(text: str | None, what: str) -> bytes:
    """Bytes from either of the two alphabets that scripts write."""
    try:
        return base64.b64decode((text or "").replace("-", "+").replace("_", "/") + "==", validate=False)
    except (ValueError, binascii.Error):
        raise FormatError(f"{what} is not base64") from None
