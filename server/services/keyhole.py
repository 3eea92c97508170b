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


Found = TypeVar("Found", bound=Locked)


def let_in(
    rate_limits: RateLimits, name: str, access: bytes | None, address: str, find: Callable[[str], Found | None]
) -> Found | None:
    """What is called `name`, for whoever shows its secret; None for an unknown name and a wrong secret alike.

    Who shows nothing is told nothing, and counts nowhere. Raises `TooMany` for who tries too many.
    """
    if access is None:
        return None
    rate_limits.refuse_if_used_up(Limit.LINK_GUESS, address)
    rate_limits.refuse_if_used_up(Limit.LINK_GUESS_LINK, name)
    found = find(name)
    expected = _NOBODYS if found is None else found.access_hash
    is_right = hmac.compare_digest(hashlib.sha256(access).digest(), expected)
    if found is None or not is_right:
        rate_limits.check(Limit.LINK_GUESS, address)
        rate_limits.check(Limit.LINK_GUESS_LINK, name)
        return None
    return found
