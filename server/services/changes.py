"""What an owner changes of a file that is there: how long it stays, who may read it, how often, with which keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from server.domain import Caller, EventKind, File
from server.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from server.ports import Clock, Ephemeral, Records, file_key
from server.services.activity import Activity
from server.services.files import Files
from server.services.user_ids import UserIds
from shared.api import limits
from shared.sealed.card import Card
from shared.sealed.errors import FormatError
from shared.sealed.grant import MAX_GRANTS, Grant, parse_grants

_LOCK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None leaves it as it is."""

    expires_hours: int | None = None
    """From now on."""
    allowed_users: tuple[str, ...] | None = None
    """Emails or user ids: all of them, not those to add."""
    added_users: tuple[str, ...] = ()
    """Emails or user ids that may read it from now on, too."""
    removed_users: tuple[str, ...] = ()
    """Emails or user ids that may read it no more."""
    download_limit: int | None = None
    unlimited: bool = False
    """Whether the limit is taken away."""
    notify: bool | None = None
    """Whether the owner is told when it is first fetched."""


class Changes:
    """Every change makes the next revision; a caller who names the revision that it knows never undoes another's."""

    def __init__(
        self,
        records: Records,
        ephemeral: Ephemeral,
        clock: Clock,
        activity: Activity,
        files: Files,
        user_ids: UserIds,
    ) -> None:
        self._records = records
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity
        self._files = files
        self._user_ids = user_ids

    def change(self, caller: Caller, file_id: UUID, change: Change, matches: Callable[[File], bool]) -> File:
        """Raises as `Files.own` does, and `Invalid`, `Busy`, `PreconditionFailed` where `matches` says no."""
        readers = None
        if change.allowed_users is not None:
            readers = self._user_ids.of_names(change.allowed_users, without=caller.user_id)

        more = self._user_ids.of_names(change.added_users, without=caller.user_id, field="added_users")
        gone = self._user_ids.of_names(change.removed_users, without="", field="removed_users")

        def changed(file: File) -> File:
            if readers is not None:
                file = replace(file, allowed_users=readers)
            if more or gone:
                users = dict.fromkeys((*file.allowed_users, *more))
                file = replace(file, allowed_users=tuple(user for user in users if user not in gone))
            if len(file.allowed_users) > limits.MAX_ALLOWED_USERS:
                raise _invalid("added_users", f"would be more than {limits.MAX_ALLOWED_USERS} with those there are")
            if change.expires_hours is not None:
                file = replace(file, expires_at=int(self._clock.now()) + change.expires_hours * 3_600)
            if change.download_limit is not None or change.unlimited:
                file = replace(file, download_limit=change.download_limit)
            if change.notify is not None:
                file = replace(file, notify=change.notify)
            return file

        return self._apply(caller, file_id, changed, matches)

    def add_grants(
        self, caller: Caller, file_id: UUID, grants: Sequence[dict[str, str | None]], allowed_users: tuple[str, ...]
    ) -> File:
        """Give the file key to more recipients; the same one again replaces its grant. Raises as `change` does."""
        new = _parsed(grants)
        more = self._user_ids.of_names(allowed_users, without=caller.user_id)

        def changed(file: File) -> File:
            if file.simple is not None:
                raise Conflict("A simple upload has one wrapped key and no grants.")
            kept = [each for each in file.grants if not any(_same_recipient(each, other) for other in new)]
            readers = tuple(dict.fromkeys((*file.allowed_users, *more)))
            if len(kept) + len(new) > MAX_GRANTS or len(readers) > limits.MAX_ALLOWED_USERS:
                raise _invalid("grants", f"would be more than {MAX_GRANTS} with those that are there")
            return replace(file, grants=(*kept, *new), allowed_users=readers)

        return self._apply(caller, file_id, changed)

    def wrap_again(self, caller: Caller, file_id: UUID, recipient: bytes, grant: dict[str, str | None]) -> File:
        """Keep a grant that a reader made to a new key of their own. It takes away nothing of what the sender gave.

        Only to the key in the caller's own published card, and marked (`by`) as made with the signing key in it; it
        replaces what the caller made to earlier keys. Raises as `Files.get` does, and `Invalid`, `Conflict`, `Busy`.
        """
        (new,) = _parsed([grant])
        self._files.get(caller, file_id)
        self._check_own(caller, recipient, new)

        def changed(file: File) -> File:
            if file.simple is not None:
                raise Conflict("A simple upload has one wrapped key and no grants.")
            kept = tuple(each for each in file.grants if each.by != new.by)
            if len(kept) >= MAX_GRANTS:
                raise _invalid("grants", f"would be more than {MAX_GRANTS} with those that are there")
            return replace(file, grants=(*kept, new))

        with self._ephemeral.lock(file_key(file_id), _LOCK_SECONDS):
            old = self._files.get(caller, file_id)
            new_file = replace(changed(old), revision=old.revision + 1)
            self._records.replace_file(old, new_file)
        return new_file

    def _check_own(self, caller: Caller, recipient: bytes, grant: Grant) -> None:
        """Raises `Invalid` unless it is to the key of the caller's own card, and says that the caller made it."""
        record = self._records.latest_card(caller.user_id)
        card = None if record is None else Card.parse(record.card)
        if card is None or grant.recipient != recipient or recipient != card.recipient:
            raise _invalid("recipient", "is not the key in your own published card")
        if grant.by != card.signing_key or grant.signature is None:
            raise _invalid("by", "is not the signing key in your own published card, or nothing is signed with it")

    def remove_grants(self, caller: Caller, file_id: UUID, recipient: bytes, user: str | None) -> File:
        """Take away what the file holds for a recipient's key, and the access of `user` with it.

        Raises as `change` does, `NotFound` where there is no such grant, `Conflict` for the last one.
        """
        gone = () if user is None else self._user_ids.of_names((user,), without="")

        def changed(file: File) -> File:
            kept = tuple(grant for grant in file.grants if grant.recipient != recipient)
            if len(kept) == len(file.grants):
                raise NotFound("The file has no grant for this recipient.")
            if not kept:
                raise Conflict("Nobody could open the file any more; delete it instead.")
            return replace(file, grants=kept, allowed_users=tuple(u for u in file.allowed_users if u not in gone))

        return self._apply(caller, file_id, changed)

    def _apply(
        self,
        caller: Caller,
        file_id: UUID,
        changed: Callable[[File], File],
        matches: Callable[[File], bool] = lambda _: True,
    ) -> File:
        self._files.own(caller, file_id)
        with self._ephemeral.lock(file_key(file_id), _LOCK_SECONDS):
            old = self._files.own(caller, file_id)
            if not matches(old):
                raise PreconditionFailed("The file has been changed in the meantime; look at it again.")
            new = changed(old)
            if new == old:
                return old
            new = replace(new, revision=old.revision + 1)
            self._records.replace_file(old, new)
        self._note(caller, old, new)
        return new

    def _note(self, caller: Caller, old: File, new: File) -> None:
        more = tuple(user for user in new.allowed_users if user not in old.allowed_users)
        fewer = tuple(user for user in old.allowed_users if user not in new.allowed_users)
        grants = len(new.grants) - len(old.grants)
        events = (
            (EventKind.SHARE, more, bool(more) or grants > 0),
            (EventKind.REVOKE, fewer, bool(fewer) or grants < 0),
            (EventKind.FILE_CHANGED, (), _terms(old) != _terms(new)),
        )
        for kind, concerns, happened in events:
            if happened:
                self._activity.record(kind, caller.origin, actor=caller.user_id, file_id=new.file_id, concerns=concerns)


def _terms(file: File) -> tuple[int, int | None, bool]:
    return file.expires_at, file.download_limit, file.notify


def _same_recipient(one: Grant, other: Grant) -> bool:
    return (one.type, one.recipient, one.by) == (other.type, other.recipient, other.by)


def _parsed(grants: Sequence[dict[str, str | None]]) -> list[Grant]:
    try:
        return parse_grants(list(grants))
    except FormatError as error:
        raise _invalid("grants", str(error)) from None


def _invalid(field: str, message: str) -> Invalid:
    return Invalid("A field is not valid.", (FieldError(field, message),))
