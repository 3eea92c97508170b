"""A real IPFS node, js-ipfs, alone on this machine: `with ipfs_node(folder) as node: ...`.

It speaks Kubo's RPC. `make .venv/ipfs/installed` installs it.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.support.ports import free_port

SECONDS = 90
_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = _ROOT / ".venv" / "ipfs" / "node_modules" / ".bin" / "jsipfs"
_POLYFILL = Path(__file__).resolve().parent / "ipfs_node" / "polyfill.cjs"
_ALONE = {
    "Bootstrap": [],
    "Discovery": {"MDNS": {"Enabled": False}, "webRTCStar": {"Enabled": False}},
}


class NotInstalled(Exception):
    """The message says how it can be."""


@dataclass
class IpfsNode:
    """The node, which can be stopped and started again with what it has."""

    repo: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def multiaddr(self) -> str:
        return f"/ip4/127.0.0.1/tcp/{self.port}"

    def settings(self, **changes: str) -> dict[str, str]:
        """Settings of a Sealcase server that keeps files there."""
        return {"storage": "ipfs", "ipfs_api": self.multiaddr, **changes}

    def start(self) -> None:
        """Returns once it answers."""
        with (self.repo.parent / "ipfs.log").open("ab") as log:
            self.process = _run(self.repo, "daemon", "--offline", "--enable-preload=false", "--migrate=false", log=log)
        deadline = time.monotonic() + SECONDS
        while not self._answers():
            assert self.process.poll() is None, (self.repo.parent / "ipfs.log").read_text()
            assert time.monotonic() < deadline, "the IPFS node does not come up"
            time.sleep(0.1)

    def stop(self) -> None:
        """At once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(SECONDS)
            self.process = None
            shutil.rmtree(self.repo / "repo.lock", ignore_errors=True)
            (self.repo / "api").unlink(missing_ok=True)

    def ask(self, command: str, **query: str) -> requests.Response:
        return requests.post(f"{self.url}/api/v0/{command}", params=query, timeout=SECONDS)

    def pins(self) -> set[str]:
        """The CIDs of what it is to keep."""
        answer = self.ask("pin/ls", type="recursive", **{"cid-base": "base32"})
        return set(answer.json().get("Keys", {}))

    def blocks(self) -> set[str]:
        """Every block on its disk."""
        return {line for line in self.ask("refs/local", **{"cid-base": "base32"}).text.splitlines() if line}

    def _answers(self) -> bool:
        try:
            return self.ask("version").ok
        except requests.RequestException:
            return False


@contextmanager
def ipfs_node(folder: Path) -> Iterator[IpfsNode]:
    """Its data lies in `folder`. Raises `NotInstalled`."""
    if not (_PROGRAM.exists() and shutil.which("node")):
        raise NotInstalled("js-ipfs is not installed: make .venv/ipfs/installed")
    node = IpfsNode(folder / "repo", free_port())
    folder.mkdir(parents=True, exist_ok=True)
    made = _run(node.repo, "init", "--empty-repo", "--profile", "test")
    assert made.wait(SECONDS) == 0
    config = json.loads((node.repo / "config").read_text())
    addresses = {"Swarm": [], "Announce": [], "NoAnnounce": [], "Delegates": [], "API": node.multiaddr}
    addresses |= {name: f"/ip4/127.0.0.1/tcp/{free_port()}" for name in ("Gateway", "RPC")}
    (node.repo / "config").write_text(json.dumps({**config, **_ALONE, "Addresses": addresses}))
    try:
        node.start()
        yield node
    finally:
        node.stop()


def _run(repo: Path, *arguments: str, log: object = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "IPFS_PATH": str(repo), "NO_UPDATE_NOTIFIER": "1"}
    command = ["node", "-r", str(_POLYFILL), str(_PROGRAM), *arguments]
    return subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)  # type: ignore[call-overload, no-any-return]  # a file or a constant
