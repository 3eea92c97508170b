"""Waiting for a condition instead of a time."""

import time
from collections.abc import Callable
from threading import Event


def until(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Looks again and again. Raises `AssertionError` if it never comes true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"there never was {what}"
        Event().wait(0.02)
