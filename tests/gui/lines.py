"""Lines of a listing that needs no server."""

from collections.abc import Sequence
from dataclasses import replace

from client.gui.jobs import Job
from client.gui.presenters import listing
from client.gui.presenters.listing import FileLine
from client.local.contact import Trust

NOW = 1_800_000_000
DAY = 86_400
_PAGE = 200


def line(number: int, **changes: object) -> FileLine:
    """A file of mine, sent `number` minutes after the others."""
    plain = FileLine(
        file_id=f"{number:08x}-e29b-41d4-a716-446655440000",
        name=f"file {number}.pdf",
        opened=True,
        altered=False,
        size=1_000 * number,
        folder_files=None,
        in_folder=False,
        from_email="bob@example.org",
        trust=Trust.UNCHECKED,
        post_quantum=True,
        old_format=False,
        note="",
        uploaded_at=NOW - DAY + 60 * number,
        expires_at=NOW + 6 * DAY,
        downloads=0,
        download_limit=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # names and types are those of the calls


def report(job: Job, lines: Sequence[FileLine]) -> frozenset[str]:
    """In pages, as a server's listing comes; returns all ids."""
    for start in range(0, len(lines), _PAGE):
        job.report(listing._Slice(tuple(lines[start : start + _PAGE])))
    return frozenset(each.file_id for each in lines)
