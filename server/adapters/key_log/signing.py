"""The key log's signature: the one thing that this server signs, and the one place with a library for that."""

from nacl.signing import SigningKey

from shared.sealed.checkpoint import Checkpoint, LogKey


class LogSigner:
    """Signs checkpoints with Ed25519."""

    def __init__(self, seed: bytes) -> None:
        """`seed`: 32 secret bytes."""
        self._signing_key = SigningKey(seed)
        self.key = LogKey(bytes(self._signing_key.verify_key))

    def note(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as it travels."""
        return checkpoint.note(self.key, self._signing_key.sign(checkpoint.text.encode()).signature)
