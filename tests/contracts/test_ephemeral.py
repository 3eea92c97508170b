"""What every `Ephemeral` keeps to. A new adapter joins `places.EPHEMERAL` and has to pass all of it."""

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from server.errors import Busy
from server.ports import Entry, Ephemeral
from tests.contracts.places import EPHEMERAL
from tests.server.house import TurnedClock


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture(params=EPHEMERAL)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(name: str, place: Path, clock: TurnedClock) -> Ephemeral:
    return EPHEMERAL[name](place, clock)


def put(store: Ephemeral, key: str, value: bytes, expires_at: float) -> None:
    store.update(key, lambda _: (Entry(value, expires_at), None))


def add_one(store: Ephemeral, key: str, expires_at: float) -> int:
    def change(value: bytes | None) -> tuple[Entry, int]:
        count = int(value or b"0") + 1
        return Entry(b"%d" % count, expires_at), count

    return store.update(key, change)


def count_in_process(name: str, folder: Path, times: int) -> None:
    store = EPHEMERAL[name](folder, TurnedClock())
    for _ in range(times):
        add_one(store, "counter", TurnedClock().now() + 60)


def test_values_are_kept_until_their_time(store: Ephemeral, clock: TurnedClock) -> None:
    """Any bytes, under any key; gone from the very second of their end, and for `update` too."""
    value = b"\n\0\xff\nx"
    put(store, "a key/with ..\0 anything", value, clock.time + 10)
    assert store.get("a key/with ..\0 anything") == value
    assert store.get("other") is None
    clock.time += 10
    assert store.get("a key/with ..\0 anything") is None
    assert store.update("a key/with ..\0 anything", lambda seen: (None, seen)) is None


def test_none_removes(store: Ephemeral, clock: TurnedClock) -> None:
    put(store, "key", b"value", clock.time + 10)
    assert store.update("key", lambda seen: (None, seen)) == b"value"
    assert store.get("key") is None


def test_a_change_that_fails_changes_nothing(store: Ephemeral, clock: TurnedClock) -> None:
    put(store, "key", b"value", clock.time + 10)

    def fail(seen: bytes | None) -> tuple[None, None]:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        store.update("key", fail)
    assert store.get("key") == b"value"


def test_values_survive_a_restart(store: Ephemeral, name: str, place: Path, clock: TurnedClock) -> None:
    put(store, "key", b"value", clock.time + 10)
    assert EPHEMERAL[name](place, clock).get("key") == b"value"


def test_updates_are_one_step_among_processes(store: Ephemeral, name: str, place: Path) -> None:
    """Three processes count to thirty each and lose nothing."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, mp_context=spawn) as pool:
        for done in [pool.submit(count_in_process, name, place, 30) for _ in range(3)]:
            done.result()
    assert store.get("counter") == b"90"


def test_updates_are_one_step_among_threads(store: Ephemeral, clock: TurnedClock) -> None:
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: add_one(store, "counter", clock.time + 60), range(40)))
    assert sorted(counts) == list(range(1, 41))


def test_a_lock_is_held_alone(store: Ephemeral) -> None:
    """Whoever does not want to wait is told; other keys are free; it can be had again."""
    for _ in range(2):
        with store.lock("key", 0):
            with pytest.raises(Busy), ThreadPoolExecutor(1) as pool:
                pool.submit(_lock_and_release, store, "key").result()
            with store.lock("other", 0):
                pass


def test_a_waiter_gets_the_lock(store: Ephemeral) -> None:
    """And never two at once, however many wait."""
    inside, most, turns = 0, 0, threading.Lock()

    def visit(_: int) -> None:
        nonlocal inside, most
        with store.lock("key", 30):
            with turns:
                inside += 1
                most = max(most, inside)
            with turns:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(40)))
    assert most == 1


def test_sweeping_removes_what_is_over_and_nothing_else(store: Ephemeral, clock: TurnedClock) -> None:
    put(store, "short", b"SHORT", clock.time + 10)
    put(store, "long", b"LONG", clock.time + 100)
    clock.time += 50
    store.sweep()
    assert store.get("long") == b"LONG"
    clock.time -= 50
    assert store.get("short") is None


def _lock_and_release(store: Ephemeral, key: str) -> None:
    with store.lock(key, 0):
        pass
