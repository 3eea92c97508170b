"""A transfer in words: what its row shows, and what can be done with it."""

from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from client.gui.presenters.queue_work import Outcome, Progress
from client.gui.presenters.transfers import GetState, GetStatus
from client.gui.problem import Kind, Problem
from client.gui.reasons import in_words
from client.gui.text import _, date, left, ngettext, place, rate, size
from client.local.queue import GetOrder, Queued, SendOrder


class Status(Enum):
    """How it is with a transfer."""

    WAITING = "waiting"
    """For its turn."""
    LOCKED = "locked"
    """For the keys."""
    OFFLINE = "offline"
    """For the server, after it was tried for long."""
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    FAILED = "failed"
    PARTLY = "partly"
    """A folder that is there but for some of its files."""
    DONE = "done"

    @property
    def is_over(self) -> bool:
        return self in (Status.DONE, Status.FAILED, Status.PARTLY)


class Tone(Enum):
    """How a row is meant; its words say the same."""

    PLAIN = "plain"
    MUTED = "muted"
    GOOD = "good"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Row:
    """All that is seen of one transfer."""

    key: str
    sends: bool
    name: str
    whom: str
    status: Status
    words: str
    tone: Tone = Tone.PLAIN
    detail: str = ""
    """What happened, whether data is safe, what to do next; or a list of what is missing."""
    share: float | None = 0.0
    """0 to 1; None where nobody knows."""
    amount: str = ""
    speed: str = ""
    left: str = ""
    file_id: str = ""
    path: str = ""
    copyable: str = ""
    """For Copy details; empty for none."""
    contact: str = ""
    """Whose key is the trouble."""
    can_pause: bool = False
    can_resume: bool = False
    can_retry: bool = False
    can_cancel: bool = False
    can_clear: bool = False
    can_unlock: bool = False
    can_share: bool = False
    """Copy its id, share it, show it as a QR code, open My files."""
    can_open: bool = False
    """What was received."""
    can_show_contact: bool = False
    can_sign_in: bool = False

    @property
    def is_over(self) -> bool:
        return self.status.is_over


@dataclass(frozen=True, slots=True)
class QueueState:
    """The newest is last."""

    rows: tuple[Row, ...] = ()

    def of(self, *, sends: bool) -> "QueueState":
        """One direction's."""
        return QueueState(tuple(row for row in self.rows if row.sends == sends))

    @property
    def summary(self) -> str:
        """One line above the list: what runs and what went wrong."""
        return _summary_of(self.rows)

    @property
    def can_retry_all(self) -> bool:
        return any(row.status in (Status.FAILED, Status.PARTLY) for row in self.rows)

    @property
    def can_clear(self) -> bool:
        return any(row.status is Status.DONE for row in self.rows)

    @property
    def can_pause_all(self) -> bool:
        return any(row.can_pause for row in self.rows)

    @property
    def can_resume_all(self) -> bool:
        return any(row.can_resume for row in self.rows)


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of a transfer right now."""

    queued: Queued
    status: Status
    progress: Progress = field(default_factory=Progress)
    speed: float = 0.0
    """Bytes a second."""
    restored: bool = False
    """Whether it comes from an earlier run of the window."""
    interrupted: bool = False
    """Whether the process that moved it has ended, and another one goes on."""
    problem: Problem | None = None
    contact: str = ""
    outcome: Outcome | None = None

    @property
    def done(self) -> int:
        return max(self.progress.done, self.queued.done if not self.progress.name else 0)

    @property
    def total(self) -> int | None:
        return self.queued.size if self.progress.total is None else self.progress.total


def row_of(moment: Moment) -> Row:
    queued, status, outcome = moment.queued, moment.status, moment.outcome
    moves = status in (Status.WAITING, Status.LOCKED, Status.OFFLINE, Status.RUNNING)
    untrusted = moment.problem is not None and moment.problem.kind is Kind.UNTRUSTED and bool(moment.contact)
    row = Row(
        key=queued.key,
        sends=isinstance(queued.order, SendOrder),
        name=(outcome.name if outcome else moment.progress.name) or queued.name,
        whom=_whom(queued),
        status=status,
        words=_words(moment),
        tone=_tone(moment),
        detail=_detail(moment),
        share=_share(moment),
        amount=_amount(moment),
        file_id=outcome.file_id if outcome else "",
        path=outcome.path if outcome else "",
        copyable=moment.problem.details if moment.problem else "",
        contact=moment.contact,
        can_pause=moves,
        can_resume=status is Status.PAUSED,
        can_retry=status in (Status.FAILED, Status.PARTLY, Status.OFFLINE),
        can_cancel=moves or status in (Status.PAUSED, Status.FAILED),
        can_clear=status in (Status.DONE, Status.PARTLY),
        can_unlock=status is Status.LOCKED,
        can_share=outcome is not None and isinstance(queued.order, SendOrder),
        can_open=outcome is not None and bool(outcome.path),
        can_show_contact=untrusted,
        can_sign_in=moment.problem is not None and moment.problem.kind is Kind.SIGNED_OUT,
    )
    if status is not Status.RUNNING or moment.progress.reason or moment.done == moment.total:
        return row
    total = moment.total
    seconds = (total - moment.done) / moment.speed if total is not None and moment.speed >= 1 else None
    return replace(row, speed=rate(moment.speed) if moment.speed >= 1 else "", left=left(seconds))


def get_state_of(number: int, moment: Moment) -> GetState:
    """The same for whoever asked for something to be received."""
    order = moment.queued.order
    status = {
        Status.RUNNING: GetStatus.RUNNING,
        Status.PAUSING: GetStatus.RUNNING,
        Status.PAUSED: GetStatus.PAUSED,
        Status.CANCELLING: GetStatus.CANCELLED,
        Status.FAILED: GetStatus.FAILED,
        Status.PARTLY: GetStatus.DONE,
        Status.DONE: GetStatus.DONE,
    }.get(moment.status, GetStatus.WAITING)
    return GetState(
        number,
        order.file_id if isinstance(order, GetOrder) else "",
        status,
        _words(moment),
        moment.done,
        moment.total,
        moment.outcome.path if moment.outcome else "",
        moment.problem,
    )


def _summary_of(rows: tuple[Row, ...]) -> str:
    runs = sum(row.status is Status.RUNNING for row in rows)
    waits = sum(row.status in (Status.WAITING, Status.LOCKED, Status.OFFLINE) for row in rows)
    paused = sum(row.status is Status.PAUSED for row in rows)
    failed = sum(row.status in (Status.FAILED, Status.PARTLY) for row in rows)
    done = sum(row.status is Status.DONE for row in rows)
    parts = [
        ngettext("{count} under way", "{count} under way", runs) if runs else "",
        ngettext("{count} waiting", "{count} waiting", waits) if waits else "",
        ngettext("{count} paused", "{count} paused", paused) if paused else "",
        ngettext("{count} failed", "{count} failed", failed) if failed else "",
        ngettext("{count} finished", "{count} finished", done) if done else "",
    ]
    return " · ".join(part for part in parts if part)


def _whom(queued: Queued) -> str:
    order = queued.order
    if isinstance(order, GetOrder):
        return _("from {who}").format(who=order.from_email) if order.from_email else ""
    names = [*order.to, *order.invited, *(Path(each).name for each in order.key_files)]
    if not names:
        return _("for yourself")
    if len(names) > 2:
        more = ngettext("{count} more", "{count} more", len(names) - 2)
        return _("to {first}, {second} and {more}").format(first=names[0], second=names[1], more=more)
    return _("to {who}").format(who=", ".join(names))


def _words(moment: Moment) -> str:
    sends = isinstance(moment.queued.order, SendOrder)
    match moment.status:
        case Status.WAITING:
            return _("Waiting for its turn")
        case Status.LOCKED:
            return _("Waiting until your keys are unlocked")
        case Status.OFFLINE:
            return _("Waiting for the server. It goes on by itself.")
        case Status.PAUSING:
            return _("Pausing …")
        case Status.CANCELLING:
            return _("Cancelling …")
        case Status.PAUSED:
            return _("Paused: continues where it stopped") if moment.restored or moment.done else _("Paused")
        case Status.FAILED:
            return _("Not sent") if sends else _("Not received")
        case Status.PARTLY:
            return _missing_words(moment, sends=sends)
        case Status.DONE:
            return _done_words(moment, sends=sends)
    return _running_words(moment.progress, sends=sends)


def _running_words(progress: Progress, *, sends: bool) -> str:
    if progress.reason:
        return _("Waiting for the network: {reason}. It goes on by itself.").format(
            reason=in_words(progress.reason).rstrip(".")
        )
    if not progress.name:
        return _("Preparing …")
    if progress.verified or (progress.total and progress.done >= progress.total):
        return _("Finishing …")
    if progress.skipped and progress.done <= progress.skipped:
        return _("Continuing where it stopped …")
    return _("Encrypting and sending") if sends else _("Receiving")


def _done_words(moment: Moment, *, sends: bool) -> str:
    outcome = moment.outcome
    if outcome is None:
        return _("Saved")
    if not sends:
        return _("Saved as {path}").format(path=place(outcome.path))
    return _("Sent. Kept until {date}.").format(date=date(outcome.expires_at))


def _missing_words(moment: Moment, *, sends: bool) -> str:
    count = len(moment.outcome.missing) if moment.outcome else 0
    if sends:
        return ngettext(
            "Sent, but {count} file is missing. Try again to send it.",
            "Sent, but {count} files are missing. Try again to send them.",
            count,
        )
    return ngettext(
        "Saved, but {count} file is missing. Try again to receive it.",
        "Saved, but {count} files are missing. Try again to receive them.",
        count,
    )


def _tone(moment: Moment) -> Tone:
    if moment.status is Status.RUNNING and moment.progress.reason:
        return Tone.WARNING
    return {
        Status.FAILED: Tone.DANGER,
        Status.PARTLY: Tone.WARNING,
        Status.LOCKED: Tone.WARNING,
        Status.OFFLINE: Tone.WARNING,
        Status.DONE: Tone.GOOD,
        Status.RUNNING: Tone.PLAIN,
    }.get(moment.status, Tone.MUTED)


def _detail(moment: Moment) -> str:
    if moment.status is Status.FAILED and moment.problem is None:
        return moment.queued.failure
    if moment.status is Status.FAILED and moment.problem is not None:
        return _problem_words(moment.problem, moment.contact)
    outcome = moment.outcome
    if outcome is not None and moment.status is Status.PARTLY:
        return "\n".join(in_words(line) for line in outcome.missing[:_MOST_LINES])
    if outcome is not None:
        lines = list(outcome.troubles)
        if outcome.left_out:
            lines.append(
                ngettext(
                    "{count} thing was left out: a link or a device.",
                    "{count} things were left out: links or devices.",
                    outcome.left_out,
                )
            )
        if outcome.note:
            lines.append(_("Note: {note}").format(note=outcome.note))
        return "\n".join(lines)
    if moment.status is Status.RUNNING and moment.interrupted:
        return _("It was interrupted, and goes on where it stopped.")
    if moment.status is Status.RUNNING and moment.progress.again:
        return _("Begun afresh: {reason}.").format(reason=in_words(moment.progress.again))
    if moment.status is Status.RUNNING and moment.progress.via_server:
        return _("Goes through the server: its store can't be reached from here.")
    return ""


_MOST_LINES = 5


def _problem_words(problem: Problem, contact: str) -> str:
    if problem.kind is Kind.UNTRUSTED and contact:
        return _(
            "The key of {who} is not the one that you know. Nothing was sent to it. Compare safety numbers with them, "
            "then try again."
        ).format(who=contact)
    return f"{problem.specifics or problem.what} {problem.safe} {problem.then}"


def _share(moment: Moment) -> float | None:
    if moment.status in (Status.DONE, Status.PARTLY):
        return 1.0
    total = moment.total
    if not total:
        return 0.0 if moment.status is not Status.RUNNING else None
    return min(1.0, moment.done / total)


def _amount(moment: Moment) -> str:
    outcome, total = moment.outcome, moment.total
    if outcome is not None:
        amount = size(outcome.size)
        files = outcome.files
    else:
        amount = size(total) if total is not None else ""
        if moment.done and total is not None:
            amount = _("{done} of {total}").format(done=size(moment.done), total=size(total))
        files = None
        if moment.progress.files is not None:
            over = f"{moment.progress.files_over:,}"
            files_words = _("{over} of {files} files").format(over=over, files=f"{moment.progress.files:,}")
            return f"{amount} · {files_words}" if amount else files_words
    if files is None:
        return amount
    return f"{amount} · {ngettext('{count} file', '{count} files', files)}"
