"""Private keys for commands: from a PEM file, with its passphrase."""

from pathlib import Path

from client.cli.terminal import ask_secret
from client.local.inputs import read_small
from client.local.secrets import passphrase
from shared.crypto import pem
from shared.crypto.keys import PrivateKeys


def private_keys_of(path: Path) -> PrivateKeys:
    """The RSA key in a PEM file; its passphrase is asked for if it has one. Raises `BadKey`, `WrongPassphrase`."""
    data = read_small(path, pem.MAX_PEM_BYTES, "a private key")
    secret = passphrase(ask_secret, f"Passphrase for {path}") if pem.is_encrypted_pem(data) else None
    return pem.load_private_pem(data, None if secret is None else secret.encode("utf-8"))
