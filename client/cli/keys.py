"""Private keys for commands: from a PEM file, with its passphrase."""

from pathlib import Path

from client.actions.pem_file import private_keys_of as keys_of_pem_file
from client.cli.terminal import ask_secret
from shared.crypto.keys import PrivateKeys


def private_keys_of(path: Path) -> PrivateKeys:
    """The RSA key in a PEM file; its passphrase is asked for if it has one. Raises `BadKey`, `WrongPassphrase`."""
    return keys_of_pem_file(path, ask_secret)
