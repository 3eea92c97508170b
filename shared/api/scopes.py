"""What a personal access token may be used for. Somebody who has signed in may do all of it."""

from enum import StrEnum


class Scope(StrEnum):
    """One right. Every route names the one that it needs."""

    FILES_READ = "files:read"
    """List and fetch files, find cards."""
    FILES_WRITE = "files:write"
    """Upload, share, change and delete files, publish a card."""
    ACCOUNT = "account"
    """Sessions, tokens, the second factor, activity, the account itself."""


ALL_SCOPES = frozenset(Scope)
