"""Drop boxes that I made: what I call them, and their keys, wrapped for myself, in one private file."""

from dataclasses import dataclass

from client.errors import FileProblem
from client.local.paths import Paths
from client.local.private_files import locked, read_private, write_private
from client.local.session import Session
from shared.sealed import strict_json
from shared.sealed.errors import FormatError
from shared.sealed.grant import Grant

_FORMAT = "sealcase-boxes/1"
_MAX_BYTES = 16 << 20
MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class KeptBox:
    """A drop box that I made on this machine."""

    server: str
    user_id: str
    """Mine."""
    box_id: str
    name: str
    """Said to nobody."""
    wrapped_as: str
    """A UUID: the box's key is wrapped for me as the key of a file of this id would be."""
    key: Grant

    def belongs_to(self, session: Session) -> bool:
        """Whether it was made by this person at this server."""
        return (self.server, self.user_id) == (session.server, session.user_id)


class KeptBoxes:
    """A password is never among what is kept."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.boxes

    def all(self) -> list[KeptBox]:
        """The oldest first. Raises `FileProblem` for a damaged file."""
        raw = read_private(self._path)
        if raw is None:
            return []
        try:
            return _parse_all(strict_json.loads_object(raw, _MAX_BYTES, "the file of drop boxes"))
        except FormatError as error:
            raise FileProblem(
                f"the file of drop boxes {self._path} is damaged ({error}): move it away. Drop boxes go on working, "
                "and can be closed; their names and addresses can't be shown again"
            ) from None

    def add(self, box: KeptBox) -> None:
        with locked(self._path):
            self._save([*self.all(), box])

    def find(self, session: Session, box_id: str) -> KeptBox | None:
        """None for one that was made elsewhere."""
        return next((each for each in self.all() if each.belongs_to(session) and each.box_id == box_id), None)

    def names(self, session: Session) -> dict[str, str]:
        """What I call my boxes, by id."""
        return {each.box_id: each.name for each in self.all() if each.belongs_to(session)}

    def _save(self, boxes: list[KeptBox]) -> None:
        write_private(self._path, strict_json.dumps({"format": _FORMAT, "boxes": [_record(each) for each in boxes]}))


def _record(box: KeptBox) -> strict_json.JsonObject:
    return {
        "server": box.server,
        "user_id": box.user_id,
        "box_id": box.box_id,
        "name": box.name,
        "wrapped_as": box.wrapped_as,
        "key": box.key.to_json(),
    }


def _parse_all(record: strict_json.JsonObject) -> list[KeptBox]:
    boxes = record.get("boxes")
    if record.get("format") != _FORMAT or not isinstance(boxes, list):
        raise FormatError("it is of another format")
    return [_parsed(strict_json.as_object(each, "a drop box")) for each in boxes]


def _parsed(record: strict_json.JsonObject) -> KeptBox:
    return KeptBox(
        strict_json.text(record, "server", 2_048),
        strict_json.text(record, "user_id", 64),
        strict_json.text(record, "box_id", 43),
        strict_json.text(record, "name", MAX_NAME),
        strict_json.text(record, "wrapped_as", 36),
        Grant.parse(record.get("key")),
    )
