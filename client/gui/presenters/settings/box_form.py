"""What is asked before a drop box is made: its name, how long, how much, what visitors are told."""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from client.gui.problem import FINE, Failure
from client.gui.text import _, ngettext
from client.local.boxes import MAX_NAME
from shared.api import limits

if TYPE_CHECKING:
    from client.actions.boxes import BoxTerms

DAYS = (1, 7, 30, 90, 365)
"""That can be chosen; others can't."""
DEFAULT_DAYS = limits.DEFAULT_EXPIRY_HOURS // 24
_SIZE = re.compile(r"([0-9]{1,9}(?:[.,][0-9]{1,3})?)\s?([KMGT]?)B?", re.IGNORECASE)
_FACTORS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


@dataclass(frozen=True, slots=True)
class BoxForm:
    """As it was typed; what is wrong with it stands beside it. A password is no part of what is shown."""

    name: str = ""
    name_error: str = ""
    note: str = ""
    note_error: str = ""
    days: int = DEFAULT_DAYS
    """How long it takes files in."""
    keep_days: int = DEFAULT_DAYS
    """How long each is kept."""
    files: str = ""
    files_error: str = ""
    size: str = ""
    size_error: str = ""
    has_password: bool = False
    """Whether one is typed."""
    notify: bool = False
    error: Failure = FINE
    working: bool = False
    can_make: bool = False

    def checked(self) -> "BoxForm":
        """With all that follows from what was typed."""
        name = self.name.strip()
        form = replace(
            self,
            name_error=_("At most {count} characters.").format(count=MAX_NAME) if len(name) > MAX_NAME else "",
            note_error=_("At most {count} characters.").format(count=limits.MAX_BOX_NOTE)
            if len(self.note) > limits.MAX_BOX_NOTE
            else "",
            files_error=""
            if not self.files or _count(self.files)
            else _("A whole number from 1 to {most}").format(most=f"{limits.MAX_BOX_FILES:,}"),
            size_error="" if not self.size or parse_size(self.size) else _("Write it like 500 MB or 2 GB."),
        )
        wrong = form.name_error or form.note_error or form.files_error or form.size_error
        return replace(form, can_make=bool(name) and not wrong and not self.working)

    def terms(self) -> "BoxTerms":
        """Of a form that can be made."""
        from client.actions.boxes import BoxTerms

        return BoxTerms(
            self.days * 24,
            self.keep_days * 24,
            _count(self.files),
            parse_size(self.size),
            self.note.strip(),
            self.notify,
        )


def days_text(days: int) -> str:
    return ngettext("{count} day", "{count} days", days)


def parse_days(text: str) -> int | None:
    """A number of days that the server takes; None for all else."""
    text = text.strip()
    days = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    return days if 1 <= days <= limits.MAX_EXPIRY_HOURS // 24 else None


def parse_size(text: str) -> int | None:
    """Bytes, in decimal units, at least one: `500M`, `2,5 GB`; None for what is none."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    return round(float(match[1].replace(",", ".")) * _FACTORS[match[2].upper()]) or None


def _count(text: str) -> int | None:
    text = text.strip()
    count = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    return count if 1 <= count <= limits.MAX_BOX_FILES else None
