"""The keys of links that I made, each wrapped for myself, in one private file: so that a link can be shown again."""

from collections.abc import Iterable
from dataclasses import dataclass

from client.errors import FileProblem
from client.local.paths import Paths
from client.local.private_files import locked, read_private, write_private
from client.local.session import Session
from shared.sealed import strict_json
from shared.sealed.errors import FormatError
from shared.sealed.grant import Grant

_FORMAT = "sealcase-links/1"
_MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class KeptLink:
    """A link that I made on this machine."""

    server: str
    user_id: str
    """Mine."""
    link_id: str
    file_id: str
    """Of the first file that it leads to; its key is wrapped for me as that file's would be."""
    key: Grant

    def belongs_to(self, session: Session) -> bool:
        """Whether it was made by this person at this server."""
        return (self.server, self.user_id) == (session.server, session.user_id)

    @property
    def _what(self) -> tuple[str, str]:
        return self.server, self.link_id


class KeptLinks:
    """A password is never among what is kept."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.links

    def all(self) -> list[KeptLink]:
        """The oldest first. Raises `FileProblem` for a damaged file."""
        raw = read_private(self._path)
        if raw is None:
            return []
        try:
            return _parse_all(strict_json.loads_object(raw, _MAX_BYTES, "the file of links"))
        except FormatError as error:
            raise FileProblem(
                f"the file of links {self._path} is damaged ({error}): move it away. Links go on working, and can be "
                "revoked; they can't be shown again"
            ) from None

    def add(self, link: KeptLink) -> None:
        """In place of what was kept of the same link."""
        with locked(self._path):
            self._save([*(each for each in self.all() if each._what != link._what), link])

    def find(self, session: Session, link_id: str) -> KeptLink | None:
        """None for one that was made elsewhere."""
        return next((each for each in self.all() if each.belongs_to(session) and each.link_id == link_id), None)

    def forget(self, session: Session, link_ids: Iterable[str]) -> None:
        """What is over, nobody needs to be shown again."""
        gone = set(link_ids)
        with locked(self._path):
            links = self.all()
            kept = [each for each in links if not (each.belongs_to(session) and each.link_id in gone)]
            if len(kept) != len(links):
                self._save(kept)

    def _save(self, links: list[KeptLink]) -> None:
        write_private(self._path, strict_json.dumps({"format": _FORMAT, "links": [_record(each) for each in links]}))


def _record(link: KeptLink) -> strict_json.JsonObject:
    return {
        "server": link.server,
        "user_id": link.user_id,
        "link_id": link.link_id,
        "file_id": link.file_id,
        "key": link.key.to_json(),
    }


def _parse_all(record: strict_json.JsonObject) -> list[KeptLink]:
    links = record.get("links")
    if record.get("format") != _FORMAT or not isinstance(links, list):
        raise FormatError("it is of another format")
    return [_parsed(strict_json.as_object(each, "a link")) for each in links]


def _parsed(record: strict_json.JsonObject) -> KeptLink:
    return KeptLink(
        strict_json.text(record, "server", 2_048),
        strict_json.text(record, "user_id", 64),
        strict_json.text(record, "link_id", 43),
        strict_json.text(record, "file_id", 36),
        Grant.parse(record.get("key")),
    )
