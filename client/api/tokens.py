"""The access token of a session: renewed in time, once for all threads, shared with other commands by the disk."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from client.api.wire import Refreshed
from client.errors import NotSignedIn
from client.local.session import Session

_RENEW_BEFORE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where renewed tokens go."""

    save: Callable[[Session], None]
    reload: Callable[[], Session | None]
    """The session as it is on disk: another command may have renewed it."""


class Tokens:
    """Those of one session. May be shared by threads."""

    def __init__(self, session: Session, keeper: Keeper | None, refresh: Callable[[str], Refreshed]) -> None:
        """`refresh` asks the server; without a keeper, the token is one that can't be renewed."""
        self._session = session
        self._keeper = keeper
        self._refresh = refresh
        self._renewing = threading.Lock()

    def current(self) -> str:
        """The access token. Raises what `renew` raises."""
        if _ends_soon(self._session):
            self.renew(self._session.token)
        token = self._session.token
        if not (token.isascii() and token.isprintable()):  # an error of http.client's would quote it
            raise NotSignedIn("the session's token is damaged. Sign in again: sealcase login")
        return token

    def renew(self, old_token: str) -> None:
        """Gets another one than `old_token`. Raises `NotSignedIn` if the session has ended, or what asking raises."""
        with self._renewing:
            if self._keeper is None:
                raise NotSignedIn(
                    "the server does not take this access token: it is revoked, expired, or of another server"
                )
            if self._session.token != old_token:
                return
            on_disk = self._ours_on_disk(self._keeper)
            current = on_disk or self._session
            if current.token == old_token or _ends_soon(current):
                current = self._renewed(current, self._keeper, keep=on_disk is not None)
            self._session = current

    def _renewed(self, session: Session, keeper: Keeper, *, keep: bool) -> Session:
        try:
            answer = self._refresh(session.refresh_token)
        except NotSignedIn:
            # Another command may have renewed it just before us, or signed in again.
            on_disk = self._ours_on_disk(keeper)
            if on_disk is None or on_disk.token == session.token:
                raise
            return on_disk
        renewed = session.with_tokens(answer.token, answer.refresh_token, int(time.time()) + answer.expires_in)
        if keep:  # nobody signed out here, or in as somebody else, in the meantime
            keeper.save(renewed)
        return renewed

    def _ours_on_disk(self, keeper: Keeper) -> Session | None:
        """None where nobody is signed in there any more, or somebody else."""
        on_disk = keeper.reload()
        return on_disk if on_disk is not None and on_disk.continues(self._session) else None


def _ends_soon(session: Session) -> bool:
    return session.expires_at - _RENEW_BEFORE_SECONDS < time.time()
