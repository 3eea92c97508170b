"""A real nginx with the project's own sample in front of a server: `with nginx(folder, upstream) as front: ...`."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

from benchmarks.servers import stopped_afterwards
from tests.support.ports import free_port
from tests.support.waiting import until

SAMPLE = Path(__file__).resolve().parents[2] / "docker" / "nginx" / "sealcase.conf"
SECONDS = 20


def missing() -> str | None:
    """Why there can be none; None: it can."""
    return None if shutil.which("nginx") else "nginx is not installed"


@dataclass(frozen=True)
class Front:
    """nginx, reached as people reach it."""

    url: str
    ca_file: Path
    folder: Path
    """Its configuration and logs."""

    @property
    def trust(self) -> dict[str, str]:
        """The environment of a process that is to trust its certificate."""
        return {"SSL_CERT_FILE": str(self.ca_file), "REQUESTS_CA_BUNDLE": str(self.ca_file)}


@contextmanager
def nginx(
    folder: Path, upstreams: list[str], *, sample: Path = SAMPLE, changes: Mapping[str, str] | None = None
) -> Iterator[Front]:
    """`sample` as it is, but for addresses, certificate and folders; `changes`: further texts to replace."""
    folder.mkdir(parents=True, exist_ok=True)
    ca, port, plain = trustme.CA(), free_port(), free_port()
    certificate = ca.issue_cert("localhost", "127.0.0.1")
    ca.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for number, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(folder / "cert.pem", append=number > 0)
    text = _adapted(sample.read_text(encoding="utf-8"), folder, upstreams, port, plain)
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(_around(folder, text))
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    subprocess.run([*command, "-t"], check=True, capture_output=True, timeout=SECONDS)
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    with stopped_afterwards(process):
        until(lambda: _listens(port), "nginx", SECONDS)
        yield Front(f"https://localhost:{port}", folder / "ca.pem", folder)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _adapted(text: str, folder: Path, upstreams: list[str], port: int, plain: int) -> str:
    servers = "\n".join(f"    server {each};" for each in upstreams)
    text = re.sub(r"(upstream \w+ \{\n)(?:.*\n)*?(    keepalive)", rf"\g<1>{servers}\n\g<2>", text)
    text = re.sub(r"    listen \[::\].*\n", "", text)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};")
    text = re.sub(r"ssl_certificate [^;]+;", f"ssl_certificate {folder}/cert.pem;", text)
    text = re.sub(r"ssl_certificate_key [^;]+;", f"ssl_certificate_key {folder}/key.pem;", text)
    text = re.sub(r"server_name [^;]+;", "server_name localhost;", text)
    return re.sub(r"access_log \S+ (\w+);", rf"access_log {folder}/access.log \1;", text)


def _around(folder: Path, text: str) -> str:
    temporary = "\n".join(f"  {kind}_temp_path {folder}/{kind};" for kind in _TEMPORARY)
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}pid {folder}/nginx.pid;\nworker_processes 1;\nevents {{ worker_connections 512; }}\n"
        f"http {{\n  default_type application/octet-stream;\n{temporary}\n{text}\n}}\n"
    )


_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
