"""The queue of transfers, in both directions: each can be paused and continued, and none is lost."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from client.errors import ClientError
from client.gui.bus import CameOnline, OpenTab, ShowContact, SignedIn, SignedOut, Unlocked
from client.gui.presenters.queue_rows import Moment, Row, Status, get_state_of, row_of
from client.gui.presenters.queue_turns import Transfer, Turns, noted
from client.gui.presenters.queue_work import Intent
from client.gui.presenters.transfers import Get, GetState
from client.gui.problem import problem_of
from client.gui.text import _, ngettext
from client.local.queue import GetOrder, Queued, SendOrder

if TYPE_CHECKING:
    from client.local.session import Session


_CANCEL_SECONDS = 1.0
"""After which what is cancelled is no longer seen, however long a server takes to say yes to that."""


@dataclass(frozen=True, slots=True)
class NewSend:
    """Something to send, with what is known of it already."""

    order: SendOrder
    name: str
    size: int | None


class Queue(Turns):
    """`Transfers` for who receives, and all that can be wanted of a row. What is not over is also on disk."""

    def _begin(self) -> None:
        self._numbers = count(1)
        self._ended: set[str] = set()
        """Keys of what the end of a session has stopped: it goes on with the next one."""
        self._bus.on(SignedIn, lambda _news: self._signed_in())
        self._bus.on(SignedOut, lambda news: self._signed_out(ended=bool(news.email)))
        self._bus.on(Unlocked, lambda _news: self._go_on(Status.LOCKED))
        self._bus.on(CameOnline, lambda _news: self._go_on(Status.OFFLINE))
        self._load()

    # --- what is wanted of it

    def add_sends(self, wanted: Sequence[NewSend]) -> None:
        """Sends them as soon as it is their turn."""
        session = self._session()
        if session is None:
            return
        for each in wanted:
            queued = Queued.new(session, each.order, each.name, each.size, time.time())
            self._add(Transfer(next(self._numbers), Moment(queued, Status.WAITING)))
        self._fill(asking=True)

    def add_get(self, wanted: Get) -> int:
        """As `Transfers` says."""
        number = next(self._numbers)
        session = self._session()
        if session is None:
            return number
        order = GetOrder(
            wanted.file_id, str(wanted.folder), wanted.save_as, wanted.replace, wanted.from_email, wanted.key_file
        )
        queued = Queued.new(session, order, wanted.name or wanted.file_id, wanted.size, time.time())
        self._add(Transfer(number, Moment(queued, Status.WAITING), wanted.keys))
        self._fill(asking=True)
        return number

    def watch_gets(self, heard: Callable[[GetState], None]) -> Callable[[], None]:
        """As `Transfers` says."""
        self._hearers.append(heard)
        for each in self._all.values():
            if isinstance(each.moment.queued.order, GetOrder):
                heard(get_state_of(each.number, each.moment))
        return lambda: self._hearers.remove(heard) if heard in self._hearers else None

    def retry_get(self, number: int) -> None:
        """As `Transfers` says."""
        for each in self._numbered(number):
            self.resume(each.key)

    def cancel_get(self, number: int) -> None:
        """As `Transfers` says."""
        for each in self._numbered(number):
            self.cancel(each.key)

    def pause(self, key: str) -> None:
        """What has arrived stays; it continues when it is resumed."""
        each, row = self._all.get(key), self._rows.get(key)
        if each is None or row is None or not row.can_pause:
            return
        if each.job is not None:
            self._stop(each, Intent.PAUSE)
        else:
            self._paused(each)
        self._fill()

    def resume(self, key: str) -> None:
        """After a pause or a failure: what has arrived does not travel again."""
        each, row = self._all.get(key), self._rows.get(key)
        if each is None or row is None or not (row.can_resume or row.can_retry):
            return
        self._wait(each)
        self._fill(asking=True)

    def retry(self, key: str) -> None:
        self.resume(key)

    def retry_all(self, *, sends: bool) -> None:
        """All that failed in one direction."""
        self._again([row for row in self.state.of(sends=sends).rows if row.can_retry])

    def pause_all(self, *, sends: bool) -> None:
        for row in self.state.of(sends=sends).rows:
            self.pause(row.key)

    def resume_all(self, *, sends: bool) -> None:
        self._again([row for row in self.state.of(sends=sends).rows if row.can_resume])

    def cancel(self, key: str) -> None:
        """Ends it; what was begun goes, at the server as well."""
        each, row = self._all.get(key), self._rows.get(key)
        if each is None or row is None or not row.can_cancel:
            return
        self._scheduler.after(_CANCEL_SECONDS, lambda: self._put_out_of_sight(each))
        if each.job is not None:
            self._stop(each, Intent.CANCEL)
        else:
            self._show_as(each, Status.CANCELLING)
            self._give_up(each)

    def clear(self, key: str) -> None:
        """Takes a finished one off the list."""
        if key in self._rows and self._rows[key].can_clear:
            self._drop(self._all[key])

    def clear_finished(self, *, sends: bool) -> None:
        for row in self.state.of(sends=sends).rows:
            if row.status is Status.DONE:
                self.clear(row.key)

    def unlock(self) -> None:
        """For rows that wait for the keys."""
        for each in self._all.values():
            if each.moment.status is Status.LOCKED:
                self._wait(each)
        self._fill(asking=True)

    def show_contact(self, key: str) -> None:
        """Whose key is not the one that was known."""
        if key in self._rows and self._rows[key].contact:
            self._bus.tell(OpenTab("settings"))
            self._bus.tell(ShowContact(self._rows[key].contact))

    def show_files(self) -> None:
        self._bus.tell(OpenTab("files"))

    def sign_in(self) -> None:
        self._bus.tell(OpenTab("account"))

    def row(self, key: str) -> Row | None:
        return self._rows.get(key)

    def share_text(self, key: str) -> str:
        """What to write to a recipient."""
        from client.gui.presenters.file_words import share_text  # which knows the house, and the house knows us

        row, session = self._rows.get(key), self._session()
        if row is None or session is None or not row.file_id:
            return ""
        return share_text(row.file_id, session.server)

    def flush(self) -> None:
        """Before the window closes: what stands on disk is what is known."""
        for each in self._all.values():
            self._save(each)
        self._kept.flush()

    def close(self) -> None:
        """After the last job."""
        self._works.close()

    # --- who it is for

    def _signed_in(self) -> None:
        """Their transfers are shown again; those that the end of a session has stopped go on."""
        session = self._session()
        if session is None:
            return
        for each in [each for each in self._all.values() if not each.moment.queued.belongs_to(session)]:
            self._hide(each)
        self._load()
        self._fill()

    def _signed_out(self, *, ended: bool) -> None:
        """What runs is paused; what others have queued is nobody's business."""
        for each in list(self._all.values()):
            row = self._rows.get(each.key)
            if ended and row is not None and (row.can_pause or row.can_sign_in):
                self._ended.add(each.key)
            if each.job is not None:
                each.job.cancel()
            self._save(each)
            self._hide(each)

    def _load(self) -> None:
        session = self._session()
        if session is None:
            return
        try:
            found = self._store.of(session)
        except ClientError as error:
            self._notices.problem(problem_of(error))
            return
        for queued in found:
            if queued.key not in self._all and not self._kept.has_forgotten(queued.key):
                each = Transfer(next(self._numbers), Moment(queued, _restored(queued), restored=True))
                self._all[queued.key] = each
                self._rows[queued.key] = row_of(each.moment)
                if queued.cancelled:
                    self._give_up(each)
                elif queued.key in self._ended:
                    self._ended.discard(queued.key)
                    self._wait(each)
        self._show_all()
        if left := sum(row.can_resume for row in self._rows.values()):
            waiting = ngettext(
                "{count} transfer of last time is not finished.",
                "{count} transfers of last time are not finished.",
                left,
            )
            self._notices.say(waiting, action=_("Continue"), act=self._continue_last_time)

    def _continue_last_time(self) -> None:
        """Where one sees how far it is, and hears of its end."""
        left = [row for row in self._rows.values() if row.can_resume]
        self._bus.tell(OpenTab("upload" if any(row.sends for row in left) else "download"))
        self._again(left)

    def _session(self) -> "Session | None":
        from client.local.session import session_here

        return session_here(self._paths)

    # --- single ones

    def _add(self, each: Transfer) -> None:
        self._all[each.key] = each
        self._kept.save(each.moment.queued)
        self._show_row(each)

    def _save(self, each: Transfer) -> None:
        if each.moment.status is not Status.DONE:
            self._kept.save(noted(each.moment))

    def _again(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._wait(self._all[row.key])
        self._fill(asking=True)

    def _numbered(self, number: int) -> list[Transfer]:
        return [each for each in self._all.values() if each.number == number and each.key in self._rows]


def _restored(queued: Queued) -> Status:
    """What it is at the start of the window."""
    if queued.cancelled:
        return Status.CANCELLING
    return Status.FAILED if queued.failure else Status.PAUSED
