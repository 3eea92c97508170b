"""The two tokens of a session: a short-lived access token and a refresh token that changes with every use.

A refresh token is `SESSION.GENERATION.MAC`: opaque to clients, 256 bits that nobody makes without the server's key
and the session's own random seed. Nothing that the store holds is a token or leads to one. Since the server can make
the current token again, two honest refreshes at once get the same pair, and since a genuine old one is told
from garbage, only a genuine old one ends the session.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

import jwt

from server.domain import Caller, Origin, User
from server.errors import NotSignedIn
from server.ports import Clock
from server.services.sessions import Session, Sessions
from shared.api import limits
from shared.api.scopes import ALL_SCOPES
from shared.sealed.encoding import b64u

ISSUER = "sealcase"
AUDIENCE = "sealcase-api"
_ALGORITHM = "HS256"
_MAX_DIGITS = 9
_CLAIMS = ("user_id", "type", "exp", "iat", "jti", "iss", "aud", "sid")
_SIGN_IN_AGAIN = "The session has ended or the token is not valid. Sign in again."


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client gets to act for its user."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int
    """Seconds that the access token lives."""


class Tokens:
    """Access tokens are JWTs of one pinned algorithm. Their header's `kid` and whatever else it says is ignored."""

    def __init__(self, sessions: Sessions, clock: Clock, jwt_secrets: tuple[bytes, ...], secret_key: bytes) -> None:
        """`jwt_secrets`: the one that signs, then those that were replaced and still count."""
        self._sessions = sessions
        self._clock = clock
        self._jwt_secrets = jwt_secrets
        self._secret_key = secret_key

    def open_session(self, user: User, origin: Origin, name: str = "") -> TokenPair:
        """A new session, called `name`, for somebody who has just proved who they are."""
        return self._pair(self._sessions.open(user, origin, name))

    def caller(self, access_token: str, origin: Origin) -> Caller:
        """Whom the token speaks for. Raises `NotSignedIn` unless it is ours, current, and its session alive."""
        claims = self._claims(access_token)
        if claims["type"] != "access" or type(claims["exp"]) is not int or claims["exp"] <= self._clock.now():
            raise NotSignedIn(_SIGN_IN_AGAIN)
        session = self._sessions.get(str(claims["sid"]))
        if session is None or session.user_id != claims["user_id"]:
            raise NotSignedIn(_SIGN_IN_AGAIN)
        self._sessions.note_use(session, origin)
        return Caller(session.user_id, session.email, session.session_id, ALL_SCOPES, origin)

    def refresh(self, refresh_token: str, origin: Origin) -> TokenPair:
        """The next pair of a session. Raises `NotSignedIn`; a token used before ends the session of whoever has it."""
        session, generation = self._genuine(refresh_token)
        rotated = self._sessions.rotate(session, generation, origin)
        if rotated is None:
            raise NotSignedIn(_SIGN_IN_AGAIN)
        return self._pair(rotated)

    def _claims(self, access_token: str) -> dict[str, Any]:
        for secret in self._jwt_secrets:
            try:
                return jwt.decode(
                    access_token,
                    secret,
                    algorithms=[_ALGORITHM],
                    audience=AUDIENCE,
                    issuer=ISSUER,
                    # The time is compared by the caller, against the server's own clock.
                    options={"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False},
                )
            except jwt.InvalidSignatureError:
                continue
            except jwt.InvalidTokenError:
                break
        raise NotSignedIn(_SIGN_IN_AGAIN)

    def _genuine(self, refresh_token: str) -> tuple[Session, int]:
        """Session and generation of a token that this server once made; raises `NotSignedIn` for any other."""
        session_id, _, rest = refresh_token.partition(".")
        digits = rest.partition(".")[0]
        session = self._sessions.get(session_id)
        if session is not None and digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS:
            generation = int(digits)
            expected = self._refresh_token(session, generation)
            if hmac.compare_digest(refresh_token.encode(), expected.encode()):
                return session, generation
        raise NotSignedIn(_SIGN_IN_AGAIN)

    def _pair(self, session: Session) -> TokenPair:
        now = int(self._clock.now())
        claims = {
            "user_id": session.user_id,
            "type": "access",
            "exp": now + limits.ACCESS_TOKEN_SECONDS,
            "iat": now,
            "jti": secrets.token_hex(16),
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sid": session.session_id,
        }
        return TokenPair(
            access=jwt.encode(claims, self._jwt_secrets[0], algorithm=_ALGORITHM),
            refresh=self._refresh_token(session, session.generation),
            expires_in=limits.ACCESS_TOKEN_SECONDS,
        )

    def _refresh_token(self, session: Session, generation: int) -> str:
        message = f"sealcase refresh\0{session.session_id}\0{generation}\0{session.seed}".encode()
        return f"{session.session_id}.{generation}.{b64u(hmac.digest(self._secret_key, message, hashlib.sha256))}"
