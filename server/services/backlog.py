"""What waits to be done: unfinished uploads, files that should have gone."""

from dataclasses import dataclass

from server.ports import Clock, Damaged, Records

_MOST_LOOKED_AT = 5_000
"""Files of the hour that goes by; more than that is answered with as many as were seen."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits."""

    uploads: int
    due: int
    """Files whose time is over and that are still there."""
    lag: float
    """Seconds since the oldest of them should have gone; 0 where there is none."""


class Backlog:
    """Counts when it is asked."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def waiting(self) -> Waiting:
        now, due, oldest = self._clock.now(), 0, self._clock.now()
        for looked_at, file_id in enumerate(self._records.due(now)):
            if looked_at == _MOST_LOOKED_AT:
                break
            try:
                file = self._records.file(file_id)
            except Damaged:
                continue
            if file is not None and file.expired(now):
                due, oldest = due + 1, min(oldest, file.expires_at)
        return Waiting(sum(1 for _ in self._records.upload_ids()), due, max(0.0, now - oldest))
