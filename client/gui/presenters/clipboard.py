"""What the window copies: taken off the clipboard again after a while, if it is still there."""

from collections.abc import Callable
from typing import Protocol

from client.gui.jobs import Cancel, Scheduler
from client.gui.presenters.notices import Notices, Tone
from client.gui.text import _, ngettext
from client.local.settings import Settings


class Board(Protocol):
    """The system's clipboard."""

    def read(self) -> str | None:
        """The text on it; None where there is none."""

    def write(self, text: str) -> None: ...

    def clear(self) -> None: ...


class Clipboard:
    """Every tab copies through it. Remembers a digest of what it copied, never the text."""

    def __init__(self, scheduler: Scheduler, settings: Callable[[], Settings], notices: Notices) -> None:
        self._scheduler = scheduler
        self._settings = settings
        self._notices = notices
        self._board: Board | None = None
        self._copied: bytes | None = None
        self._timer: Cancel | None = None

    def attach(self, board: Board) -> None:
        """The window has one; before it is there, nothing can be copied."""
        self._board = board

    def copy(self, text: str, what: str = "") -> None:
        """Says what was copied where `what` names it, such as "The id", and when it goes."""
        if self._board is None or not text:
            return
        self._board.write(text)
        self._remember(text)
        if what:
            self._notices.say(_said(what, self._settings().clear_clipboard_seconds), Tone.GOOD)

    def copy_details(self, details: str) -> None:
        """Of what went wrong."""
        self.copy(details, _("The details"))

    def noticed(self) -> None:
        """Something was copied out of a field, by Tk itself."""
        text = None if self._board is None else self._board.read()
        if text:
            self._remember(text)

    def clear(self) -> None:
        """Now, if what was copied is still there; what somebody copied since is theirs."""
        self._stop()
        copied, self._copied = self._copied, None
        if copied is None or self._board is None:
            return
        now = self._board.read()
        if now is not None and _digest(now) == copied:
            self._board.clear()

    def flush(self) -> None:
        """Before the window closes: nobody could clear it later."""
        if self._settings().clear_clipboard_seconds:
            self.clear()

    def _remember(self, text: str) -> None:
        self._copied = _digest(text)
        self._stop()
        if seconds := self._settings().clear_clipboard_seconds:
            self._timer = self._scheduler.after(seconds, self.clear)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None


def _said(what: str, seconds: int) -> str:
    copied = _("{what} copied.").format(what=what)
    if not seconds:
        return copied
    stays = ngettext("It stays for {count} second.", "It stays for {count} seconds.", seconds)
    return f"{copied} {stays}"


def _digest(text: str) -> bytes:
    import hashlib  # slow to import, and many windows copy nothing

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
