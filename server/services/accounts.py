"""Sign-in: the proof that somebody reads an address's mail, and where they want it a second factor."""

import logging

from server.domain import Caller, EventKind, Origin, User
from server.errors import AccountDisabled, SealcaseError, SecondFactorRequired, SignInRefused
from server.ports import Clock, Errands, Mailer, Purpose, Records
from server.services.activity import Activity
from server.services.codes import Codes, Match
from server.services.rate_limits import Limit, RateLimits
from server.services.second_factor import REFUSED as SECOND_FACTOR_REFUSED
from server.services.second_factor import SecondFactors
from server.services.sign_up import SignUp
from server.services.user_ids import UserIds, normalize_email
from shared.api import limits

log = logging.getLogger(__name__)

_REFUSED = "This code is wrong, used, expired or was tried too often. Ask for a new one."


class Accounts:
    """Turns an emailed code into an account."""

    def __init__(
        self,
        records: Records,
        codes: Codes,
        second_factors: SecondFactors,
        mailer: Mailer,
        errands: Errands,
        clock: Clock,
        activity: Activity,
        user_ids: UserIds,
        sign_up: SignUp,
        rate_limits: RateLimits,
    ) -> None:
        self._records = records
        self._codes = codes
        self._second_factors = second_factors
        self._mailer = mailer
        self._errands = errands
        self._clock = clock
        self._activity = activity
        self._user_ids = user_ids
        self._sign_up = sign_up
        self._rate_limits = rate_limits

    def request_code(self, email: str) -> None:
        """Send a fresh sign-in code. Raises `Invalid`, `TooMany`, `Unavailable`.

        For every address the same is done before this returns: whether it has an account, or may have one, is looked
        up only where nobody waits for it.
        """
        address = normalize_email(email)
        user_id = self._user_ids.of_email(address)
        self._rate_limits.check(Limit.REQUEST_CODE_ACCOUNT, user_id)
        code = self._codes.new(Purpose.SIGN_IN, user_id)
        self._errands.run_later(lambda: self._mail_to_whoever_may_sign_in(address, code))

    def request_deletion_code(self, caller: Caller) -> None:
        """Send the caller a code that confirms the end of the account. Raises `TooMany`, `Unavailable`."""
        self._rate_limits.check(Limit.REQUEST_CODE_ACCOUNT, caller.user_id)
        code = self._codes.new(Purpose.DELETE_ACCOUNT, caller.user_id)
        self._errands.run_later(lambda: self._mail(caller.email, code, Purpose.DELETE_ACCOUNT))

    def code_for_operator(self, email: str) -> str:
        """A fresh code for whoever runs the server, with all its tries, whoever may sign up. Raises `Invalid`."""
        return self._codes.new(Purpose.SIGN_IN, self._user_ids.of_email(normalize_email(email)), by_operator=True)

    def sign_in(self, email: str, code: str, second_factor: str | None, origin: Origin) -> User:
        """The account of `email`, made now if there is none.

        Raises `Invalid`, `SignInRefused`, `AccountDisabled`, and `SecondFactorRequired` where only that is missing: the
        code stays good.
        """
        address = normalize_email(email)
        user_id = self._user_ids.of_email(address)
        try:
            self._check(user_id, address, code, second_factor)
        except SignInRefused:
            self._activity.record(EventKind.SIGN_IN_FAILED, origin, actor=None, concerns=(user_id,))
            raise
        user = self._records.add_user(User(user_id, address, self._clock.now()))
        self._activity.record(EventKind.SIGN_IN, origin, actor=user_id)
        return user

    def user_id_of(self, email: str) -> str:
        """The id that an address has, with or without an account. Raises `Invalid`."""
        return self._user_ids.of_email(normalize_email(email))

    def user(self, caller: Caller) -> User:
        """The caller's own record."""
        return self._records.user(caller.user_id) or User(caller.user_id, caller.email, self._clock.now())

    def _check(self, user_id: str, address: str, code: str, second_factor: str | None) -> None:
        """The code first: whoever can't read the mail learns nothing about the rest."""
        match = self._codes.check(Purpose.SIGN_IN, user_id, code, use=False)
        if match is Match.NONE or not (match is Match.BY_OPERATOR or self._may_sign_in(user_id, address)):
            raise SignInRefused(_REFUSED)
        terms = self._records.terms(user_id)
        if terms is not None and terms.disabled_at is not None:
            raise AccountDisabled
        if self._second_factors.state(user_id).on:
            if second_factor is None:
                raise SecondFactorRequired("The code is right. Send it again together with your second factor's.")
            if not self._second_factors.accepts(user_id, second_factor):
                raise SignInRefused(SECOND_FACTOR_REFUSED)
        if self._codes.check(Purpose.SIGN_IN, user_id, code) is Match.NONE:  # somebody was faster with it
            raise SignInRefused(_REFUSED)

    def _may_sign_in(self, user_id: str, address: str) -> bool:
        return self._sign_up.allows(address) or self._records.user(user_id) is not None

    def _mail_to_whoever_may_sign_in(self, address: str, code: str) -> None:
        if self._may_sign_in(self._user_ids.of_email(address), address):
            self._mail(address, code, Purpose.SIGN_IN)
        else:
            log.info("a sign-in code was asked for an address that may not sign up (SIGNUP); nothing was sent")

    def _mail(self, address: str, code: str, purpose: Purpose) -> None:
        try:
            self._mailer.send_code(address, code, limits.SIGN_IN_CODE_SECONDS // 60, purpose)
        except SealcaseError as error:
            log.error("a code could not be mailed: %s", error)  # noqa: TRY400  # the message says it all
