"""Who may make an account."""

from dataclasses import dataclass
from enum import StrEnum


class SignUpMode(StrEnum):
    """The operator's choice."""

    OPEN = "open"
    CLOSED = "closed"
    ALLOWLIST = "allowlist"


@dataclass(frozen=True, slots=True)
class SignUp:
    """Decides about addresses without an account. Whoever has one may sign in whatever is said here."""

    mode: SignUpMode
    allow: frozenset[str]
    """Domains and whole addresses, lower case."""

    def allows(self, address: str) -> bool:
        """Whether a normalized address may get an account."""
        if self.mode is SignUpMode.ALLOWLIST:
            return address in self.allow or address.rpartition("@")[2] in self.allow
        return self.mode is SignUpMode.OPEN
