"""What is told of one transfer while it is sent, and what happens when nobody can be told any more."""

from collections.abc import Mapping

from client.actions.events import Encrypting, Event, Sending, Tell
from client.actions.tally import Tally
from client.actions.upload_journal import NotedPart

_KNOWN = -1
"""In place of a part's number: all that were there before."""


class Unheard(Exception):
    """Whoever is told of the transfer can't be told any more; the cause says why. No trouble of the network's."""


def heard(tell: Tell) -> Tell:
    """`tell`, whose own failures nobody takes for those of a file or a line. Raises `Unheard`."""

    def told(event: Event) -> None:
        try:
            tell(event)
        except OSError as error:
            raise Unheard from error

    return told


class Moving:
    """Tells how much of one transfer was sealed, and how much has travelled."""

    def __init__(self, tell: Tell, transfer: str, total: int | None) -> None:
        """`total`: bytes of content, None where nobody knows."""
        self.sealed = Tally(lambda done: tell(Encrypting(transfer, done, total)))
        self.sent = Tally(lambda done: tell(Sending(transfer, done, total)))

    def skip(self, known: Mapping[int, NotedPart]) -> None:
        """These need not travel."""
        self.sent.settle(_KNOWN, sum(part.content for part in known.values()))

    def take_back(self, size: int) -> None:
        """`size` bytes of content that had arrived must travel again."""
        self.sealed.take_back(size)
        self.sent.take_back(size)

    def finish(self) -> None:
        self.sealed.finish()
        self.sent.finish()
