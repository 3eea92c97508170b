"""Cuts short what a process does to a disk, before any one of its steps.

A step is whatever changes a folder or makes something durable: opening to write, writing, linking, renaming, removing,
fsync. A kill leaves what was done; a power cut takes back, besides, every name and every byte that no fsync has kept.
"""

import os
import pickle
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_CUT = 77
_ROOT = Path(__file__).resolve().parents[2]


def cut_before(step: int, folder: Path, act: Callable[[], object], *, power_cut: bool = False) -> bool:
    """Run `act` in a child process that ends before its step number `step` (from 0) below `folder`.

    Says whether it came so far; False: `act` was done before. What `act` raises is printed and fails the caller.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _Watch(step, folder, power_cut=power_cut).begin()
            act()
            code = 0
        except BaseException:  # noqa: BLE001  # the parent is told
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return _was_cut(os.waitstatus_to_exitcode(status), step)


_NEW_PROCESS = "import pickle, sys; pickle.load(sys.stdin.buffer)()"


def cut_before_in_new_process(step: int, folder: Path, act: Callable[[], object], *, power_cut: bool = False) -> bool:
    """The same with an `act` that can be pickled, for what a forked child can't do.

    OpenSSL's Argon2id waits for threads that only the parent has, and so for ever.
    """
    job = pickle.dumps(partial(_cut_here, step, folder, act, power_cut=power_cut))
    done = subprocess.run([sys.executable, "-c", _NEW_PROCESS], input=job, cwd=_ROOT, timeout=120, check=False)
    return _was_cut(done.returncode, step)


def _cut_here(step: int, folder: Path, act: Callable[[], object], *, power_cut: bool) -> None:
    _Watch(step, folder, power_cut=power_cut).begin()
    act()


def _was_cut(code: int, step: int) -> bool:
    assert code in (0, _CUT), f"the child failed with {code} before step {step}"
    return code == _CUT


@dataclass(frozen=True, slots=True)
class _Change:
    """A name that came or went and that no fsync of its folder has made durable."""

    path: Path
    before: Path | None
    """Where a copy of what the name stood for lies; None where there was no such name."""


class _Watch:
    """For the rest of this process's life, which is short."""

    def __init__(self, step: int, folder: Path, *, power_cut: bool) -> None:
        self._left = step
        self._folder = folder
        self._power_cut = power_cut
        self._stash = folder.parent / f"{folder.name}.stash"
        self._stashed = 0
        self._pending: list[_Change] = []
        self._durable = {path.stat().st_ino: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
        """How much of each file an fsync has kept; what was there before counts as kept."""
        self._quiet = False
        self._write = os.write

    def begin(self) -> None:
        self._stash.mkdir(exist_ok=True)
        # Every caller in this process gets these; audit hooks know neither.
        setattr(os, "fsync", self._syncing(os.fsync))  # noqa: B010  # a type checker would not have it
        setattr(os, "fdatasync", self._syncing(os.fdatasync))  # noqa: B010
        setattr(os, "write", self._writing)  # noqa: B010
        sys.addaudithook(self._audit)

    def _audit(self, event: str, args: tuple[object, ...]) -> None:
        """Called before each of these happens."""
        if self._quiet:
            return
        self._quiet = True
        try:
            self._note(event, args)
        finally:
            self._quiet = False

    def _note(self, event: str, args: tuple[object, ...]) -> None:
        if event == "open" and isinstance(args[0], str | Path) and isinstance(args[2], int):
            if args[2] & (os.O_WRONLY | os.O_RDWR):
                self._change(Path(args[0]))
        elif event in ("os.remove", "os.rmdir"):
            self._change(_resolved(args[0], args[1]))
        elif event == "os.mkdir":
            self._change(_resolved(args[0], args[2]))
        elif event == "os.link":
            self._change(_resolved(args[1], args[3]))
        elif event == "os.rename":
            self._change(_resolved(args[1], args[3]), _resolved(args[0], args[2]))

    def _change(self, *paths: Path) -> None:
        """One step that changes what these names stand for."""
        ours = [path for path in paths if path.is_relative_to(self._folder)]
        if ours:
            self._step()
            self._pending += [_Change(path, self._kept(path)) for path in ours]

    def _kept(self, path: Path) -> Path | None:
        if not self._power_cut or not path.exists():
            return None
        copy = self._stash / str(self._stashed)
        self._stashed += 1
        if path.is_dir():
            copy.mkdir()
        else:
            copy.hardlink_to(path)
        return copy

    def _step(self) -> None:
        if self._left == 0:
            self._end()
        self._left -= 1

    def _writing(self, descriptor: int, data: bytes) -> int:
        if not self._quiet and _path_of(descriptor).is_relative_to(self._folder):
            if self._left == 0:
                self._write(descriptor, data[: len(data) // 2])
            self._step()
        return self._write(descriptor, data)

    def _syncing(self, sync: Callable[[int], None]) -> Callable[[int], None]:
        def synced(descriptor: int) -> None:
            path = _path_of(descriptor)
            if path.is_relative_to(self._folder):
                self._step()
                sync(descriptor)
                found = os.fstat(descriptor)
                self._durable[found.st_ino] = found.st_size
                self._pending = [change for change in self._pending if change.path.parent != path]
            else:
                sync(descriptor)

        return synced

    def _end(self) -> None:
        self._quiet = True
        if self._power_cut:
            self._lose()
        os._exit(_CUT)

    def _lose(self) -> None:
        """Every name as its folder's last fsync left it, every file as long as its own."""
        for change in reversed(self._pending):
            if change.path.is_dir() and change.before is None:
                shutil.rmtree(change.path)
            elif change.path.is_file():
                change.path.unlink()
            if change.before and not change.path.exists():
                change.before.rename(change.path)
        for path in self._folder.rglob("*"):
            found = path.stat()
            if path.is_file() and found.st_size > self._durable.get(found.st_ino, 0):
                os.truncate(path, self._durable.get(found.st_ino, 0))


def _resolved(path: object, folder: object) -> Path:
    """The whole path of what a system call names; `folder` is a descriptor, or -1."""
    name = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
    return _path_of(folder) / name if isinstance(folder, int) and folder >= 0 else Path(name)


def _path_of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()
