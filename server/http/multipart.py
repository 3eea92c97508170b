"""A form with one file (RFC 7578), read as it arrives: the file is a `Source`, what stands around it are fields."""

from flask import Request
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData, Preamble

from server.errors import BadRequest, TooLarge
from server.ports import Source

FORM = "multipart/form-data"
_BLOCK = 1 << 18
_MAX_BUFFERED = 2 * _BLOCK
_MAX_PARTS = 1_100
_MAX_FIELD_BYTES = 1 << 17
_MAX_FIELDS_BYTES = 1 << 18
_MAX_PADDING_BYTES = 1 << 16
_BROKEN = "The form can't be read. Send multipart/form-data with its boundary, as RFC 7578 says."


class Form:
    """Memory does not depend on the size of the file. Fields are complete once the file is read to its end."""

    def __init__(self, request: Request, body: Source, file_names: tuple[str, ...]) -> None:
        """`file_names`: what the one part with the file may be called. Raises `BadRequest` without a boundary."""
        boundary = request.mimetype_params.get("boundary", "")
        if not (0 < len(boundary) <= 70 and boundary.isascii()):
            raise BadRequest(_BROKEN)
        self._decoder = MultipartDecoder(boundary.encode(), _MAX_BUFFERED, max_parts=_MAX_PARTS)
        self._body = body
        self._file_names = file_names
        self._block = memoryview(bytearray(_BLOCK))
        self._content = memoryview(b"")
        self._reading: str | None = None
        """The field that is being read; None in the file and between parts."""
        self._field = bytearray()
        self._in_file = False
        self._taken = 0
        self.fields: list[tuple[str, str]] = []
        """In the order of the form."""
        self.filename: str | None = None
        """What the form calls the file; None while there has been none."""

    def readinto(self, buffer: memoryview, /) -> int:
        while not self._content:
            if not self._step():
                return 0
        count = min(len(buffer), len(self._content))
        buffer[:count] = self._content[:count]
        self._content = self._content[count:]
        return count

    def _step(self) -> bool:
        """Take the next event; says whether there may be more."""
        try:
            event = self._decoder.next_event()
            while isinstance(event, NeedData):
                count = self._body.readinto(self._block)
                self._decoder.receive_data(bytes(self._block[:count]) if count else None)
                event = self._decoder.next_event()
        except HTTPException:
            raise TooLarge("The form has too many parts, or one with too long a head.") from None
        except (ValueError, AttributeError):  # AttributeError: a part without a line break behind its head
            raise BadRequest(_BROKEN) from None
        match event:
            case File() | Field():
                self._begin(event)
            case Data():
                self._take(event)
            case Preamble() | Epilogue() if len(event.data) > _MAX_PADDING_BYTES:
                raise BadRequest(_BROKEN)
            case Epilogue():
                return False
        return True

    def _begin(self, part: File | Field) -> None:
        name = part.name or ""
        self._in_file = isinstance(part, File) or name in self._file_names
        if not self._in_file:
            self._reading = name
            return
        if self.filename is not None or name not in self._file_names:
            raise BadRequest(f"The form takes one file, called {self._file_names[0]}.")
        self.filename = part.filename if isinstance(part, File) else ""

    def _take(self, data: Data) -> None:
        if self._in_file:
            self._content = memoryview(data.data)
            return
        self._field += data.data
        self._taken += len(data.data)
        if len(self._field) > _MAX_FIELD_BYTES or self._taken > _MAX_FIELDS_BYTES:
            raise TooLarge("The fields beside the file are too long.")
        if not data.more_data:
            try:
                self.fields.append((self._reading or "", self._field.decode()))
            except UnicodeDecodeError:
                raise BadRequest("A field of the form is not UTF-8.") from None
            self._field.clear()
