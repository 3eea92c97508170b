"""Key pairs as PEM files, as other tools read them."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from client.local.outputs import new_file, refuse_existing
from client.local.private_files import write_private
from shared.crypto import pem


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where a key pair was written."""

    private_key: Path
    public_key: Path

    @classmethod
    def of(cls, folder: Path) -> "KeyFiles":
        return cls(folder / "private_key.pem", folder / "public_key.pem")


def refuse_key_files(folder: Path, *, force: bool) -> None:
    """Raises `TargetExists` where a key pair would replace something."""
    pair = KeyFiles.of(folder)
    for target in (pair.private_key, pair.public_key):
        refuse_existing(target, force=force)


def write_key_files(folder: Path, key: RSAPrivateKey, passphrase: str | None, *, force: bool) -> KeyFiles:
    """PKCS#8 (PBES2 under a passphrase, mode 0600) and SubjectPublicKeyInfo. Raises `TargetExists`, `FileProblem`."""
    pair = KeyFiles.of(folder)
    secret = None if passphrase is None else passphrase.encode("utf-8")
    write_private(pair.private_key, pem.encode_private_pem(key, secret))
    with new_file(pair.public_key, force=force) as file:
        file.write_at(0, pem.encode_public_pem(key.public_key()))
    return pair
