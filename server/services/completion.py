"""What a sender says when all bytes of a file are there: manifest, grants, readers and terms."""

from dataclasses import dataclass

from server.domain import Caller, File
from server.errors import FieldError, Invalid
from shared.sealed.errors import FormatError
from shared.sealed.grant import Grant, parse_grants
from shared.sealed.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Completion:
    """As it came; nothing of it is checked yet."""

    manifest: bytes
    grants: list[dict[str, str | None]]
    allowed_users: tuple[str, ...]
    """Emails or user ids."""
    expires_hours: int
    download_limit: int | None = None

    def parsed(self) -> tuple[Manifest, list[Grant]]:
        """Manifest and grants, of which there is at least one. Raises `Invalid`."""
        try:
            manifest = Manifest.parse(self.manifest)
        except FormatError as error:
            raise invalid("manifest", error) from None
        try:
            grants = parse_grants(self.grants)
        except FormatError as error:
            raise invalid("grants", error) from None
        if not grants:
            raise invalid("grants", "needs at least one grant")
        return manifest, grants

    def file_of(
        self,
        caller: Caller,
        manifest: Manifest,
        grants: list[Grant],
        part_hashes: bytes,
        allowed_users: tuple[str, ...],
        now: float,
    ) -> File:
        """The caller's file as it is from `now` on; `allowed_users` are ids."""
        return File(
            file_id=manifest.file_id,
            owner_id=caller.user_id,
            owner_email=caller.email,
            uploaded_at=now,
            expires_at=int(now) + self.expires_hours * 3_600,
            size=manifest.body_size,
            manifest=manifest.raw,
            grants=tuple(grants),
            part_hashes=part_hashes,
            allowed_users=allowed_users,
            download_limit=self.download_limit,
        )


def invalid(field: str, reason: object) -> Invalid:
    """What is wrong with one field of a request."""
    return Invalid("A field is not valid.", (FieldError(field, str(reason)),))
