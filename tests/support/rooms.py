"""A file system and a network of a process's own, without a container engine: Linux namespaces, as root.

`Room` says what a container would have: which folders lie where, what can be written, whose process it is. `/usr` and
`/etc` are this machine's; all else is new and empty.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_EMPTY = ("dev", "proc", "tmp", "run", "data", "mnt", "var/lib", "var/log", "var/run", "var/cache")
_LINKS = ("bin", "sbin", "lib", "lib64", "lib32")


_CHROOT = shutil.which("chroot", path="/usr/sbin:/sbin:/usr/bin:/bin") or "chroot"
"""It is not on every PATH that an image has."""


def missing() -> str | None:
    """What keeps rooms from being made here; None: nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "namespaces are made as root, on Linux"
    lacking = [name for name in ("unshare", "nsenter", "ip") if shutil.which(name) is None]
    return f"{', '.join(lacking)} not installed" if lacking else None


@dataclass(frozen=True)
class Room:
    """What one process sees of the world."""

    binds: dict[str, Path] = field(default_factory=dict)
    """What lies at which path inside, as it is outside."""
    tmpfs: tuple[str, ...] = ()
    """`/path:options`, as compose files write it."""
    fresh: tuple[str, ...] = ()
    """Folders that are empty, whatever this machine has there."""
    image: Path | None = None
    """The root folder of an image in place of this machine's."""
    read_only: bool = False
    user: int | None = None
    """Its user and group, without any capability; None: root."""

    def command(self, inside: Sequence[str]) -> list[str]:
        """What runs `inside` in there; the environment is the caller's."""
        script = "\n".join(self._image() if self.image else self._own())
        script += "\n" + "\n".join(self._mounts()) + f"\nexec {_CHROOT} {self._whose()} $R {shlex.join(inside)}"
        return ["unshare", "--mount", "sh", "-ec", script]

    def _own(self) -> Iterator[str]:
        yield "R=$(mktemp -d)\nmount -t tmpfs -o mode=755,size=64m root $R\numask 022"
        yield f"cd $R; mkdir -p usr {' '.join(_EMPTY)}; chmod 1777 tmp; cp -a /etc etc; mount --bind /usr usr"
        for name in _LINKS:
            yield f"[ ! -L /{name} ] || cp -a /{name} {name}"
        for path in {sys.base_prefix, str(ROOT)}:
            if not path.startswith("/usr"):
                yield f"mkdir -p $R{path}; mount --bind {path} $R{path}"
        for path in self.fresh:
            yield f"rm -rf $R{path}; mkdir -p $R{path}"

    def _image(self) -> Iterator[str]:
        yield f"R={shlex.quote(str(self.image))}\nmount --bind $R $R\ncd $R"

    def _mounts(self) -> Iterator[str]:
        yield "mount --rbind /dev $R/dev; mount --rbind /proc $R/proc"
        for place, source in self.binds.items():
            made = f"mkdir -p $R{place}" if source.is_dir() else f"mkdir -p $(dirname $R{place}); touch $R{place}"
            yield f"{made}; mount --bind {shlex.quote(str(source))} $R{place}"
        for each in self.tmpfs:
            place, _, options = each.partition(":")
            yield f"mkdir -p $R{place}; mount -t tmpfs -o {options or 'mode=1777'} none $R{place}"
        yield "cd /"
        if self.read_only:
            yield "mount -o remount,ro,bind $R"

    def _whose(self) -> str:
        return "" if self.user is None else f"--userspec={self.user}:{self.user}"


@dataclass(frozen=True)
class Net:
    """A network that is connected with nothing but itself: every address of 127.0.0.0/8, every port."""

    pid: int

    def inside(self, command: Sequence[str]) -> list[str]:
        return ["nsenter", "--net", f"--target={self.pid}", "--", *command]


@contextmanager
def lonely_net() -> Iterator[Net]:
    """Gone at the end, with nobody in it."""
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-ec", "ip link set lo up; echo up; exec sleep infinity"], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"up\n"
        yield Net(holder.pid)
    finally:
        holder.kill()
        holder.wait(20)
        if holder.stdout is not None:
            holder.stdout.close()
