"""Receiving: parts are fetched, checked and opened side by side, and appear as a file when all of them hold."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from client.actions.people import trust_in
from client.actions.person import Person
from client.actions.receive_format0 import OldFile, save_old
from client.actions.saving import choose_target, save
from client.api.api import Api, same_file
from client.api.retries import with_retries
from client.local.contacts import Trust
from shared.api.models import FileDetail, FileItem
from shared.crypto.grants import Reader
from shared.crypto.keys import PrivateKeys
from shared.crypto.metadata import Metadata
from shared.crypto.open import Opened, open_file
from shared.crypto.part_buffer import PartBuffer
from shared.crypto.safety import fingerprint
from shared.crypto.workers import Progress, no_progress
from shared.sealed.encoding import unb64u
from shared.sealed.grant import parse_grants


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was received, verified and saved."""

    file_id: str
    target: Path
    metadata: Metadata
    from_email: str
    trust: Trust
    sender_fingerprint: str | None


def receive_file(
    person: Person,
    file_id: str,
    target: Path | None,
    *,
    keys: PrivateKeys | None = None,
    force: bool = False,
    progress_for: Callable[[Metadata], Progress] = lambda _metadata: no_progress,
) -> Received:
    """Receives a file into `target`: a file, a folder, `PIPE`, or by default the name that it was given.

    `keys` are those of a PEM file, where the file was not sealed for my identity. Raises `NotFound`, `Expired`,
    `WrongKey`, `Altered`, `BadSignature`, `FormatError`, `UnsafeName`, `FileProblem` or `NetworkError`; then nothing is
    left under the final name.
    """
    detail = person.api.file(file_id)
    same_file(file_id, detail.file_id)
    if detail.format == 0:
        return _receive_old(person, detail, target, keys, force=force, progress_for=progress_for)
    opened = open_item(detail, keys or person.identity.keys, None if keys else person.identity.reader)
    trust = trust_in(person, detail.from_email, opened.sender)
    target = choose_target(target, opened.metadata.name)
    part_hashes = unb64u(detail.part_hashes, "part_hashes")
    body = _RemoteBody(person.api, file_id)
    save(opened, part_hashes, body, target, force=force, progress=progress_for(opened.metadata))
    return Received(
        file_id,
        target,
        opened.metadata,
        detail.from_email,
        trust,
        None if opened.sender is None else fingerprint(opened.sender),
    )


def _receive_old(
    person: Person,
    detail: FileDetail,
    target: Path | None,
    keys: PrivateKeys | None,
    *,
    force: bool,
    progress_for: Callable[[Metadata], Progress],
) -> Received:
    """Nobody signed it, and its name is what the server says."""
    old = OldFile.of(detail)
    target = choose_target(target, detail.filename or "")
    shown = Metadata(detail.filename or "", None, detail.size, detail.size, detail.size, None, "none", None)
    size = save_old(person.api, old, keys or person.identity.keys, target, force=force, progress=progress_for(shown))
    return Received(detail.file_id, target, replace(shown, size=size), detail.from_email, Trust.OLD_FORMAT, None)


def open_item(item: FileItem | FileDetail, keys: PrivateKeys, me: Reader | None) -> Opened:
    """What keys make of a file's records, before any of its content is fetched."""
    grants = parse_grants([grant.model_dump() for grant in item.grants])
    opened = open_file(unb64u(item.manifest, "manifest"), grants, keys, me)
    same_file(item.file_id, str(opened.manifest.file_id))
    return opened


@dataclass(frozen=True, slots=True)
class _RemoteBody:
    """The sealed body on the server, part by part."""

    api: Api
    file_id: str

    def load(self, buffer: PartBuffer, index: int, offset: int, length: int, expected_hash: bytes) -> None:
        """Fetches a part, again if the connection breaks or bytes arrive altered."""
        with_retries(lambda: buffer.load(index, length, expected_hash, self.api.content(self.file_id, offset, length)))
