"""The window's language: English stands in the code, others in `locale`; sizes, rates and moments in words."""

import gettext
import locale
import os
import time
from datetime import datetime
from pathlib import Path

from client.words import date_text, duration_text, size_text

LOCALES = Path(__file__).with_name("locale")
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""What can be chosen, each called by its own name."""
_DOMAIN = "sealcase"
_NO_TIME = 1.0
"""Seconds below which no rate is worth telling."""


class _Catalogue:
    """The one language that is in force; chosen at the start and, seldom, in the settings."""

    def __init__(self) -> None:
        self.language = "en"
        self.translations: gettext.NullTranslations = gettext.NullTranslations()


_catalogue = _Catalogue()


def use_language(language: str | None = None) -> str:
    """Puts a language in force, that of the system if None; returns its code. Unknown ones are English."""
    wanted = (language or system_language()).partition("_")[0].lower()
    _catalogue.language = wanted if wanted in LANGUAGES else "en"
    _catalogue.translations = (
        gettext.NullTranslations()
        if _catalogue.language == "en"
        else gettext.translation(_DOMAIN, LOCALES, [_catalogue.language])
    )
    return _catalogue.language


def language() -> str:
    """The code of the language in force."""
    return _catalogue.language


def system_language() -> str:
    """What the environment, or the system, says; "en" where neither does."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return value.partition(":")[0].partition(".")[0]
    return (locale.getlocale()[0] or "en").partition(".")[0]


def _(text: str) -> str:
    """The text in the language in force."""
    return _catalogue.translations.gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """One of two texts, as `count` needs it in the language in force; `{count}` in it is filled in."""
    return _catalogue.translations.ngettext(one, many, count).format(count=count)


def size(amount: int | float) -> str:
    """3.4 MB, in German 3,4 MB."""
    return _decimal(size_text(amount))


def rate(bytes_a_second: float) -> str:
    """3.4 MB/s."""
    return f"{size(bytes_a_second)}/s"


def left(seconds: float | None) -> str:
    """How long it takes yet; empty where nobody knows."""
    if seconds is None:
        return ""
    return _("{time} left").format(time=duration_text(max(seconds, _NO_TIME)))


def moment(timestamp: float, now: float | None = None) -> str:
    """A moment in local time: `today 14:03`, `yesterday 9:12`, `24 Dec 2026, 14:03`, in German `24.12.2026, 14:03`."""
    text = date_text(int(timestamp))
    day, _blank, clock = text.partition(" ")
    if not clock:
        return text
    here = time.time() if now is None else now
    if day == date_text(int(here)).partition(" ")[0]:
        return _("today {time}").format(time=clock)
    if day == date_text(int(here - 86_400)).partition(" ")[0]:
        return _("yesterday {time}").format(time=clock)
    return f"{date(timestamp)}, {clock}"


def date(timestamp: float) -> str:
    """A day in local time: `24 Dec 2026`, in German `24.12.2026`."""
    text = date_text(int(timestamp)).partition(" ")[0]
    try:
        day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007  (the text is local time already)
    except ValueError:
        return text
    if _catalogue.language == "de":
        return f"{day.day}.{day.month}.{day.year}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def until(timestamp: float, now: float | None = None) -> str:
    """How long something is kept yet: `6 days left`, `3 hours left`, `expired`."""
    seconds = timestamp - (time.time() if now is None else now)
    if seconds <= 0:
        return _("expired")
    if seconds < 3_600:
        return ngettext("{count} minute left", "{count} minutes left", max(1, int(seconds // 60)))
    if seconds < 86_400 * 2:
        return ngettext("{count} hour left", "{count} hours left", int(seconds // 3_600))
    return ngettext("{count} day left", "{count} days left", int(seconds // 86_400))


def _decimal(text: str) -> str:
    return text.replace(".", ",") if _catalogue.language == "de" else text


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def place(path: str) -> str:
    """A path as people know it: `~` for their own folder, where that is customary."""
    home = str(Path.home())
    inside = path == home or path.startswith(f"{home}{os.sep}")
    return f"~{path[len(home) :]}" if inside and os.name == "posix" else path
