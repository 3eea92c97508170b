"""Who shows what a link or a drop box unlocks: compared in constant time, and guessing is limited."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Protocol, TypeVar

from server.services.rate_limits import Limit, RateLimits

_NOBODYS = hashlib.sha256(b"the hash that an unknown link is compared with").digest()


class Locked(Protocol):
    """What has a secret that this server knows the hash of."""

    @property
    def access_hash(self) -> bytes: ...

    @property
    def password(self) -> bool:
        """Whether the secret follows from a password too, which could be guessed."""


Found = TypeVar("Found", bound=Locked)


def let_in(
    rate_limits: RateLimits, name: str, access: bytes | None, address: str, find: Callable[[str], Found | None]
) -> Found | None:
    """What is called `name`, for whoever shows its secret; None for an unknown name and a wrong secret alike.

    Who shows nothing is told nothing, and counts nowhere. Without a password the secret is 32 random bytes: a right
    one is no guess, and always opens. With one, an address that was wrong too often is not looked at any more, and
    when many addresses were, neither is any other that was not let in before. Raises `TooMany` for these.
    """
    if access is None:
        return None
    found = find(name)
    expected = _NOBODYS if found is None else found.access_hash
    is_right = hmac.compare_digest(hashlib.sha256(access).digest(), expected)
    if found is not None and is_right and not found.password:
        return found
    one = f"{name}/{address}"
    was_in = rate_limits.is_known(one)
    counted = [(Limit.LINK_GUESS, address), (Limit.LINK_GUESS_ONE, one)]
    if not was_in:
        counted.append((Limit.LINK_GUESS_LINK, name))
    for limit, who in counted:
        rate_limits.refuse_if_used_up(limit, who)
    if found is None or not is_right:
        for limit, who in counted:
            rate_limits.check(limit, who)
        return None
    if not was_in:
        rate_limits.know(one)
    return found
