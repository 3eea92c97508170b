"""How many requests somebody may send: by person where one is signed in, else by network address."""

import logging
from collections.abc import Mapping
from enum import StrEnum

from server.domain import Rate
from server.errors import TooMany, Unavailable
from server.ports import Clock, HitCounter

log = logging.getLogger(__name__)


class Limit(StrEnum):
    """What is limited by itself."""

    ANONYMOUS = "anonymous"
    """Everything that needs no sign-in, and what comes with a token that is not good; by address."""
    SIGNED_IN = "signed_in"
    """Everything else; by person."""
    REQUEST_CODE = "request_otp"
    """Sign-in codes asked for; by address."""
    REQUEST_CODE_ACCOUNT = "request_otp_account"
    """Sign-in codes asked for; by account."""
    LOGIN = "login"
    """Sign-ins; by address."""
    REFRESH = "refresh"
    """Renewed tokens; by address."""
    INVITATION = "invitation"
    """Invitations sent; by person."""
    INVITATION_ADDRESS = "invitation_address"
    """Invitations sent to one address, by whomever."""
    PAIRING = "pairing"
    """New devices that wait for keys; by person."""
    JSON_UPLOAD = "json_upload"
    """Uploads as JSON; by person."""
    LINK = "link"
    """Requests with a link; by address."""
    LINK_GUESS = "link_guess"
    """Links that do not exist and wrong passwords, all together; by address."""
    LINK_GUESS_ONE = "link_guess_one"
    """Wrong passwords of one link; by address."""
    LINK_GUESS_LINK = "link_guess_link"
    """Wrong passwords of one link, whoever tries."""
    NOTICE = "notice"
    """Mails to one person about what they wanted to be told of."""


_OPEN_UNCOUNTED = frozenset((Limit.ANONYMOUS, Limit.SIGNED_IN))
"""What goes on while requests can't be counted: everything but what somebody could guess at or flood others with."""
_TOLD_SECONDS = 60
_KNOWN_SECONDS = 30 * 86_400


class RateLimits:
    """A limit of several rates refuses by the shortest first, and what is refused counts no further."""

    def __init__(self, counter: HitCounter, clock: Clock, rates: Mapping[Limit, tuple[Rate, ...]]) -> None:
        """A limit that `rates` lacks is none."""
        self._counter = counter
        self._clock = clock
        self._told_at = float("-inf")
        self._rates = {limit: sorted(each, key=lambda rate: rate.seconds) for limit, each in rates.items()}

    def check(self, limit: Limit, who: str) -> None:
        """Count one more for `who`. Raises `TooMany` where it is too many.

        While nothing can be counted, codes, sign-ins and the like raise `Unavailable`; everything else goes on.
        """
        try:
            self._count(limit, who)
        except Unavailable:
            if limit not in _OPEN_UNCOUNTED:
                raise
            if self._clock.now() - self._told_at > _TOLD_SECONDS:
                self._told_at = self._clock.now()
                log.warning("requests can't be counted: sign-ins are closed, everything else goes on without limits")

    def _count(self, limit: Limit, who: str) -> None:
        for rate in self._rates.get(limit, ()):
            key = f"{limit.value}/{rate.seconds}/{who}"
            if self._counter.hit(key, rate.seconds) > rate.amount:
                raise self._too_many(rate, self._counter.window(key).ends_at)

    def refuse_if_used_up(self, limit: Limit, who: str) -> None:
        """As `check`, and counts nothing: for what counts only when it turns out to be wrong."""
        for rate in self._rates.get(limit, ()):
            window = self._counter.window(f"{limit.value}/{rate.seconds}/{who}")
            if window.hits >= rate.amount and window.ends_at > self._clock.now():
                raise self._too_many(rate, window.ends_at)

    def know(self, who: str) -> None:
        """Remember `who` for a month, as far as counters last. Raises `Unavailable`."""
        if self._rates:
            self._counter.hit(f"known/{who}", _KNOWN_SECONDS)

    def is_known(self, who: str) -> bool:
        """Raises `Unavailable`."""
        if not self._rates:
            return False
        window = self._counter.window(f"known/{who}")
        return window.hits > 0 and window.ends_at > self._clock.now()

    def _too_many(self, rate: Rate, ends_at: float) -> TooMany:
        wait = max(1, round(ends_at - self._clock.now() + 0.5))
        return TooMany(f"Too many requests: at most {rate}. Try again in {_words(wait)}.", wait)


def _words(seconds: int) -> str:
    if seconds < 2 * 60:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes" if seconds < 2 * 3_600 else f"{-(-seconds // 3_600)} hours"
