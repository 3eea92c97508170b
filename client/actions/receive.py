"""Receiving: parts are fetched, checked and opened side by side, and appear as a file when all of them hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from client.actions.download import download
from client.actions.events import Began, Done, Failed, Tell, Verified, Waiting, untold
from client.actions.people import KnownKeys, judge_file, signer_of
from client.actions.person import Person
from client.actions.receive_format0 import OldFile, save_old
from client.actions.remote_body import RemoteBody
from client.actions.saving import choose_target, save
from client.api.api import same_file
from client.api.retries import ONE_REQUEST, Patience, with_retries
from client.api.wire import FileDetail
from client.errors import Expired, NotFound, can_continue, words_of
from client.local.arrivals import Leftover, leftovers
from client.local.contacts import Trust
from client.local.outputs import PIPE, is_pipe
from shared.crypto.grants import Reader
from shared.crypto.keys import PrivateKeys
from shared.crypto.link import LinkKeys
from shared.crypto.metadata import Metadata
from shared.crypto.open import Opened, open_file
from shared.crypto.safety import fingerprint
from shared.sealed.encoding import unb64u
from shared.sealed.grant import Grant, parse_grants

if TYPE_CHECKING:
    from shared.api.models import FileItem


Keys = PrivateKeys | LinkKeys
"""What opens a file: somebody's keys, or those of a link."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was received, verified and saved."""

    file_id: str
    target: Path
    metadata: Metadata
    from_email: str
    trust: Trust
    sender_fingerprint: str | None
    doubt: str = ""
    """Why its sender, a stranger, could not be met, as a sentence."""


def receive_file(
    person: Person,
    file_id: str,
    target: Path | None,
    *,
    keys: PrivateKeys | None = None,
    force: bool = False,
    tell: Tell = untold,
) -> Received:
    """Receives a file into `target`: a file, a folder, `PIPE`, or by default the name that it was given.

    `keys` are those of a PEM file, where the file was not sealed for my identity. Raises `NotFound`, `Expired`,
    `WrongKey`, `Altered`, `BadSignature`, `FormatError`, `UnsafeName`, `FileProblem` or `NetworkError`; then nothing is
    left under the final name. What had arrived may be kept for the next try: `client.errors.can_continue` knows.
    """
    with told(tell, file_id):
        return receive_found(person, find_file(person, file_id, keys, tell), target, keys, force=force, tell=tell)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a file before its content is fetched."""

    detail: FileDetail
    opened: Opened | None
    """None in the old format, of which nothing can be known before."""


def find_file(person: Person, file_id: str, keys: Keys | None, tell: Tell, patience: Patience = ONE_REQUEST) -> Found:
    """Asks for the records of a file, and opens them. Raises what `receive_file` raises."""
    detail = _detail(person, file_id, tell, patience)
    if detail.format == 0:
        return Found(detail, None)
    return Found(detail, open_item(detail, keys or person.identity.keys, None if keys else person.identity.reader))


def receive_found(
    person: Person, found: Found, target: Path | None, keys: Keys | None, *, force: bool, tell: Tell
) -> Received:
    """The rest of `receive_file`."""
    detail = found.detail
    if found.opened is None:
        received = _receive_old(person, detail, target, keys, force=force, tell=tell)
    else:
        received = _receive(person, detail, found.opened, target, force=force, tell=tell)
    path = None if received.target == PIPE else str(received.target)
    tell(Done(detail.file_id, detail.file_id, received.metadata.name, received.metadata.size, path))
    return received


def _receive(
    person: Person, detail: FileDetail, opened: Opened, target: Path | None, *, force: bool, tell: Tell
) -> Received:
    file_id = detail.file_id
    signer = signer_of(detail, opened.sender)
    judgement = judge_file(person, detail, signer)
    target = choose_target(target, opened.metadata.name)
    part_hashes = unb64u(detail.part_hashes, "part_hashes")
    is_limited = detail.download_limit is not None and not detail.owner
    body = RemoteBody(person.api, opened, tell, is_limited=is_limited, way=person.way)
    tell(Began(file_id, opened.metadata.name, opened.metadata.size))
    if is_pipe(target) or opened.manifest.geometry.part_count == 1:  # where nothing can be continued
        save(opened, part_hashes, body, target, force=force, lanes=body.lanes, wake=body.give_up)
    else:
        download(opened, part_hashes, body, target, force=force, journals=person.paths.downloads, tell=tell)
    body.finish()
    tell(Verified(file_id))
    sender = None if signer is None else fingerprint(signer)
    who = detail.from_email if detail.box_id is None else KnownKeys.of(person).sender_of(detail)
    return Received(file_id, target, opened.metadata, who, judgement.trust, sender, judgement.doubt)


def _receive_old(
    person: Person, detail: FileDetail, target: Path | None, keys: Keys | None, *, force: bool, tell: Tell
) -> Received:
    """Nobody signed it, and its name is what the server says."""
    if isinstance(keys, LinkKeys):
        raise NotFound("links lead to sealed files only")
    old = OldFile.of(detail)
    name = detail.filename or ""
    target = choose_target(target, name)
    tell(Began(detail.file_id, name, None))
    size = save_old(person.api, person.way, old, keys or person.identity.keys, target, force=force, tell=tell)
    tell(Verified(detail.file_id))
    metadata = Metadata(name, None, size, size, size, None, "none", None)
    return Received(detail.file_id, target, metadata, detail.from_email, Trust.OLD_FORMAT, None)


def grants_of(item: "FileItem | FileDetail") -> list[Grant]:
    """The grants among a file's records. Raises `FormatError`."""
    return parse_grants([grant if isinstance(grant, dict) else grant.model_dump() for grant in item.grants])


def open_item(item: "FileItem | FileDetail", keys: Keys, me: Reader | None) -> Opened:
    """What keys make of a file's records, before any of its content is fetched."""
    opened = open_file(unb64u(item.manifest, "manifest"), grants_of(item), keys, me)
    same_file(item.file_id, str(opened.manifest.file_id))
    return opened


def _detail(person: Person, file_id: str, tell: Tell, patience: Patience) -> FileDetail:
    """The records of a file; what earlier tries have left of one that is gone for good goes, too."""
    try:
        detail = with_retries(
            lambda: person.api.file(file_id), lambda reason, seconds: tell(Waiting(file_id, reason, seconds)), patience
        )
    except Expired as error:
        gone = leftovers(person.paths.downloads, file_id)
        for leftover in gone:
            leftover.remove()
        if gone:
            raise Expired(f"{error} What had arrived in {_names(gone)} was removed.") from None
        raise
    except NotFound as error:
        if gone := leftovers(person.paths.downloads, file_id):
            raise NotFound(f"{error} If it was deleted, delete what had arrived, too: {_names(gone)}.") from None
        raise
    same_file(file_id, detail.file_id)
    return detail


def _names(gone: list[Leftover]) -> str:
    return ", ".join(str(leftover.part) for leftover in gone)


@contextmanager
def told(tell: Tell, file_id: str) -> Iterator[None]:
    """Tells how it ended, if that was no success."""
    try:
        yield
    except BaseException as error:
        tell(Failed(file_id, words_of(error) or "stopped", resumable=can_continue(error)))
        raise
