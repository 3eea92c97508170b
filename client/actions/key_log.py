"""The server's key log, checked: whoever's card is new to us stands in it, and it only ever grows.

So a server that hands out a false key has to write it down where its victim finds it (`audit`), for ever.
"""

from collections.abc import Sequence

from client.actions.person import Person
from client.errors import NotFound, UntrustedKey
from client.local.log_memory import KnownLog, LogMemory
from shared.api.models import LogCheckpoint
from shared.crypto.errors import BadSignature
from shared.crypto.log_key import verified_checkpoint
from shared.sealed.card import Card
from shared.sealed.checkpoint import Checkpoint, LogKey
from shared.sealed.encoding import unb64u
from shared.sealed.errors import FormatError
from shared.sealed.log_entry import LogEntry
from shared.sealed.merkle import HASH_BYTES, MAX_PROOF_HASHES, includes, is_consistent, leaf_hash

_ASK = (
    "Ask whoever runs the server whether it was restored from a backup. If that, or something as good, is the reason: "
    "sealcase contacts audit --accept. Otherwise it may be hiding whose keys it hands out; send nothing through it."
)


class NotLogged(UntrustedKey):
    """A card does not stand in the server's key log."""


class LogChanged(UntrustedKey):
    """The server's key log is not the one that was known, grown longer."""


def check_logged(person: Person, user_id: str, card: Card) -> None:
    """Makes sure that a card, whose signature was checked, stands in the log, and that the log has only grown.

    One request. Raises `NotLogged`, `LogChanged` (kinds of `UntrustedKey`), and what the network raises.
    """
    while not _logged(person, user_id, card):
        pass  # another command has seen a newer checkpoint meanwhile: that one counts


def follow(known: KnownLog | None, answer: LogCheckpoint, proof: Sequence[str]) -> KnownLog:
    """What the server shows as its log now, if its signature holds and `proof` leads there from what was known.

    Raises `LogChanged`.
    """
    newest = read_log(answer)
    if known is None:
        return newest
    if newest.key != known.key:
        raise LogChanged(f"the server's key log is another one than before: it is signed with another key. {_ASK}")
    if newest.checkpoint.size < known.checkpoint.size:
        raise LogChanged(
            f"the server's key log went back: it had {known.checkpoint.size} entries when this machine last looked, "
            f"and has {newest.checkpoint.size} now. {_ASK}"
        )
    if not leads(known.checkpoint, newest.checkpoint, proof):
        raise LogChanged(
            f"the server's key log was forked: its first {known.checkpoint.size} entries are not those that this "
            f"machine knows. {_ASK}"
        )
    return KnownLog(newest.key, newest.note, newest.checkpoint, known.accepted)


def read_log(answer: LogCheckpoint) -> KnownLog:
    """The log as the server shows it, signed with the key beside it. Raises `LogChanged`."""
    try:
        key = LogKey.parse(answer.key)
        return KnownLog(key, answer.checkpoint, verified_checkpoint(answer.checkpoint, key))
    except (FormatError, BadSignature) as error:
        raise LogChanged(f"the server shows a key log that is none: {error}. {_ASK}") from None


def leads(old: Checkpoint, new: Checkpoint, proof: Sequence[str]) -> bool:
    """Whether the server has proved that the log of `new` begins with the one of `old`."""
    return is_consistent(old.root, old.size, new.root, new.size, hashes_of(proof))


def hashes_of(proof: Sequence[str]) -> list[bytes]:
    """Raises `LogChanged` for what is no proof at all."""
    try:
        return [unb64u(each, "proof", HASH_BYTES) for each in proof[:MAX_PROOF_HASHES]]
    except FormatError as error:
        raise LogChanged(f"the server answered with a proof that is none: {error}. {_ASK}") from None


def _logged(person: Person, user_id: str, card: Card) -> bool:
    """Whether what was learnt could be kept."""
    memory, server = LogMemory(person.paths), person.session.server
    known = memory.of(server)
    try:
        answer = person.api.log_proof(user_id, card.sequence, 0 if known is None else known.checkpoint.size)
    except NotFound:
        raise _not_logged(card) from None
    newest = follow(known, answer, answer.consistency)
    leaf = leaf_hash(LogEntry.of(card, newest.key.origin).raw)
    checkpoint = newest.checkpoint
    if not includes(checkpoint.root, checkpoint.size, answer.index, leaf, hashes_of(answer.inclusion)):
        raise _not_logged(card)
    return memory.replace(server, known, newest)


def _not_logged(card: Card) -> NotLogged:
    return NotLogged(
        f"the card that the server shows for {card.email} is not in its key log. A key that nobody else can see may be "
        f"meant for you alone, and is not taken. Ask {card.email}, and whoever runs the server"
    )
