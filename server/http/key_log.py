"""The key log, for whoever checks it."""

from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from server.domain import Caller
from server.http.operation import Answer, Operation
from server.services.card_log import CardLog
from shared.api.codes import Code
from shared.api.limits import MAX_LOG_ENTRIES
from shared.api.models import HexId, LogCheckpoint, LogConsistency, LogEntries, LogProof
from shared.api.scopes import Scope
from shared.sealed.encoding import b64u
from shared.sealed.strict_json import MAX_INTEGER

Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]


class ConsistencyQuery(BaseModel):
    """What `GET /log/consistency` is asked."""

    model_config = ConfigDict(extra="forbid")

    old: Count
    new: Count


class ProofQuery(BaseModel):
    """What `GET /log/proof` is asked."""

    model_config = ConfigDict(extra="forbid")

    user_id: HexId
    sequence: Count
    known: Count = 0


class EntriesQuery(BaseModel):
    """What `GET /log/entries` is asked."""

    model_config = ConfigDict(extra="forbid")

    start: Count = 0
    count: Annotated[int, Field(ge=1, le=MAX_LOG_ENTRIES)] = MAX_LOG_ENTRIES


class KeyLogRoutes:
    """/log"""

    def __init__(self, card_log: CardLog) -> None:
        self._log = card_log

    def operations(self) -> tuple[Operation, ...]:
        ok, read = HTTPStatus.OK, Scope.FILES_READ
        return (
            Operation("GET", "/log/checkpoint", self.log_checkpoint, {ok: LogCheckpoint}, scope=read),
            Operation(
                "GET",
                "/log/consistency",
                self.log_consistency,
                {ok: LogConsistency},
                query=ConsistencyQuery,
                scope=read,
            ),
            Operation(
                "GET", "/log/proof", self.log_proof, {ok: LogProof}, (Code.NOT_FOUND,), query=ProofQuery, scope=read
            ),
            Operation("GET", "/log/entries", self.log_entries, {ok: LogEntries}, query=EntriesQuery, scope=read),
        )

    def log_checkpoint(self, caller: Caller) -> Answer:  # noqa: ARG002  # everybody who is signed in may look
        """How long the key log is and what it hashes to, signed.

        A checkpoint as in C2SP's tlog-checkpoint. Keep it, and compare it with other people's.
        """
        return Answer(LogCheckpoint(key=self._log.key, checkpoint=self._log.checkpoint().note))

    def log_consistency(self, caller: Caller, query: ConsistencyQuery) -> Answer:  # noqa: ARG002
        """Proof that the log's first `new` entries begin with its first `old` (RFC 9162, section 2.1.4)."""
        return Answer(LogConsistency(proof=_texts(self._log.consistency(query.old, query.new))))

    def log_proof(self, caller: Caller, query: ProofQuery) -> Answer:  # noqa: ARG002
        """Proof that a card is in the log (RFC 9162, section 2.1.3), with the checkpoint that it leads to.

        `known`: how many entries the caller's last checkpoint has; `consistency` shows that they are still the first.
        """
        proof = self._log.proof(query.user_id, query.sequence, query.known)
        return Answer(
            LogProof(
                key=self._log.key,
                checkpoint=proof.checkpoint.note,
                index=proof.index,
                inclusion=_texts(proof.inclusion),
                consistency=_texts(proof.consistency),
            )
        )

    def log_entries(self, caller: Caller, query: EntriesQuery) -> Answer:  # noqa: ARG002
        """The log itself: 64 bytes an entry, a slow hash of the card's address and the SHA-256 of the card."""
        return Answer(LogEntries(start=query.start, entries=b64u(self._log.entries(query.start, query.count))))


def _texts(hashes: list[bytes]) -> list[str]:
    return [b64u(each) for each in hashes]
