"""CSV (RFC 4180) that a spreadsheet shows and never executes."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

MEDIA_TYPE = "text/csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The header, then a line for each row, made as it is asked for."""
    yield _line(header)
    for row in rows:
        yield _line([_inert(cell) for cell in row])


def _inert(cell: str) -> str:
    """What a spreadsheet would take for a formula begins with an apostrophe instead (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
