"""Drop boxes that I made: what I call them, and their keys, wrapped for myself, in one private file."""

from dataclasses import dataclass

from client.local.kept import Form, Kept
from client.local.paths import Paths
from client.local.session import Session
from shared.sealed import strict_json
from shared.sealed.grant import Grant

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
        self._kept = Kept(paths.boxes, _FORM)

    def add(self, box: KeptBox) -> None:
        self._kept.change(lambda boxes: [*boxes, box])

    def find(self, session: Session, box_id: str) -> KeptBox | None:
        """None for one that was made elsewhere."""
        return next((each for each in self._of(session) if each.box_id == box_id), None)

    def names(self, session: Session) -> dict[str, str]:
        """What I call my boxes, by id. Raises `FileProblem` for a damaged file."""
        return {each.box_id: each.name for each in self._of(session)}

    def _of(self, session: Session) -> list[KeptBox]:
        return [each for each in self._kept.all() if each.belongs_to(session)]


def _record(box: KeptBox) -> strict_json.JsonObject:
    return {
        "server": box.server,
        "user_id": box.user_id,
        "box_id": box.box_id,
        "name": box.name,
        "wrapped_as": box.wrapped_as,
        "key": box.key.to_json(),
    }


def _parsed(record: strict_json.JsonObject) -> KeptBox:
    return KeptBox(
        strict_json.text(record, "server", 2_048),
        strict_json.text(record, "user_id", 64),
        strict_json.text(record, "box_id", 43),
        strict_json.text(record, "name", MAX_NAME),
        strict_json.text(record, "wrapped_as", 36),
        Grant.parse(record.get("key")),
    )


_FORM = Form(
    format="sealcase-boxes/1",
    name="boxes",
    what="a drop box",
    file="the file of drop boxes",
    still="Drop boxes go on working, and can be closed; their names and addresses can't be shown again",
    max_bytes=16 << 20,
    parse=_parsed,
    record=_record,
)
