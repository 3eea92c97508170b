"""The sealed body of a file on the server: its parts are fetched side by side, and again where a try fails."""

from client.actions.events import Receiving, Tell, Waiting
from client.actions.line import Line
from client.actions.tally import Tally
from client.api.api import Api
from client.api.retries import Patience, Retries
from shared.crypto.open import Opened
from shared.crypto.part_buffer import PartBuffer
from shared.crypto.parts import Fill


class RemoteBody:
    """Fetches parts and tells how that gets on. May be shared by threads."""

    def __init__(self, api: Api, opened: Opened, tell: Tell) -> None:
        self.file_id = str(opened.manifest.file_id)
        self.lanes = Line()
        """As many parts at once as are worth it."""
        self._api = api
        self._opened = opened
        self._tell = tell
        self._given_up = False
        self._tally = Tally(self._tell_received)
        self._retries = Retries(Patience.of_transfers(), self._tell_waiting)

    def load(self, buffer: PartBuffer, index: int, offset: int, length: int, expected_hash: bytes) -> None:
        """Fetches part `index` into `buffer`, again if the connection breaks or bytes arrive altered."""

        def attempt() -> None:
            self._tally.begin(index)
            content = self._api.content(self.file_id, offset, length, lambda: not self._given_up)
            buffer.load(index, length, expected_hash, self._counted(index, length, content))

        self._retries.run(attempt)
        self.lanes.arrived(length)
        self._tally.settle(index, self._opened.packed_length(index))

    def has_arrived(self, index: int) -> None:
        """An earlier try fetched part `index`."""
        self._tally.settle(index, self._opened.packed_length(index))

    @property
    def received(self) -> int:
        """Bytes of content that have arrived."""
        return self._content_in(self._tally.done)

    def finish(self) -> None:
        """Everything has arrived."""
        self._tally.finish()

    def give_up(self) -> None:
        """Ends all fetching, and all waiting for another try."""
        self._given_up = True
        self._retries.stop()

    def _counted(self, index: int, length: int, fill: Fill) -> Fill:
        """`fill`, and the content in what it gives is counted: a share of what is in the part, which may be padding."""
        content_length = self._opened.packed_length(index)
        taken = 0

        def counted(view: memoryview) -> int:
            nonlocal taken
            filled = fill(view)
            before, taken = taken, taken + filled
            self._tally.moved(index, content_length * taken // length - content_length * before // length)
            return filled

        return counted

    def _content_in(self, packed: int) -> int:
        """Bytes of content behind so many bytes as they travel: people know the file, not what compresses it."""
        metadata = self._opened.metadata
        return packed * metadata.size // metadata.packed_size if metadata.packed_size else 0

    def _tell_received(self, packed: int) -> None:
        self._tell(Receiving(self.file_id, self._content_in(packed), self._opened.metadata.size))

    def _tell_waiting(self, reason: str, seconds: float) -> None:
        self.lanes.troubled()
        self._tell(Waiting(self.file_id, reason, seconds))
