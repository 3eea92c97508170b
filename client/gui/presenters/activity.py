"""The Activity tab: what happened, in sentences, newest first, as far back as somebody scrolls."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from client.actions.activity import SIGN_IN, SignIn, activity_of, names_of, new_sign_ins, save_csv, sign_in_of
from client.errors import ClientError
from client.gui.bus import CameOnline, FileReceived, FilesChanged, FileSent, Locked, SignedIn, SignedOut, Unlocked
from client.gui.jobs import Job
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _, moment, ngettext
from client.local.names import shown

if TYPE_CHECKING:
    from client.actions.person import Person
    from shared.api.models import ActivityItem

PAGE = 200
_NEIGHBOURS = 8
_DAY = 86_400
_SPANS = {"": None, "day": _DAY, "week": 7 * _DAY, "month": 30 * _DAY, "year": 365 * _DAY}


@dataclass(frozen=True, slots=True)
class ActivityRow:
    key: str
    when: str
    sentence: str
    place: str
    """Where from, and with what; empty for what others did."""
    stands_out: bool = False
    """A sign-in on a new device, or one that failed: marked by a sign and words, and by a colour beside them."""


@dataclass(frozen=True, slots=True)
class ActivityState:
    signed_in: bool = False
    rows: tuple[ActivityRow, ...] = ()
    kind: str = ""
    """Empty for all."""
    span: str = ""
    """`day`, `week`, `month`, `year`; empty for ever."""
    loading: bool = False
    more: bool = False
    """Whether older ones may follow."""
    empty: str = ""
    """What to say where there is nothing."""
    problem: Failure = FINE
    can_name: bool = False
    """Whether files have no names only because the keys are locked."""
    exporting: bool = False
    can_export: bool = False


class Activity(Presenter[ActivityState]):
    def __init__(self, house: House) -> None:
        super().__init__(ActivityState())
        self._house = house
        self._items: list[ActivityItem] = []
        self._source: Iterator[ActivityItem] | None = None
        self._names: dict[str, str] = {}
        self._nameless: set[str] = set()
        """Files that no key of ours names, or that are gone."""
        self._new: frozenset[SignIn] = frozenset()
        self._mine = ""
        self._job: Job | None = None
        self._stale = True
        for kind in (SignedIn, SignedOut):
            house.bus.on(kind, lambda _news: self._forget())
        for happened in (FileSent, FileReceived, FilesChanged):
            house.bus.on(happened, lambda _news: self._mark_stale())
        house.bus.on(CameOnline, lambda _news: self.reload())
        house.bus.on(Unlocked, lambda _news: self._name())
        house.bus.on(Locked, lambda _news: self._unname())

    def shown(self) -> None:
        """The tab was opened."""
        if self._stale or not self.state.rows:
            self.reload()

    def choose_kind(self, kind: str) -> None:
        if kind != self.state.kind:
            self._show(replace(self.state, kind=kind))
            self.reload()

    def choose_span(self, span: str) -> None:
        if span in _SPANS and span != self.state.span:
            self._show(replace(self.state, span=span))
            self.reload()

    def reload(self) -> None:
        """From the newest on; what was shown stays until there is something new to show.

        An answer to what was asked before is no longer looked at, even if it is on its way here already.
        """
        if self._job is not None:
            self._job.cancel()
            self._job = None
        try:
            person = self._house.keys.person()
        except ClientError:
            self._forget()
            return
        self._stale = False
        self._mine = person.email
        kind, since = self.state.kind or None, self._since()
        self._source = source = activity_of(person, kind, since)
        self._show(replace(self.state, signed_in=True, loading=True, problem=FINE, empty=""))

        def work(_job: Job) -> "tuple[list[ActivityItem], frozenset[SignIn]]":
            return list(islice(source, PAGE)), new_sign_ins(person)

        self._job = self._house.jobs.run(
            work,
            done=lambda answer: self._began(answer) if source is self._source else None,
            failed=lambda problem: self._failed(problem) if source is self._source else None,
        )

    def load_more(self) -> None:
        """The next page; somebody has scrolled near the end."""
        source = self._source
        if source is None or self.state.loading or not self.state.more:
            return
        self._show(replace(self.state, loading=True))

        def work(_job: Job) -> "list[ActivityItem]":
            return list(islice(source, PAGE))

        self._job = self._house.jobs.run(
            work,
            done=lambda items: self._went_on(items) if source is self._source else None,
            failed=lambda problem: self._failed(problem) if source is self._source else None,
        )

    def show_names(self) -> None:
        """Unlocks the keys: names of files are readable to nobody else."""
        self._house.keys.with_keys(lambda _person: self._name())

    def export(self, target: str) -> None:
        """All that the filters let through, also what was not scrolled to yet; the dialog has asked about replacing."""
        if not target or not self.state.can_export or self.state.exporting:
            return
        person = self._house.keys.person()
        kind, since = self.state.kind or None, self._since()
        self._show(replace(self.state, exporting=True))
        self._house.jobs.run(
            lambda _job: save_csv(activity_of(person, kind, since), Path(target), force=True),
            done=lambda count: self._exported(count, target),
            failed=self._export_failed,
        )

    def _since(self) -> int | None:
        span = _SPANS[self.state.span]
        return None if span is None else int(time.time()) - span

    def _began(self, answer: "tuple[list[ActivityItem], frozenset[SignIn]]") -> None:
        self._items, self._new = answer
        self._render(more=len(self._items) == PAGE)
        if self._house.keys.state.unlocked:
            self._name()

    def _went_on(self, items: "list[ActivityItem]") -> None:
        self._items.extend(items)
        self._render(more=len(items) == PAGE)
        if self._house.keys.state.unlocked:
            self._name()

    def _render(self, *, more: bool | None = None) -> None:
        rows = tuple(self._row(number, item) for number, item in enumerate(self._items))
        unnamed = {item.file_id for item in self._items if item.file_id} - self._names.keys()
        filtered = self.state.kind or self.state.span
        nothing = _("Nothing of that kind has happened.") if filtered else _("Nothing has happened yet.")
        self._show(
            replace(
                self.state,
                rows=rows,
                loading=False,
                problem=FINE,
                more=self.state.more if more is None else more,
                empty="" if rows else nothing,
                can_name=bool(unnamed) and not self._house.keys.state.unlocked,
                can_export=bool(rows),
            )
        )

    def _row(self, number: int, item: "ActivityItem") -> ActivityRow:
        is_new = item.kind == SIGN_IN and sign_in_of(item) in self._new and not self._again(number)
        sentence = sentence_of(item, self._mine, self._names)
        if is_new:
            sentence = _("⚠ New device: {sentence}").format(sentence=sentence)
        elif item.kind == "sign_in_failed":
            sentence = f"⚠ {sentence}"
        place = ", ".join(shown(each) for each in (item.client, item.ip_prefix) if each)
        out = is_new or item.kind == "sign_in_failed"
        return ActivityRow(f"{len(self._items) - number}", moment(item.at), sentence, place, out)

    def _again(self, number: int) -> bool:
        """Whether the same device signed in before, within the same second."""
        older = self._items[number + 1 : number + _NEIGHBOURS]
        return any(each.kind == SIGN_IN and sign_in_of(each) == sign_in_of(self._items[number]) for each in older)

    def _name(self) -> None:
        """Asks for the names of files that have none yet."""
        wanted = {item.file_id for item in self._items if item.file_id} - self._names.keys() - self._nameless
        if not wanted:
            self._render()
            return

        def named(names: dict[str, str]) -> None:
            if self._house.keys.state.unlocked:
                self._names.update(names)
                self._nameless |= wanted - names.keys()
                self._render()

        def ask(person: "Person") -> None:
            self._house.jobs.run(lambda _job: names_of(person, wanted), done=named)

        if self._house.keys.state.unlocked:
            self._house.keys.with_keys(ask)

    def _unname(self) -> None:
        self._names.clear()
        self._nameless.clear()
        self._render()

    def _failed(self, problem: Problem) -> None:
        self._stale = True
        self._show(replace(self.state, loading=False, problem=problem.failure_beside(self.state.rows)))

    def _exported(self, count: int, target: str) -> None:
        self._show(replace(self.state, exporting=False))
        entries = ngettext("{count} entry", "{count} entries", count)
        self._house.notices.say(_("{entries} saved in {path}.").format(entries=entries, path=target), Tone.GOOD)

    def _export_failed(self, problem: Problem) -> None:
        self._show(replace(self.state, exporting=False))
        self._house.notices.problem(problem)

    def _mark_stale(self) -> None:
        self._stale = True

    def _forget(self) -> None:
        """Somebody else may sit here now."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._items, self._source, self._new, self._stale = [], None, frozenset(), True
        self._names.clear()
        self._nameless.clear()
        self._show(ActivityState(kind=self.state.kind, span=self.state.span))


def kinds() -> dict[str, str]:
    """Filters, by the name of what they let through."""
    return {
        "": _("Everything"),
        "upload": _("Sent"),
        "download": _("Downloaded"),
        "share": _("Shared"),
        "revoke": _("Access taken away"),
        "delete": _("Deleted"),
        "file_changed": _("Terms changed"),
        "sign_in": _("Sign-ins"),
        "sign_in_failed": _("Failed sign-ins"),
        "sign_out": _("Sign-outs"),
        "session_ended": _("Sessions ended"),
        "device_waits": _("Devices that asked for keys"),
        "device_approved": _("Devices that got keys"),
        "key_changed": _("Keys published"),
        "token_created": _("Tokens made"),
        "token_revoked": _("Tokens revoked"),
        "second_factor_on": _("Two-step sign-in on"),
        "second_factor_off": _("Two-step sign-in off"),
        "recovery_stored": _("Recovery copies"),
        "invitation": _("Invitations"),
        "link_made": _("Links made"),
        "link_changed": _("Links changed"),
        "link_revoked": _("Links taken back"),
        "box_made": _("Drop boxes made"),
        "box_changed": _("Drop boxes changed"),
        "box_closed": _("Drop boxes closed"),
    }


def spans() -> dict[str, str]:
    return {
        "": _("Any time"),
        "day": _("Last 24 hours"),
        "week": _("Last 7 days"),
        "month": _("Last 30 days"),
        "year": _("Last year"),
    }


def sentence_of(item: "ActivityItem", mine: str, names: dict[str, str]) -> str:
    """What happened, in the language in force; ids become names where these are known."""
    by_me = item.actor_email == mine
    name = names.get(item.file_id or "")
    file = shown(name) if name else _("a file ({id})").format(id=item.file_id[:8]) if item.file_id else _("a file")
    by_link = item.kind == "download" and item.actor is None
    who = shown(item.actor_email or (_("somebody with a link") if by_link else _("somebody")))
    forms = _by_me() if by_me else _by_others()
    form = forms.get(item.kind) or ("{kind}" if by_me else _("{who}: {kind}"))
    sentence = form.format(who=who, file=file, kind=shown(item.kind))
    return f"{sentence}: {shown(item.detail)}" if item.detail and item.kind in _WITH_DETAIL else sentence


_WITH_DETAIL = frozenset(("session_ended", "device_approved"))
"""Of others the detail is an id, which helps nobody here."""


def _by_me() -> dict[str, str]:
    return {
        "sign_in": _("You signed in"),
        "sign_in_failed": _("Somebody tried to sign in as you, and failed"),
        "sign_out": _("You signed out"),
        "session_ended": _("A session of yours ended"),
        "upload": _("You sent {file}"),
        "download": _("You downloaded {file}"),
        "share": _("You shared {file} with somebody more"),
        "revoke": _("You took away access to {file}"),
        "delete": _("You deleted {file}"),
        "file_changed": _("You changed the terms of {file}"),
        "token_created": _("You made an access token"),
        "token_revoked": _("You revoked an access token"),
        "second_factor_on": _("You turned two-step sign-in on"),
        "second_factor_off": _("Two-step sign-in was turned off"),
        "key_changed": _("You published a key"),
        "invitation": _("You invited somebody by mail"),
        "link_made": _("You made a link"),
        "link_changed": _("You changed a link"),
        "link_revoked": _("You took a link back"),
        "box_made": _("You made a drop box"),
        "box_changed": _("You changed a drop box"),
        "box_closed": _("You closed a drop box"),
        "device_waits": _("A device of yours asked for your keys"),
        "device_approved": _("You gave your keys to a device"),
        "recovery_stored": _("You stored a sealed copy of your keys"),
        "recovery_removed": _("You removed the sealed copy of your keys"),
        "account_deleted": _("You deleted the account"),
    }


def _by_others() -> dict[str, str]:
    return {
        **{kind: text for kind, text in _by_me().items() if "{file}" not in text},
        "upload": _("{who} sent you {file}"),
        "download": _("{who} downloaded {file}"),
        "share": _("{who} shared {file} with somebody more"),
        "revoke": _("{who} took away access to {file}"),
        "delete": _("{who} deleted {file}"),
        "file_changed": _("{who} changed the terms of {file}"),
        "account_deleted": _("{who} deleted their account"),
    }
