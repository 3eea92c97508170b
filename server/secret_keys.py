"""The server's own secrets: those that the operator set, or made once and kept in the data folder."""

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from server.adapters import durable
from server.settings import Settings, SettingsError, weakness_of

_BYTES = 32
NOT_THIS_KEY = (
    "With another one everybody would be somebody else, without their files. Nothing was changed. Set SECRET_KEY as "
    "it was, or put the folder `secrets` of that time, or of a backup, into DATA_DIR."
)
"""Why a server does not start, and what to do."""


@dataclass(frozen=True, slots=True)
class SecretKeys:
    """Never shown: not in a log, not in an exception, not in a repr."""

    secret_key: bytes = field(repr=False)
    """Derives user ids and protects codes and refresh tokens."""
    jwt_secret: bytes = field(repr=False)
    """Signs access tokens."""
    jwt_secret_previous: bytes | None = field(repr=False)
    """Signed those that may still be in use."""
    key_log_seed: bytes = field(repr=False)
    """Signs the key log, as an Ed25519 seed. It is as old as the log; it is set where several nodes share one."""

    @property
    def jwt_secrets(self) -> tuple[bytes, ...]:
        """Those that a token may be signed with, the current one first."""
        return tuple(secret for secret in (self.jwt_secret, self.jwt_secret_previous) if secret is not None)


def secret_keys(settings: Settings) -> SecretKeys:
    """The secrets of `settings`; those that are not set are read from DATA_DIR/secrets, or made there.

    Several processes that start at once agree on one. Raises `SettingsError`, also where accounts were made under a
    secret key that is not there.
    """
    users = settings.data_dir / "records" / "users"
    folder, previous = settings.data_dir / "secrets", settings.jwt_secret_previous
    return SecretKeys(
        secret_key=_secret(settings.secret_key, folder / "secret_key", users),
        jwt_secret=_secret(settings.jwt_secret, folder / "jwt_secret"),
        jwt_secret_previous=previous.get_secret_value().encode() if previous else None,
        key_log_seed=hashlib.sha256(_secret(settings.key_log_key, folder / "key_log_key")).digest(),
    )


def _secret(configured: SecretStr | None, path: Path, under_it: Path | None = None) -> bytes:
    """`under_it`: a folder of what follows from the secret, so that another one must not take its place."""
    if configured is not None:
        return configured.get_secret_value().encode()
    if not path.exists():
        if under_it is not None and any(durable.sharded(under_it)):
            raise SettingsError(
                f"SECRET_KEY: it is not set, and {path} is not there, but accounts made under it are. {NOT_THIS_KEY}"
            )
        durable.create(path, secrets.token_hex(_BYTES).encode() + b"\n")
    kept = path.read_text(encoding="utf-8").strip()
    if weakness := weakness_of(kept):
        raise SettingsError(f"{path} holds no usable secret: {weakness}. Restore it from a backup, or remove it.")
    return kept.encode()
