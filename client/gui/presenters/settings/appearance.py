"""Settings that live on this machine alone: the look, the language, transfers, the clipboard and the lock."""

from dataclasses import dataclass, replace
from pathlib import Path

from client.gui.bus import SettingsChanged
from client.gui.presenters.house import House
from client.gui.presenters.settings.questions import Questions
from client.gui.presenters.settings.room import Room
from client.gui.text import LANGUAGES, _, language, rate, system_language
from client.local.settings import LEAST_SCALING, MOST_SCALING, THEMES, Settings

AUTO_LOCK_MINUTES = (5, 15, 30, 60, 240, 0)
CLIPBOARD_SECONDS = 60
_MEGA = 1_000_000
LIMITS = (0, 256_000, 512_000, 1 * _MEGA, 2 * _MEGA, 5 * _MEGA, 10 * _MEGA, 25 * _MEGA, 50 * _MEGA)
"""Bytes a second; 0 for no limit."""


@dataclass(frozen=True, slots=True)
class LocalState:
    theme: str
    scaling: int
    language: str
    """Chosen; empty for the system's."""
    language_waits: bool
    """Whether another one is chosen than the window speaks: it comes with the next start."""
    download_folder: str
    own_folder: bool
    """Whether that is not the system's."""
    folder_problem: str
    limit: int
    limit_words: str
    compress: bool
    clear_clipboard: bool
    auto_lock_minutes: int


class Local(Room[LocalState]):
    """Saved as soon as it is changed; theme and scaling are in force at once."""

    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, _state_of(house.settings.current, language()))
        self._spoken = language()
        house.bus.on(SettingsChanged, lambda _news: self.shown())

    def shown(self) -> None:
        self._show(_state_of(self.house.settings.current, self._spoken))

    def choose_theme(self, theme: str) -> None:
        chosen = next((each for each in THEMES if each == theme), None)
        if chosen is not None:
            self.house.change_settings(lambda now: replace(now, theme=chosen))

    def scale(self, percent: int) -> None:
        """Percent, from 80 to 200."""
        percent = max(LEAST_SCALING, min(MOST_SCALING, percent))
        self.house.change_settings(lambda now: replace(now, scaling=percent))

    def choose_language(self, code: str) -> None:
        self.house.change_settings(lambda now: replace(now, language=code))

    def choose_folder(self, folder: str) -> None:
        """An empty one changes nothing: the person closed the dialog."""
        if folder:
            self.house.change_settings(lambda now: replace(now, download_folder=folder))

    def default_folder(self) -> None:
        self.house.change_settings(lambda now: replace(now, download_folder=""))

    def limit(self, bytes_a_second: int) -> None:
        self.house.change_settings(lambda now: replace(now, bandwidth_limit=max(0, bytes_a_second)))

    def compress(self, on: bool) -> None:
        self.house.change_settings(lambda now: replace(now, compression="auto" if on else "off"))

    def clear_clipboard(self, on: bool) -> None:
        seconds = CLIPBOARD_SECONDS if on else 0
        self.house.change_settings(lambda now: replace(now, clear_clipboard_seconds=seconds))

    def auto_lock(self, minutes: int) -> None:
        self.house.change_settings(lambda now: replace(now, auto_lock_minutes=minutes))


def limits(chosen: int = 0) -> dict[str, str]:
    """What can be chosen, by bytes a second; a limit that was set elsewhere stays to be seen."""
    return {str(each): limit_words(each) for each in sorted({*LIMITS, chosen})}


def limit_words(bytes_a_second: int) -> str:
    return rate(bytes_a_second) if bytes_a_second else _("No limit")


def locks(chosen: int = 0) -> dict[str, str]:
    """What can be chosen, by minutes."""
    ordered = sorted({*AUTO_LOCK_MINUTES, chosen}, key=lambda each: each or 1 << 20)
    return {str(each): lock_words(each) for each in ordered}


def lock_words(minutes: int) -> str:
    if not minutes:
        return _("Never")
    if minutes % 60 == 0:
        hours = minutes // 60
        return _("After 1 hour") if hours == 1 else _("After {count} hours").format(count=hours)
    return _("After {count} minutes").format(count=minutes)


def _state_of(settings: Settings, spoken: str) -> LocalState:
    folder = settings.downloads()
    return LocalState(
        settings.theme,
        settings.scaling,
        settings.language,
        _wanted(settings.language) != spoken,
        str(folder),
        bool(settings.download_folder),
        _problem_of(folder) if settings.download_folder else "",
        settings.bandwidth_limit,
        limit_words(settings.bandwidth_limit),
        settings.compression == "auto",
        bool(settings.clear_clipboard_seconds),
        settings.auto_lock_minutes,
    )


def _wanted(code: str) -> str:
    wanted = code or system_language().partition("_")[0].lower()
    return wanted if wanted in LANGUAGES else "en"


def _problem_of(folder: Path) -> str:
    return "" if folder.is_dir() else _("This folder is not there. It is made when something is downloaded.")
