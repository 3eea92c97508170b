"""What belongs to signing in: second factors, recovery copies and personal access tokens."""

from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from server.adapters.postgres import ids
from server.adapters.postgres.database import Database
from server.adapters.postgres.schema import access_tokens, recovery_copies, second_factors
from server.domain import AccessToken, RecoveryRecord, SecondFactor
from shared.api.scopes import Scope


class SignInTables:
    """A token's row is only ever created and removed, never written again: nothing can bring a revoked one back."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def second_factor(self, user_id: str) -> SecondFactor | None:
        with self._db.read() as connection:
            query = select(second_factors).where(second_factors.c.user_id == ids.person(user_id))
            row = connection.execute(query).first()
        if row is None:
            return None
        return SecondFactor(row.user_id.hex, row.secret, row.last_step, tuple(row.recovery_macs), row.turned_on_at)

    def put_second_factor(self, factor: SecondFactor) -> None:
        values = {
            "secret": factor.secret,
            "last_step": factor.last_step,
            "recovery_macs": list(factor.recovery_macs),
            "turned_on_at": factor.turned_on_at,
        }
        put = insert(second_factors).values(user_id=ids.person(factor.user_id), **values)
        with self._db.write() as connection:
            connection.execute(put.on_conflict_do_update(index_elements=["user_id"], set_=values))

    def remove_second_factor(self, user_id: str) -> None:
        with self._db.write() as connection:
            connection.execute(delete(second_factors).where(second_factors.c.user_id == ids.person(user_id)))

    def recovery(self, user_id: str) -> RecoveryRecord | None:
        with self._db.read() as connection:
            query = select(recovery_copies).where(recovery_copies.c.user_id == ids.person(user_id))
            row = connection.execute(query).first()
        return None if row is None else RecoveryRecord(row.user_id.hex, row.sealed, row.stored_at)

    def put_recovery(self, copy: RecoveryRecord) -> None:
        values = {"sealed": copy.sealed, "stored_at": copy.stored_at}
        put = insert(recovery_copies).values(user_id=ids.person(copy.user_id), **values)
        with self._db.write() as connection:
            connection.execute(put.on_conflict_do_update(index_elements=["user_id"], set_=values))

    def remove_recovery(self, user_id: str) -> None:
        with self._db.write() as connection:
            connection.execute(delete(recovery_copies).where(recovery_copies.c.user_id == ids.person(user_id)))

    def add_access_token(self, token: AccessToken) -> None:
        values = {
            "token_id": ids.token(token.token_id),
            "user_id": ids.person(token.user_id),
            "email": token.email,
            "name": token.name.encode(),
            "scopes": sorted(scope.value for scope in token.scopes),
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "mac": token.mac,
        }
        with self._db.write() as connection:
            connection.execute(insert(access_tokens).values(values).on_conflict_do_nothing())

    def access_token(self, token_id: str) -> AccessToken | None:
        query = select(access_tokens).where(access_tokens.c.token_id == ids.token(token_id))
        with self._db.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _token(row)

    def access_tokens(self, user_id: str) -> list[AccessToken]:
        query = select(access_tokens).where(access_tokens.c.user_id == ids.person(user_id))
        with self._db.read() as connection:
            return [_token(row) for row in connection.execute(query.order_by(access_tokens.c.created_at.desc()))]

    def remove_access_token(self, token: AccessToken) -> None:
        with self._db.write() as connection:
            connection.execute(delete(access_tokens).where(access_tokens.c.token_id == ids.token(token.token_id)))


def _token(row: Row[*tuple[Any, ...]]) -> AccessToken:
    return AccessToken(
        token_id=row.token_id.hex,
        user_id=row.user_id.hex,
        email=row.email,
        name=row.name.decode(),
        scopes=frozenset(map(Scope, row.scopes)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        mac=row.mac,
    )
