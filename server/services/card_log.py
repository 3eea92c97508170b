"""The key log: every card that was ever published, in a list that only grows and that anybody signed in can check.

A card is published when its record is there, and logged right after. A crash in between leaves a card that nobody
believes in until it is logged: by publishing it again, by whoever asks for its proof, or by housekeeping.
"""

import hashlib
import logging
from dataclasses import dataclass

from server.domain import CardRecord
from server.errors import FieldError, Invalid, NotFound
from server.ports import Damaged, KeyLog, Records
from shared.sealed import merkle
from shared.sealed.card import Card
from shared.sealed.checkpoint import SignedCheckpoint
from shared.sealed.errors import FormatError
from shared.sealed.log_entry import LogEntry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proof:
    """That a card is in the log, and that the log begins with what was known of it before."""

    checkpoint: SignedCheckpoint
    index: int
    inclusion: list[bytes]
    consistency: list[bytes]


class CardLog:
    """What is written to the log, and what it can prove."""

    def __init__(self, key_log: KeyLog, records: Records) -> None:
        self._log = key_log
        self._records = records

    @property
    def key(self) -> str:
        """The log's public key, as signed notes write it down."""
        return self._log.key.text

    def record(self, card: CardRecord) -> int:
        """The card is in the log from now on; returns its place. One that is there already stays where it is."""
        index = self._log.index_of(hashlib.sha256(card.card).digest())
        return self._log.append(LogEntry.of(Card.parse(card.card), self._log.key.origin)) if index is None else index

    def catch_up(self) -> None:
        """Log what a crash has kept from being logged, and what was published before there was a log."""
        for user_id in sorted(self._records.card_owners()):
            try:
                for card in self._records.cards(user_id):
                    self.record(card)
            except (Damaged, FormatError):
                log.error("a card of %s can't be read and is not logged", user_id)  # noqa: TRY400

    def checkpoint(self) -> SignedCheckpoint:
        """The newest one."""
        return self._log.checkpoint()

    def proof(self, user_id: str, sequence: int, known: int) -> Proof:
        """For a card, and for whoever knows the log's first `known` entries. Raises `NotFound`."""
        card = next((each for each in self._records.cards(user_id) if each.sequence == sequence), None)
        if card is None:
            raise NotFound("There is no such card.")
        index = self.record(card)
        newest = self._log.checkpoint()
        size = newest.checkpoint.size
        return Proof(
            newest,
            index,
            merkle.inclusion_proof(index, size, self._log.subtree),
            merkle.consistency_proof(min(known, size), size, self._log.subtree),
        )

    def consistency(self, old: int, new: int) -> list[bytes]:
        """That the first `new` entries begin with the first `old`. Raises `Invalid`."""
        if old > new:
            raise Invalid("A field is not valid.", (FieldError("old", "is more than new"),))
        if new > self._log.checkpoint().checkpoint.size:
            raise Invalid("A field is not valid.", (FieldError("new", "is more than the log has entries"),))
        return merkle.consistency_proof(old, new, self._log.subtree)

    def entries(self, start: int, count: int) -> bytes:
        """At most `count` entries from `start` on, one behind the other; none behind the end."""
        return self._log.entries(start, count)
