"""Activity as CSV (RFC 4180) that a spreadsheet shows and never executes."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from shared.api.models import ActivityItem

MEDIA_TYPE = "text/csv"
COLUMNS = ("time", "kind", "actor_email", "actor", "file_id", "ip_prefix", "client", "detail")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(items: Iterable[ActivityItem]) -> Iterator[str]:
    """The header, then a line for each item, made as it is asked for. Times in UTC."""
    yield _line(COLUMNS)
    for item in items:
        time = datetime.fromtimestamp(item.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        rest = (item.actor_email, item.actor, item.file_id, item.ip_prefix, item.client, item.detail)
        yield _line([_inert(cell or "") for cell in (time, item.kind, *rest)])


def _inert(cell: str) -> str:
    """What a spreadsheet would take for a formula begins with an apostrophe instead (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
