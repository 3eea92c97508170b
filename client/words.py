"""Sizes, moments and durations in words: the same ones on the terminal and in the window."""

import time
from datetime import UTC, datetime, tzinfo


def size_text(size: int | float) -> str:
    """12 B, 3.4 KB, 5.6 MB: decimal units, as file managers show them."""
    if size < 1_000:
        return f"{size:.0f} B"
    for unit in ("KB", "MB", "GB"):
        size /= 1_000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1_000:.1f} TB"


def date_text(timestamp: int, zone: tzinfo | None = None) -> str:
    """A moment to the minute, in local time unless said otherwise; for one beyond all calendars its Unix seconds."""
    try:
        return f"{datetime.fromtimestamp(timestamp, UTC).astimezone(zone):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return f"@{timestamp}"


def recent_text(timestamp: float) -> str:
    """A moment of the last days, in local time: `today 14:03`."""
    text = date_text(int(timestamp))
    day, _, time_of_day = text.partition(" ")
    return f"today {time_of_day}" if day == date_text(int(time.time())).partition(" ")[0] else text


def duration_text(seconds: float) -> str:
    """12 s, 3:45 min, 1:02 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3_600}:{whole % 3_600 // 60:02d} h"
