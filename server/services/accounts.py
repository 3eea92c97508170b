"""Sign-in by emailed codes: six digits, ten minutes, three wrong tries, once.

Wrong tries are counted in windows of ten minutes that open with the first code asked for. Asking again replaces the
code but not the count, so nobody gets more guesses by asking more often.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from typing import Self

from server.domain import EventKind, Origin, User
from server.errors import SignInRefused
from server.ports import Clock, Entry, Ephemeral, Mailer, Records
from server.services.activity import Activity
from server.services.user_ids import UserIds, normalize_email
from shared.api import limits


@dataclass(frozen=True, slots=True)
class _Window:
    """What is remembered of the codes of one address."""

    code_mac: str | None
    """Keyed hash of the code that counts, in hex; None where there is none."""
    code_ends: float
    wrong_tries: int
    ends: float

    @classmethod
    def read(cls, value: bytes | None) -> Self | None:
        return None if value is None else cls(**json.loads(value))

    def entry(self) -> Entry:
        return Entry(json.dumps(asdict(self)).encode(), max(self.ends, self.code_ends))


class Accounts:
    """Turns the proof that somebody reads an address's mail into an account."""

    def __init__(
        self,
        records: Records,
        ephemeral: Ephemeral,
        mailer: Mailer,
        clock: Clock,
        activity: Activity,
        user_ids: UserIds,
        secret_key: bytes,
    ) -> None:
        self._records = records
        self._ephemeral = ephemeral
        self._mailer = mailer
        self._clock = clock
        self._activity = activity
        self._user_ids = user_ids
        self._secret_key = secret_key

    def request_code(self, email: str) -> None:
        """Send a fresh code; whether there is an account makes no difference. Raises `Invalid`, `Unavailable`."""
        address = normalize_email(email)
        self._mailer.send_code(address, self._new_code(address, fresh_tries=False), limits.SIGN_IN_CODE_SECONDS // 60)

    def code_for_operator(self, email: str) -> str:
        """A fresh code for whoever runs the server, with all its tries. Raises `Invalid`."""
        return self._new_code(normalize_email(email), fresh_tries=True)

    def sign_in(self, email: str, code: str, origin: Origin) -> User:
        """The account of `email`, made now if there is none. Raises `Invalid`, `SignInRefused`."""
        address = normalize_email(email)
        user_id = self._user_ids.of_email(address)
        if not self._use_code(user_id, code):
            self._activity.record(EventKind.SIGN_IN_FAILED, origin, actor=None, concerns=(user_id,))
            raise SignInRefused("This code is wrong, used, expired or was tried too often. Ask for a new one.")
        user = self._records.add_user(User(user_id, address, self._clock.now()))
        self._activity.record(EventKind.SIGN_IN, origin, actor=user_id)
        return user

    def _new_code(self, address: str, *, fresh_tries: bool) -> str:
        user_id = self._user_ids.of_email(address)
        code = f"{secrets.randbelow(10**limits.SIGN_IN_CODE_DIGITS):0{limits.SIGN_IN_CODE_DIGITS}d}"
        now = self._clock.now()

        def change(value: bytes | None) -> tuple[Entry, None]:
            window = _Window.read(value)
            if window is None or now >= window.ends or fresh_tries:
                window = _Window(None, 0, 0, now + limits.SIGN_IN_CODE_SECONDS)
            code_ends = now + limits.SIGN_IN_CODE_SECONDS
            return replace(window, code_mac=self._mac(user_id, code), code_ends=code_ends).entry(), None

        self._ephemeral.update(_key(user_id), change)
        return code

    def _use_code(self, user_id: str, code: str) -> bool:
        """Whether `code` is the one; counts it if it is not, uses it up if it is."""
        now = self._clock.now()
        mac = self._mac(user_id, code)

        def change(value: bytes | None) -> tuple[Entry | None, bool]:
            window = _Window.read(value)
            if window is None:
                return None, False
            if now >= window.ends:
                window = replace(window, wrong_tries=0, ends=now + limits.SIGN_IN_CODE_SECONDS)
            if window.code_mac is None or now >= window.code_ends or window.wrong_tries >= limits.SIGN_IN_CODE_TRIES:
                return window.entry(), False
            if hmac.compare_digest(window.code_mac, mac):
                return replace(window, code_mac=None).entry(), True
            return replace(window, wrong_tries=window.wrong_tries + 1).entry(), False

        return self._ephemeral.update(_key(user_id), change)

    def _mac(self, user_id: str, code: str) -> str:
        message = b"sealcase code\0" + user_id.encode() + b"\0" + code.encode()
        return hmac.new(self._secret_key, message, hashlib.sha256).hexdigest()


def _key(user_id: str) -> str:
    return f"code:{user_id}"
