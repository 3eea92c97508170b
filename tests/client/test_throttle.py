"""The limit that all transfers share."""

import threading
import time

import pytest

from client.api.throttle import Throttle, parse_rate
from client.errors import ClientError


def _moved(throttle: Throttle, size: int) -> None:
    while size:
        size -= throttle.take(size)


def test_nothing_waits_without_a_limit() -> None:
    """All goes at once."""
    assert Throttle().take(1 << 30) == 1 << 30


@pytest.mark.parametrize("threads", [1, 4])
def test_all_threads_together_keep_to_the_limit(threads: int) -> None:
    """However many share it, it takes as long as the limit says."""
    throttle, each = Throttle(1_000_000), 400_000 // threads
    began = time.monotonic()
    crew = [threading.Thread(target=_moved, args=(throttle, each)) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert time.monotonic() - began >= 0.2


def test_pieces_are_small_so_that_a_transfer_can_be_stopped() -> None:
    """At a low rate no piece takes longer than a moment."""
    assert Throttle(80_000).take(1 << 20) <= 10_000


def test_a_limit_that_is_lifted_lets_go_whoever_waits() -> None:
    """A change in the settings is in force at once, in the middle of a pause as well."""
    throttle = Throttle(8_000)
    waits = threading.Thread(target=_moved, args=(throttle, 8_000_000))
    waits.start()
    throttle.set_limit(0)
    waits.join(10)
    assert not waits.is_alive()


def test_what_did_not_travel_is_given_back() -> None:
    """A short read costs only what it read."""
    now = 0.0
    throttle = Throttle(8_000, lambda: now)
    taken = throttle.take(1_000)
    throttle.give_back(taken)
    assert throttle.take(1_000) == taken


@pytest.mark.parametrize(
    ("text", "rate"),
    [("500K", 500_000), ("2.5m", 2_500_000), ("0", 0), ("9000", 9_000), ("1G", 10**9), ("2MB/s", 2 * 10**6)],
)
def test_rates_are_read_as_people_write_them(text: str, rate: int) -> None:
    """Decimal units, as everywhere else here."""
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "-5K", "1", "5T", "1e9", "99999999999999G"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    """It is said what one looks like."""
    with pytest.raises(ValueError, match="500K"):
        parse_rate(text)


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody searches for where it comes from."""
    monkeypatch.setenv("SEALCASE_BANDWIDTH", "fast")
    with pytest.raises(ClientError, match="SEALCASE_BANDWIDTH"):
        Throttle.from_environment()
