"""Sessions: who is signed in, since when, and where from.

A session is alive exactly while the shared store has it, so ending one counts at once in every worker.
"""

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace

from server.domain import Caller, EventKind, Origin, User
from server.errors import Forbidden, NotFound, Unavailable
from server.ports import Clock, Entry, Ephemeral
from server.services.activity import Activity
from shared.api import limits

GRACE_SECONDS = 10
"""How long the refresh token before the current one is still good: for two refreshes that crossed."""
USE_SECONDS = 300
"""How exactly it is known when a session was last used: not every request writes."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in."""

    session_id: str
    user_id: str
    email: str
    seed: str = field(repr=False)
    """What its refresh tokens are made from, together with the server's secret."""
    generation: int
    """Of the refresh token that counts."""
    rotated_at: float
    created_at: float
    used_at: float
    origin: Origin
    """Of its last use."""
    ends_at: float
    name: str = ""
    """What its owner calls the device."""

    @classmethod
    def read(cls, value: bytes | None) -> "Session | None":
        if value is None:
            return None
        record = json.loads(value)
        return cls(**{**record, "origin": Origin(**record["origin"])})

    def entry(self) -> Entry:
        return Entry(json.dumps(asdict(self)).encode(), self.ends_at)


class Sessions:
    """Each under its own key, and under another who has which. What is listed there without a session is nothing."""

    def __init__(self, ephemeral: Ephemeral, clock: Clock, activity: Activity) -> None:
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity

    def open(self, user: User, origin: Origin, name: str = "") -> Session:
        """A new session, called `name`, for somebody who has just proved who they are."""
        now = self._clock.now()
        session = Session(
            session_id=secrets.token_hex(16),
            user_id=user.user_id,
            email=user.email,
            seed=secrets.token_hex(32),
            generation=0,
            rotated_at=now,
            created_at=now,
            used_at=now,
            origin=origin,
            ends_at=now + limits.REFRESH_TOKEN_SECONDS,
            name=name,
        )
        self._list(user.user_id, session.session_id, session.ends_at)
        self._ephemeral.update(_key(session.session_id), lambda _: (session.entry(), None))
        return session

    def get(self, session_id: str) -> Session | None:
        """The session, if it is alive."""
        return Session.read(self._ephemeral.get(_key(session_id)))

    def note_use(self, session: Session, origin: Origin) -> None:
        """Remember when and from where it was used, to a few minutes."""
        now = self._clock.now()
        if now - session.used_at < USE_SECONDS:
            return
        with suppress(Unavailable):  # it can be said later; the request has other things to do
            self._change(session.session_id, lambda live: replace(live, used_at=max(now, live.used_at), origin=origin))

    def rename(self, caller: Caller, session_id: str, name: str) -> Session:
        """Call one of the caller's sessions `name`. Raises `NotFound`, also for anybody else's."""
        self._owned(caller, session_id)
        self._change(session_id, lambda live: replace(live, name=name))
        return self._owned(caller, session_id)

    def rotate(self, session: Session, generation: int, origin: Origin) -> Session | None:
        """Give up the refresh token of `generation` for the next; None if that ends the session, or it has ended.

        A token that was given up before ends the session of whoever has it, but for a few seconds of grace.
        """
        now = self._clock.now()
        ends_at = now + limits.REFRESH_TOKEN_SECONDS
        self._list(session.user_id, session.session_id, ends_at)

        def change(value: bytes | None) -> tuple[Entry | None, tuple[Session | None, bool]]:
            live = Session.read(value)
            if live is None:
                return None, (None, False)
            if generation == live.generation:
                live = replace(live, generation=generation + 1, rotated_at=now, ends_at=ends_at)
                live = replace(live, used_at=now, origin=origin)
                return live.entry(), (live, False)
            if generation == live.generation - 1 and now - live.rotated_at <= GRACE_SECONDS:
                return live.entry(), (live, False)
            return None, (None, True)

        rotated, reused = self._ephemeral.update(_key(session.session_id), change)
        if reused:
            self._ended(session.user_id, origin, "a refresh token was used twice")
        return rotated

    def of(self, user_id: str) -> list[Session]:
        """Every session of a person that is alive, the one used last first."""
        listed = json.loads(self._ephemeral.get(_list_key(user_id)) or b"{}")
        found = [session for session_id in listed if (session := self.get(session_id))]
        return sorted(found, key=lambda session: session.used_at, reverse=True)

    def sign_out(self, caller: Caller) -> None:
        """End the session that the caller speaks from. Raises `Forbidden` for an access token that is none's."""
        if caller.session_id is None:
            raise Forbidden("A personal access token is no session. Revoke it: DELETE /auth/tokens/ID.")
        self._end(caller.user_id, caller.session_id)
        self._activity.record(EventKind.SIGN_OUT, caller.origin, actor=caller.user_id)

    def end(self, caller: Caller, session_id: str) -> None:
        """End one of the caller's sessions. Raises `NotFound`, also for anybody else's."""
        self._owned(caller, session_id)
        self._end(caller.user_id, session_id)
        self._ended(caller.user_id, caller.origin, "by hand")

    def end_all(self, user_id: str, keep: str | None = None) -> None:
        """End every session of a person but `keep`."""
        for session_id in json.loads(self._ephemeral.get(_list_key(user_id)) or b"{}"):
            if session_id != keep:
                self._end(user_id, session_id)

    def _owned(self, caller: Caller, session_id: str) -> Session:
        session = self.get(session_id)
        if session is None or session.user_id != caller.user_id:
            raise NotFound("There is no such session.")
        return session

    def _end(self, user_id: str, session_id: str) -> None:
        self._ephemeral.update(_key(session_id), lambda _: (None, None))
        self._list(user_id, session_id, 0)

    def _ended(self, user_id: str, origin: Origin, why: str) -> None:
        self._activity.record(EventKind.SESSION_ENDED, origin, actor=user_id, detail=why)

    def _change(self, session_id: str, changed: Callable[[Session], Session]) -> None:
        """Write a session anew; one that has ended stays ended."""

        def change(value: bytes | None) -> tuple[Entry | None, None]:
            live = Session.read(value)
            return (changed(live).entry() if live else None), None

        self._ephemeral.update(_key(session_id), change)

    def _list(self, user_id: str, session_id: str, ends_at: float) -> None:
        """List the session as its owner's until `ends_at`. Before it is made, so that none is ever missing."""
        now = self._clock.now()

        def change(value: bytes | None) -> tuple[Entry | None, None]:
            listed: dict[str, float] = {**json.loads(value or b"{}"), session_id: ends_at}
            listed = {each: ends for each, ends in listed.items() if ends > now}
            return (Entry(json.dumps(listed).encode(), max(listed.values())) if listed else None), None

        self._ephemeral.update(_list_key(user_id), change)


def _key(session_id: str) -> str:
    return f"session:{session_id}"


def _list_key(user_id: str) -> str:
    return f"sessions:{user_id}"
