"""magic-wormhole and its mailbox server, in a virtual environment of their own: none of it gets among our libraries."""

import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.processes import Failed, Outcome, output_of, side_by_side
from benchmarks.servers import Server, free_port, stopped_afterwards, wait_for
from benchmarks.tools import Missing

VERSION = "0.24.0"
_PACKAGES = (f"magic-wormhole=={VERSION}", "magic-wormhole-mailbox-server==0.8.0")
_ENVIRONMENT = Path(__file__).parent / ".peers" / "wormhole"
_CODE = "1-able-baker"


@dataclass(frozen=True, slots=True)
class Wormhole:
    """`wormhole` with a mailbox of ours, and no relay for the file itself: it goes straight from one to the other."""

    command: tuple[str | Path, ...]

    @classmethod
    def of(cls, relay: Server) -> Self:
        return cls((_program("wormhole"), "--relay-url", f"{relay.url}/v1", "--transit-helper", ""))

    def transfer(self, plain: Path, target: Path) -> Outcome:
        """Sender and receiver start together, and know the code already."""
        return side_by_side(
            (*self.command, "send", "--hide-progress", "--no-qr", "--code", _CODE, plain),
            (*self.command, "receive", "--hide-progress", "--accept-file", "-o", target, _CODE),
        )


@contextmanager
def mailbox(folder: Path) -> Iterator[Server]:
    """The server through which the two find each other; everything of it lies in `folder`. Raises `Missing`."""
    twist = _program("twist")
    folder.mkdir()
    port, log = free_port(), folder / "log"
    listen = f"--port=tcp:{port}:interface=127.0.0.1"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [twist, "wormhole-mailbox", listen, "--channel-db=:memory:"], cwd=folder, stdout=said, stderr=said
        )
        with stopped_afterwards(process):
            wait_for(port, process, log)
            yield Server(f"ws://127.0.0.1:{port}", process.pid)


def _program(name: str) -> Path:
    """Installs both the first time. Raises `Missing`."""
    finished = _ENVIRONMENT / f"has-{VERSION}"
    if not finished.exists():
        print("Installing magic-wormhole beside the benchmarks ...", file=sys.stderr, flush=True)
        try:
            venv.create(_ENVIRONMENT, with_pip=True, clear=True)
            pip = (_ENVIRONMENT / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
            output_of(*pip, "install", *_PACKAGES)
        except (subprocess.CalledProcessError, Failed) as error:
            reason = str(error).strip().splitlines()[-1]
            raise Missing(f"magic-wormhole is not there. pip install {' '.join(_PACKAGES)} failed: {reason}") from None
        finished.touch()
    return _ENVIRONMENT / "bin" / name
