"""Files of the old format: one tag over the whole content, no signature, a name that the server can read."""

import base64
import binascii
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from client.actions.events import Receiving, Rerouted, Tell, Waiting
from client.actions.tally import Tally
from client.actions.way import Straight, Way
from client.api.api import Api
from client.api.retries import Patience, Retries
from client.api.wire import FileDetail
from client.errors import Refused
from client.local.outputs import is_pipe, new_file, open_stream
from shared.crypto.format0 import MAX_BYTES, open_format0
from shared.crypto.keys import PrivateKeys
from shared.crypto.parts import STEP, Fill
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


def save_old(api: Api, way: Way, file: OldFile, keys: PrivateKeys, target: Path, *, force: bool, tell: Tell) -> int:
    """Fetches and opens it into `target`; returns the size of its content.

    The one tag comes last: a file takes its name only then, and before a pipe gets a byte, all of it was opened once.
    """
    written = 0

    def counting(write: Callable[[memoryview], None]) -> Callable[[memoryview], None]:
        def take(data: memoryview) -> None:
            nonlocal written
            write(data)
            written += len(data)

        return take

    if not is_pipe(target):
        with new_file(target, force=force) as opened, tempfile.TemporaryFile(dir=target.parent) as kept:
            _fetch(api, way, file.detail, kept, tell)
            file.open_into(kept.readinto, keys, counting(opened.appender(0)))
        return written
    with tempfile.TemporaryFile() as kept:
        _fetch(api, way, file.detail, kept, tell)
        file.open_into(kept.readinto, keys, lambda _: None)
        kept.seek(0)
        with open_stream(target) as write:
            file.open_into(kept.readinto, keys, counting(write))
    return written


def _fetch(api: Api, way: Way, detail: FileDetail, into: BinaryIO, tell: Tell) -> None:
    """The ciphertext, from front to back; a try that breaks off is continued."""
    retries = Retries(Patience.of_transfers(), lambda reason, seconds: tell(Waiting(detail.file_id, reason, seconds)))
    buffer = memoryview(bytearray(STEP))
    tally = Tally(lambda done: tell(Receiving(detail.file_id, done, detail.size)))

    def go_on(*, direct: bool) -> None:
        content = api.content(detail.file_id, into.tell(), detail.size - into.tell(), direct=direct)
        with closing(content):
            while count := content.read_into(buffer):
                into.write(buffer[:count])
                tally.moved(0, count)

    trip = Straight(way, lambda reason: tell(Rerouted(detail.file_id, reason))).trip()
    retries.run(lambda: trip.run(lambda: go_on(direct=True), lambda: go_on(direct=False)))
    tally.finish()
    into.seek(0)


def _base64(text: str | None, what: str) -> bytes:
    """Bytes from either of the two alphabets that scripts write."""
    try:
        return base64.b64decode((text or "").replace("-", "+").replace("_", "/") + "==", validate=False)
    except (ValueError, binascii.Error):
        raise FormatError(f"{what} is not base64") from None
