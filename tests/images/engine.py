"""Building and running our Dockerfile where there is no container engine: buildah with chroot isolation.

Nothing is fetched from a registry of images: a stand-in for the Python base is made of Debian packages. buildah
can't keep the root read-only: that is shown with namespaces over the same image (test_read_only.py). What no test here
shows are networks between containers.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASE = "docker.io/library/python:3.11-slim"
TAG = "sealcase:test"
PYTHON = "3.11"
SECONDS = 900
_PACKAGES = "ca-certificates,python3,python3-venv,libpython3-stdlib"
_OLDER_PYTHON = "async-timeout"
"""What a package wants of Debian's Python 3.11.2 and not of the one that runs the tests."""
_PATH = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


def missing() -> str | None:
    """What keeps images from being built on this machine; None: nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "images are built as root, on Linux"
    lacking = [name for name in ("buildah", "mmdebstrap") if shutil.which(name) is None]
    return f"{' and '.join(lacking)} not installed" if lacking else None


@dataclass(frozen=True)
class Engine:
    """Images in a folder of their own."""

    folder: Path

    def __call__(self, *arguments: str | Path) -> str:
        """Run buildah to its end; what it printed."""
        done = subprocess.run(
            self._command(*arguments),
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stdout[-3_000:], done.stderr[-3_000:])
        return done.stdout.strip()

    def make_base(self) -> None:
        """The stand-in for BASE."""
        archive = self.folder / "base.tar"
        hook = 'ln -s /usr/bin/python3 "$1"/usr/local/bin/python'
        options = ["--quiet", "--variant=minbase", f"--include={_PACKAGES}", f"--customize-hook={hook}"]
        languages = '--aptopt=Acquire::Languages "none"'
        subprocess.run(
            ["mmdebstrap", *options, languages, "bookworm", str(archive)],
            check=True,
            timeout=SECONDS,
            capture_output=True,
        )
        container = self("from", "scratch")
        self("add", "--quiet", container, archive, "/")
        self("config", "--env", _PATH, "--cmd", "python3", container)
        self("commit", "--quiet", "--rm", container, BASE)
        archive.unlink()

    def build(self, tag: str) -> None:
        """docker/Dockerfile, with the packages of this machine's own pip instead of the network."""
        wheels = self.folder / "wheels"
        pip = [sys.executable, "-m", "pip", "--quiet", "download", "--dest", str(wheels), "--only-binary=:all:"]
        wanted = ["--requirement", str(ROOT / "requirements-server.txt"), "setuptools>=77", "wheel", _OLDER_PYTHON]
        subprocess.run(
            [*pip, "--python-version", PYTHON, *wanted], check=True, timeout=SECONDS, capture_output=True, text=True
        )
        settings = self.folder / "pip.conf"
        settings.write_text("[global]\nno-index = true\nfind-links = /wheels\n")
        self(
            *("build", "--quiet", "--pull-never", "--format", "docker", "--tag", tag),
            *("--volume", f"{wheels}:/wheels:ro", "--volume", f"{settings}:/etc/pip.conf:ro"),
            *("--file", ROOT / "docker" / "Dockerfile", ROOT),
        )

    def config(self, tag: str) -> dict[str, object]:
        """What the image says about itself."""
        found: dict[str, object] = json.loads(self("inspect", "--type", "image", tag))["Docker"]["config"]
        return found

    @contextmanager
    def container(self, tag: str) -> Iterator[str]:
        """A container of the image, and its root folder mounted nowhere yet."""
        name = self("from", "--pull-never", tag)
        try:
            yield name
        finally:
            self("rm", name)

    @contextmanager
    def started(self, container: str, command: Sequence[str], *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command as the image's own user, ended at the end; what it prints goes to `log`."""
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                self._command("run", *options, container, "--", *command),
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)
                process.wait(60)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def _command(self, *arguments: str | Path) -> list[str]:
        store = ("--root", str(self.folder / "root"), "--runroot", str(self.folder / "run"), "--storage-driver", "vfs")
        return ["buildah", *store, *map(str, arguments)]

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "BUILDAH_ISOLATION": "chroot"}
