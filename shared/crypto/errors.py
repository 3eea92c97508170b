"""Errors of sealing and opening.

CryptoError
├── WrongKey          no key at hand opens this file
├── Altered           the bytes are not what the sender sealed
│   └── Truncated     they end early
├── BadSignature      the sender's signature does not hold
├── WrongPassphrase   of an identity or a PEM private key
├── BadKey            a key file can not be used
├── NotEnoughMemory   to make a key of a passphrase
└── SourceChanged     the file changed while it was being sealed

Beside these, `shared.sealed.errors.FormatError` says that a record is malformed. Messages are for the person who
reads them and never hold a secret.
"""


class CryptoError(Exception):
    """Sealing or opening failed; nothing was written under a final name."""


class WrongKey(CryptoError):
    """This key does not open the file: it was sealed for somebody else, or its key record was altered."""

    def __init__(self) -> None:
        super().__init__(
            "this key does not open the file: it was sealed for another key, or the file was altered. If it was for a "
            "key that you have lost, ask its sender to share it with you again"
        )


class Altered(CryptoError):
    """The sealed bytes are not what the sender sealed."""


class Truncated(Altered):
    """The sealed bytes end early."""


class BadSignature(CryptoError):
    """The sender's signature does not hold over this manifest, key and recipient."""


class WrongPassphrase(CryptoError):
    """The passphrase does not open the key."""


class BadKey(CryptoError):
    """The key file can not be used; the message says why."""


class NotEnoughMemory(CryptoError):
    """This machine has too little memory free to make a key of the passphrase."""


class SourceChanged(CryptoError):
    """The file changed while it was being sealed; seal it again when nobody writes to it."""
