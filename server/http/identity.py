"""From the bearer token of a request to the person who sent it."""

from flask import g, request

from server.domain import Caller
from server.errors import NotSignedIn
from server.http.origin import origin_of
from server.services.tokens import Tokens


class Identity:
    """Called at the start of every request that needs somebody signed in."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def __call__(self) -> Caller:
        """Raises `NotSignedIn`."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotSignedIn("Sign in first: this needs an access token.")
        caller = self._tokens.caller(token.strip(), origin_of(request))
        g.user_id = caller.user_id
        return caller
