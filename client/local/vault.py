"""The vault: identities at rest, each unlocked by a passphrase or by the operating system's keyring."""

import hashlib
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from client.errors import FileProblem, NeedsInput, NotFound
from client.local.paths import Paths
from client.local.private_files import locked, read_private, write_private
from client.local.secrets import Ask, passphrase_from_file
from shared.crypto import vault_file
from shared.crypto.annex import Annex, Label
from shared.crypto.errors import WrongPassphrase
from shared.crypto.identity import DEFAULT_RSA_BITS, Identity
from shared.sealed.card import Card

KEYRING_VARIABLE = "SEALCASE_KEYRING"
_SERVICE = "Sealcase identity"
ChooseKeyring = Callable[[], bool]
"""Asks whether the operating system's keyring should keep a new secret."""


@dataclass(frozen=True, slots=True)
class Vault:
    """One person's identities, a file for each email address."""

    paths: Paths
    ask: Ask
    choose_keyring: ChooseKeyring | None = None
    """Asked before a new secret goes into the keyring; without it, it does."""

    def path_of(self, email: str) -> Path:
        """The file of an identity; its name does not tell the address."""
        digest = hashlib.sha256(email.casefold().encode("utf-8")).hexdigest()[:32]
        return self.paths.identities / f"{digest}.json"

    def has(self, email: str) -> bool:
        return self.path_of(email).exists()

    def create(self, email: str, rsa_bits: int = DEFAULT_RSA_BITS, after: Card | None = None) -> Identity:
        """Makes an identity and keeps it under a new secret; `after` is the last card of one that was lost.

        Raises what `new_secret` raises; then nothing was made.
        """
        secret = self.new_secret(email)
        identity = Identity.create(email, rsa_bits, after)
        self.keep(identity, secret)
        return identity

    def new_secret(self, email: str) -> str:
        """What SEALCASE_PASSPHRASE_FILE holds, what the keyring keeps from now on, or a passphrase that is asked for.

        Raises `NeedsInput` where none of the three is to be had.
        """
        return (
            passphrase_from_file()
            or self._put_into_keyring(email)
            or self.ask(f"New passphrase for the keys of {email}", True)
        )

    def _put_into_keyring(self, email: str) -> str | None:
        """Not where there is a choice, and a passphrase is wanted."""
        if self.choose_keyring is not None and not (has_keyring() and self.choose_keyring()):
            return None
        return _put_into_keyring(email)

    def keep(self, identity: Identity, secret: str) -> None:
        """Keeps the identity in place of the one of its address that is here; a crash leaves the one or the other."""
        write_private(self.path_of(identity.card.email), vault_file.lock(identity, secret))

    def changing(self, email: str) -> AbstractContextManager[None]:
        """Keeps other commands from changing the keys of `email` at the same time."""
        return locked(self.path_of(email))

    def annex(self, identity: Identity) -> Annex:
        """What is kept beside the identity. Raises `FormatError` or `BadKey` if it was damaged."""
        raw = read_private(self._annex_path(identity.card))
        return Annex() if raw is None else Annex.unlock(raw, identity.signing_key)

    def keep_annex(self, identity: Identity, annex: Annex) -> None:
        """In place of what was kept; a crash leaves the one or the other."""
        write_private(self._annex_path(identity.card), annex.lock(identity.signing_key))

    def label(self, email: str) -> Label:
        """What can be said of the annex without unlocking anything. Raises `NotFound`, `FormatError`."""
        raw = read_private(self._annex_path(self.card_of(email)))
        return Label() if raw is None else Label.read(raw)

    def _annex_path(self, card: Card) -> Path:
        """It belongs to the person that the signing key is, not to the address."""
        key = hashlib.sha256(card.signing_key).hexdigest()[:16]
        return self.path_of(card.email).with_suffix(f".{key}.annex")

    def unlock(self, email: str) -> Identity:
        """Raises `NotFound`, `NeedsInput`, `WrongPassphrase`, or what a damaged file raises."""
        return self.begin_unlocking(email).identity()

    def begin_unlocking(self, email: str) -> "Unlocking":
        """Gets the passphrase now, asking for it if need be; what it takes to guess it is spent in a thread.

        Raises `NotFound`, `NeedsInput` or `FileProblem`; what else `unlock` raises is raised by the outcome.
        """
        locked = self.read(email)
        if secret := passphrase_from_file():
            return Unlocking(email, locked, secret, self._complete)
        if stored := _from_keyring(email):
            # A file that came from elsewhere has a passphrase of its own, which is asked for then.
            return Unlocking(email, locked, stored, self._complete, lambda: self._ask_for(email))
        return Unlocking(email, locked, self._ask_for(email), self._complete)

    def begin_unlocking_with(self, email: str, secret: str) -> "Unlocking":
        """The same with a passphrase that somebody has typed, whatever else would be known. Raises `NotFound`."""
        return Unlocking(email, self.read(email), secret, self._complete)

    def begin_unlocking_silently(self, email: str) -> "Unlocking | None":
        """The same where a file names the passphrase, and nothing otherwise. Raises `FileProblem`, `NotFound`."""
        return self.begin_unlocking(email) if passphrase_from_file() else None

    def _ask_for(self, email: str) -> str:
        return self.ask(f"Passphrase for the keys of {email}", False)

    def _complete(self, identity: Identity) -> Identity:
        return self.annex(identity).complete(identity)

    def card_of(self, email: str) -> Card:
        """The card of an identity here; nothing is unlocked. Raises `NotFound`."""
        return self.signed_card_of(email)[0]

    def signed_card_of(self, email: str) -> tuple[Card, bytes]:
        """The same with its signature."""
        return vault_file.signed_card_of(self.read(email))

    def read(self, email: str) -> bytes:
        """The file of an identity, as it lies on the disk. Raises `NotFound`."""
        path = self.path_of(email)
        if (locked := read_private(path)) is None:
            raise NotFound(
                f"there are no keys of {email} on this machine ({path}). Bring them here: sealcase key restore, or "
                "sealcase device add. If they are lost: sealcase key new"
            )
        return locked

    def only_email(self) -> str:
        """The address of the only identity here, for work without a session. Raises `NotFound`."""
        files = sorted(self.paths.identities.glob("*.json")) if self.paths.identities.is_dir() else []
        if not files:
            raise NotFound(
                "there is no identity on this machine yet: name a key with --key, or sign in once (sealcase login)"
            )
        if len(files) > 1:
            raise NotFound("there are several identities on this machine: sign in (sealcase login) to choose one")
        locked = read_private(files[0])
        if locked is None:
            raise FileProblem(f"can't read {files[0]}")
        return vault_file.card_of(locked).email


class Unlocking:
    """An identity that is being unlocked in a thread: Argon2id and the rest of a program's start need not wait."""

    def __init__(
        self,
        email: str,
        locked: bytes,
        secret: str,
        complete: Callable[[Identity], Identity],
        other_secret: Callable[[], str] | None = None,
    ) -> None:
        """`complete` adds the earlier keys; `other_secret` is asked for what fits if `secret` does not."""
        self.email = email
        self._locked = locked
        self._secret = secret
        self._complete = complete
        self._other_secret = other_secret
        self._identity: Identity | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._unlock, daemon=True)
        self._thread.start()

    def identity(self) -> Identity:
        """Waits for it. Raises `WrongPassphrase`, `NeedsInput`, or what a damaged file raises."""
        self._thread.join()
        if isinstance(self._error, WrongPassphrase) and self._other_secret is not None:
            self._secret, self._other_secret = self._other_secret(), None
            self._unlock()
        if self._identity is not None:
            return self._identity
        raise self._error or RuntimeError("the thread that unlocks died")

    def secret(self) -> str:
        """What opened it. Raises as `identity` does."""
        self.identity()
        return self._secret

    def _unlock(self) -> None:
        try:
            self._identity = self._complete(vault_file.unlock(self._locked, self._secret))
        except Exception as error:  # noqa: BLE001  (raised again by `identity`, for whoever needs it)
            self._error = error


class Unlocked(Unlocking):
    """An identity that was unlocked elsewhere."""

    def __init__(self, email: str, identity: Identity) -> None:
        self.email = email
        self._unlocked = identity

    def identity(self) -> Identity:
        return self._unlocked

    def secret(self) -> str:
        raise NeedsInput("what opened these keys is known only where they were unlocked")


def _put_into_keyring(email: str) -> str | None:
    """A random passphrase, kept by the operating system; None where it has no keyring.

    One that is there already is used again: other keys of this address, in another folder, may depend on it.
    """
    if os.environ.get(KEYRING_VARIABLE) == "off":
        return None
    import keyring  # slow to import
    from keyring.errors import KeyringError

    try:
        if existing := keyring.get_password(_SERVICE, email):
            return existing
        secret = secrets.token_urlsafe(32)
        keyring.set_password(_SERVICE, email, secret)
        return secret if keyring.get_password(_SERVICE, email) == secret else None
    except (KeyringError, RuntimeError):
        return None


def has_keyring() -> bool:
    """Whether the operating system has a keyring that can be used; nothing is put into it."""
    if os.environ.get(KEYRING_VARIABLE) == "off":
        return False
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_keyring().priority >= 1
    except (KeyringError, RuntimeError):
        return False


def _from_keyring(email: str) -> str | None:
    if os.environ.get(KEYRING_VARIABLE) == "off":
        return None
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(_SERVICE, email)
    except (KeyringError, RuntimeError):
        return None
