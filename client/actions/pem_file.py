"""A private key of other tools, from its PEM file."""

from pathlib import Path

from client.local.inputs import read_small
from client.local.secrets import Ask, passphrase
from shared.crypto import pem
from shared.crypto.errors import BadKey
from shared.crypto.keys import PrivateKeys


def private_keys_of(path: Path, ask: Ask, typed: str | None = None) -> PrivateKeys:
    """The RSA key in a PEM file; asks for its passphrase if it has one, unless that was `typed` already.

    Raises `BadKey`, `WrongPassphrase`, `FileProblem` and what `ask` raises.
    """
    data = read_small(path, pem.MAX_PEM_BYTES, "a private key")
    if b"PUBLIC KEY" in data and b"PRIVATE KEY" not in data:
        raise BadKey(f"{path} is a public key: files are sealed to it, but only its private_key.pem opens them")
    secret = typed or passphrase(ask, f"Passphrase for {path}") if pem.is_encrypted_pem(data) else None
    try:
        return pem.load_private_pem(data, None if secret is None else secret.encode("utf-8"))
    except BadKey as error:
        raise BadKey(f"{path}: {error}") from None
