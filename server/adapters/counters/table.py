"""Counters that all worker processes share: a table in one mapped file that never grows and is never synced.

The file is 4,096 buckets of 16 slots; a slot is the beginning of the key's hash, when its window ends, and the count.
A full bucket gives up the slot that has counted least, so that a flood of new addresses costs neither memory nor
those who were counted much. What a crash of the machine takes is counts, nothing else.
"""

import hashlib
import mmap
import os
import struct
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.adapters import durable
from server.ports import Clock

if sys.platform != "win32":
    import fcntl

_BUCKETS = 4_096
_SLOTS = 16
_SLOT = struct.Struct("<16sdq")
_BUCKET_BYTES = _SLOTS * _SLOT.size
_TABLE_BYTES = _BUCKETS * _BUCKET_BYTES
_STRIPES = 64
"""Locks; each guards every 64th bucket."""


class CounterTable:
    """Counts in windows that open with the first hit."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._clock = clock
        durable.make_folder(folder)
        # The name is that of the layout: another one begins anew.
        with durable.private_file(folder / "table-1") as file:
            if file.seek(0, os.SEEK_END) != _TABLE_BYTES:
                file.truncate(_TABLE_BYTES)
            self._descriptor = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._descriptor)
        os.set_inheritable(self._descriptor, True)  # workers are forked, and lock through it
        self._table = mmap.mmap(self._descriptor, _TABLE_BYTES)
        self._threads = [threading.Lock() for _ in range(_STRIPES)]

    def add(self, key: str, seconds: float, amount: int = 1) -> int:
        """Count `amount` for `key`; returns the count of its window, which lasts `seconds` if it opens now."""
        digest, bucket = _place(key)
        now = self._clock.now()
        with self._alone(bucket):
            at, ends_at, count = self._find(digest, bucket, now)
            if ends_at <= now:
                ends_at, count = now + seconds, 0
            _SLOT.pack_into(self._table, at, digest, ends_at, count + amount)
        return count + amount

    def read(self, key: str) -> tuple[int, float]:
        """The count, and when its window ends; 0 and now where there is none."""
        digest, bucket = _place(key)
        now = self._clock.now()
        with self._alone(bucket):
            _, ends_at, count = self._find(digest, bucket, now)
        return (count, ends_at) if ends_at > now else (0, now)

    def forget(self, key: str) -> None:
        """Back to 0."""
        digest, bucket = _place(key)
        with self._alone(bucket):
            at, _, _ = self._find(digest, bucket, self._clock.now())
            _SLOT.pack_into(self._table, at, bytes(16), 0.0, 0)

    def clear(self) -> None:
        """Everybody back to 0."""
        for bucket in range(_BUCKETS):
            with self._alone(bucket):
                start = bucket * _BUCKET_BYTES
                self._table[start : start + _BUCKET_BYTES] = bytes(_BUCKET_BYTES)

    def _find(self, digest: bytes, bucket: int, now: float) -> tuple[int, float, int]:
        """The slot of `digest`, or the best one to take: its place, end and count (0.0 and 0 for another's)."""
        start = bucket * _BUCKET_BYTES
        block = self._table[start : start + _BUCKET_BYTES]
        best, least = start, float("inf")
        for number, (owner, ends_at, count) in enumerate(_SLOT.iter_unpack(block)):
            at = start + number * _SLOT.size
            if owner == digest:
                return at, ends_at, count
            worth = count if ends_at > now else -1
            if worth < least:
                best, least = at, worth
        return best, 0.0, 0

    @contextmanager
    def _alone(self, bucket: int) -> Iterator[None]:
        """Among threads, and among processes: the kernel's locks on ranges know processes only."""
        stripe = bucket % _STRIPES
        with self._threads[stripe]:
            if sys.platform == "win32":  # one process
                yield
                return
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX, 1, stripe)
            try:
                yield
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, stripe)


def _place(key: str) -> tuple[bytes, int]:
    digest = hashlib.blake2b(key.encode(), digest_size=18).digest()
    return digest[:16], int.from_bytes(digest[16:]) % _BUCKETS
