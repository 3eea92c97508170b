"""Reading an object: a stream that takes up the thread by itself when the store lets go of it."""

import io
from typing import TYPE_CHECKING

from server.adapters.blobs.s3_errors import Changed, away, told
from server.errors import ContentDamaged, StoreUnavailable

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

_TRIES = 3
"""How often a read begins anew without having got a byte."""


class S3Reader(io.RawIOBase):
    """The bytes of one object from `start` up to `stop`. What breaks is asked for again, of the same object only."""

    def __init__(self, client: "S3Client", bucket: str, key: str, start: int, stop: int) -> None:
        """Raises `NotFound`, `ContentDamaged` where the object ends before `stop`, `StoreUnavailable`."""
        super().__init__()
        self._client = client
        self._place = {"Bucket": bucket, "Key": key}
        self._position = start
        self._stop = stop
        self._etag: str | None = None
        self._body: StreamingBody | None = None
        self._open()

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        """As many bytes as there are, at most `size`. Raises `StoreUnavailable` where they don't come."""
        missing = max(0, self._stop - self._position)
        wanted = missing if size is None or size < 0 else min(size, missing)
        if not wanted:
            return b""
        for _ in range(_TRIES):
            try:
                if self._body is None:
                    self._open()
                if data := self._some(wanted):
                    return data
                self._drop()  # it ended early, and in good order
            except StoreUnavailable:
                self._drop()
        raise away()

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # of bytes, as every caller here has it
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """What was not read is not fetched: the connection goes."""
        self._drop()
        super().close()

    def _open(self) -> None:
        condition = {} if self._etag is None else {"IfMatch": self._etag}
        span = {} if self._stop <= self._position else {"Range": f"bytes={self._position}-{self._stop - 1}"}
        try:
            with told("get"):
                answer = self._client.get_object(**self._place, **span, **condition)  # type: ignore[arg-type]
        except Changed:
            raise away() from None
        if answer["ContentLength"] < (self._stop - self._position if span else self._stop):
            answer["Body"].close()
            raise ContentDamaged
        self._etag, self._body = answer["ETag"], answer["Body"]

    def _some(self, wanted: int) -> bytes:
        if self._body is None:
            return b""
        with told("read"):
            data = self._body.read(wanted)
        self._position += len(data)
        return data

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
