"""What the operator sees of everybody: accounts and sums, never a name, a content or a key."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from server.domain import User
from server.ports import Clock, Damaged, Records, Role
from server.services.quotas import Quotas


@dataclass(frozen=True, slots=True)
class Person:
    """One account."""

    email: str
    user_id: str
    created_at: float
    disabled_at: float | None
    files: int
    bytes: int
    """Sealed bytes of finished files."""
    quota_bytes: int
    """0: no limit."""
    quota_files: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything that is kept. Sizes are those of sealed files."""

    users: int
    disabled: int
    files: int
    bytes: int
    largest: int
    expired: int
    """Files whose time is over and that are still there: housekeeping takes them away."""
    uploads: int
    damaged: int
    """Records that can't be read."""


class Overview:
    """Read anew at every call, one record after the other."""

    def __init__(self, records: Records, clock: Clock, quotas: Quotas) -> None:
        self._records = records
        self._clock = clock
        self._quotas = quotas

    def people(self) -> Iterator[Person]:
        """Every account, in any order."""
        for user in self._records.users():
            yield self._seen(user)

    def person(self, user_id: str) -> Person | None:
        user = self._records.user(user_id)
        return None if user is None else self._seen(user)

    def totals(self) -> Totals:
        """Counts all there is."""
        count: Counter[str] = Counter()
        now, largest = self._clock.now(), 0
        for user in self._records.users():
            terms = self._records.terms(user.user_id)
            count["users"] += 1
            count["disabled"] += terms is not None and terms.disabled_at is not None
        for file_id in self._records.file_ids():
            try:
                file = self._records.file(file_id)
            except Damaged:
                count["damaged"] += 1
                continue
            if file is not None:
                count["files"] += 1
                count["bytes"] += file.size
                count["expired"] += file.expired(now)
                largest = max(largest, file.size)
        uploads = sum(1 for _ in self._records.upload_ids())
        return Totals(
            users=count["users"],
            disabled=count["disabled"],
            files=count["files"],
            bytes=count["bytes"],
            largest=largest,
            expired=count["expired"],
            uploads=uploads,
            damaged=count["damaged"],
        )

    def _seen(self, user: User) -> Person:
        terms, share = self._records.terms(user.user_id), self._quotas.share(user.user_id)
        files = self._records.files_of(user.user_id, Role.ALL, self._clock.now())
        sizes = [file.size for file in files if file.owner_id == user.user_id]
        return Person(
            email=user.email,
            user_id=user.user_id,
            created_at=user.created_at,
            disabled_at=None if terms is None else terms.disabled_at,
            files=len(sizes),
            bytes=sum(sizes),
            quota_bytes=share.max_bytes,
            quota_files=share.max_files,
        )
