"""A list in one private file, of things that I made on this machine and whose keys are wrapped for me."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from client.errors import FileProblem
from client.local.private_files import locked, read_private, write_private
from shared.sealed import strict_json
from shared.sealed.errors import FormatError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """How such a list is written."""

    format: str
    name: str
    """Of the list in the file: `links`."""
    what: str
    """One of them, in words: `a link`."""
    file: str
    """The file, in words: `the file of links`."""
    still: str
    """What holds although the file is damaged."""
    max_bytes: int
    parse: Callable[[strict_json.JsonObject], T]
    """Raises `FormatError`."""
    record: Callable[[T], strict_json.JsonObject]


class Kept(Generic[T]):
    """Changed by one program at a time."""

    def __init__(self, path: Path, form: Form[T]) -> None:
        self._path = path
        self._form = form

    def all(self) -> list[T]:
        """The oldest first. Raises `FileProblem` for a damaged file."""
        raw = read_private(self._path)
        if raw is None:
            return []
        try:
            return self._parsed(strict_json.loads_object(raw, self._form.max_bytes, self._form.file))
        except FormatError as error:
            raise FileProblem(
                f"{self._form.file} {self._path} is damaged ({error}): move it away. {self._form.still}"
            ) from None

    def change(self, change: Callable[[list[T]], list[T]]) -> None:
        """Keeps what `change` makes of all that is kept."""
        with locked(self._path):
            before = self.all()
            after = change(before)
            if after != before:
                record = {"format": self._form.format, self._form.name: [self._form.record(each) for each in after]}
                write_private(self._path, strict_json.dumps(record))

    def _parsed(self, record: strict_json.JsonObject) -> list[T]:
        kept = record.get(self._form.name)
        if record.get("format") != self._form.format or not isinstance(kept, list):
            raise FormatError("it is of another format")
        return [self._form.parse(strict_json.as_object(each, self._form.what)) for each in kept]
