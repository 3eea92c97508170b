"""What the doctor says of one thing that it looked at."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing, how it is, and what to do where it is not well."""

    what: str
    level: Level
    message: str
    fix: str = ""
