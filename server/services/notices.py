"""Mails about what happened, to those who wanted to be told: never a name, an address or a key in them."""

import logging

from server.errors import SealcaseError, TooMany
from server.ports import Errands, Mailer, Notice
from server.services.rate_limits import Limit, RateLimits

log = logging.getLogger(__name__)


class Notices:
    """Nobody waits for a notice, and nothing fails because one could not be sent."""

    def __init__(self, mailer: Mailer, errands: Errands, rate_limits: RateLimits) -> None:
        self._mailer = mailer
        self._errands = errands
        self._rate_limits = rate_limits

    def tell(self, email: str, notice: Notice, count: int = 1) -> bool:
        """Mail it soon; too many for one address are left out. `count`: how many files it is about.

        Says whether it was taken on.
        """
        try:
            self._rate_limits.check(Limit.NOTICE, email)
            self._errands.run_later(lambda: self._mail(email, notice, count))
        except TooMany:
            log.info("a notice was left out: there were too many for one address")
        except SealcaseError as error:
            log.warning("a notice could not be mailed: %s", error)
        else:
            return True
        return False

    def _mail(self, email: str, notice: Notice, count: int) -> None:
        try:
            self._mailer.send_notice(email, notice, count)
        except SealcaseError as error:
            log.warning("a notice could not be mailed: %s", error)
