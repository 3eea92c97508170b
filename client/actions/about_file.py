"""All about one file: who sent it, how well it is sealed and, if it is mine, who gets it and who has fetched it."""

from collections.abc import Iterator
from dataclasses import dataclass

from client.actions.access import Access, access_to
from client.actions.activity import activity_of
from client.actions.people import KnownKeys, signer_of
from client.actions.person import Person
from client.actions.receive import grants_of, open_item
from client.api.wire import FileDetail
from client.local.contact import Trust
from shared.api.models import ActivityItem
from shared.crypto.errors import WrongKey
from shared.crypto.open import Opened
from shared.crypto.safety import fingerprint
from shared.sealed.grant import Grant, is_post_quantum


@dataclass(frozen=True, slots=True)
class AboutFile:
    """A file's records, and what my keys make of them."""

    detail: FileDetail
    grants: tuple[Grant, ...]
    opened: Opened | None
    """None for what is not for my keys, and for the old format."""
    trust: Trust | None
    """What is known of the key that signed it; None where it does not open."""
    access: Access | None
    """Who gets it; None for what is not mine."""

    @property
    def name(self) -> str | None:
        """None where it is not for my keys."""
        return self.detail.filename if self.opened is None else self.opened.metadata.name

    @property
    def signer(self) -> str | None:
        """The fingerprint of the key that signed it."""
        signer = None if self.opened is None else signer_of(self.detail, self.opened.sender)
        return None if signer is None else fingerprint(signer)

    @property
    def post_quantum(self) -> bool:
        """Whether it stays closed to a future quantum computer, with all keys that it is sealed for."""
        return self.detail.format == 1 and is_post_quantum(list(self.grants))


def about_file(person: Person, file_id: str) -> AboutFile:
    """Raises `NotFound`, `Expired`, `NetworkError`, and what opening raises for records that were altered."""
    detail = person.api.file(file_id)
    grants = grants_of(detail)
    opened = _opened(person, detail)
    access = access_to(person, detail, grants) if detail.owner and detail.format == 1 else None
    return AboutFile(detail, tuple(grants), opened, _trust(person, detail, opened), access)


def downloads_of(person: Person, detail: FileDetail) -> Iterator[ActivityItem]:
    """Who fetched a file of mine, the newest first."""
    for item in activity_of(person, "download", detail.uploaded_at):
        if item.file_id == detail.file_id:
            yield item


def _opened(person: Person, detail: FileDetail) -> Opened | None:
    if detail.format == 0:
        return None
    try:
        return open_item(detail, person.identity.keys, person.identity.reader)
    except WrongKey:
        return None


def _trust(person: Person, detail: FileDetail, opened: Opened | None) -> Trust | None:
    if detail.format == 0:
        return Trust.OLD_FORMAT
    return None if opened is None else KnownKeys.of(person).trust_of(detail, opened.sender)
