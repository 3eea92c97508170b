"""Where things lie in the bucket. Keys are the server's own, and clients never name one."""

import secrets
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class S3Keys:
    """`blobs/FILE`: bodies. `staged/FILE/NUMBER`: parts too small for S3. `incoming/RANDOM`: what clients put there.
    `installation`: whose all that is."""

    prefix: str = ""

    @property
    def blobs(self) -> str:
        return f"{self.prefix}blobs/"

    @property
    def staged(self) -> str:
        return f"{self.prefix}staged/"

    @property
    def incoming(self) -> str:
        return f"{self.prefix}incoming/"

    @property
    def mark(self) -> str:
        return f"{self.prefix}installation"

    def blob(self, blob_id: UUID) -> str:
        """Raises `ValueError` for what is no UUIDv4."""
        return f"{self.blobs}{_checked(blob_id)}"

    def pieces(self, blob_id: UUID) -> str:
        """Begins the keys of the small parts of a body. Raises as `blob` does."""
        return f"{self.staged}{_checked(blob_id)}/"

    def piece(self, blob_id: UUID, number: int) -> str:
        """Keys sort as numbers do."""
        return f"{self.pieces(blob_id)}{number:05d}"

    def new_incoming(self) -> str:
        """A key that nobody has, and nobody can guess."""
        return f"{self.incoming}{secrets.token_hex(16)}"

    def blob_id(self, key: str) -> UUID | None:
        """Whose body or part it is; None for a key that is none of ours."""
        for folder in (self.blobs, self.staged):
            if key.startswith(folder):
                name = key[len(folder) :].partition("/")[0]
                return _uuid(name)
        return None


def _checked(blob_id: UUID) -> UUID:
    if not isinstance(blob_id, UUID) or blob_id.version != 4:
        raise ValueError("a blob id is a UUIDv4")
    return blob_id


def _uuid(name: str) -> UUID | None:
    try:
        found = UUID(name)
    except ValueError:
        return None
    return found if found.version == 4 and str(found) == name else None
