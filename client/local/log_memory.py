"""What this machine remembers of key logs: of each server the log's key, and the newest checkpoint that was checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from client.errors import FileProblem
from client.local.paths import Paths
from client.local.private_files import locked, read_private, write_private
from shared.crypto.errors import BadSignature
from shared.crypto.log_key import verified_checkpoint
from shared.sealed import strict_json
from shared.sealed.checkpoint import MAX_CHECKPOINT_BYTES, Checkpoint, LogKey
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError

_FORMAT = "sealcase-key-logs/1"
_MAX_BYTES = 16 << 20
_MAX_KEY_CHARS = 200


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A server's key log, as far as it was checked."""

    key: LogKey
    note: str
    """The newest checkpoint, signed."""
    checkpoint: Checkpoint
    """What it says."""
    accepted: frozenset[bytes] = frozenset()
    """SHA-256 of cards that stand in the log under my address, and of which I know why although they are not mine."""


class LogMemory:
    """One file for all servers."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.key_logs

    def of(self, server: str) -> KnownLog | None:
        """None for a server whose log was never seen. Raises `FileProblem`."""
        return self._load().get(server)

    def replace(self, server: str, old: KnownLog | None, new: KnownLog) -> bool:
        """Remembers `new` if what is remembered is still `old`; says whether it was."""
        if old == new:
            return True
        with locked(self._path):
            logs = self._load()
            if logs.get(server) != old:
                return False
            self._save({**logs, server: new})
            return True

    def packed(self, server: str) -> bytes | None:
        """What is known of a server's log, for another device of mine. Raises `FileProblem`."""
        known = self.of(server)
        return None if known is None else strict_json.dumps(_to_json(known))

    def take_over(self, server: str, packed: bytes) -> None:
        """Remembers what another device of mine knows, where nothing is known here.

        Raises `FormatError`, `BadSignature`, `FileProblem`.
        """
        record = strict_json.loads_object(packed, _MAX_BYTES, "what is known of the key log")
        self.replace(server, None, _parsed(record))

    def _load(self) -> dict[str, KnownLog]:
        raw = read_private(self._path)
        if raw is None:
            return {}
        try:
            record = strict_json.loads_object(raw, _MAX_BYTES, "the file")
            logs = strict_json.as_object(record.get("logs"), "logs")
            return {server: _parsed(strict_json.as_object(each, "log")) for server, each in logs.items()}
        except (FormatError, BadSignature) as error:
            raise FileProblem(
                f"{self._path} is damaged ({error}). It says which keys servers have logged: put back a copy of it, or "
                "move it away to begin anew"
            ) from None

    def _save(self, logs: Mapping[str, KnownLog]) -> None:
        records = {server: _to_json(log) for server, log in logs.items()}
        write_private(self._path, strict_json.dumps({"format": _FORMAT, "logs": records}))


def _to_json(log: KnownLog) -> strict_json.JsonObject:
    return {
        "key": log.key.text,
        "checkpoint": log.note,
        "accepted": [b64u(digest) for digest in sorted(log.accepted)],
    }


def _parsed(record: strict_json.JsonObject) -> KnownLog:
    key = LogKey.parse(strict_json.text(record, "key", _MAX_KEY_CHARS))
    note = strict_json.text(record, "checkpoint", MAX_CHECKPOINT_BYTES)
    accepted = record.get("accepted")
    if not isinstance(accepted, list):
        raise FormatError("accepted is not an array")
    return KnownLog(
        key, note, verified_checkpoint(note, key), frozenset(unb64u(each, "accepted", 32) for each in accepted)
    )
