"""Invitations: a mail to somebody who should have an account, because somebody with one wants to send them files."""

import logging

from server.domain import Caller, EventKind
from server.errors import SealcaseError, Unavailable
from server.ports import Errands, Mailer, Records
from server.services.activity import Activity
from server.services.rate_limits import Limit, RateLimits
from server.services.sign_up import SignUp
from server.services.user_ids import UserIds, normalize_email

log = logging.getLogger(__name__)


class Invitations:
    """Nothing is remembered of an invitation, and nobody learns whether it met an account."""

    def __init__(
        self,
        records: Records,
        mailer: Mailer,
        errands: Errands,
        activity: Activity,
        user_ids: UserIds,
        sign_up: SignUp,
        rate_limits: RateLimits,
    ) -> None:
        self._records = records
        self._mailer = mailer
        self._errands = errands
        self._activity = activity
        self._user_ids = user_ids
        self._sign_up = sign_up
        self._rate_limits = rate_limits

    def invite(self, caller: Caller, email: str) -> None:
        """Mail an invitation that names the caller. Raises `Invalid`, `TooMany`, `Unavailable`.

        For every address the same is done before this returns: whether it has an account, or may have one, is looked
        up only where nobody waits for it.
        """
        address = normalize_email(email)
        if not self._mailer.invites:
            raise Unavailable("This server sends no mail.")
        self._rate_limits.check(Limit.INVITATION_ADDRESS, self._user_ids.of_email(address))
        self._errands.run_later(lambda: self._mail(address, caller.email))
        self._activity.record(EventKind.INVITATION, caller.origin, actor=caller.user_id)

    def _mail(self, address: str, sender: str) -> None:
        if not self._sign_up.allows(address) and self._records.user(self._user_ids.of_email(address)) is None:
            log.info("an invitation was asked for an address that may not sign up (SIGNUP); nothing was sent")
            return
        try:
            self._mailer.send_invitation(address, sender)
        except SealcaseError as error:
            log.error("an invitation could not be mailed: %s", error)  # noqa: TRY400  # the message says it all
