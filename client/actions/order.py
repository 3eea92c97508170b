"""Who gets a file, and on which terms: what is said of it once its parts have arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from client.actions.people import Recipient
from client.actions.person import Person
from client.api.wire import UploadComplete, grants_of
from shared.crypto.errors import CryptoError
from shared.crypto.file_key import FileKey
from shared.crypto.keys import RecipientKey
from shared.crypto.metadata import open_metadata
from shared.crypto.seal import Sealed, distinct
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from shared.sealed.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Terms:
    """Who else may fetch a file, how often, and what is said with it."""

    also_allowed: tuple[str, ...] = ()
    """Emails: people who may fetch it without a key of theirs among the recipients."""
    download_limit: int | None = None
    note: str = ""
    """To the recipients. It stands in the sealed metadata: the server can't read it."""


@dataclass(frozen=True, slots=True)
class Order:
    """The same for every file of a command."""

    mine: RecipientKey
    to: tuple[RecipientKey, ...]
    """Each recipient once; I am one of them, for that is how the names of my files can be shown to me."""
    allowed: tuple[str, ...]
    """User ids and emails."""
    expires_hours: int
    download_limit: int | None
    note: str = ""

    @classmethod
    def of(
        cls,
        person: Person,
        people: Sequence[Recipient],
        keys: Sequence[RecipientKey],
        expires_hours: int,
        terms: Terms,
    ) -> Self:
        """For `people` with accounts and holders of bare `keys`. Nothing is unlocked for it. Raises `NotFound`."""
        mine = RecipientKey.of_card(person.vault.card_of(person.email))
        return cls(
            mine,
            tuple(distinct([mine, *(recipient.key for recipient in people), *keys])),
            (*(recipient.user_id for recipient in people), *terms.also_allowed),
            expires_hours,
            terms.download_limit,
            terms.note,
        )

    def completion(self, sealed: Sealed) -> UploadComplete:
        """The last word of an upload."""
        return UploadComplete(
            manifest=b64u(sealed.manifest.raw),
            grants=grants_of(sealed.grants),
            allowed_users=self.allowed,
            expires_hours=self.expires_hours,
            download_limit=self.download_limit,
        )

    def is_met_by(self, complete: UploadComplete, name: str, file_key: FileKey) -> bool:
        """Whether the last word of an earlier try is what would be said now of a file called `name`."""
        try:
            metadata = open_metadata(Manifest.parse(unb64u(complete.manifest, "manifest")), file_key)
        except (CryptoError, FormatError):
            return False
        return (
            metadata.name == name
            and (metadata.comment or "") == self.note
            and {grant["recipient"] for grant in complete.grants} == {b64u(key.recipient) for key in self.to}
            and complete.allowed_users == self.allowed
            and complete.expires_hours == self.expires_hours
            and complete.download_limit == self.download_limit
        )
