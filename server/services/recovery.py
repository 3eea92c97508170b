"""The sealed copy of somebody's private keys, for the day when all their devices are gone.

It is sealed under a recovery kit, 24 words that never come here: to the server it is bytes.
"""

from server.domain import Caller, EventKind, RecoveryRecord
from server.errors import NotFound, TooLarge
from server.ports import Clock, Records
from server.services.activity import Activity
from shared.api import limits


class Recovery:
    """One copy a person; the next one takes its place."""

    def __init__(self, records: Records, clock: Clock, activity: Activity) -> None:
        self._records = records
        self._clock = clock
        self._activity = activity

    def store(self, caller: Caller, sealed: bytes) -> RecoveryRecord:
        """Raises `TooLarge`. The same bytes again change nothing."""
        if len(sealed) > limits.MAX_RECOVERY_BYTES:
            raise TooLarge(f"A recovery copy has at most {limits.MAX_RECOVERY_BYTES} bytes.")
        old = self._records.recovery(caller.user_id)
        if old is not None and old.sealed == sealed:
            return old
        copy = RecoveryRecord(caller.user_id, sealed, self._clock.now())
        self._records.put_recovery(copy)
        self._activity.record(EventKind.RECOVERY_STORED, caller.origin, actor=caller.user_id)
        return copy

    def of(self, caller: Caller) -> RecoveryRecord:
        """Raises `NotFound` where none is stored."""
        if copy := self._records.recovery(caller.user_id):
            return copy
        raise NotFound("No recovery copy of your keys is stored here.")

    def remove(self, caller: Caller) -> None:
        """Raises `NotFound` where none is stored."""
        self.of(caller)
        self._records.remove_recovery(caller.user_id)
        self._activity.record(EventKind.RECOVERY_REMOVED, caller.origin, actor=caller.user_id)
