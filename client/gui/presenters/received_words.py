"""What is said of a file that others sent, and of how receiving it goes."""

from dataclasses import dataclass, replace

from client.gui.presenters.file_words import name_words, state_words
from client.gui.presenters.listing import FileLine
from client.gui.presenters.rows import Row
from client.gui.presenters.transfers import GetState, GetStatus
from client.gui.presenters.trust import sender_words
from client.gui.text import _, moment, size, until


@dataclass(frozen=True, slots=True)
class Picked:
    """What there is to say of the one file that is chosen."""

    name: str
    signed: str
    signed_tone: str
    note: str
    transfer: str = ""
    """How it is with receiving it."""
    share: float | None = None
    """0 to 1, while it is received; None where nobody knows."""
    running: bool = False
    failed: bool = False
    details: str = ""
    """For Copy details, after a failure."""


def received_row(line: FileLine, get: GetState | None, now: float, *, new: bool) -> Row:
    """In the list; `get` is the newest transfer of it, `now` in Unix seconds."""
    trust = sender_words(line.trust, line.from_email)
    words, tone = _state_of(line, get, now, new=new)
    if trust.tone in ("danger", "warning") and tone in ("", "accent"):
        tone = trust.tone
    cells = (
        name_words(line),
        line.from_email,
        trust.line if line.opened else "",
        size(line.size),
        moment(line.uploaded_at, now),
        until(line.expires_at, now),
        words,
    )
    return Row(line.file_id, cells, tone)


def picked(line: FileLine, get: GetState | None) -> Picked:
    """Of the one that is chosen, beside the list."""
    words = sender_words(line.trust, line.from_email)
    signed = words.sentence if line.opened else ""
    if line.altered:
        signed = _("It is not what its sender sealed: nothing of it will be saved.")
    plain = Picked(name_words(line), signed, "danger" if line.altered else words.tone, line.note)
    if get is None or get.status is GetStatus.CANCELLED:
        return plain
    share = None if not get.total else min(1.0, get.done / get.total)
    text, details = get.words, ""
    if get.status is GetStatus.DONE:
        text = _("Saved as {path}").format(path=get.path)
    elif get.problem is not None:
        text, details = get.problem.sentence_and_safety, get.problem.details
    return replace(
        plain,
        transfer=text,
        share=share,
        running=not get.status.is_over,
        failed=get.status is GetStatus.FAILED,
        details=details,
    )


def _state_of(line: FileLine, get: GetState | None, now: float, *, new: bool) -> tuple[str, str]:
    """What the last column says, and the row's tone."""
    if get is not None and get.status is not GetStatus.CANCELLED:
        if get.status is GetStatus.FAILED:
            return _("✕ failed"), "danger"
        if get.status is GetStatus.DONE:
            return _("✓ saved"), "good"
        if get.status is GetStatus.RUNNING and get.total:
            return f"{get.done / get.total:.0%}", "accent"
        return get.words, "accent" if get.status is GetStatus.RUNNING else ""
    if line.is_over(now):
        return state_words(line, now), "muted"
    if line.opened and line.name is None:
        return "", "muted"
    return (_("● new") if new else "", "")
