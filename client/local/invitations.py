"""Files that wait for people without an account, and the key of each, wrapped for myself; in one private file."""

from collections.abc import Iterable
from dataclasses import dataclass

from client.errors import FileProblem
from client.local.paths import Paths
from client.local.private_files import locked, read_private, write_private
from client.local.session import Session
from shared.sealed import strict_json
from shared.sealed.errors import FormatError
from shared.sealed.grant import Grant

_FORMAT = "sealcase-invitations/1"
_MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that somebody shall get as soon as they have keys."""

    server: str
    user_id: str
    """Mine."""
    email: str
    """Theirs."""
    file_id: str
    key: Grant
    """The file's key, for me."""

    def belongs_to(self, session: Session) -> bool:
        """Whether it was sent by this person at this server."""
        return (self.server, self.user_id) == (session.server, session.user_id)

    @property
    def _what(self) -> tuple[str, str, str]:
        return self.server, self.email, self.file_id

    def is_same_as(self, other: "Waiting") -> bool:
        """Whether both say that the same file waits for the same person."""
        return self._what == other._what


class WaitingFiles:
    """The file is there only while something waits: that nothing does is seen at a glance."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.invitations

    def all(self) -> list[Waiting]:
        """The oldest first. Raises `FileProblem` for a damaged file."""
        raw = read_private(self._path)
        if raw is None:
            return []
        try:
            record = strict_json.loads_object(raw, _MAX_BYTES, "the invitations file")
            return _parse_all(record.get("waiting"))
        except FormatError as error:
            raise FileProblem(
                f"the invitations file {self._path} is damaged ({error}): move it away, and give the files to whom you "
                "invited with `sealcase share`"
            ) from None

    def add(self, waiting: Waiting) -> None:
        with locked(self._path):
            others = [each for each in self.all() if not each.is_same_as(waiting)]
            self._save([*others, waiting])

    def remove(self, done: Iterable[Waiting]) -> None:
        done = list(done)
        with locked(self._path):
            self._save([each for each in self.all() if not any(each.is_same_as(other) for other in done)])

    def _save(self, waiting: list[Waiting]) -> None:
        if not waiting:
            self._path.unlink(missing_ok=True)
            return
        record = {"format": _FORMAT, "waiting": [_record(each) for each in waiting]}
        write_private(self._path, strict_json.dumps(record))


def _record(waiting: Waiting) -> strict_json.JsonObject:
    return {
        "server": waiting.server,
        "user_id": waiting.user_id,
        "email": waiting.email,
        "file_id": waiting.file_id,
        "key": waiting.key.to_json(),
    }


def _parse_all(value: object) -> list[Waiting]:
    if not isinstance(value, list):
        raise FormatError("waiting is not an array")
    return [_parsed(strict_json.as_object(each, "an invitation")) for each in value]


def _parsed(record: strict_json.JsonObject) -> Waiting:
    return Waiting(
        strict_json.text(record, "server", 2_048),
        strict_json.text(record, "user_id", 64),
        strict_json.text(record, "email", 254),
        strict_json.text(record, "file_id", 36),
        Grant.parse(record.get("key")),
    )
