"""The sealed body of a file on the server: its parts are fetched side by side, and again where a try fails.

A server can only count what it has handed over, which may be lost on its way. So where it counts, the very last byte of
the file is not asked for before all other parts are here: a transfer that breaks off has not used up a download.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from client.actions.events import Receiving, Rerouted, Tell, Waiting
from client.actions.line import Line
from client.actions.tally import Tally
from client.actions.way import Straight, Way
from client.api.api import Api
from client.api.byte_stream import Content
from client.api.retries import Patience, Retries
from shared.crypto.open import Opened
from shared.crypto.part_buffer import PartBuffer
from shared.crypto.parts import Fill


class _Content(Protocol):
    def read_into(self, view: memoryview) -> int: ...

    def close(self) -> None: ...


class _Answer:
    """Some parts in one answer of the server's, read one after the other."""

    def __init__(self, content: _Content, start: int, end: int) -> None:
        self._content = content
        self._position = start
        self._end = end

    def comes_to(self, start: int, end: int) -> bool:
        """Whether these bytes of the body come next."""
        return self._position == start and self._end >= end

    def read(self, view: memoryview) -> int:
        filled = self._content.read_into(view)
        self._position += filled
        return filled

    def close(self) -> None:
        self._content.close()


class _LastByteLast:
    """A part in two answers: that with its last byte is not asked for before `wait` returns."""

    def __init__(self, most: Content, left: int, last_byte: Content, wait: Callable[[], None]) -> None:
        self._most = most
        self._left = left
        self._last_byte = last_byte
        self._wait = wait

    def read_into(self, view: memoryview) -> int:
        if not self._left:
            self._wait()
            return self._last_byte.read_into(view)
        filled = self._most.read_into(view[: self._left])
        self._left -= filled
        return filled

    def close(self) -> None:
        self._most.close()
        self._last_byte.close()


class _Answers(threading.local):
    """The one that each thread is reading."""

    of_this_thread: _Answer | None = None

    def take(self, answer: _Answer | None) -> None:
        """Closes the one before."""
        if self.of_this_thread is not None:
            self.of_this_thread.close()
        self.of_this_thread = answer


class RemoteBody:
    """Fetches parts and tells how that gets on. May be shared by threads."""

    def __init__(
        self, api: Api, opened: Opened, tell: Tell, *, is_limited: bool = False, way: Way | None = None
    ) -> None:
        """`is_limited`: the file may be downloaded only so often. `way`: None where all comes through the server."""
        self.file_id = str(opened.manifest.file_id)
        self.lanes = Line()
        """As many parts at once as are worth it."""
        self._api = api
        self._opened = opened
        self._tell = tell
        self._is_limited = is_limited
        # What is counted, the server must see.
        self._straight = None if is_limited or way is None else Straight(way, self._tell_rerouted)
        self._last = opened.manifest.geometry.part_count - 1
        self._answers = _Answers()
        self._news = threading.Condition()
        self._there: set[int] = set()
        self._given_up = False
        self._tally = Tally(self._tell_received)
        self._retries = Retries(Patience.of_transfers(), self._tell_waiting)

    def load(
        self, buffer: PartBuffer, index: int, offset: int, length: int, expected_hash: bytes, then: int = 0
    ) -> None:
        """Fetches part `index` into `buffer`, again if the connection breaks or bytes arrive altered.

        What this thread will load `then` is asked for at the same time: one answer, read on part by part.
        """

        def fetch(*, direct: bool) -> None:
            self._tally.begin(index)
            try:
                answer = self._answer(index, offset, length, then, direct=direct)
                buffer.load(index, length, expected_hash, self._counted(index, length, answer.read))
            except BaseException:
                self._answers.take(None)
                raise

        def attempt() -> None:
            if trip is None:
                fetch(direct=False)
            else:
                trip.run(lambda: fetch(direct=True), lambda: fetch(direct=False))

        trip = None if self._straight is None else self._straight.trip()
        self._retries.run(attempt)
        self.lanes.arrived(length)
        self.has_arrived(index)

    def has_arrived(self, index: int) -> None:
        """Part `index` is here, perhaps since an earlier try."""
        self._tally.settle(index, self._opened.packed_length(index))
        with self._news:
            self._there.add(index)
            self._news.notify_all()

    @property
    def received(self) -> int:
        """Bytes of content that have arrived."""
        return self._content_in(self._tally.done)

    def finish(self) -> None:
        """Everything has arrived."""
        self._tally.finish()

    def give_up(self) -> None:
        """Ends all fetching, and all waiting for another try."""
        with self._news:
            self._given_up = True
            self._news.notify_all()
        self._retries.stop()

    def _answer(self, index: int, offset: int, length: int, then: int, *, direct: bool) -> _Answer:
        """In which part `index` comes next: straight from the store, if that is wanted and the server has one."""
        answer = self._answers.of_this_thread
        if answer is None or not answer.comes_to(offset, offset + length):
            end = offset + length + (0 if self._is_limited else then)
            if self._is_limited and index == self._last:
                answer = _Answer(self._last_part(offset, length), offset, end)
            else:
                answer = _Answer(self._content(offset, end - offset, direct=direct), offset, end)
            self._answers.take(answer)
        return answer

    def _last_part(self, offset: int, length: int) -> _LastByteLast:
        left = length - 1
        return _LastByteLast(self._content(offset, left), left, self._content(offset + left, 1), self._wait_for_others)

    def _content(self, offset: int, length: int, *, direct: bool = False) -> Content:
        return self._api.content(self.file_id, offset, length, self._is_wanted, direct=direct)

    def _wait_for_others(self) -> None:
        with self._news:
            self._news.wait_for(lambda: self._given_up or len(self._there) >= self._last)

    def _is_wanted(self) -> bool:
        return not self._given_up

    def _counted(self, index: int, length: int, fill: Fill) -> Fill:
        """`fill`, and the content in what it gives is counted: a share of what is in the part, which may be padding."""
        content_length = self._opened.packed_length(index)
        taken = 0

        def counted(view: memoryview) -> int:
            nonlocal taken
            filled = fill(view)
            before, taken = taken, taken + filled
            self._tally.moved(index, content_length * taken // length - content_length * before // length)
            return filled

        return counted

    def _content_in(self, packed: int) -> int:
        """Bytes of content behind so many bytes as they travel: people know the file, not what compresses it."""
        metadata = self._opened.metadata
        return packed * metadata.size // metadata.packed_size if metadata.packed_size else 0

    def _tell_received(self, packed: int) -> None:
        self._tell(Receiving(self.file_id, self._content_in(packed), self._opened.metadata.size))

    def _tell_rerouted(self, reason: str) -> None:
        self._tell(Rerouted(self.file_id, reason))

    def _tell_waiting(self, reason: str, seconds: float) -> None:
        self.lanes.troubled()
        self._tell(Waiting(self.file_id, reason, seconds))
