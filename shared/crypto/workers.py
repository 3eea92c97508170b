"""A few threads that share the parts of a file among them."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

Progress = Callable[[int], None]
"""Told, from any thread, how many more content bytes were dealt with; raising in it stops the work."""


class Closable(Protocol):
    def close(self) -> None: ...


Slot = TypeVar("Slot", bound=Closable)
Work = TypeVar("Work")


def no_progress(_amount: int) -> None:
    """For those who don't want to know."""


def nobody_waits() -> None:
    """Where nobody waits for anything but the parts themselves."""


class Lanes(Protocol):
    """How many threads may work at the same time; may change while they do."""

    @property
    def most(self) -> int:
        """Never more than so many."""

    @property
    def open(self) -> int:
        """So many for now, at least 1."""


@dataclass(frozen=True, slots=True)
class FixedLanes:
    """Always the same number."""

    most: int

    @property
    def open(self) -> int:
        return self.most


def each_part(
    parts: Sequence[int],
    lanes: Lanes,
    make_worker: Callable[[], Callable[[int], None]],
    wake: Callable[[], None] = nobody_waits,
    meanwhile: Callable[[], object] = nobody_waits,
) -> None:
    """Calls workers with the numbers `parts`, in any order; every thread has a worker of its own.

    `meanwhile` is called in this thread. The first error of anybody ends the work and is raised here, after all
    threads have stopped. `wake` is called then: workers that wait for something should give up.
    """

    def make_runner() -> Callable[[int, Sequence[int]], None]:
        worker = make_worker()
        return lambda index, _then: worker(index)

    each_run(parts, lanes, 1, make_runner, wake, meanwhile)


def each_run(
    parts: Sequence[int],
    lanes: Lanes,
    most: int,
    make_worker: Callable[[], Callable[[int, Sequence[int]], None]],
    wake: Callable[[], None] = nobody_waits,
    meanwhile: Callable[[], object] = nobody_waits,
) -> None:
    """As `each_part`, but up to `most` numbers that follow each other in `parts` go to the same worker.

    With each number it is told those that it gets next. Towards the end they become fewer, so that all end together.
    """
    crew = _Crew(lanes, wake)
    runs = _runs(parts, lanes, most)

    def work(lane: int) -> None:
        worker: Callable[[int, Sequence[int]], None] | None = None
        while crew.may_work(lane) and (run := crew.take(runs)) is not None:
            worker = worker or make_worker()
            for place, index in enumerate(run, 1):
                if not crew.stopped:
                    worker(index, run[place:])

    crew.run(work, len(parts), meanwhile)


def parts_in_order(
    count: int,
    lanes: Lanes,
    make_slot: Callable[[], Slot],
    load: Callable[[Slot, int], None],
    use: Callable[[Slot, int], None],
    wake: Callable[[], None] = nobody_waits,
) -> None:
    """Loads parts ahead in several threads; uses them here, one after the other.

    At most one slot more than there are lanes exists. The first error, of either side, ends the work and is raised
    here; `wake` as in `each_part`.
    """
    crew = _Crew(lanes, wake)
    numbers = iter(range(count))
    loaded: dict[int, Slot] = {}

    def work(lane: int) -> None:
        while crew.may_work(lane) and (slot := slots.take()) is not None:
            index = crew.take(numbers)
            if index is None:
                slots.give_back(slot)
                return
            load(slot, index)
            with crew.changed:
                loaded[index] = slot
                crew.changed.notify_all()

    def use_all() -> None:
        for index in range(count):
            with crew.changed:
                crew.wait_until(lambda index=index: index in loaded or crew.stopped)  # type: ignore[misc]
                if crew.stopped:
                    return
                slot = loaded.pop(index)
            use(slot, index)
            slots.give_back(slot)

    with _Slots(crew, make_slot) as slots:
        crew.run(work, count, meanwhile=use_all)


def parts_of_stream(
    lanes: Lanes,
    make_slot: Callable[[], Slot],
    produce: Callable[[Slot, int], bool],
    use: Callable[[Slot, int], None],
    wake: Callable[[], None] = nobody_waits,
) -> int:
    """Makes parts here, one after the other, until `produce` says that it was the last; uses them in several threads.

    Returns how many parts there were. At most one slot more than there are lanes exists. The first error, of either
    side, ends the work and is raised here; `wake` as in `each_part`.
    """
    crew = _Crew(lanes, wake)
    waiting: list[tuple[Slot, int]] = []
    count = 0
    finished = False

    def work(lane: int) -> None:
        while True:
            with crew.changed:
                crew.wait_until(lambda: bool(waiting and lane < lanes.open) or finished or crew.stopped)
                if crew.stopped or not waiting:
                    return
                slot, index = waiting.pop(0)
            use(slot, index)
            slots.give_back(slot)

    def produce_all() -> None:
        nonlocal count, finished
        while not finished and (slot := slots.take()) is not None:
            more = produce(slot, count)
            with crew.changed:
                waiting.append((slot, count))
                count += 1
                finished = not more
                crew.changed.notify_all()

    with _Slots(crew, make_slot) as slots:
        crew.run(work, lanes.most, meanwhile=produce_all)
    return count


def _runs(parts: Sequence[int], lanes: Lanes, most: int) -> Iterator[Sequence[int]]:
    start = 0
    while left := len(parts) - start:
        count = max(1, min(most, left // (2 * lanes.open)))
        yield parts[start : start + count]
        start += count


class _Crew:
    """Threads that stop together; each has a lane of its own, and works while that is open."""

    def __init__(self, lanes: Lanes, wake: Callable[[], None]) -> None:
        self.lanes = lanes
        self._wake = wake
        self.changed = threading.Condition()
        self._error: BaseException | None = None
        self.stopped = False
        self._all_taken = False
        self._at_work = 0

    def may_work(self, lane: int) -> bool:
        """Waits until `lane` is open; False once there is nothing left to do."""
        with self.changed:
            self.changed.notify_all()  # whoever comes back from work may have learned that more lanes are open
            self.wait_until(lambda: lane < self.lanes.open or self._all_taken or self.stopped)
            return not (self._all_taken or self.stopped)

    def take(self, work: Iterator[Work]) -> Work | None:
        with self.changed:
            piece = next(work, None)
            if piece is None:
                self._all_taken = True
                self.changed.notify_all()
            return piece

    def run(self, work: Callable[[int], None], parts: int, meanwhile: Callable[[], object]) -> None:
        """Runs `work` in threads, each with its lane, and `meanwhile` here; raises the first error of any of them.

        The threads' context variables are those of here.
        """
        crew = [
            threading.Thread(target=copy_context().run, args=(self._guarded, work, lane), daemon=True)
            for lane in range(min(self.lanes.most, parts))
        ]
        self._at_work = len(crew)
        try:
            for thread in crew:
                thread.start()
            meanwhile()
            self._wait_for_all()
        except BaseException as error:
            self._stop(error)
            self._wait_for_all(_LAST_WORDS)
            raise
        for thread in crew:
            thread.join()
        if self._error is not None:
            raise self._error

    def _guarded(self, work: Callable[[int], None], lane: int) -> None:
        try:
            work(lane)
        except BaseException as error:  # noqa: BLE001  (raised again by `run`, in the caller's thread)
            self._stop(error)
        finally:
            with self.changed:
                self._at_work -= 1
                self.changed.notify_all()

    def wait_until(self, holds: Callable[[], bool], seconds: float = math.inf) -> None:
        """Waits, holding `changed`, until `holds` or the time is over.

        Looks up now and then: Python misses a Ctrl-C that comes just before it begins to wait, until it ends to.
        """
        give_up = time.monotonic() + seconds
        while not holds() and (left := give_up - time.monotonic()) > 0:
            self.changed.wait(min(left, _LOOK_UP))

    def _wait_for_all(self, seconds: float = math.inf) -> None:
        """Not by `join`: interrupted by Ctrl-C, that takes a thread for one that has ended (before Python 3.13)."""
        with self.changed:
            self.wait_until(lambda: not self._at_work, seconds)

    def _stop(self, error: BaseException) -> None:
        with self.changed:
            self._error = self._error or error
            self.stopped = True
            self.changed.notify_all()
        self._wake()


class _Slots(Generic[Slot]):
    """Room for parts between two sides: made when it is needed, one more than there are lanes, closed in the end."""

    def __init__(self, crew: _Crew, make: Callable[[], Slot]) -> None:
        self._crew = crew
        self._make = make
        self._all: list[Slot] = []
        self._free: list[Slot] = []

    def take(self) -> Slot | None:
        """Waits for a free slot; None if the work has stopped."""
        with self._crew.changed:
            self._crew.wait_until(lambda: bool(self._free) or self._may_grow or self._crew.stopped)
            if self._crew.stopped:
                return None
            if not self._free:
                slot = self._make()
                self._all.append(slot)
                return slot
            return self._free.pop()

    def give_back(self, slot: Slot) -> None:
        with self._crew.changed:
            self._free.append(slot)
            self._crew.changed.notify_all()

    @property
    def _may_grow(self) -> bool:
        return len(self._all) <= self._crew.lanes.open

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for slot in self._all:
            slot.close()


_LAST_WORDS = 2.0
"""Seconds that an interrupted caller waits for its threads together, which may hang in a read."""

_LOOK_UP = 0.5
"""Seconds after which whoever waits looks up, so that a Ctrl-C is noticed."""
