"""Rates as the operator writes them: `200 per day; 50 per hour`."""

import re

from server.domain import Rate

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_RATE = re.compile(r"([0-9]{1,9})\s*(?:per|/)\s*(?:([0-9]{1,6})\s*)?(second|minute|hour|day)s?")


def parse_rates(text: str) -> tuple[Rate, ...]:
    """One rate or several; `none` for no limit. Raises `ValueError`."""
    if text.strip().lower() == "none":
        return ()
    return tuple(_rate(part.strip().lower()) for part in text.split(";"))


def _rate(text: str) -> Rate:
    match = _RATE.fullmatch(text)
    if match is None or not int(match[1]) or match[2] == "0":
        raise ValueError("it must be like `200 per day; 50 per hour`, or `none`")
    return Rate(int(match[1]), int(match[2] or 1) * _SECONDS[match[3]])
