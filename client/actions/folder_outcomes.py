"""How the sending or receiving of a folder ended."""

from dataclasses import dataclass
from pathlib import Path

from client.local.contacts import Trust
from client.local.left_out import LeftOut


@dataclass(frozen=True, slots=True)
class SentFolder:
    """A folder that is at the server: its list, and what the list names."""

    file_id: str
    """Of the list: this is what the recipient asks for."""
    name: str
    files: int
    size: int
    """Bytes of all files that are there."""
    expires_at: int
    skipped: tuple[LeftOut, ...]
    failed: tuple[LeftOut, ...]
    """What can be sent later, by continuing."""
    error: Exception | None
    """Of the last one that failed while it was sent."""


@dataclass(frozen=True, slots=True)
class ReceivedFolder:
    """A folder that was received, as far as that was possible."""

    file_id: str
    target: Path
    name: str
    files: int
    """That were received now."""
    size: int
    """Bytes of these."""
    there: int
    """Files that were there already, with the right size, and were not touched."""
    failed: tuple[LeftOut, ...]
    error: Exception | None
    """Of the last one that failed."""
    from_email: str
    trust: Trust
    sender_fingerprint: str | None
    doubt: str = ""
    """Why its sender, a stranger, could not be met, as a sentence."""
    note: str = ""
    """Of its sender to the recipients."""
