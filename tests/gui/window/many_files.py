"""The window of somebody who has sent 20,000 files: as the harness, with a listing that needs no server."""

from client.gui.jobs import Job
from client.gui.presenters import listing
from client.gui.presenters.listing import FileLine
from client.local.contact import Trust
from tests.gui.lines import DAY, line, report
from tests.gui.window import harness

COUNT = 20_000
_NOW = 1_790_000_000


def _line(number: int) -> FileLine:
    return line(
        number,
        name=f"Quarterly report {number:05d}, final version.pdf",
        from_email="ada@example.org",
        trust=Trust.OWN,
        uploaded_at=_NOW - number,
        expires_at=_NOW + 400 * DAY,
        downloads=number % 7,
    )


def _listed(job: Job, _person: object, _cache: object, *, received: bool) -> frozenset[str]:
    return frozenset() if received else report(job, [_line(number) for number in range(COUNT)])


if __name__ == "__main__":
    setattr(listing, "_listed", _listed)  # noqa: B010  (mypy minds what it takes)
    harness.main()
