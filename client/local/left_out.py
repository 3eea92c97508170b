"""What of a folder does not travel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is not sent, or not received, and why."""

    path: str
    """Relative to the folder."""
    reason: str
