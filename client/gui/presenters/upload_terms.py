"""How long a file is kept: a day of the calendar, as people say it and as the server counts it."""

import re
from datetime import date as Day  # noqa: N812  (`date` is what writes one in the person's language)
from datetime import datetime, time, timedelta
from math import floor

from client.gui.text import date, ngettext
from shared.api import limits

DEFAULT_DAYS = 7
CHOICES = (1, 7, 30, 90)
"""Days that stand side by side."""
MOST_DAYS = limits.MAX_EXPIRY_HOURS // 24
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_GERMAN = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_ENGLISH = re.compile(r"(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def day_after(days: int, now: datetime) -> Day:
    return now.date() + timedelta(days=days)


def parse_day(text: str) -> Day | None:
    """`2026-12-24`, `24.12.2026` or `24 Dec 2026`; None for what is no day."""
    text = text.strip()
    try:
        if match := _ISO.fullmatch(text):
            return Day(int(match[1]), int(match[2]), int(match[3]))
        if match := _GERMAN.fullmatch(text):
            return Day(int(match[3]), int(match[2]), int(match[1]))
        if (match := _ENGLISH.fullmatch(text)) and match[2].lower() in _MONTHS:
            return Day(int(match[3]), _MONTHS.index(match[2].lower()) + 1, int(match[1]))
    except ValueError:
        return None
    return None


def day_text(day: Day) -> str:
    """In the person's language; `parse_day` reads it again."""
    return date(datetime.combine(day, time(12)).astimezone().timestamp())


def hours_until(day: Day, now: datetime) -> int | None:
    """Hours from now to the end of that day, as the server takes them; None where that is over or too far away."""
    end = datetime.combine(day + timedelta(days=1), time()).astimezone()
    hours = floor((end - now).total_seconds() / 3_600)
    if end <= now or hours > limits.MAX_EXPIRY_HOURS + 24:
        return None
    return max(1, min(hours, limits.MAX_EXPIRY_HOURS))


def days_text(days: int) -> str:
    return ngettext("{count} day", "{count} days", days)
