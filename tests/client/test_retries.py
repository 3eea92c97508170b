"""Trying again: what, when, how long, and what is told meanwhile."""

import threading
import time
from collections.abc import Callable

import pytest

from client import errors
from client.api.ending import Ending, ended_by
from client.api.failures import Conflict, DigestMismatch, StorageFull, TooMany, TryAgain, Unreachable
from client.api.retries import ALTERED_TRIES, ONE_REQUEST, Alarm, Patience, Retries, with_retries
from shared.crypto import errors as crypto_errors
from shared.crypto.workers import FixedLanes, each_part
from tests.support.cli import SECONDS


class _Time(Alarm):
    """Time that passes only in pauses."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.pauses: list[float] = []

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def _retries(time: _Time, patience: Patience = ONE_REQUEST) -> Retries:
    return Retries(patience, clock=time.clock, alarm=time)


def _failing(error: Exception, times: int) -> tuple[Callable[[], str], list[int]]:
    calls: list[int] = []

    def attempt() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return "done"

    return attempt, calls


@pytest.mark.parametrize(
    "error",
    [
        TryAgain("busy"),
        TooMany("too many"),
        Unreachable("away"),
        DigestMismatch("altered"),
        crypto_errors.Truncated("short"),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    """With pauses that grow, so that a server in trouble is left in peace."""
    time = _Time()
    attempt, _ = _failing(error, 2)
    assert _retries(time).run(attempt) == "done"
    assert 0.1 < time.pauses[0] <= 0.3
    assert 0.3 <= time.pauses[1] <= 0.6


@pytest.mark.parametrize(
    "error",
    [
        errors.Refused("no"),
        errors.NotFound("no"),
        errors.NotSignedIn("no"),
        errors.NetworkError("no"),
        Conflict("no"),
        StorageFull("no"),
    ],
)
def test_what_stays_is_never_tried_again(error: Exception) -> None:
    time = _Time()
    attempt, calls = _failing(error, 100)
    with pytest.raises(type(error)):
        _retries(time).run(attempt)
    assert len(calls) == 1
    assert not time.pauses


def test_patience_ends() -> None:
    """One request: some tries within ten seconds; then its last failure is told."""
    time = _Time()
    attempt, calls = _failing(TryAgain("busy"), 100)
    with pytest.raises(TryAgain, match="busy"):
        _retries(time).run(attempt)
    assert 5 <= len(calls) <= 8
    assert 4 < time.now <= 10


def test_a_transfer_has_more_of_it() -> None:
    """Ten minutes, with a try every few seconds, however often it has failed."""
    time = _Time()
    attempt, calls = _failing(Unreachable("away"), 10_000)
    with pytest.raises(Unreachable):
        _retries(time, Patience.of_transfers()).run(attempt)
    assert 590 < time.now <= 600
    assert len(calls) > 100
    assert max(time.pauses) <= 6


def test_patience_counts_from_the_first_failure_after_a_success() -> None:
    """A transfer that fails again and again, and moves again and again, goes on for ever; so does one that slept."""
    time = _Time()
    retries = _retries(time, Patience(30))
    for _ in range(20):
        time.now += 8 * 3_600
        attempt, _ = _failing(Unreachable("away"), 5)
        assert retries.run(attempt) == "done"
    assert sum(time.pauses) > 60


def test_altered_bytes_are_fetched_only_a_few_times() -> None:
    for error in (crypto_errors.Altered("altered"), DigestMismatch("altered")):
        attempt, calls = _failing(error, 100)
        with pytest.raises(type(error)):
            _retries(_Time(), Patience(1_000)).run(attempt)
        assert len(calls) == ALTERED_TRIES


@pytest.mark.parametrize(("asked", "waited"), [(5.0, 5.0), (60.0, 60.0), (500.0, 60.0)])
def test_the_servers_own_pause_is_kept_within_reason(asked: float, waited: float) -> None:
    for error in (TryAgain("busy", asked), TooMany("too many", asked)):
        time = _Time()
        attempt, _ = _failing(error, 1)
        _retries(time, Patience(600)).run(attempt)
        assert time.pauses == [waited]


def test_a_server_that_asks_for_no_pause_gets_one() -> None:
    """`Retry-After: 0`, again and again, is no reason to ask without end."""
    time = _Time()
    attempt, calls = _failing(TryAgain("busy", 0.0), 1_000)
    with pytest.raises(TryAgain):
        _retries(time).run(attempt)
    assert len(calls) < 10


def test_a_pause_beyond_patience_is_not_begun() -> None:
    """Come back in an hour: that is told at once."""
    time = _Time()
    attempt, calls = _failing(TooMany("come back later", 3_600.0), 100)
    with pytest.raises(TooMany, match="later"):
        _retries(time).run(attempt)
    assert len(calls) == 1
    assert not time.pauses


def test_waiting_is_told() -> None:
    """Why, in few words, and for how long."""
    told: list[tuple[str, float]] = []
    attempt, _ = _failing(Unreachable("it can't be reached. What now?", reason="it can't be reached"), 2)
    assert with_retries(attempt, lambda reason, seconds: told.append((reason, seconds))) == "done"
    assert [reason for reason, _ in told] == ["it can't be reached"] * 2
    assert all(0 < seconds <= 0.6 for _, seconds in told)


class _LongPauses(Alarm):
    """Pauses that nobody waits for to pass."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def pause(self, seconds: float) -> None:
        self.begun.set()
        super().pause(10 * SECONDS)


def test_who_gets_through_wakes_the_others() -> None:
    """When the network is back, nobody sleeps on."""
    alarm = _LongPauses()
    retries = Retries(Patience(600), alarm=alarm)
    attempt, calls = _failing(Unreachable("away"), 1)
    thread = threading.Thread(target=retries.run, args=(attempt,), daemon=True)
    thread.start()
    assert alarm.begun.wait(SECONDS)
    while thread.is_alive():  # the pause was begun, or is just about to be
        retries.run(lambda: "through")
    assert len(calls) == 2


def test_a_transfer_that_stops_waits_for_nothing() -> None:
    """Threads in a long pause, and those that are about to begin one, raise their failure at once."""
    told = threading.Event()
    retries = Retries(Patience(3_600), lambda _reason, _seconds: told.set())
    failures: list[Exception] = []

    def work() -> None:
        attempt, _ = _failing(TryAgain("busy", 60.0), 100)
        try:
            retries.run(attempt)
        except TryAgain as error:
            failures.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert told.wait(SECONDS)
    retries.stop()
    thread.join(SECONDS)
    work()
    assert len(failures) == 2


@pytest.mark.parametrize(("text", "seconds"), [("5", 5.0), ("0.5", 0.5), ("0", 0.0), ("", 600.0)])
def test_patience_of_the_environment(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float) -> None:
    monkeypatch.setenv("SEALCASE_PATIENCE", text)
    assert Patience.of_transfers() == Patience(seconds)


@pytest.mark.parametrize("text", ["soon", "-1", "1e9", "nan", "²", "1.2.3", " "])
def test_patience_that_is_no_number(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SEALCASE_PATIENCE", text)
    with pytest.raises(errors.ClientError, match="SEALCASE_PATIENCE"):
        Patience.of_transfers()


def test_the_end_of_the_work_ends_its_pauses_in_all_its_threads() -> None:
    """Whoever is to wait most of a minute is back at once, and raises what went wrong; nothing is tried again."""
    ending, waiting = Ending(), threading.Semaphore(0)
    raised: list[Exception] = []

    def request() -> None:
        raise TooMany("too many", after=55.0)

    def worker(_index: int) -> None:
        try:
            with_retries(request, lambda _reason, _seconds: waiting.release(), Patience.of_transfers())
        except TooMany as error:
            raised.append(error)

    def transfer() -> None:
        with ended_by(ending):
            each_part(range(2), FixedLanes(2), lambda: worker)

    began = time.monotonic()
    thread = threading.Thread(target=transfer)
    thread.start()
    for _ in range(2):
        assert waiting.acquire(timeout=SECONDS)
    ending.end()
    thread.join(SECONDS)
    assert time.monotonic() - began < 55
    assert len(raised) == 2
    with ended_by(ending), pytest.raises(TooMany):
        with_retries(request)
