"""A real Caddy with the project's own sample in front of a server: `with caddy(folder, upstream) as front: ...`."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.servers import stopped_afterwards
from tests.services.nginx import Front
from tests.support.ports import free_port
from tests.support.waiting import until

SAMPLE = Path(__file__).resolve().parents[2] / "docker" / "caddy" / "Caddyfile"
SECONDS = 60
_NAME, _UPSTREAM = "sealcase.example.org {", "reverse_proxy 127.0.0.1:5000 {"
_ROOT = Path("caddy/pki/authorities/local/root.crt")
"""Where Caddy keeps the certificate of the authority that it makes for itself, below its data."""


def missing() -> str | None:
    """Why there can be none; None: it can."""
    return None if shutil.which("caddy") else "caddy is not installed"


@contextmanager
def caddy(folder: Path, upstream: str) -> Iterator[Front]:
    """The sample as it is, but for its address, the server's, and an authority of its own instead of a public one."""
    folder.mkdir(parents=True, exist_ok=True)
    port, plain = free_port(), free_port()
    text = SAMPLE.read_text(encoding="utf-8")
    for old, new in ((_NAME, f"localhost:{port} {{\n\ttls internal"), (_UPSTREAM, f"reverse_proxy {upstream} {{")):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    own = f"{{\n\tadmin off\n\tskip_install_trust\n\thttp_port {plain}\n\thttps_port {port}\n}}\n"
    (folder / "Caddyfile").write_text(own + text)
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    environment = {**os.environ, **{name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}}
    with (folder / "access.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    front = Front(f"https://localhost:{port}", folder / _ROOT, folder)
    with stopped_afterwards(process):
        until(lambda: process.poll() is not None or _has_certificate(port, front.ca_file), "Caddy", SECONDS)
        assert process.poll() is None, (folder / "access.log").read_text()
        yield front


def _has_certificate(port: int, ca_file: Path) -> bool:
    """It listens before it has one."""
    with suppress(OSError):
        trust = ssl.create_default_context(cafile=str(ca_file))
        with (
            socket.create_connection(("localhost", port), 5) as line,
            trust.wrap_socket(line, server_hostname="localhost"),
        ):
            return True
    return False
