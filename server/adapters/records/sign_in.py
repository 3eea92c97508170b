"""What belongs to signing in: second factors, recovery copies and personal access tokens.

second_factors/ab/USER.json; recovery/ab/USER.json; access_tokens/ab/TOKEN.json, and index/access_tokens/ab/USER/TOKEN,
empty files that say which tokens a person has. The index entry is made before the record and removed after it.
"""

from contextlib import suppress
from pathlib import Path

from server.adapters import durable
from server.adapters.records import codec
from server.domain import TOKEN_ID, USER_ID, AccessToken, RecoveryRecord, SecondFactor


class SignInRecords:
    """A token's record is only ever created and removed, never written again: nothing can bring a revoked one back."""

    def __init__(self, folder: Path) -> None:
        self._factors = folder / "second_factors"
        self._recovery = folder / "recovery"
        self._tokens = folder / "access_tokens"
        self._tokens_of = folder / "index" / "access_tokens"

    def second_factor(self, user_id: str) -> SecondFactor | None:
        record = codec.read(self._factor(user_id))
        return None if record is None else codec.to_second_factor(record)

    def put_second_factor(self, factor: SecondFactor) -> None:
        durable.write(self._factor(factor.user_id), codec.encode(codec.from_second_factor(factor)))

    def remove_second_factor(self, user_id: str) -> None:
        durable.remove(self._factor(user_id))

    def recovery(self, user_id: str) -> RecoveryRecord | None:
        record = codec.read(self._copy(user_id))
        return None if record is None else codec.to_recovery(record)

    def put_recovery(self, copy: RecoveryRecord) -> None:
        durable.write(self._copy(copy.user_id), codec.encode(codec.from_recovery(copy)))

    def remove_recovery(self, user_id: str) -> None:
        durable.remove(self._copy(user_id))

    def add_access_token(self, token: AccessToken) -> None:
        durable.touch(self._index_entry(token))
        durable.create(self._token(token.token_id), codec.encode(codec.from_access_token(token)))

    def access_token(self, token_id: str) -> AccessToken | None:
        record = codec.read(self._token(token_id))
        return None if record is None else codec.to_access_token(record)

    def access_tokens(self, user_id: str) -> list[AccessToken]:
        found = (self.access_token(name) for name in durable.names(self._tokens_of / _shard(user_id) / user_id))
        return sorted((token for token in found if token), key=lambda token: token.created_at, reverse=True)

    def remove_access_token(self, token: AccessToken) -> None:
        durable.remove(self._token(token.token_id))
        durable.remove(self._index_entry(token))

    def sweep_sign_in(self, before: float) -> None:
        """Remove index entries older than `before` (Unix seconds) that point at no token."""
        for person in durable.sharded(self._tokens_of):
            for token_id in durable.names(person):
                with suppress(FileNotFoundError):
                    entry = person / token_id
                    if entry.stat().st_mtime < before and not self._token(token_id).exists():
                        entry.unlink()

    def rebuild_sign_in(self) -> None:
        """Make every index entry that is missing; nothing is synced."""
        for path in durable.sharded(self._tokens):
            if (token := self.access_token(path.stem)) is not None:
                entry = self._index_entry(token)
                entry.parent.mkdir(durable.PRIVATE_FOLDER, parents=True, exist_ok=True)
                entry.touch(durable.PRIVATE_FILE)

    def _factor(self, user_id: str) -> Path:
        return self._factors / _shard(user_id) / f"{user_id}.json"

    def _copy(self, user_id: str) -> Path:
        return self._recovery / _shard(user_id) / f"{user_id}.json"

    def _token(self, token_id: str) -> Path:
        if not TOKEN_ID.fullmatch(token_id):
            raise ValueError("a token id is 32 hex digits")
        return self._tokens / token_id[:2] / f"{token_id}.json"

    def _index_entry(self, token: AccessToken) -> Path:
        return self._tokens_of / _shard(token.user_id) / token.user_id / token.token_id


def _shard(user_id: str) -> str:
    if not USER_ID.fullmatch(user_id):
        raise ValueError("a user id is 32 hex digits")
    return user_id[:2]
