"""Sessions and the two tokens of each: a short-lived access token and a refresh token that changes with every use.

A refresh token is `SESSION.GENERATION.MAC`: opaque to clients, 256 bits that nobody makes without the server's key
and the session's own random seed. Nothing that the store holds is a token or leads to one. Since the server can make
the current token again, two honest refreshes at once get the same pair, and since a genuine old one is told
from garbage, only a genuine old one ends the session.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from typing import Self

import jwt

from server.domain import Caller, EventKind, Origin, User
from server.errors import NotSignedIn
from server.ports import Clock, Entry, Ephemeral
from server.services.activity import Activity
from shared.api import limits
from shared.api.scopes import ALL_SCOPES
from shared.sealed.encoding import b64u

ISSUER = "sealcase"
AUDIENCE = "sealcase-api"
GRACE_SECONDS = 10
"""How long the refresh token before the current one is still good: for two refreshes that crossed."""
_ALGORITHM = "HS256"
_MAX_DIGITS = 9
_CLAIMS = ("user_id", "type", "exp", "iat", "jti", "iss", "aud", "sid")
_SIGN_IN_AGAIN = "The session has ended or the token is not valid. Sign in again."


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client gets to act for its user."""

    access: str
    refresh: str
    expires_in: int
    """Seconds that the access token lives."""


@dataclass(frozen=True, slots=True)
class _Session:
    user_id: str
    email: str
    seed: str
    generation: int
    rotated_at: float
    ends_at: float

    @classmethod
    def read(cls, value: bytes | None) -> Self | None:
        return None if value is None else cls(**json.loads(value))

    def entry(self) -> Entry:
        return Entry(json.dumps(asdict(self)).encode(), self.ends_at)


class Tokens:
    """A session is alive exactly while the shared store has it, so ending one counts at once in every worker."""

    def __init__(
        self, ephemeral: Ephemeral, clock: Clock, activity: Activity, jwt_secret: bytes, secret_key: bytes
    ) -> None:
        self._ephemeral = ephemeral
        self._activity = activity
        self._clock = clock
        self._jwt_secret = jwt_secret
        self._secret_key = secret_key

    def open_session(self, user: User) -> TokenPair:
        """A new session for somebody who has just proved who they are."""
        session_id, now = secrets.token_hex(16), self._clock.now()
        session = _Session(
            user_id=user.user_id,
            email=user.email,
            seed=secrets.token_hex(32),
            generation=0,
            rotated_at=now,
            ends_at=now + limits.REFRESH_TOKEN_SECONDS,
        )
        self._ephemeral.update(_key(session_id), lambda _: (session.entry(), None))
        return self._pair(session_id, session)

    def caller(self, access_token: str, origin: Origin) -> Caller:
        """Whom the token speaks for. Raises `NotSignedIn` unless it is ours, current, and its session alive."""
        try:
            claims = jwt.decode(
                access_token,
                self._jwt_secret,
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # The time is compared below, against the server's own clock.
                options={"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            raise NotSignedIn(_SIGN_IN_AGAIN) from None
        if claims["type"] != "access" or not isinstance(claims["exp"], int) or claims["exp"] <= self._clock.now():
            raise NotSignedIn(_SIGN_IN_AGAIN)
        session_id = str(claims["sid"])
        session = _Session.read(self._ephemeral.get(_key(session_id)))
        if session is None or session.user_id != claims["user_id"]:
            raise NotSignedIn(_SIGN_IN_AGAIN)
        return Caller(session.user_id, session.email, session_id, ALL_SCOPES, origin)

    def refresh(self, refresh_token: str) -> TokenPair:
        """The next pair of a session. Raises `NotSignedIn`; a token used before ends the session of whoever has it."""
        session_id, generation = self._genuine(refresh_token)
        now = self._clock.now()

        def change(value: bytes | None) -> tuple[Entry | None, _Session | None]:
            session = _Session.read(value)
            if session is None:
                return None, None
            if generation == session.generation:
                ends_at = now + limits.REFRESH_TOKEN_SECONDS
                session = replace(session, generation=generation + 1, rotated_at=now, ends_at=ends_at)
                return session.entry(), session
            if generation == session.generation - 1 and now - session.rotated_at <= GRACE_SECONDS:
                return session.entry(), session
            return None, None

        session = self._ephemeral.update(_key(session_id), change)
        if session is None:
            raise NotSignedIn(_SIGN_IN_AGAIN)
        return self._pair(session_id, session)

    def sign_out(self, caller: Caller, session_id: str) -> None:
        """End the session that the caller speaks from."""
        self.end(session_id)
        self._activity.record(EventKind.SIGN_OUT, caller.origin, actor=caller.user_id)

    def end(self, session_id: str) -> None:
        """No token of this session counts any more."""
        self._ephemeral.update(_key(session_id), lambda _: (None, None))

    def _genuine(self, refresh_token: str) -> tuple[str, int]:
        """Session and generation of a token that this server once made; raises `NotSignedIn` for any other."""
        session_id, _, rest = refresh_token.partition(".")
        digits = rest.partition(".")[0]
        session = _Session.read(self._ephemeral.get(_key(session_id)))
        if session is not None and digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS:
            generation = int(digits)
            expected = self._refresh_token(session_id, session.seed, generation)
            if hmac.compare_digest(refresh_token.encode(), expected.encode()):
                return session_id, generation
        raise NotSignedIn(_SIGN_IN_AGAIN)

    def _pair(self, session_id: str, session: _Session) -> TokenPair:
        now = int(self._clock.now())
        claims = {
            "user_id": session.user_id,
            "type": "access",
            "exp": now + limits.ACCESS_TOKEN_SECONDS,
            "iat": now,
            "jti": secrets.token_hex(16),
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sid": session_id,
        }
        return TokenPair(
            access=jwt.encode(claims, self._jwt_secret, algorithm=_ALGORITHM),
            refresh=self._refresh_token(session_id, session.seed, session.generation),
            expires_in=limits.ACCESS_TOKEN_SECONDS,
        )

    def _refresh_token(self, session_id: str, seed: str, generation: int) -> str:
        message = f"sealcase refresh\0{session_id}\0{generation}\0{seed}".encode()
        return f"{session_id}.{generation}.{b64u(hmac.digest(self._secret_key, message, hashlib.sha256))}"


def _key(session_id: str) -> str:
    return f"session:{session_id}"
