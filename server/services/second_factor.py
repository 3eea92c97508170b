"""The second factor: codes from an authenticator app (TOTP, RFC 6238), and ten recovery codes for a lost telephone.

Wrong tries are counted as for emailed codes: three in ten minutes. No code is accepted twice: the time step of the
last one is remembered, and of two requests at once with the same code one succeeds.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field, replace

import pyotp

from server.domain import Caller, EventKind, Origin, SecondFactor
from server.errors import ConfirmationRefused, Conflict, NotFound
from server.ports import Clock, Entry, Ephemeral, Records
from server.services.activity import Activity
from shared.api import limits

ISSUER = "Sealcase"
RECOVERY_CODES = 10
ENROLMENT_SECONDS = 900
_STEP_SECONDS = 30
_DRIFT_STEPS = 1
"""Steps that a telephone's clock may be early or late."""
_RECOVERY_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_RECOVERY_CHARS = 10
_LOCK_SECONDS = 10
REFUSED = "This second-factor code is wrong, used already, or was tried too often. Wait for the next one."


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs. It counts when a first code of it has come back."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FactorState:
    """How things stand."""

    on: bool
    recovery_codes_left: int


class SecondFactors:
    """Every change is made under the person's own lock, so that workers take turns."""

    def __init__(
        self, records: Records, ephemeral: Ephemeral, clock: Clock, activity: Activity, secret_key: bytes
    ) -> None:
        self._records = records
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity
        self._secret_key = secret_key

    def state(self, user_id: str) -> FactorState:
        """Whether the second factor is on, and how many recovery codes are left."""
        factor = self._records.second_factor(user_id)
        return FactorState(factor is not None, len(factor.recovery_macs) if factor else 0)

    def begin(self, caller: Caller) -> Enrolment:
        """A fresh secret, which counts once it is confirmed. Raises `Conflict` where the second factor is on."""
        self._refuse_if_on(caller.user_id)
        secret = pyotp.random_base32()
        ends = self._clock.now() + ENROLMENT_SECONDS
        self._ephemeral.update(_enrolment_key(caller.user_id), lambda _: (Entry(secret.encode(), ends), None))
        return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=caller.email, issuer_name=ISSUER))

    def confirm(self, caller: Caller, code: str) -> list[str]:
        """Turn it on with a first code; returns the recovery codes, which are shown this once.

        Raises `Conflict` where it is on, `NotFound` where none was begun, `ConfirmationRefused`.
        """
        with self._ephemeral.lock(_lock_key(caller.user_id), _LOCK_SECONDS):
            self._refuse_if_on(caller.user_id)
            secret = self._ephemeral.get(_enrolment_key(caller.user_id))
            if secret is None:
                raise NotFound("No second factor is being set up, or it took too long. Begin again.")
            step = self._step_of(secret.decode(), code, after=0)
            if step is None:
                raise ConfirmationRefused(
                    "This is not the app's current code. Check the clock of the telephone, and try again."
                )
            recovery = [_recovery_code() for _ in range(RECOVERY_CODES)]
            macs = tuple(self._mac(caller.user_id, each) for each in recovery)
            self._records.put_second_factor(
                SecondFactor(caller.user_id, secret.decode(), step, macs, self._clock.now())
            )
            self._ephemeral.update(_enrolment_key(caller.user_id), lambda _: (None, None))
        self._activity.record(EventKind.SECOND_FACTOR_ON, caller.origin, actor=caller.user_id)
        return recovery

    def turn_off(self, caller: Caller, code: str) -> None:
        """Takes a current or a recovery code. Raises `NotFound` where it is off, `ConfirmationRefused`."""
        if self._records.second_factor(caller.user_id) is None:
            raise NotFound("The second factor is not on.")
        if not self.accepts(caller.user_id, code):
            raise ConfirmationRefused(REFUSED)
        self.remove(caller.user_id, caller.origin)

    def remove(self, user_id: str, origin: Origin) -> None:
        """Turn it off without a code: for the operator."""
        self.forget(user_id)
        self._activity.record(EventKind.SECOND_FACTOR_OFF, origin, actor=user_id)

    def forget(self, user_id: str) -> None:
        """Keep nothing of it."""
        with self._ephemeral.lock(_lock_key(user_id), _LOCK_SECONDS):
            self._records.remove_second_factor(user_id)
        for key in (_enrolment_key(user_id), _tries_key(user_id)):
            self._ephemeral.update(key, lambda _: (None, None))

    def accepts(self, user_id: str, code: str) -> bool:
        """Use up a current or a recovery code; says whether it is one. A wrong one is counted."""
        code = "".join(code.split()).replace("-", "").lower()
        with self._ephemeral.lock(_lock_key(user_id), _LOCK_SECONDS):
            factor = self._records.second_factor(user_id)
            used = self._used(factor, code) if factor is not None and self._count_try(user_id) else None
            if used is None:
                return False
            self._records.put_second_factor(used)
            self._ephemeral.update(_tries_key(user_id), lambda _: (None, None))
        return True

    def _used(self, factor: SecondFactor, code: str) -> SecondFactor | None:
        """The record after `code` was used; None for a code that does not count."""
        step = self._step_of(factor.secret, code, after=factor.last_step)
        if step is not None:
            return replace(factor, last_step=step)
        mac = self._mac(factor.user_id, code)
        left = tuple(each for each in factor.recovery_macs if not hmac.compare_digest(each, mac))
        return replace(factor, recovery_macs=left) if len(left) < len(factor.recovery_macs) else None

    def _step_of(self, secret: str, code: str, *, after: int) -> int | None:
        """The time step, later than `after`, that `code` belongs to."""
        current = int(self._clock.now()) // _STEP_SECONDS
        totp = pyotp.TOTP(secret)
        for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
            right = hmac.compare_digest(totp.at(step * _STEP_SECONDS).encode(), code.strip().encode())
            if right and step > after:
                return step
        return None

    def _count_try(self, user_id: str) -> bool:
        """Whether one more try is allowed. It is counted before it is looked at; the caller holds the lock."""
        now = self._clock.now()

        def change(value: bytes | None) -> tuple[Entry, bool]:
            tries, ends = json.loads(value) if value else (0, now + limits.SIGN_IN_CODE_SECONDS)
            allowed = tries < limits.SIGN_IN_CODE_TRIES
            return Entry(json.dumps([tries + allowed, ends]).encode(), ends), allowed

        return self._ephemeral.update(_tries_key(user_id), change)

    def _refuse_if_on(self, user_id: str) -> None:
        if self._records.second_factor(user_id) is not None:
            raise Conflict("The second factor is on already. Turn it off first to set it up anew.")

    def _mac(self, user_id: str, code: str) -> str:
        message = f"sealcase recovery\0{user_id}\0{code.replace('-', '')}"
        return hmac.new(self._secret_key, message.encode(), hashlib.sha256).hexdigest()


def _recovery_code() -> str:
    """50 bits, in characters that nobody takes for another."""
    chars = "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_CHARS))
    return f"{chars[:5]}-{chars[5:]}"


def _lock_key(user_id: str) -> str:
    return f"second-factor:{user_id}"


def _tries_key(user_id: str) -> str:
    return f"second-factor-tries:{user_id}"


def _enrolment_key(user_id: str) -> str:
    return f"second-factor-enrolment:{user_id}"
