"""The window of somebody who has sent 20,000 files: as the harness, with a listing that needs no server."""

from client.gui.jobs import Job
from client.gui.presenters import listing
from client.gui.presenters.listing import FileLine
from client.local.contact import Trust
from tests.gui.window import harness

COUNT = 20_000
_DAY = 86_400
_NOW = 1_790_000_000


def _line(number: int) -> FileLine:
    return FileLine(
        file_id=f"{number:08x}-e29b-41d4-a716-446655440000",
        name=f"Quarterly report {number:05d}, final version.pdf",
        opened=True,
        altered=False,
        size=1_000 * number,
        folder_files=None,
        in_folder=False,
        from_email="ada@example.org",
        trust=Trust.OWN,
        post_quantum=True,
        old_format=False,
        note="",
        uploaded_at=_NOW - number,
        expires_at=_NOW + 400 * _DAY,
        downloads=number % 7,
        download_limit=None,
    )


def _listed(job: Job, _person: object, _cache: object, *, received: bool) -> frozenset[str]:
    """In pages, as a server's listing comes."""
    if received:
        return frozenset()
    for start in range(0, COUNT, 200):
        job.report(listing._Slice(tuple(_line(number) for number in range(start, start + 200))))
    return frozenset(_line(number).file_id for number in range(COUNT))


if __name__ == "__main__":
    setattr(listing, "_listed", _listed)  # noqa: B010  (mypy minds what it takes)
    harness.main()
