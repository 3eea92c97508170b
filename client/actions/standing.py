"""How far a transfer is, by what it told so far: for the bar on a terminal, and for the window's rows."""

from collections import deque

from client.actions.events import (
    Began,
    Counted,
    Done,
    Encrypting,
    Event,
    Failed,
    Receiving,
    Restarted,
    Resumed,
    Sending,
    Verified,
    Waiting,
)

_RATE_SECONDS = 5.0
"""The rate that is shown is that of so many last seconds: what was an hour ago tells nothing about the next."""


class Pace:
    """How fast it goes, and how fast it went in all."""

    def __init__(self, now: float) -> None:
        self._marks: deque[tuple[float, int]] = deque([(now, 0)])
        self._began = now
        self.skipped = 0
        """Bytes that are done and took no time now."""

    def skip(self, size: int) -> None:
        """`size` bytes are done that took no time now."""
        self.skipped += size

    def rate(self, now: float, done: int) -> float:
        """Bytes a second, over the last seconds."""
        done -= self.skipped
        self._marks.append((now, done))
        while len(self._marks) > 2 and self._marks[1][0] <= now - _RATE_SECONDS:
            self._marks.popleft()
        since, before = self._marks[0]
        return max(0, done - before) / max(now - since, 0.001)

    def overall(self, now: float, done: int) -> float:
        return max(0, done - self.skipped) / max(now - self._began, 0.001)

    def elapsed(self, now: float) -> float:
        return now - self._began


class Standing:
    """What the events so far come to. Nothing is kept of files that are over, however many a folder has."""

    def __init__(self, now: float) -> None:
        self.name = ""
        self.total: int | None = None
        """Bytes of content; None where nobody knows."""
        self.files: int | None = None
        """How many a folder has; None for a file."""
        self.files_over = 0
        self.waiting: Waiting | None = None
        """Why nothing moves."""
        self.next_try = 0.0
        self.verified = self.over = False
        self.pace = Pace(now)
        self._folder: str | None = None
        self._settled = 0
        self._under_way: dict[str, int] = {}
        self._moving: set[str] = set()
        """Transfers of which more is known than how much was encrypted."""

    def take(self, event: Event, now: float) -> None:
        match event:
            case Counted():
                self.waiting = None
                self._folder, self.name, self.files, self.total = event.transfer, event.name, event.files, event.size
            case Began():
                self._under_way.setdefault(event.transfer, 0)
                if self._folder is None:
                    self.waiting = None
                    self.name, self.total = event.name, event.size
            case Resumed():
                self.pace.skip(event.done)
                if event.transfer != self._folder:  # of a folder, each file that is there is told by itself
                    self._moved(event.transfer, event.done)
            case Restarted():
                self._moved(event.transfer, 0)
            case Encrypting():
                if event.transfer not in self._moving:
                    self._under_way[event.transfer] = event.done
            case Sending() | Receiving():
                self._moved(event.transfer, event.done)
            case Waiting():
                self.waiting, self.next_try = event, now + event.seconds
            case Verified():
                self.verified = self._folder is None
            case Done():
                self._end(event.transfer, event.size)
                self.over = event.transfer == self._folder or self._folder is None
            case Failed() if self._folder is None:
                self.waiting = None  # and the bar stays where it was
            case Failed():
                self._end(event.transfer, 0)
            case _:
                pass

    def _moved(self, transfer: str, done: int) -> None:
        self._moving.add(transfer)
        self._under_way[transfer] = done
        self.waiting = None

    def _end(self, transfer: str, size: int) -> None:
        self._under_way.pop(transfer, None)
        self._moving.discard(transfer)
        if transfer != self._folder:
            self._settled += size
            self.files_over += 1
            self.waiting = None

    @property
    def done(self) -> int:
        """Bytes of content."""
        return self._settled + sum(self._under_way.values())
