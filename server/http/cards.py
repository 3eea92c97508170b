"""Publishing and finding cards."""

from http import HTTPStatus

from pydantic import BaseModel, ConfigDict

from server.domain import Caller
from server.http import reading, wire
from server.http.operation import Answer, Operation
from server.services.cards import Cards
from shared.api.codes import Code
from shared.api.models import CardHistory, Email, PublishedCard, SignedCard
from shared.api.scopes import Scope


class CardQuery(BaseModel):
    """What `GET /cards` is asked."""

    model_config = ConfigDict(extra="forbid")

    email: Email


class CardRoutes:
    """/cards"""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def operations(self) -> tuple[Operation, ...]:
        ok, created = HTTPStatus.OK, HTTPStatus.CREATED
        return (
            Operation(
                "PUT",
                "/cards/me",
                self.publish,
                {created: PublishedCard, ok: PublishedCard},
                (Code.STALE_CARD,),
                body=SignedCard,
                scope=Scope.FILES_WRITE,
            ),
            Operation(
                "GET",
                "/cards",
                self.find,
                {ok: PublishedCard},
                (Code.NOT_FOUND,),
                query=CardQuery,
                scope=Scope.FILES_READ,
            ),
            Operation(
                "GET",
                "/cards/{user_id}/history",
                self.history,
                {ok: CardHistory},
                (Code.NOT_FOUND,),
                scope=Scope.FILES_READ,
            ),
        )

    def publish(self, caller: Caller, body: SignedCard) -> Answer:
        """Publish my next card.

        It must follow the one that is published (409 otherwise). The same card again answers 200.
        """
        record, new = self._cards.publish(
            caller, reading.base64url(body.card, "card"), reading.base64url(body.signature, "signature")
        )
        return Answer(wire.card(record), HTTPStatus.CREATED if new else HTTPStatus.OK)

    def find(self, caller: Caller, query: CardQuery) -> Answer:  # noqa: ARG002  # everybody who is signed in may look
        """The card of a person, by email.

        Check its signature: the server can not.
        """
        return Answer(wire.card(self._cards.of_email(query.email)))

    def history(self, caller: Caller, user_id: str) -> Answer:  # noqa: ARG002  # everybody who is signed in may look
        """Every card that a person has published, the first one first.

        Each names the SHA-256 of the one before: a reader who knew an older card can see that the newer one follows.
        """
        return Answer(CardHistory(cards=[wire.card(record) for record in self._cards.history(user_id)]))
