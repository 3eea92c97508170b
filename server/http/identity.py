"""Who may come in: from the bearer token of a request to the person who sent it, and not too often."""

from flask import g, request

from server.domain import Caller
from server.errors import NotSignedIn
from server.http.origin import counted_address, origin_of
from server.services.access_tokens import PREFIX, AccessTokens
from server.services.rate_limits import Limit, RateLimits
from server.services.tokens import Tokens


class Gate:
    """Passed at the start of every request."""

    def __init__(self, tokens: Tokens, access_tokens: AccessTokens, rate_limits: RateLimits) -> None:
        self._tokens = tokens
        self._access_tokens = access_tokens
        self._rate_limits = rate_limits

    def stranger(self, limit: Limit) -> None:
        """Let somebody in who needs no sign-in. Raises `TooMany`."""
        self._rate_limits.check(limit, counted_address(request))

    def caller(self, limit: Limit = Limit.SIGNED_IN) -> Caller:
        """Let in whoever the token speaks for. Raises `NotSignedIn`, `TooMany`."""
        try:
            caller = self.identify()
        except NotSignedIn:
            self.stranger(Limit.ANONYMOUS)  # a token that is guessed at counts like none
            raise
        self._rate_limits.check(Limit.SIGNED_IN, caller.user_id)
        counts = limit is not Limit.JSON_UPLOAD or request.mimetype == "application/json"
        if limit is not Limit.SIGNED_IN and counts:
            self._rate_limits.check(limit, caller.user_id)
        return caller

    def identify(self) -> Caller:
        """Whom the token speaks for, however often. Raises `NotSignedIn`."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotSignedIn("Sign in first: this needs an access token.")
        token = token.strip()
        who = self._access_tokens.caller if token.startswith(PREFIX) else self._tokens.caller
        caller = who(token, origin_of(request))
        g.user_id = caller.user_id
        return caller
