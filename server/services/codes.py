"""Emailed codes: six digits, ten minutes, three wrong tries, once.

Wrong tries are counted in windows of ten minutes that open with the first code asked for. Asking again replaces the
code but not the count, so nobody gets more guesses by asking more often.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Self

from server.ports import Clock, Entry, Ephemeral, Purpose
from shared.api import limits


class Match(Enum):
    """What a code turned out to be."""

    NONE = "none"
    """Wrong, used, expired, or out of tries: which of these is nobody's business."""
    MAILED = "mailed"
    BY_OPERATOR = "by_operator"
    """Made on the server's own machine: whoever runs it vouches for the person."""


@dataclass(frozen=True, slots=True)
class _Window:
    """What is remembered of the codes of one person."""

    code_mac: str | None
    """Keyed hash of the code that counts, in hex; None where there is none."""
    code_ends: float
    by_operator: bool
    wrong_tries: int
    ends: float

    @classmethod
    def read(cls, value: bytes | None) -> Self | None:
        return None if value is None else cls(**json.loads(value))

    def entry(self) -> Entry:
        return Entry(json.dumps(asdict(self)).encode(), max(self.ends, self.code_ends))


class Codes:
    """Codes are stored as keyed hashes only, and counted as one step among all workers."""

    def __init__(self, ephemeral: Ephemeral, clock: Clock, secret_key: bytes) -> None:
        self._ephemeral = ephemeral
        self._clock = clock
        self._secret_key = secret_key

    def new(self, purpose: Purpose, user_id: str, *, by_operator: bool = False) -> str:
        """A fresh code, the only one that counts from now on. The operator's comes with all its tries."""
        code = f"{secrets.randbelow(10**limits.SIGN_IN_CODE_DIGITS):0{limits.SIGN_IN_CODE_DIGITS}d}"
        mac = self._mac(purpose, user_id, code)
        now = self._clock.now()
        ends = now + limits.SIGN_IN_CODE_SECONDS

        def change(value: bytes | None) -> tuple[Entry, None]:
            window = _Window.read(value)
            fresh = window is None or now >= window.ends or by_operator
            tries, window_ends = (0, ends) if window is None or fresh else (window.wrong_tries, window.ends)
            return _Window(mac, ends, by_operator, tries, window_ends).entry(), None

        self._ephemeral.update(_key(purpose, user_id), change)
        return code

    def check(self, purpose: Purpose, user_id: str, code: str, *, use: bool = True) -> Match:
        """What `code` is. A wrong one is counted; the right one is used up if `use` says so."""
        now = self._clock.now()
        mac = self._mac(purpose, user_id, code)

        def change(value: bytes | None) -> tuple[Entry | None, Match]:
            window = _Window.read(value)
            if window is None:
                return None, Match.NONE
            if now >= window.ends:
                window = replace(window, wrong_tries=0, ends=now + limits.SIGN_IN_CODE_SECONDS)
            if window.code_mac is None or now >= window.code_ends or window.wrong_tries >= limits.SIGN_IN_CODE_TRIES:
                return window.entry(), Match.NONE
            if not hmac.compare_digest(window.code_mac, mac):
                return replace(window, wrong_tries=window.wrong_tries + 1).entry(), Match.NONE
            match = Match.BY_OPERATOR if window.by_operator else Match.MAILED
            return (replace(window, code_mac=None) if use else window).entry(), match

        return self._ephemeral.update(_key(purpose, user_id), change)

    def forget(self, user_id: str) -> None:
        """No code of this person counts any more."""
        for purpose in Purpose:
            self._ephemeral.update(_key(purpose, user_id), lambda _: (None, None))

    def _mac(self, purpose: Purpose, user_id: str, code: str) -> str:
        message = f"sealcase code\0{purpose.value}\0{user_id}\0{code}"
        return hmac.new(self._secret_key, message.encode(), hashlib.sha256).hexdigest()


def _key(purpose: Purpose, user_id: str) -> str:
    return f"code:{purpose.value}:{user_id}"
