"""What the operator settles for one person: whether they may come in, and how much they may keep."""

from contextlib import AbstractContextManager
from dataclasses import replace

from server.domain import Terms, User
from server.errors import AccountDisabled
from server.ports import Clock, Ephemeral, Records
from server.services.quotas import Quotas, Share
from server.services.sessions import Sessions

_LOCK_SECONDS = 10


class Standing:
    """Decided on the server's own machine; every worker goes by it at once."""

    def __init__(
        self,
        records: Records,
        ephemeral: Ephemeral,
        clock: Clock,
        sessions: Sessions,
        quotas: Quotas,
    ) -> None:
        self._records = records
        self._ephemeral = ephemeral
        self._clock = clock
        self._sessions = sessions
        self._quotas = quotas

    def terms(self, user_id: str) -> Terms:
        """What holds for this person."""
        return self._records.terms(user_id) or Terms(user_id)

    def disable(self, user_id: str) -> None:
        """Let the person in no more: no sign-in, no token, no session. What they have sent stays until it expires."""
        with self._changing(user_id):
            terms = self.terms(user_id)
            if terms.disabled_at is None:
                self._keep(replace(terms, disabled_at=self._clock.now()))
        # Whoever was signing in just now looks again after that: the one or the other ends it.
        self._sessions.end_all(user_id)

    def enable(self, user_id: str) -> None:
        """Let the person in again. Their tokens count again, sessions do not come back."""
        with self._changing(user_id):
            self._keep(replace(self.terms(user_id), disabled_at=None))

    def limit(self, user_id: str, quota_bytes: int | None, quota_files: int | None) -> None:
        """How much the person may keep: 0 for no limit, None for what everybody has. What is there already counts."""
        with self._changing(user_id):
            self._keep(replace(self.terms(user_id), quota_bytes=quota_bytes, quota_files=quota_files))
        self._quotas.recount(user_id)

    def share(self, user_id: str) -> Share:
        """How much the person may keep."""
        return self._quotas.share(user_id)

    def confirm(self, user: User) -> None:
        """To be asked once a session is open. Raises `AccountDisabled`, and then the session is none."""
        if self.terms(user.user_id).disabled_at is not None:
            self._sessions.end_all(user.user_id)
            raise AccountDisabled

    def _changing(self, user_id: str) -> AbstractContextManager[None]:
        return self._ephemeral.lock(f"terms:{user_id}", _LOCK_SECONDS)

    def _keep(self, terms: Terms) -> None:
        if terms == Terms(terms.user_id):
            self._records.remove_terms(terms.user_id)
        else:
            self._records.put_terms(terms)
