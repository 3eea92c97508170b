"""Personal access tokens: what scripts sign in with.

A token is `sct_ID_SECRET`, with 256 random bits of secret. Only a keyed hash of it is kept.
"""

import hashlib
import hmac
import re
import secrets
import struct
from contextlib import suppress

from server.domain import AccessToken, Caller, EventKind, Origin
from server.errors import AccountDisabled, Conflict, Forbidden, NotFound, NotSignedIn, Unavailable
from server.ports import Clock, Entry, Ephemeral, Records
from server.services.activity import Activity
from shared.api import limits
from shared.api.scopes import Scope

PREFIX = "sct_"
USE_SECONDS = 300
"""How exactly it is known when a token was last used: not every request writes."""
_REMEMBERED_SECONDS = 366 * 86_400
_TOKEN = re.compile(rf"{PREFIX}([0-9a-f]{{32}})_([A-Za-z0-9_-]{{43}})")
_SECRET_BYTES = 32
_LOCK_SECONDS = 10


class AccessTokens:
    """Looked up at every use, so that revoking one counts at once in every worker."""

    def __init__(
        self, records: Records, ephemeral: Ephemeral, clock: Clock, activity: Activity, secret_key: bytes
    ) -> None:
        self._records = records
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity
        self._secret_key = secret_key

    def create(
        self, caller: Caller, name: str, scopes: frozenset[Scope], expires_hours: int | None
    ) -> tuple[AccessToken, str]:
        """A new token, and its text, which nobody can be shown again.

        Raises `Forbidden` for a scope that the caller does not have, `Conflict` where there are too many.
        """
        if beyond := scopes - caller.scopes:
            raise Forbidden(f"This token can't give what it does not have itself: {', '.join(sorted(beyond))}.")
        now = self._clock.now()
        token_id, secret = secrets.token_hex(16), secrets.token_urlsafe(_SECRET_BYTES)
        token = AccessToken(
            token_id=token_id,
            user_id=caller.user_id,
            email=caller.email,
            name=name,
            scopes=scopes,
            created_at=now,
            expires_at=None if expires_hours is None else int(now) + expires_hours * 3_600,
            mac=self._mac(token_id, secret),
        )
        with self._ephemeral.lock(f"access-tokens:{caller.user_id}", _LOCK_SECONDS):
            kept = self.of(caller.user_id)
            for old in kept:
                if old.expired(now):
                    self._remove(old)
            if sum(not old.expired(now) for old in kept) >= limits.MAX_ACCESS_TOKENS:
                raise Conflict(f"There are {limits.MAX_ACCESS_TOKENS} tokens already. Revoke one first.")
            self._records.add_access_token(token)
        self._activity.record(EventKind.TOKEN_CREATED, caller.origin, actor=caller.user_id, detail=token_id)
        return token, f"{PREFIX}{token_id}_{secret}"

    def caller(self, text: str, origin: Origin) -> Caller:
        """Whom a token speaks for, and for what.

        Raises `NotSignedIn` for one that is none, revoked or expired, `AccountDisabled`.
        """
        match = _TOKEN.fullmatch(text)
        token = self._records.access_token(match[1]) if match else None
        if match is None or token is None or not hmac.compare_digest(token.mac, self._mac(match[1], match[2])):
            raise NotSignedIn("This access token is not valid, or was revoked. Make a new one.")
        if token.expired(self._clock.now()):
            raise NotSignedIn("This access token has expired. Make a new one.")
        terms = self._records.terms(token.user_id)
        if terms is not None and terms.disabled_at is not None:
            raise AccountDisabled
        self._note_use(token)
        return Caller(token.user_id, token.email, None, token.scopes, origin)

    def of(self, user_id: str) -> list[AccessToken]:
        """Every token of a person, the newest first."""
        return self._records.access_tokens(user_id)

    def used_at(self, token: AccessToken) -> float | None:
        """When it was last used, to a few minutes; None for never, or more than a year ago."""
        value = self._ephemeral.get(_use_key(token))
        return None if value is None else float(struct.unpack("d", value)[0])

    def revoke(self, caller: Caller, token_id: str) -> None:
        """Raises `NotFound`, also for somebody else's."""
        token = self._records.access_token(token_id)
        if token is None or token.user_id != caller.user_id:
            raise NotFound("There is no such token.")
        self._remove(token)
        self._activity.record(EventKind.TOKEN_REVOKED, caller.origin, actor=caller.user_id, detail=token_id)

    def revoke_all(self, user_id: str) -> None:
        """No token of this person counts any more."""
        for token in self.of(user_id):
            self._remove(token)

    def _remove(self, token: AccessToken) -> None:
        self._records.remove_access_token(token)
        self._ephemeral.update(_use_key(token), lambda _: (None, None))

    def _note_use(self, token: AccessToken) -> None:
        now, used_at = self._clock.now(), self.used_at(token)
        if used_at is None or now - used_at >= USE_SECONDS:
            entry = Entry(struct.pack("d", now), now + _REMEMBERED_SECONDS)
            with suppress(Unavailable):  # it can be said later; the request has other things to do
                self._ephemeral.update(_use_key(token), lambda _: (entry, None))

    def _mac(self, token_id: str, secret: str) -> str:
        message = f"sealcase access token\0{token_id}\0{secret}"
        return hmac.new(self._secret_key, message.encode(), hashlib.sha256).hexdigest()


def _use_key(token: AccessToken) -> str:
    return f"access-token-use:{token.token_id}"
