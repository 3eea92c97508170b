"""A few threads that share the parts of a file among them."""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

Progress = Callable[[int], None]
"""Told, from any thread, how many more content bytes were dealt with; raising in it stops the work."""


class Closable(Protocol):
    def close(self) -> None: ...


Slot = TypeVar("Slot", bound=Closable)


def no_progress(_amount: int) -> None:
    """For those who don't want to know."""


def each_part(count: int, threads: int, make_worker: Callable[[], Callable[[int], None]]) -> None:
    """Calls workers with the part numbers below `count`, in any order; every thread has a worker of its own.

    The first error ends the work and is raised here, after all threads have stopped.
    """
    crew = _Crew()
    numbers = iter(range(count))

    def work() -> None:
        worker = make_worker()
        while not crew.stopped and (index := crew.take(numbers)) is not None:
            worker(index)

    crew.run(work, min(threads, count))


def parts_in_order(
    count: int,
    threads: int,
    make_slot: Callable[[], Slot],
    load: Callable[[Slot, int], None],
    use: Callable[[Slot, int], None],
) -> None:
    """Loads parts ahead in `threads` threads; uses them here, one after the other.

    At most `threads` + 1 slots exist. The first error, of either side, ends the work and is raised here.
    """
    crew = _Crew()
    numbers = iter(range(count))
    slots: list[Slot] = []
    loaded: dict[int, Slot] = {}
    free: list[Slot] = []

    def work() -> None:
        while (slot := take_slot()) is not None:
            index = crew.take(numbers)
            if index is None:
                return
            load(slot, index)
            with crew.changed:
                loaded[index] = slot
                crew.changed.notify_all()

    def take_slot() -> Slot | None:
        with crew.changed:
            crew.changed.wait_for(lambda: free or crew.stopped)
            return None if crew.stopped else free.pop()

    def use_all() -> None:
        for index in range(count):
            with crew.changed:
                crew.changed.wait_for(lambda index=index: index in loaded or crew.stopped)  # type: ignore[misc]
                if crew.stopped:
                    return
                slot = loaded.pop(index)
            use(slot, index)
            with crew.changed:
                free.append(slot)
                crew.changed.notify_all()

    try:
        slots.extend(make_slot() for _ in range(min(threads, count) + 1))
        free.extend(slots)
        crew.run(work, min(threads, count), meanwhile=use_all)
    finally:
        for slot in slots:
            slot.close()


def parts_of_stream(
    threads: int,
    make_slot: Callable[[], Slot],
    produce: Callable[[Slot, int], bool],
    use: Callable[[Slot, int], None],
) -> int:
    """Makes parts here, one after the other, until `produce` says that it was the last; uses them in `threads` threads.

    Returns how many parts there were. At most `threads` + 1 slots exist. The first error, of either side, ends the
    work and is raised here.
    """
    crew = _Crew()
    slots: list[Slot] = []
    free: list[Slot] = []
    waiting: list[tuple[Slot, int]] = []
    count = 0
    finished = False

    def work() -> None:
        while True:
            with crew.changed:
                crew.changed.wait_for(lambda: waiting or finished or crew.stopped)
                if crew.stopped or not waiting:
                    return
                slot, index = waiting.pop(0)
            use(slot, index)
            with crew.changed:
                free.append(slot)
                crew.changed.notify_all()

    def produce_all() -> None:
        nonlocal count, finished
        while not finished:
            with crew.changed:
                crew.changed.wait_for(lambda: free or crew.stopped)
                if crew.stopped:
                    return
                slot = free.pop()
            more = produce(slot, count)
            with crew.changed:
                waiting.append((slot, count))
                count += 1
                finished = not more
                crew.changed.notify_all()

    try:
        slots.extend(make_slot() for _ in range(threads + 1))
        free.extend(slots)
        crew.run(work, threads, meanwhile=produce_all)
    finally:
        for slot in slots:
            slot.close()
    return count


class _Crew:
    """Threads that stop together."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._error: BaseException | None = None
        self.stopped = False

    def take(self, numbers: Iterator[int]) -> int | None:
        with self.changed:
            return next(numbers, None)

    def run(self, work: Callable[[], None], threads: int, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Runs `work` in threads and `meanwhile` here; raises the first error of any of them."""
        crew = [threading.Thread(target=self._guarded, args=(work,), daemon=True) for _ in range(threads)]
        for thread in crew:
            thread.start()
        try:
            meanwhile()
            for thread in crew:
                thread.join()
        except BaseException as error:
            self._stop(error)
            for thread in crew:
                thread.join(timeout=_LAST_WORDS)
            raise
        if self._error is not None:
            raise self._error

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  (raised again by `run`, in the caller's thread)
            self._stop(error)

    def _stop(self, error: BaseException) -> None:
        with self.changed:
            self._error = self._error or error
            self.stopped = True
            self.changed.notify_all()


_LAST_WORDS = 2.0
"""Seconds that an interrupted caller waits for its threads, which may hang in a read."""
