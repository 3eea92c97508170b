"""The keys of links that I made, each wrapped for myself, in one private file: so that a link can be shown again."""

from collections.abc import Iterable
from dataclasses import dataclass

from client.local.kept import Form, Kept
from client.local.paths import Paths
from client.local.session import Session
from shared.sealed import strict_json
from shared.sealed.grant import Grant


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
        self._kept = Kept(paths.links, _FORM)

    def all(self) -> list[KeptLink]:
        """The oldest first. Raises `FileProblem` for a damaged file."""
        return self._kept.all()

    def add(self, link: KeptLink) -> None:
        """In place of what was kept of the same link."""
        self._kept.change(lambda links: [*(each for each in links if each._what != link._what), link])

    def find(self, session: Session, link_id: str) -> KeptLink | None:
        """None for one that was made elsewhere."""
        return next((each for each in self.all() if each.belongs_to(session) and each.link_id == link_id), None)

    def forget(self, session: Session, link_ids: Iterable[str]) -> None:
        """What is over, nobody needs to be shown again."""
        gone = set(link_ids)
        self._kept.change(
            lambda links: [each for each in links if not (each.belongs_to(session) and each.link_id in gone)]
        )


def _record(link: KeptLink) -> strict_json.JsonObject:
    return {
        "server": link.server,
        "user_id": link.user_id,
        "link_id": link.link_id,
        "file_id": link.file_id,
        "key": link.key.to_json(),
    }


def _parsed(record: strict_json.JsonObject) -> KeptLink:
    return KeptLink(
        strict_json.text(record, "server", 2_048),
        strict_json.text(record, "user_id", 64),
        strict_json.text(record, "link_id", 43),
        strict_json.text(record, "file_id", 36),
        Grant.parse(record.get("key")),
    )


_FORM = Form(
    format="sealcase-links/1",
    name="links",
    what="a link",
    file="the file of links",
    still="Links go on working, and can be revoked; they can't be shown again",
    max_bytes=64 << 20,
    parse=_parsed,
    record=_record,
)
