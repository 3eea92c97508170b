"""The log that keeps every card, and its proofs."""

from typing import Annotated

from pydantic import Field

from shared.api.models.basics import Base64Url, WireModel


class LogCheckpoint(WireModel):
    """The newest checkpoint of the key log."""

    key: Annotated[str, Field(max_length=200)]
    """The log's public key, as C2SP's signed-note writes keys down."""
    checkpoint: Annotated[str, Field(max_length=2_048)]
    """A signed note (C2SP tlog-checkpoint)."""


class LogProof(LogCheckpoint):
    """That a card is in the log of this checkpoint. Hashes are SHA-256, ordered as RFC 9162 has them."""

    index: int
    """Of the card's entry, from 0."""
    inclusion: list[Base64Url]
    consistency: list[Base64Url]
    """From the checkpoint that the caller knew."""


class LogConsistency(WireModel):
    proof: list[Base64Url]


class LogEntries(WireModel):
    start: int
    entries: Base64Url
    """64 bytes each: a slow hash of the card's address, and the SHA-256 of the card."""
