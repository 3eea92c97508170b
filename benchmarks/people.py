"""Two people with accounts on a server, for files to go from one to the other."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import tools
from benchmarks.processes import Outcome, output_of, run
from benchmarks.servers import Server, login_code


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

    def get(self, file_id: str, target: Path) -> Outcome:
        return run((tools.ours("sealcase"), "get", file_id, "-o", target), environment=self.environment)

    def remove(self, file_id: str) -> None:
        output_of(tools.ours("sealcase"), "rm", file_id, environment=self.environment)


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
