"""Threads that share parts: the first error ends them all, and is the one that is raised."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from io import FileIO
from itertools import pairwise
from pathlib import Path

import pytest

from shared.crypto import workers
from shared.crypto.container import Container, seal_to_file
from shared.crypto.content import Content, SealOptions
from shared.crypto.errors import Altered
from shared.crypto.open import open_file, restore_file, restore_stream
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import FixedLanes, each_part, each_run, parts_in_order, parts_of_stream
from shared.sealed.geometry import MIB
from tests.shared.sealing import memory_file, seal_bytes
from tests.shared.vectors import private_keys, signing_key
from tests.support.cli import wait_until

ALICE = private_keys("alice", rsa_only=True)


class Cancelled(Exception):
    """What a progress callback raises to stop."""


class Slot:
    """A buffer that knows whether it was closed."""

    def __init__(self) -> None:
        self.index = -1
        self.closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """After every test there are no more threads than before."""
    before = threading.active_count()
    yield
    wait_until(lambda: threading.active_count() <= before, "the end of every thread")


@pytest.mark.parametrize("threads", [1, 2, 4, 50])
@pytest.mark.parametrize("count", [0, 1, 2, 33])
def test_each_part_once(threads: int, count: int) -> None:
    """Every number is worked on exactly once; every thread has its own worker."""
    done: list[int] = []
    workers: list[int] = []

    def make_worker() -> object:
        workers.append(threading.get_ident())
        return done.append

    each_part(range(count), FixedLanes(threads), make_worker)  # type: ignore[arg-type]
    assert sorted(done) == list(range(count))
    assert len(workers) <= min(threads, count)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("count", [0, 1, 7, 100])
def test_runs_of_parts(threads: int, count: int) -> None:
    """Every number once; who is told what comes next gets that, and the last ones are shared out one by one."""
    done: dict[int, list[tuple[int, list[int]]]] = {}

    def make_worker() -> Callable[[int, Sequence[int]], None]:
        mine = done.setdefault(threading.get_ident(), [])
        return lambda index, then: mine.append((index, list(then)))

    each_run(range(count), FixedLanes(threads), 8, make_worker)
    assert sorted(index for each in done.values() for index, _ in each) == list(range(count))
    for each in done.values():
        for (_, then), (index, _) in pairwise(each):
            assert not then or then[0] == index
    longest = [len(then) + 1 for each in done.values() for _, then in each]
    assert max(longest, default=0) == (0, 1, 3 if threads == 1 else 1, 8)[(0, 1, 7, 100).index(count)]
    assert all(not then for each in done.values() for index, then in each if index == count - 1)


def test_an_error_ends_a_run() -> None:
    """Whoever has more parts of a run to work on does not begin them."""
    failed, begun = threading.Event(), list[int]()

    def work(index: int, _then: Sequence[int]) -> None:
        begun.append(index)
        if index == 8:  # the first of the second run
            raise Cancelled
        failed.wait(10)

    with pytest.raises(Cancelled):
        each_run(range(100), FixedLanes(2), 8, lambda: work, wake=failed.set)
    assert set(begun) <= {0, 8}


@pytest.mark.parametrize("error", [Altered("part 3"), Cancelled(), KeyboardInterrupt(), SystemExit(3)])
def test_first_error_ends_each_part(error: BaseException) -> None:
    """The very error is raised, and no thread takes another part after it."""
    started: list[int] = []

    def work(index: int) -> None:
        started.append(index)
        if index == 3:
            raise error

    with pytest.raises(type(error)) as caught:
        each_part(range(1_000_000), FixedLanes(4), lambda: work)
    assert caught.value is error
    assert len(started) < 1_000_000


def test_later_errors_do_not_hide_the_first() -> None:
    """Other threads that fail because the work has ended are not what went wrong."""
    first, raised = Altered("first"), threading.Event()
    both_started = threading.Barrier(2)

    def work(index: int) -> None:
        both_started.wait(10)
        if index == 0:
            try:
                raise first
            finally:
                raised.set()
        assert raised.wait(10)
        while threading.active_count() == together:  # until the thread of the first error has ended
            pass
        raise Cancelled

    together = threading.active_count() + 2
    with pytest.raises(Altered) as caught:
        each_part(range(2), FixedLanes(2), lambda: work)
    assert caught.value is first


def test_worker_that_can_not_be_made() -> None:
    """An error while a worker is prepared is raised as well."""

    def make_worker() -> object:
        raise OSError("no buffer")

    with pytest.raises(OSError, match="no buffer"):
        each_part(range(3), FixedLanes(2), make_worker)  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [1, 2, 4, 50])
@pytest.mark.parametrize("count", [0, 1, 2, 33])
def test_parts_in_order(threads: int, count: int) -> None:
    """Loaded in any order, used in theirs, with few slots, which are all closed at the end."""
    slots: list[Slot] = []
    used: list[int] = []

    def make_slot() -> Slot:
        slots.append(Slot())
        return slots[-1]

    def load(slot: Slot, index: int) -> None:
        slot.index = index

    def use(slot: Slot, index: int) -> None:
        assert slot.index == index
        used.append(index)

    parts_in_order(count, FixedLanes(threads), make_slot, load, use)
    assert used == list(range(count))
    assert len(slots) <= threads + 1
    assert all(slot.closed for slot in slots)


@pytest.mark.parametrize("error", [Altered("part 3"), Cancelled(), KeyboardInterrupt()])
@pytest.mark.parametrize("side", ["load", "use"])
def test_first_error_ends_parts_in_order(side: str, error: BaseException) -> None:
    """Whichever side fails, all end, and every slot is closed."""
    slots: list[Slot] = []

    def make_slot() -> Slot:
        slots.append(Slot())
        return slots[-1]

    def fail(here: str, index: int) -> None:
        if here == side and index == 3:
            raise error

    with pytest.raises(type(error)) as caught:
        parts_in_order(
            1_000, FixedLanes(3), make_slot, lambda _slot, i: fail("load", i), lambda _slot, i: fail("use", i)
        )
    assert caught.value is error
    assert slots
    assert all(slot.closed for slot in slots)


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("count", [1, 2, 33])
def test_parts_of_stream(threads: int, count: int) -> None:
    """Made one after the other, used in any order, each once."""
    slots: list[Slot] = []
    used: list[int] = []

    def make_slot() -> Slot:
        slots.append(Slot())
        return slots[-1]

    def produce(slot: Slot, index: int) -> bool:
        slot.index = index
        return index < count - 1

    def use(slot: Slot, index: int) -> None:
        assert slot.index == index
        used.append(index)

    assert parts_of_stream(FixedLanes(threads), make_slot, produce, use) == count
    assert sorted(used) == list(range(count))
    assert all(slot.closed for slot in slots)


@pytest.mark.parametrize("side", ["produce", "use"])
def test_first_error_ends_parts_of_stream(side: str) -> None:
    """Whichever side fails, all end."""
    error = Cancelled()

    def fail(here: str, index: int) -> None:
        if here == side and index == 3:
            raise error

    def produce(_slot: Slot, index: int) -> bool:
        fail("produce", index)
        return True

    with pytest.raises(Cancelled) as caught:
        parts_of_stream(FixedLanes(3), Slot, produce, lambda _slot, i: fail("use", i))
    assert caught.value is error


class Opening:
    """Lanes that a test opens while they are used."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.open = 1


def test_lanes_are_used_as_they_open() -> None:
    """With one lane one part is worked on at a time; as soon as a second opens, two are."""
    lanes, lock = Opening(4), threading.Lock()
    at_work: list[int] = []
    seen: list[int] = []
    both = threading.Barrier(2)

    def work(index: int) -> None:
        with lock:
            at_work.append(index)
            seen.append(len(at_work))
        if index == 10:
            lanes.open = 2
        if index in (11, 12):
            both.wait(10)  # nobody gets past this alone
        with lock:
            at_work.remove(index)

    each_part(range(13), lanes, lambda: work)
    assert seen[:11] == [1] * 11
    assert max(seen) == 2


def test_closed_lanes_make_no_slots() -> None:
    """Room is made for the lanes that are open, not for those that might be."""
    slots: list[Slot] = []

    def make_slot() -> Slot:
        slots.append(Slot())
        return slots[-1]

    used: list[int] = []
    parts_in_order(20, Opening(8), make_slot, lambda _slot, _i: None, lambda _slot, i: used.append(i))
    assert used == list(range(20))
    assert len(slots) <= 2


# -- the same, in earnest


@pytest.mark.parametrize("error", [Cancelled(), KeyboardInterrupt()])
@pytest.mark.parametrize("after", [0, 5 * MIB])
def test_sealing_is_cancelled_from_progress(after: int, error: BaseException, tmp_path: Path) -> None:
    """What progress raises stops the threads; the target has no end, so it is no container."""
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as whole:
        whole.truncate(40 * MIB)
    done = 0
    lock = threading.Lock()

    def progress(amount: int) -> None:
        nonlocal done
        with lock:
            done += amount
            if done > after:
                raise error

    with FileIO(source) as read, FileIO(target, "w+") as written:
        content = Content("source", PositionalFile(read), 40 * MIB, progress=progress)
        with pytest.raises(type(error)):
            seal_to_file(
                content, [ALICE.public], PositionalFile(written), options=SealOptions(compress=False), threads=3
            )
    with FileIO(target) as file, pytest.raises(Altered):
        Container.read(PositionalFile(file))


@pytest.mark.parametrize("stream", [False, True], ids=["file", "stream"])
def test_opening_is_cancelled_from_progress(stream: bool, tmp_path: Path) -> None:
    """The same while a file is opened."""
    _, sealed = seal_bytes(bytes(3_000), [ALICE.public], signing_key("sam"))

    def progress(_amount: int) -> None:
        raise Cancelled

    with memory_file(sealed) as file, FileIO(tmp_path / "target", "w+") as written:
        container = Container.read(file)
        opened = open_file(container.manifest.raw, container.grants, ALICE)
        target = PositionalFile(written)
        with pytest.raises(Cancelled):
            if stream:
                restore_stream(
                    opened,
                    container.part_hashes,
                    container,
                    lambda _piece: None,
                    lanes=FixedLanes(2),
                    progress=progress,
                )
            else:
                restore_file(opened, container.part_hashes, container, target, lanes=FixedLanes(2), progress=progress)


def test_full_disk_while_opening(tmp_path: Path) -> None:
    """An error of the target is raised as it is."""
    _, sealed = seal_bytes(bytes(3_000), [ALICE.public])

    def write(_piece: memoryview) -> None:
        raise OSError(28, "No space left on device")

    with memory_file(sealed) as file:
        container = Container.read(file)
        opened = open_file(container.manifest.raw, container.grants, ALICE)
        with pytest.raises(OSError, match="No space"):
            restore_stream(opened, container.part_hashes, container, write, lanes=FixedLanes(2), spool_folder=tmp_path)


def test_part_of_a_pipe_is_restored_into_a_file_without_leaks(tmp_path: Path) -> None:
    """Parts of 64 MiB wait in temporary files, which are closed when all is done (or the interpreter complains)."""
    import gc
    import random

    content = random.Random(5).randbytes(20 * MIB)
    _, sealed = seal_bytes(content, [ALICE.public])
    with memory_file(sealed) as file, FileIO(tmp_path / "target", "w+") as written:
        container = Container.read(file)
        opened = open_file(container.manifest.raw, container.grants, ALICE)
        target = PositionalFile(written)
        restore_file(opened, container.part_hashes, container, target, lanes=FixedLanes(2), spool_folder=tmp_path)
    gc.collect()
    assert (tmp_path / "target").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


@pytest.mark.parametrize("ended_by", [Cancelled, KeyboardInterrupt])
def test_who_waits_is_woken_when_the_work_ends_early(ended_by: type[BaseException]) -> None:
    """Workers that wait for something of their own learn that nobody needs it any more."""
    woken, waiting = threading.Event(), threading.Event()

    def work(index: int) -> None:
        if index:
            assert waiting.wait(20)
            raise ended_by
        waiting.set()
        assert woken.wait(20)

    with pytest.raises(ended_by):
        each_part(range(2), FixedLanes(2), lambda: work, woken.set)
    assert woken.is_set()


def test_what_goes_on_meanwhile_can_end_the_work() -> None:
    """A wrong passphrase, say, while parts are on their way: its error is raised, whoever waits is woken."""
    woken, begun = threading.Event(), threading.Event()

    def work(_index: int) -> None:
        begun.set()
        assert woken.wait(20)

    def meanwhile() -> None:
        assert begun.wait(20)
        raise Cancelled

    with pytest.raises(Cancelled):
        each_part(range(2), FixedLanes(2), lambda: work, woken.set, meanwhile)


def test_ctrl_c_waits_for_the_last_words_of_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that ends soon has ended before the caller goes on, which closes what it works with."""
    monkeypatch.setattr(workers, "_LAST_WORDS", 60.0)  # a machine that stands still for 2 s fails nothing
    waiting, stopped, gone_on = threading.Event(), threading.Event(), threading.Event()
    main = threading.get_ident()
    ended: list[int] = []

    def work(index: int) -> None:
        assert waiting.wait(10)
        signal.pthread_kill(main, signal.SIGINT)
        assert stopped.wait(10)
        gone_on.wait(0.3)
        ended.append(index)

    with pytest.raises(KeyboardInterrupt):
        each_part(range(1), FixedLanes(1), lambda: work, wake=stopped.set, meanwhile=waiting.set)
    there = list(ended)
    gone_on.set()
    assert there == [0]


def test_nobody_is_woken_where_all_goes_well() -> None:
    woken = threading.Event()
    each_part(range(3), FixedLanes(2), lambda: lambda _index: None, woken.set)
    assert not woken.is_set()
