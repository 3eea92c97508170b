"""What is said of a file that others sent."""

from dataclasses import dataclass

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


def picked(line: FileLine) -> Picked:
    """Of the one that is chosen, beside the list."""
    words = sender_words(line.trust, line.from_email)
    signed = words.sentence if line.opened else ""
    if line.altered:
        signed = _("It is not what its sender sealed: nothing of it will be saved.")
    return Picked(name_words(line), signed, "danger" if line.altered else words.tone, line.note)


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
