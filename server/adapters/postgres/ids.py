"""Ids as PostgreSQL keeps them: 16 bytes."""

from uuid import UUID

from server.domain import TOKEN_ID, USER_ID


def person(user_id: str) -> UUID:
    """Raises `ValueError` for what is no user id, wherever it comes from."""
    if not USER_ID.fullmatch(user_id):
        raise ValueError("a user id is 32 hex digits")
    return UUID(user_id)


def token(token_id: str) -> UUID:
    """Raises `ValueError`."""
    if not TOKEN_ID.fullmatch(token_id):
        raise ValueError("a token id is 32 hex digits")
    return UUID(token_id)
