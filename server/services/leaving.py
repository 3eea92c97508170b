"""The end of an account: everything of it goes, other people's files stay.

Whoever kills the server in the middle leaves an account with less in it: asking again finishes the work.
"""

from contextlib import suppress

from server.domain import OPERATOR, Caller, EventKind, Origin
from server.errors import ConfirmationRefused
from server.ports import Damaged, Ephemeral, Purpose, Records, Role, file_key
from server.services.access_tokens import AccessTokens
from server.services.activity import Activity
from server.services.boxes import Boxes
from server.services.codes import Codes, Match
from server.services.links import Links
from server.services.pairings import Pairings
from server.services.removal import LOCK_SECONDS, Removal
from server.services.second_factor import SecondFactors
from server.services.sessions import Sessions

_PAGE = 200


class Leaving:
    """Takes an account apart, those who could still add to it first."""

    def __init__(
        self,
        records: Records,
        ephemeral: Ephemeral,
        removal: Removal,
        codes: Codes,
        sessions: Sessions,
        access_tokens: AccessTokens,
        second_factors: SecondFactors,
        pairings: Pairings,
        links: Links,
        boxes: Boxes,
        activity: Activity,
    ) -> None:
        self._records = records
        self._ephemeral = ephemeral
        self._removal = removal
        self._codes = codes
        self._sessions = sessions
        self._access_tokens = access_tokens
        self._second_factors = second_factors
        self._pairings = pairings
        self._links = links
        self._boxes = boxes
        self._activity = activity

    def delete_account(self, caller: Caller, code: str) -> None:
        """Remove everything of the caller's, confirmed by an emailed code. Raises `ConfirmationRefused`."""
        if self._codes.check(Purpose.DELETE_ACCOUNT, caller.user_id, code) is Match.NONE:
            raise ConfirmationRefused("This code is wrong, used, expired or was tried too often. Nothing was deleted.")
        self._take_apart(caller.user_id, caller.origin, keep=caller.session_id)

    def delete_by_operator(self, user_id: str) -> None:
        """The same, because whoever runs the server says so. An account that was closed stays closed."""
        self._take_apart(user_id, OPERATOR, keep=None)

    def _take_apart(self, user_id: str, origin: Origin, keep: str | None) -> None:
        self._access_tokens.revoke_all(user_id)
        self._sessions.end_all(user_id, keep=keep)
        self._remove_content(user_id)
        self._second_factors.forget(user_id)
        self._codes.forget(user_id)
        self._sessions.end_all(user_id)
        self._remove_content(user_id)  # what the last session may have added meanwhile
        self._pairings.forget(user_id)
        self._records.remove_recovery(user_id)
        terms = self._records.terms(user_id)
        if terms is not None and terms.disabled_at is None:
            self._records.remove_terms(user_id)
        self._records.remove_user(user_id)
        self._activity.record(EventKind.ACCOUNT_DELETED, origin, actor=user_id)
        self._activity.forget(user_id)

    def _remove_content(self, user_id: str) -> None:
        self._links.forget(user_id)
        self._boxes.forget(user_id)
        for file_id in self._records.upload_ids():
            # Of what is damaged, nobody can say whose it is.
            with suppress(Damaged), self._ephemeral.lock(file_key(file_id), LOCK_SECONDS):
                upload = self._records.upload(file_id)
                if upload is not None and upload.owner_id == user_id:
                    self._removal.remove_upload(upload)
        # At time 0 no file has expired, so these are all of them; what was left in a drop box is with what I received.
        before = None
        while files := self._records.page(user_id, Role.ALL, 0, before, _PAGE):
            before = files[-1].position
            for file in files:
                if file.owner_id == user_id:
                    self._removal.remove_file(file)
