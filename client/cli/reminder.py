"""One line, once a day, for people whose keys would be lost with this machine."""

import time
from contextlib import suppress
from pathlib import Path

from client.cli.terminal import note
from client.errors import ClientError
from client.local.paths import Paths
from client.local.secrets import nobody_to_ask
from client.local.session import Session
from client.local.vault import Vault
from shared.crypto.errors import CryptoError
from shared.sealed.errors import FormatError

NO_KIT = (
    "There is no recovery kit: if this machine is lost, so is every file sealed for you. Make one: sealcase key backup"
)
_DAY_SECONDS = 86_400


def remind_of_kit() -> None:
    """Says so where it is true and was not said today. Whatever else is wrong is for other commands to tell."""
    paths = Paths.default()
    if _said_today(paths.reminded):
        return
    with suppress(ClientError, CryptoError, FormatError, OSError):
        session, vault = Session.load(paths), Vault(paths, nobody_to_ask)
        if session is not None and vault.has(session.email) and not vault.label(session.email).kit_ready:
            paths.reminded.touch(0o600)
            note(NO_KIT)


def _said_today(stamp: Path) -> bool:
    with suppress(OSError):
        return 0 <= time.time() - stamp.stat().st_mtime < _DAY_SECONDS
    return False
