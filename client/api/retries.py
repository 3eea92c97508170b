"""Trying again what may work the next time: with growing, random pauses, and never what will not change."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from client.api.http import DigestMismatch, TryAgain
from shared.crypto.errors import Altered

TRIES = 6
ALTERED_TRIES = 3
"""Bytes that are altered on their way are a rare accident; those that are altered at the server stay so."""
_FIRST_PAUSE = 0.3
_LONGEST_PAUSE = 30.0

Outcome = TypeVar("Outcome")


def with_retries(attempt: Callable[[], Outcome], sleep: Callable[[float], None] = time.sleep) -> Outcome:
    """`attempt()`, again after a broken connection or altered bytes; the last failure is raised."""
    for number in range(TRIES - 1):
        try:
            return attempt()
        except (TryAgain, DigestMismatch, Altered) as error:
            if isinstance(error, Altered) and number + 1 >= ALTERED_TRIES:
                raise
            asked = error.after if isinstance(error, TryAgain) else None
            sleep(_pause(number) if asked is None else min(asked, _LONGEST_PAUSE))
    return attempt()


def _pause(number: int) -> float:
    longest: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**number)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  (jitter)
