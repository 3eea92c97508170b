"""Small files that only their owner may read, replaced as a whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from client.errors import FileProblem
from client.local.exclusive import sync_folder


def write_private(path: Path, content: bytes) -> None:
    """Writes `path` with mode 0600, in a folder with mode 0700; a crash leaves the old content or the new."""
    with private_once_done(path, content):
        pass


@contextmanager
def private_once_done(path: Path, content: bytes) -> Iterator[None]:
    """As `write_private`; but until the body has succeeded, and where it fails, `path` holds what it held before."""
    import tempfile  # slow to import, and most commands only read

    draft: Path | None = None
    try:
        with _writing(path):
            make_private_folder(path.parent)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
            draft = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        yield
        with _writing(path):
            draft.replace(path)
            sync_folder(path.parent)
    except BaseException:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise


@contextmanager
def set_aside(path: Path) -> Iterator[None]:
    """What `path` holds is NAME.earlier beside it until the body has succeeded, and is back where that fails.

    Where there was nothing, nothing is left then. Raises `FileProblem`.
    """
    earlier = path.with_name(f"{path.name}.earlier")
    is_there = os.path.lexists(path)
    if is_there and os.path.lexists(earlier):
        raise FileProblem(f"{earlier} is what {path} held before something went wrong. Look at it, and move it away")
    if is_there:
        with _writing(path):
            path.replace(earlier)
    try:
        yield
    except BaseException:
        if is_there:
            earlier.replace(path)
        else:
            path.unlink(missing_ok=True)
        raise
    if is_there:
        earlier.unlink(missing_ok=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileProblem(f"can't write {path}: {error.strerror}. What it held before is unchanged.") from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keeps other commands from changing `path` between our reading and our writing it."""
    from filelock import FileLock  # slow to import, and most commands lock nothing

    lock = FileLock(f"{path}.lock", mode=0o600)
    try:
        make_private_folder(path.parent)
        lock.acquire()
    except OSError as error:
        raise FileProblem(f"can't lock {path}: {error.strerror}. What it holds is unchanged.") from None
    try:
        yield
    finally:
        lock.release()


def make_private_folder(folder: Path) -> None:
    """The folder and all above it that are missing, each with mode 0700."""
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)


def read_private(path: Path) -> bytes | None:
    """The content, or None where there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileProblem(f"can't read {path}: {error.strerror}") from None
