"""Sealing and opening without any server, to and from `NAME.sealed`."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client.actions.saving import choose_target, save, worker_threads
from client.local.inputs import content_of, content_of_stdin, open_file, read_small
from client.local.key_files import KeyFiles, refuse_key_files, write_key_files
from client.local.outputs import PIPE, is_pipe, new_file, open_stream, write_all, writing
from shared.crypto import pem
from shared.crypto.container import Container, seal_to_file, seal_to_stream
from shared.crypto.content import Content, SealOptions
from shared.crypto.errors import BadKey
from shared.crypto.grants import Reader
from shared.crypto.keys import PrivateKeys, RecipientKey
from shared.crypto.metadata import Metadata
from shared.crypto.open import open_file as open_sealed
from shared.crypto.parts import STEP
from shared.crypto.positional import PositionalFile
from shared.crypto.seal import Sealed
from shared.crypto.workers import Progress, no_progress


def generate_key_pair(folder: Path, bits: int, passphrase: str | None, *, force: bool) -> KeyFiles:
    """Writes `private_key.pem` (mode 0600) and `public_key.pem`. Raises `TargetExists`, `BadKey`, `FileProblem`."""
    refuse_key_files(folder, force=force)
    return write_key_files(folder, pem.generate_rsa(bits), passphrase, force=force)


def load_recipient(path: Path) -> RecipientKey:
    """The public key in a PEM file. Raises `BadKey` or `FileProblem`."""
    data = read_small(path, pem.MAX_PEM_BYTES, "a public key")
    try:
        return pem.load_public_pem(data)
    except BadKey as error:
        raise BadKey(f"{path}: {error}") from None


def seal(
    source: Path,
    to: Sequence[RecipientKey],
    target: Path | None,
    *,
    name: str | None = None,
    signer: Ed25519PrivateKey | None = None,
    options: SealOptions = SealOptions(),  # noqa: B008  (frozen)
    force: bool = False,
    progress: Progress = no_progress,
) -> tuple[Sealed, Path]:
    """Seals `source` into `target` (by default `source` with `.sealed` behind its name); either may be `PIPE`."""
    with ExitStack() as stack:
        if source == PIPE:
            content = content_of_stdin(name or "stdin", progress=progress)
        else:
            content = stack.enter_context(content_of(source, name=name, progress=progress))
        target = target or Path(f"{content.name if source == PIPE else source}.sealed")
        return _seal_content(content, to, target, signer, options, force=force), target


def _seal_content(
    content: Content,
    to: Sequence[RecipientKey],
    target: Path,
    signer: Ed25519PrivateKey | None,
    options: SealOptions,
    *,
    force: bool,
) -> Sealed:
    if is_pipe(target):
        with open_stream(target) as write:
            return seal_to_stream(content, to, write, signer, options)
    with new_file(target, force=force) as file:
        return seal_to_file(content, to, file, signer, options, threads=worker_threads())


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A sealed file that was opened and saved."""

    target: Path
    metadata: Metadata
    sender: bytes | None
    """Ed25519 public key of whoever signed it; None: unsigned."""


def unseal(
    source: Path,
    keys: PrivateKeys,
    target: Path | None,
    *,
    me: Reader | None = None,
    force: bool = False,
    progress_for: Callable[[Metadata], Progress] = lambda _metadata: no_progress,
) -> OpenedFile:
    """Opens the container `source` into `target`: a file, a folder, `PIPE`, or by default the name it was given."""
    with ExitStack() as stack:
        container = Container.read(_open_container(source, stack))
        opened = open_sealed(container.manifest.raw, container.grants, keys, me)
        target = choose_target(target, opened.metadata.name)
        progress = progress_for(opened.metadata)
        save(opened, container.part_hashes, container, target, force=force, progress=progress)
        return OpenedFile(target, opened.metadata, opened.sender)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What anybody can see of a sealed file."""

    container: Container
    file_size: int


def inspect(source: Path) -> Inspection:
    """Reads the records of a container; no key needed, nothing decrypted."""
    with ExitStack() as stack:
        file = _open_container(source, stack)
        return Inspection(Container.read(file), file.size)


def _open_container(source: Path, stack: ExitStack) -> PositionalFile:
    """The container in a file; one from a pipe waits on disk, still sealed, since its records come last."""
    if not is_pipe(source):
        return PositionalFile(stack.enter_context(open_file(source)))
    spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (closed by the stack)
    stack.callback(spool.close)
    stream = stack.enter_context(FileIO(0, closefd=False) if source == PIPE else open_file(source))
    buffer = memoryview(bytearray(STEP))
    with writing(Path(tempfile.gettempdir())):
        while filled := stream.readinto(buffer):
            write_all(spool, buffer[:filled])
    return PositionalFile(spool)
