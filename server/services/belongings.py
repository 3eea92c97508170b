"""Everything that the server holds about one person."""

from collections.abc import Iterator

from server.domain import AccessToken, Caller, CardRecord, DropBox, Event, File, Link, RecoveryRecord, Usage, User
from server.ports import BoxRecords, Clock, EventFilter, LinkRecords, Records, Role
from server.services.access_tokens import AccessTokens
from server.services.activity import Activity
from server.services.second_factor import FactorState, SecondFactors
from server.services.sessions import Session, Sessions

_PAGE = 200
_ANY = EventFilter()


class Belongings:
    """Read anew at every call; what can be many comes one by one."""

    def __init__(
        self,
        records: Records,
        links: LinkRecords,
        boxes: BoxRecords,
        clock: Clock,
        sessions: Sessions,
        access_tokens: AccessTokens,
        second_factors: SecondFactors,
        activity: Activity,
    ) -> None:
        self._records = records
        self._links = links
        self._boxes = boxes
        self._clock = clock
        self._sessions = sessions
        self._access_tokens = access_tokens
        self._second_factors = second_factors
        self._activity = activity

    def stats(self, caller: Caller) -> Usage:
        """The caller's own files that are alive, drop boxes included: how many, and their sealed bytes together."""
        count = size = 0
        for file in self._records.files_of(caller.user_id, Role.ALL, self._clock.now()):
            if file.owner_id == caller.user_id:
                count, size = count + 1, size + file.size
        return Usage(count, size)

    def email_of(self, user_id: str) -> str | None:
        """None where there is no such account any more."""
        user = self._records.user(user_id)
        return None if user is None else user.email

    def account(self, caller: Caller) -> User | None:
        return self._records.user(caller.user_id)

    def sessions(self, caller: Caller) -> list[Session]:
        return self._sessions.of(caller.user_id)

    def access_tokens(self, caller: Caller) -> list[tuple[AccessToken, float | None]]:
        """Each with when it was last used."""
        return [(token, self._access_tokens.used_at(token)) for token in self._access_tokens.of(caller.user_id)]

    def second_factor(self, caller: Caller) -> FactorState:
        return self._second_factors.state(caller.user_id)

    def card(self, caller: Caller) -> CardRecord | None:
        return self._records.latest_card(caller.user_id)

    def recovery(self, caller: Caller) -> RecoveryRecord | None:
        return self._records.recovery(caller.user_id)

    def links(self, caller: Caller) -> Iterator[tuple[Link, int]]:
        """Every link of mine, with its downloads."""
        for link in self._links.links_of(caller.user_id):
            yield link, self._links.link_downloads(link.link_id)

    def boxes(self, caller: Caller) -> Iterator[tuple[DropBox, Usage]]:
        """Every drop box of mine, with what it has taken in."""
        for box in self._boxes.boxes_of(caller.user_id):
            yield box, self._boxes.taken(box.box_id)

    def files(self, caller: Caller) -> Iterator[tuple[File, int]]:
        """Every file that is mine or was sent to me, with its downloads."""
        for file in self._records.files_of(caller.user_id, Role.ALL, self._clock.now()):
            yield file, self._records.downloads(file.file_id)

    def events(self, caller: Caller, wanted: EventFilter = _ANY, before: str | None = None) -> Iterator[Event]:
        """The caller's activity behind the position `before`, newest first."""
        page = self._activity.page(caller, wanted, before, _PAGE)
        while True:
            yield from page.events
            if page.next_position is None:
                return
            page = self._activity.page(caller, wanted, page.next_position, _PAGE)
