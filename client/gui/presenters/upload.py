"""The Upload tab: what will be sent, to whom and on which terms; then it is the queue's."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from client.errors import FileProblem
from client.gui.bus import DroppedFiles, OpenTab, SettingsChanged, ShowContact, SignedIn, SignedOut
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.queue import NewSend
from client.gui.presenters.typed_paths import path_here
from client.gui.presenters.upload_people import People, PeopleState
from client.gui.presenters.upload_terms import (
    CHOICES,
    DEFAULT_DAYS,
    MOST_DAYS,
    day_after,
    day_text,
    hours_until,
    parse_day,
)
from client.gui.problem import Problem
from client.gui.text import _, ngettext, size
from client.local.queue import SendOrder
from shared.api import limits

MOST_NOTE = 4_000


@dataclass(frozen=True, slots=True)
class Item:
    """A file or folder that will be sent."""

    path: str
    name: str
    is_folder: bool
    amount: str
    """Its size in words; empty while that is being found out."""
    bytes: int | None = None
    error: str = ""
    """Why it can't be sent."""


@dataclass(frozen=True, slots=True)
class UploadState:
    signed_in: bool = False
    items: tuple[Item, ...] = ()
    total: str = ""
    people: PeopleState = PeopleState()  # noqa: RUF009  (frozen)
    days: int = DEFAULT_DAYS
    """Which of `CHOICES` it is; 0 for another day."""
    day: str = ""
    """The last day on which it can be fetched, as it is written."""
    day_error: str = ""
    downloads: str = ""
    downloads_error: str = ""
    note: str = ""
    note_error: str = ""
    compress: bool = True
    notify: bool = False
    """Whether I get a mail when somebody first fetches it."""
    for_link: bool = False
    """Whether nobody need be named: a link is made of it when it has arrived."""
    can_send: bool = False
    send_words: str = ""
    """What the button says."""
    why_not: str = ""
    """What is missing, where something is."""

    @property
    def is_empty(self) -> bool:
        return not self.items


class Upload(Presenter[UploadState]):
    def __init__(self, house: House, now: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone()) -> None:
        super().__init__(UploadState())
        self._house = house
        self._now = now
        self.people = People(house)
        self.people.watch(lambda state: self._judge(people=state))
        house.bus.on(DroppedFiles, lambda news: self.add_paths(news.paths))
        house.bus.on(SignedIn, lambda _news: self._judge())
        house.bus.on(SignedOut, lambda _news: self.clear())
        house.bus.on(SettingsChanged, lambda _news: self._judge())
        self.clear()

    # --- what

    def add_paths(self, paths: Iterable[str]) -> None:
        """Dropped, pasted or chosen: files and folders, each once."""
        known = {item.path for item in self.state.items}
        new: list[Item] = []
        for text in paths:
            here = path_here(text)
            path = str((here or Path(text)).absolute())
            if path not in known:
                known.add(path)
                new.append(Item(path, Path(path).name or path, here is not None and here.is_dir(), ""))
        if not new:
            return
        self._judge(items=(*self.state.items, *new))
        for item in new:
            self._measure(item)

    def paste(self, text: str) -> bool:
        """What is on the clipboard, if it is files: a list of URIs, or paths a line; whether it was."""
        paths = pasted_paths(text)
        self.add_paths(paths)
        return bool(paths)

    def remove(self, path: str) -> None:
        self._judge(items=tuple(item for item in self.state.items if item.path != path))

    def clear(self) -> None:
        """An empty page."""
        self.people.clear()
        day = day_text(day_after(DEFAULT_DAYS, self._now()))
        compress = self._house.settings.current.compression == "auto"
        self._show(UploadState(day=day, compress=compress))
        self._judge()

    # --- on which terms

    def choose_days(self, days: int) -> None:
        """One of `CHOICES`."""
        if days in CHOICES:
            self._judge(days=days, day=day_text(day_after(days, self._now())))

    def type_day(self, text: str) -> None:
        """A day in any of the usual ways."""
        fitting = [days for days in CHOICES if parse_day(text) == day_after(days, self._now())]
        self._judge(day=text, days=fitting[0] if fitting else 0)

    def type_downloads(self, text: str) -> None:
        self._judge(downloads=text)

    def type_note(self, text: str) -> None:
        self._judge(note=text)

    def choose_compression(self, on: bool) -> None:
        self._judge(compress=on)

    def choose_notice(self, on: bool) -> None:
        """A mail when somebody first fetches it."""
        self._judge(notify=on)

    def choose_link(self, on: bool) -> None:
        """It is for people without an account."""
        self._judge(for_link=on)

    # --- go

    def send(self) -> None:
        """Everything goes into the queue, and the page is empty for the next."""
        state = self.state
        day = parse_day(state.day)
        hours = None if day is None else hours_until(day, self._now())
        if not state.can_send or hours is None:
            return
        orders = [
            SendOrder(
                item.path,
                self.people.emails,
                self.people.key_files,
                self.people.invited,
                hours,
                int(state.downloads) if state.downloads.strip() else None,
                state.note.strip(),
                state.compress,
                state.notify,
            )
            for item in state.items
        ]
        wanted = [NewSend(order, item.name, item.bytes) for order, item in zip(orders, state.items, strict=True)]
        self.clear()
        self._house.queue.add_sends(wanted)

    def show_contact(self) -> None:
        """Whose key is another one than before."""
        if self.state.people.changed:
            self._house.bus.tell(OpenTab("settings"))
            self._house.bus.tell(ShowContact(self.state.people.changed))

    def sign_in(self) -> None:
        self._house.bus.tell(OpenTab("account"))

    def copy_id(self, key: str) -> None:
        """Of something that was sent."""
        row = self._house.queue.row(key)
        if row is not None and row.file_id:
            self._house.clipboard.copy(row.file_id, _("The id"))

    def copy_share_text(self, key: str) -> None:
        text = self._house.queue.share_text(key)
        if text:
            self._house.clipboard.copy(text, _("The text for your recipients"))

    def copy_details(self, key: str) -> None:
        """Of something that failed."""
        row = self._house.queue.row(key)
        if row is not None and row.copyable:
            self._house.clipboard.copy_details(row.copyable)

    def _measure(self, item: Item) -> None:
        self._house.jobs.run(
            lambda _job: _amount_of(Path(item.path), is_folder=item.is_folder),
            done=lambda found: self._measured(item.path, *found),
            failed=lambda problem: self._unusable(item.path, problem),
        )

    def _measured(self, path: str, amount: str, count: int) -> None:
        self._change(path, lambda item: replace(item, amount=amount, bytes=count))

    def _unusable(self, path: str, problem: Problem) -> None:
        self._change(path, lambda item: replace(item, error=problem.specifics or problem.what))

    def _change(self, path: str, change: Callable[[Item], Item]) -> None:
        self._judge(items=tuple(change(item) if item.path == path else item for item in self.state.items))

    def _judge(self, **changes: object) -> None:
        """All that follows from what was chosen."""
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names and types are those of the calls above
        signed_in = self._session_is_there()
        state = replace(
            state,
            signed_in=signed_in,
            total=_total(state.items),
            day_error=self._day_error(state.day),
            downloads_error=_downloads_error(state.downloads),
            note_error=_note_error(state.note),
        )
        why_not = _why_not(state)
        count = len(state.items)
        words = ngettext("Send {count} item", "Send {count} items", count) if count > 1 else _("Send")
        self._show(replace(state, why_not=why_not, can_send=not why_not, send_words=words))

    def _session_is_there(self) -> bool:
        from client.local.session import session_here

        return session_here(self._house.paths) is not None

    def _day_error(self, text: str) -> str:
        day = parse_day(text)
        if day is None:
            example = day_text(day_after(DEFAULT_DAYS, self._now()))
            return _("Write a day like {example}.").format(example=example)
        if hours_until(day, self._now()) is None:
            past = day < self._now().date()
            return (
                _("That day is over.")
                if past
                else _("The server keeps files for {days} days at most.").format(days=MOST_DAYS)
            )
        return ""


def pasted_paths(text: str) -> tuple[str, ...]:
    """The files that a clipboard's text names; none where any line is something else."""
    lines = [line.strip() for line in text.replace("\0", "").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if lines and lines[0] in ("copy", "cut"):  # as GNOME's file manager begins
        lines = lines[1:]
    found = []
    for line in lines:
        path = _path_of_uri(line) if line.startswith("file:") else line.strip("\"'")
        here = path_here(path)
        if not path or here is None or not here.is_absolute():
            return ()
        found.append(path)
    return tuple(found)


def _path_of_uri(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        return ""
    path = unquote(parts.path, errors="surrogateescape")
    return path[1:] if os.name == "nt" else path


def _amount_of(path: Path, *, is_folder: bool) -> tuple[str, int]:
    """In words and bytes. Raises `FileProblem` for what can't be sent."""
    try:
        path.name.encode("utf-8")
    except UnicodeEncodeError:
        raise FileProblem(_("Its name is not UTF-8, so it would look different everywhere. Rename it.")) from None
    if not is_folder:
        from client.local.inputs import open_file, size_of

        with open_file(path):
            count = size_of(path)
        if count is None:
            raise FileProblem(_("It is no plain file."))
        return size(count), count
    from client.local.tree import scan

    tree = scan(path)
    if not tree.files and not tree.empty_folders:
        raise FileProblem(_("There is nothing in this folder that could be sent."))
    files = ngettext("{count} file", "{count} files", len(tree.files))
    left_out = len(tree.skipped) + len(tree.unreadable)
    if not left_out:
        return f"{size(tree.size)} · {files}", tree.size
    more = ngettext("{count} left out", "{count} left out", left_out)
    return f"{size(tree.size)} · {files} · {more}", tree.size


def _total(items: tuple[Item, ...]) -> str:
    if len(items) < 2:
        return ""
    return _("{count} items, {size}").format(count=len(items), size=size(sum(item.bytes or 0 for item in items)))


def _why_not(state: UploadState) -> str:
    if not state.signed_in:
        return _("Sign in first.")
    if not state.items:
        return _("Choose what to send.")
    if any(item.error for item in state.items):
        return _("Remove what can't be sent.")
    if any(item.bytes is None for item in state.items):
        return _("Looking through the files …")
    nobody = state.for_link and not state.people.people
    return ("" if nobody else state.people.why_not) or state.day_error or state.downloads_error or state.note_error


def _downloads_error(text: str) -> str:
    text = text.strip()
    if not text or (text.isascii() and text.isdigit() and 1 <= int(text) <= limits.MAX_DOWNLOAD_LIMIT):
        return ""
    return _("Write a number, or nothing for any number of downloads.")


def _note_error(text: str) -> str:
    if len(text) <= MOST_NOTE:
        return ""
    return _("{count} characters are too many: at most {most}. Send a file with them.").format(
        count=f"{len(text):,}", most=f"{MOST_NOTE:,}"
    )
