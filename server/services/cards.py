"""Cards: the public keys that people publish, each chained to the one before."""

from server.domain import Caller, CardRecord, EventKind
from server.errors import Conflict, FieldError, Invalid, NotFound, StaleCard
from server.ports import Records
from server.services.activity import Activity
from server.services.card_log import CardLog
from server.services.user_ids import UserIds, normalize_email
from shared.sealed.card import Card
from shared.sealed.errors import FormatError

_SIGNATURE_BYTES = 64


class Cards:
    """The server checks shape, email and chain. It has no cryptography to check signatures with: clients do that,
    and would not believe a server that said it had."""

    def __init__(self, records: Records, card_log: CardLog, activity: Activity, user_ids: UserIds) -> None:
        self._records = records
        self._card_log = card_log
        self._activity = activity
        self._user_ids = user_ids

    def publish(self, caller: Caller, raw: bytes, signature: bytes) -> tuple[CardRecord, bool]:
        """Publish the caller's next card; says whether it is new. Raises `Invalid`, `StaleCard`."""
        card = _parse(raw, signature)
        if normalize_email(card.email, "card") != caller.email:
            raise Invalid("A field is not valid.", (FieldError("card", "names another email than yours"),))
        latest = self._records.latest_card(caller.user_id)
        if latest is not None and latest.card == raw:
            self._card_log.record(latest)  # whoever was interrupted before publishes it again
            return latest, False
        previous = None if latest is None else Card.parse(latest.card).digest
        if card.previous != previous or card.sequence != (0 if latest is None else latest.sequence + 1):
            raise StaleCard("The card does not follow the one that is published.")
        record = CardRecord(caller.user_id, card.sequence, raw, signature)
        try:
            self._records.add_card(record)
        except Conflict:
            raise StaleCard("Another card has been published in the meantime.") from None
        self._card_log.record(record)
        self._activity.record(EventKind.KEY_CHANGED, caller.origin, actor=caller.user_id)
        return record, True

    def of_email(self, email: str) -> CardRecord:
        """The card that is published for an address now. Raises `Invalid`, `NotFound`."""
        card = self._records.latest_card(self._user_ids.of_email(normalize_email(email)))
        if card is None:
            raise NotFound("Nobody with this address has published a card.")
        return card

    def history(self, user_id: str) -> list[CardRecord]:
        """Every card of a person, the first one first: a chain that readers can check. Raises `NotFound`."""
        cards = self._records.cards(user_id)
        if not cards:
            raise NotFound("Nobody with this id has published a card.")
        return cards


def _parse(raw: bytes, signature: bytes) -> Card:
    if len(signature) != _SIGNATURE_BYTES:
        raise Invalid("A field is not valid.", (FieldError("signature", f"is not {_SIGNATURE_BYTES} bytes long"),))
    try:
        return Card.parse(raw)
    except FormatError as error:
        raise Invalid("A field is not valid.", (FieldError("card", str(error)),)) from None
