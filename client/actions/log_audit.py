"""An audit of the server's key log: is it the one that others see, and are the cards under my address all mine?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from client.actions.key_log import LogChanged, follow, leads, read_log
from client.actions.people import checked_card
from client.actions.person import Person
from client.errors import ClientError, NotFound, UntrustedKey
from client.local.log_memory import KnownLog, LogMemory
from shared.api.limits import MAX_LOG_ENTRIES
from shared.crypto.errors import BadSignature
from shared.crypto.log_key import verified_checkpoint
from shared.sealed.card import Card
from shared.sealed.errors import FormatError
from shared.sealed.log_entry import ENTRY_BYTES, LogEntry, address_tag
from shared.sealed.merkle import GrowingTree, leaf_hash


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found. That the log only grew, and is the friend's, goes without saying: it would be an error."""

    note: str
    """The newest checkpoint, for a friend to compare with."""
    entries: int
    my_cards: int
    """Cards in the log that are mine."""
    not_mine: tuple[int, ...]
    """Places of cards that stand there under my address, and that I have not made."""
    missing: int
    """Cards of mine that the log lacks."""
    accepted: tuple[int, ...]
    """Places of cards that were not mine, and were taken for mine just now."""
    friends_entries: int | None
    """How many entries the log had when the friend looked; None: nobody to compare with."""

    @property
    def trouble(self) -> str:
        """What is wrong, for the person who must know; empty if nothing is."""
        if self.not_mine:
            places = ", ".join(map(str, self.not_mine))
            return (
                f"the key log has cards under your address that are not yours (entries {places}): others may have been "
                "shown keys in your name. Unless you had other keys or an account at this server before, warn those "
                "who send you files, and ask whoever runs it. If you know why: sealcase contacts audit --accept"
            )
        if self.missing:
            return (
                f"the key log lacks {self.missing} of your cards, so that others can't make sure of your keys and will "
                "not send you anything. Sign in again to publish them, and ask whoever runs the server"
            )
        return ""


def audit(person: Person, friends: str | None = None, *, accept: bool = False) -> Audit:
    """Reads the whole log, 64 bytes a card that anybody here ever published.

    `friends`: a friend's checkpoint to compare with. `accept`: take the log as it is, whatever was known of it before;
    or, where it is the one that was known, take cards under my address for mine. Not both at once: whoever knows that
    a server was restored has not seen yet what else is in its log. Raises `UntrustedKey` where the log is not the one
    that was known, not the friend's, or not what was signed.
    """
    memory, server = LogMemory(person.paths), person.session.server
    remembered = memory.of(server)
    try:
        newest, is_other = _newest(person, remembered), False
    except LogChanged:
        if not accept:
            raise
        newest, is_other = _newest(person, None), True
    friends_entries = None if friends is None else _compare(person, newest, friends)
    accepted = frozenset() if remembered is None else remembered.accepted
    mine = _my_digests(person)
    found, not_mine = set[bytes](), dict[int, bytes]()
    for index, entry in _my_entries(person, newest):
        if entry.digest in mine:
            found.add(entry.digest)
        elif entry.digest not in accepted:
            not_mine[index] = entry.digest
    taken = dict(not_mine) if accept and not is_other else {}
    accepted |= frozenset(taken.values())
    # What another command has remembered meanwhile is as good; it was checked against the same.
    if not memory.replace(server, remembered, replace(newest, accepted=accepted)) and accept:
        raise ClientError("another command has looked at the key log at the same time; nothing was accepted, try again")
    return Audit(
        newest.note,
        newest.checkpoint.size,
        len(found),
        tuple(index for index in not_mine if index not in taken),
        len(mine - found),
        tuple(taken),
        friends_entries,
    )


def _newest(person: Person, known: KnownLog | None) -> KnownLog:
    """The log as it stands now. Raises `LogChanged`."""
    answer = person.api.log_checkpoint()
    newest = read_log(answer)
    proof: list[str] = []
    if known is not None and newest.key == known.key and known.checkpoint.size < newest.checkpoint.size:
        proof = person.api.log_consistency(known.checkpoint.size, newest.checkpoint.size)
    return follow(known, answer, proof)


def _compare(person: Person, newest: KnownLog, friends: str) -> int:
    """How many entries the friend's checkpoint has. Raises `UntrustedKey` where it is of another log."""
    try:
        theirs = verified_checkpoint(_unquoted(friends), newest.key)
    except FormatError as error:
        raise ClientError(
            f"this is no checkpoint ({error}). It is what `sealcase contacts audit` prints: five lines, all of them"
        ) from None
    except BadSignature:
        raise UntrustedKey(
            "your friend's checkpoint is of another log. Either they use another server, or this one keeps a log for "
            "you and another for them, to show each of you other keys. If it is the same server, send nothing "
            "through it."
        ) from None
    mine = newest.checkpoint
    if theirs.size > mine.size or not leads(theirs, mine, person.api.log_consistency(theirs.size, mine.size)):
        raise UntrustedKey(
            f"your friend's log ({theirs.size} entries) is not the beginning of yours ({mine.size} entries): the "
            "server shows the two of you different logs, and so may show each of you other keys. Send nothing "
            "through it. Keep both checkpoints: the server has signed them."
        )
    return theirs.size


def _unquoted(text: str) -> str:
    """A checkpoint as it was before a mail program quoted or indented it."""
    lines = [line.strip().removeprefix(">").strip() for line in text.strip().splitlines()]
    return "\n".join(lines) + "\n"


def _my_digests(person: Person) -> set[bytes]:
    """Every card that is mine: those that the one on this machine goes back to, and newer ones that my key signed.

    Raises `NotFound` where there are no keys on this machine.
    """
    here = person.vault.card_of(person.email)
    history = _history(person)
    previous_of = {card.digest: card.previous for card in history}
    mine, before = {here.digest}, here.previous
    while before is not None and before not in mine:
        mine.add(before)
        before = previous_of.get(before)
    last = here
    for card in history:
        if card.previous == last.digest and card.signing_key == here.signing_key:  # from another device of mine
            mine.add(card.digest)
            last = card
    return mine


def _history(person: Person) -> list[Card]:
    """What the server says that I have published, as far as each card is signed by its own key."""
    try:
        return [checked_card(each, person.email) for each in person.api.card_history(person.session.user_id)]
    except NotFound:
        return []


def _my_entries(person: Person, log: KnownLog) -> Iterator[tuple[int, LogEntry]]:
    """All entries under my address, by place. Raises `LogChanged` where the entries are not those that were signed."""
    tag = address_tag(person.email, log.key.origin)
    tree, size = GrowingTree(), log.checkpoint.size
    while tree.size < size:
        raw = person.api.log_entries(tree.size, min(MAX_LOG_ENTRIES, size - tree.size))
        if not raw or len(raw) % ENTRY_BYTES or len(raw) // ENTRY_BYTES > size - tree.size:
            raise LogChanged("the server does not show all of its key log; what it hides may be keys in your name.")
        for at in range(0, len(raw), ENTRY_BYTES):
            entry = LogEntry.parse(raw[at : at + ENTRY_BYTES])
            if entry.tag == tag:
                yield tree.size, entry
            tree.add(leaf_hash(entry.raw))
    if tree.root() != log.checkpoint.root:
        raise LogChanged("the entries that the server shows are not those of the checkpoint that it signed.")
