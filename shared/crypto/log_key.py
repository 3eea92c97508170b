"""Whether a checkpoint was signed by the log that it names."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.crypto.errors import BadSignature
from shared.sealed.checkpoint import Checkpoint, LogKey, SignedCheckpoint


def verified_checkpoint(note: str, key: LogKey) -> Checkpoint:
    """What `note` says, if it is a checkpoint of the log with this key. Raises `FormatError`, `BadSignature`."""
    signed = SignedCheckpoint.parse(note)
    checkpoint = signed.checkpoint
    if (checkpoint.origin, signed.key_id) != (key.origin, key.key_id) or not _holds(signed, key):
        raise BadSignature("the checkpoint is not signed by the key log of this server")
    return checkpoint


def _holds(signed: SignedCheckpoint, key: LogKey) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed.signature, signed.checkpoint.text.encode())
    except (InvalidSignature, ValueError):  # ValueError: no point of the curve
        return False
    return True
