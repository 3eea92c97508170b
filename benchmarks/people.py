"""Two people with accounts on a server, for files to go from one to the other."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import tools
from benchmarks.processes import Outcome, output_of, run
from benchmarks.servers import Server, login_code

PIPE = Path("-")
"""Standard output, which is thrown away."""


@dataclass(frozen=True, slots=True)
class Client:
    """`sealcase`, as one person runs it."""

    email: str
    environment: Mapping[str, str]
    home: Path

    def send(self, source: Path, to: str, *options: str) -> tuple[Outcome, str]:
        """Sends a file; returns how it went, and the file's id."""
        printed = self.home / "id"
        command: Sequence[str | Path] = (tools.ours("sealcase"), "send", source, "--to", to, *options)
        outcome = run(command, stdout=printed, environment=self.environment)
        return outcome, printed.read_text().strip()

    def start_sending(self, source: Path, to: str, *options: str) -> subprocess.Popen[bytes]:
        """Begins to send a file; the caller waits, or does not."""
        command: Sequence[str | Path] = (tools.ours("sealcase"), "send", source, "--to", to, *options)
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment)

    def get(self, file_id: str, target: Path) -> Outcome:
        return run((tools.ours("sealcase"), "get", file_id, "-o", target), environment=self.environment)

    def remove(self, file_id: str) -> None:
        output_of(tools.ours("sealcase"), "rm", file_id, environment=self.environment)


def two_people(server_folder: Path, server: Server) -> tuple[Client, Client]:
    """A sender and a receiver, with accounts on the server over `server_folder`; they live beside its data."""
    anna = sign_up("anna@example.org", server_folder / "anna", server, server_folder)
    return anna, sign_up("ben@example.org", server_folder / "ben", server, server_folder)


def sign_up(email: str, home: Path, server: Server, server_folder: Path) -> Client:
    """Makes an account and its keys, under a passphrase from a file."""
    home.mkdir()
    secret = home / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text("correct horse battery staple\n")
    environment = {
        **os.environ,
        "SEALCASE_HOME": str(home / "data"),
        "SEALCASE_KEYRING": "off",
        "SEALCASE_PASSPHRASE_FILE": str(secret),
    }
    code = login_code(server_folder, email)
    output_of(
        *(tools.ours("sealcase"), "login", "--server", server.url, "--email", email, "--code", code),
        environment=environment,
    )
    return Client(email, environment, home)
