"""Personal access tokens, for scripts."""

from http import HTTPStatus

from server.domain import AccessToken, Caller
from server.http import wire
from server.http.operation import Answer, Operation
from server.services.access_tokens import AccessTokens
from shared.api.codes import Code
from shared.api.models import CreatedToken, Ok, TokenItem, TokenList, TokenRequest
from shared.api.scopes import Scope


class AccessTokenRoutes:
    """/auth/tokens"""

    def __init__(self, access_tokens: AccessTokens) -> None:
        self._access_tokens = access_tokens

    def operations(self) -> tuple[Operation, ...]:
        ok, account = HTTPStatus.OK, Scope.ACCOUNT
        return (
            Operation("GET", "/auth/tokens", self.list_tokens, {ok: TokenList}, scope=account),
            Operation(
                "POST",
                "/auth/tokens",
                self.create_token,
                {HTTPStatus.CREATED: CreatedToken},
                (Code.CONFLICT,),
                body=TokenRequest,
                scope=account,
            ),
            Operation(
                "DELETE", "/auth/tokens/{token_id}", self.revoke_token, {ok: Ok}, (Code.NOT_FOUND,), scope=account
            ),
        )

    def list_tokens(self, caller: Caller) -> Answer:
        """My tokens, the newest first; never the tokens themselves."""
        return Answer(TokenList(tokens=[self._item(token) for token in self._access_tokens.of(caller.user_id)]))

    def create_token(self, caller: Caller, body: TokenRequest) -> Answer:
        """Make a token for a script.

        It is shown in this answer only, and can never do more than what it is made with.
        """
        token, text = self._access_tokens.create(caller, body.name, frozenset(body.scopes), body.expires_hours)
        return Answer(CreatedToken(**self._item(token).model_dump(), token=text), HTTPStatus.CREATED)

    def revoke_token(self, caller: Caller, token_id: str) -> Answer:
        """Revoke one of my tokens, at once."""
        self._access_tokens.revoke(caller, token_id)
        return Answer(Ok())

    def _item(self, token: AccessToken) -> TokenItem:
        used_at = self._access_tokens.used_at(token)
        return wire.token_item(token, used_at)
