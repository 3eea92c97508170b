"""All about one of my files: how well it is sealed, who has fetched it, and who gets it, which can be changed here."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from client.gui.bus import ContactsChanged, FilesChanged
from client.gui.jobs import Job
from client.gui.presenters.base import Presenter
from client.gui.presenters.file_terms import TermsOfLink
from client.gui.presenters.file_words import downloads_words, name_words
from client.gui.presenters.house import House
from client.gui.presenters.link_maker import LinkMaker
from client.gui.presenters.link_words import link_words
from client.gui.presenters.listing import FileLine
from client.gui.presenters.notices import Tone
from client.gui.presenters.trust import contact_words, sender_words
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _, date, moment, ngettext, size, until

if TYPE_CHECKING:
    from client.actions.about_file import AboutFile
    from client.actions.access import Reader
    from client.actions.links import MadeLink
    from client.actions.person import Person
    from shared.api.models import ActivityItem, LinkItem

_MOST_DOWNLOADS = 50
_APART = re.compile(r"[\s,;]+")

Result = TypeVar("Result")
Fact = tuple[str, str]
"""What it is called, and what it is."""


@dataclass(frozen=True, slots=True)
class ReaderChip:
    """Somebody who gets the file; `email` is empty for somebody whom nobody here can name."""

    email: str
    text: str
    sign: str
    tone: str
    hint: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link to the file."""

    link_id: str
    text: str
    active: bool
    """Whether it can still be copied and taken back."""
    can_change: bool
    """How long, and how often: also of one that has expired, while its files are there."""


@dataclass(frozen=True, slots=True)
class DetailsState:
    is_open: bool = False
    file_id: str = ""
    title: str = ""
    loading: bool = False
    problem: Failure = FINE
    facts: tuple[Fact, ...] = ()
    note: str = ""
    signed: str = ""
    signed_tone: str = ""
    downloads: tuple[str, ...] = ()
    """Sentences, the newest first."""
    readers: tuple[ReaderChip, ...] = ()
    links: tuple[LinkLine, ...] = ()
    others: str = ""
    """Of keys whose holders the server does not know."""
    has_people: bool = False
    """Whether people can be added: the file is mine, and of the format that can do that."""
    typed: str = ""
    people_error: Failure = FINE
    offer: tuple[str, ...] = ()
    """Who has no keys yet, and could be invited."""
    working: bool = False
    can_add: bool = False


class FileDetails(Presenter[DetailsState]):
    def __init__(self, house: House) -> None:
        super().__init__(DetailsState())
        self._house = house
        self.copy_details = house.clipboard.copy_details
        self.links = LinkMaker(house)
        self._line: FileLine | None = None
        self.links.watch(lambda state: self._load() if state.url and self.state.is_open else None)
        self.link_terms = TermsOfLink(house, lambda: self._load() if self.state.is_open else None)
        self._job: Job | None = None

    def open(self, line: FileLine) -> None:
        """What the list knows at once, the rest when the server has answered."""
        self._stop()
        self._line = line
        words = sender_words(line.trust, line.from_email)
        self._show(
            DetailsState(
                is_open=True,
                file_id=line.file_id,
                title=name_words(line),
                note=line.note,
                facts=_facts(line, None),
                signed=words.sentence,
                signed_tone=words.tone,
            )
        )
        self._load()

    def close(self) -> None:
        self._stop()
        self._line = None
        self.link_terms.close()
        self._show(DetailsState())

    def copy_id(self) -> None:
        if self.state.file_id:
            self._house.clipboard.copy(self.state.file_id, _("The id"))

    def new_link(self) -> None:
        if self.state.has_people:
            self.links.open(((self.state.file_id, self.state.title),))

    def show_link(self, link_id: str) -> None:
        """All of it, to be copied: on the machine that made it."""
        title = self.state.title

        def work(person: "Person", _job: Job) -> "MadeLink":
            from client.actions.links import find_link, show_link

            return show_link(person, find_link(person, link_id))

        self._change_people(work, lambda made: self.links.show_again(title, made))

    def extend_link(self, link_id: str) -> None:
        """Asks how long, and how often, from now on."""
        line = next((each for each in self.state.links if each.link_id == link_id), None)
        if line is not None and line.can_change:
            self.link_terms.open(link_id, self.state.title, f"{line.text}.")

    def revoke_link(self, link_id: str) -> None:
        def work(person: "Person", _job: Job) -> None:
            from client.actions.links import find_link, revoke_link

            revoke_link(person, find_link(person, link_id))

        def done(_result: None) -> None:
            self._house.notices.say(_("The link is taken back. What somebody has fetched by it, they keep."))
            self._load()

        if not self.state.working:
            self._change_people(work, done)

    def type_people(self, text: str) -> None:
        """Emails or @groups, several with blanks or commas between."""
        can_add = bool(text.strip()) and not self.state.working
        self._show(replace(self.state, typed=text, people_error=FINE, can_add=can_add))

    def add_people(self) -> None:
        names = [name for name in _APART.split(self.state.typed) if name]
        file_id = self.state.file_id
        if not names or not self.state.can_add:
            return

        def work(person: "Person", _job: Job) -> "_Added":
            return _add(person, file_id, names)

        self._change_people(work, self._added)

    def invite(self) -> None:
        """Those who have no keys yet: they get it once they have."""
        file_id, emails = self.state.file_id, self.state.offer

        def work(person: "Person", _job: Job) -> None:
            from client.actions.invitations import keep_for
            from client.actions.sharing import allow, open_own

            own = open_own(person, file_id)
            for email in emails:
                keep_for(person, file_id, email)
            allow(person, own, emails)
            for email in emails:
                person.api.invite(email)

        def done(_result: None) -> None:
            text = _("{people} invited. They can open it once they have signed in, and you have used Sealcase again.")
            self._house.notices.say(text.format(people=", ".join(emails)), Tone.GOOD)
            self._show(replace(self.state, offer=()))
            self._load()

        if emails:
            self._change_people(work, done)

    def dont_invite(self) -> None:
        self._show(replace(self.state, offer=()))

    def remove(self, email: str) -> None:
        """The server gives it to them no more; what they have fetched can't be called back."""
        file_id = self.state.file_id

        def work(person: "Person", _job: Job) -> None:
            _take_away(person, file_id, email)

        def done(_result: None) -> None:
            text = _("The server gives it to {email} no more. What they have fetched already, they keep.")
            self._house.notices.say(text.format(email=email))
            self._load()
            self._house.bus.tell(FilesChanged())

        if email and not self.state.working:
            self._change_people(work, done)

    def _added(self, added: "_Added") -> None:
        if added.people:
            text = _("{people} can open it now.").format(people=", ".join(added.people))
            self._house.notices.say(text, Tone.GOOD)
            self._house.bus.tell(FilesChanged())
            self._house.bus.tell(ContactsChanged())
        self._show(replace(self.state, typed="", can_add=False, offer=tuple(added.without_keys)))
        self._load()

    def _change_people(self, work: "Callable[[Person, Job], Result]", done: "Callable[[Result], None]") -> None:
        file_id = self.state.file_id

        def start(person: "Person") -> None:
            self._house.jobs.run(
                lambda job: work(person, job),
                done=lambda result: self._if_open(file_id, lambda: end(result)),
                failed=lambda problem: self._if_open(file_id, lambda: self._people_failed(problem)),
            )

        def end(result: Result) -> None:
            self._show(replace(self.state, working=False))
            done(result)

        self._show(replace(self.state, working=True, can_add=False, people_error=FINE))
        self._house.keys.with_keys(start, lambda: self._show(replace(self.state, working=False, can_add=True)))

    def _people_failed(self, problem: Problem) -> None:
        can_add = bool(self.state.typed.strip())
        self._show(replace(self.state, working=False, can_add=can_add, people_error=problem.failure))

    def _load(self) -> None:
        file_id = self.state.file_id

        def start(person: "Person") -> None:
            self._job = self._house.jobs.run(
                lambda _job: _look(person, file_id),
                done=lambda looked: self._if_open(file_id, lambda: self._loaded(looked)),
                failed=lambda problem: self._if_open(file_id, lambda: self._failed(problem)),
            )

        self._show(replace(self.state, loading=True, problem=FINE))
        self._house.keys.with_keys(start, lambda: self._show(replace(self.state, loading=False)))

    def _loaded(self, looked: "_Looked") -> None:
        about = looked.about
        words = sender_words(about.trust, about.detail.from_email)
        access = about.access
        others = 0 if access is None else access.other_keys
        self._show(
            replace(
                self.state,
                loading=False,
                facts=_facts(self._line, about),
                signed=words.sentence,
                signed_tone=words.tone,
                downloads=tuple(_download(item) for item in looked.downloads),
                readers=looked.readers,
                links=looked.links,
                has_people=access is not None,
                others=ngettext(
                    "{count} more key of a key file, or of somebody who may not fetch it, opens it.",
                    "{count} more keys of key files, or of people who may not fetch it, open it.",
                    others,
                )
                if others
                else "",
            )
        )

    def _failed(self, problem: Problem) -> None:
        self._show(replace(self.state, loading=False, problem=problem.failure))

    def _if_open(self, file_id: str, call: Callable[[], None]) -> None:
        """What comes late is of no use."""
        if self.state.is_open and self.state.file_id == file_id:
            call()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None


@dataclass(frozen=True, slots=True)
class _Looked:
    about: "AboutFile"
    readers: tuple[ReaderChip, ...]
    links: tuple[LinkLine, ...]
    downloads: "tuple[ActivityItem, ...]"


@dataclass(frozen=True, slots=True)
class _Added:
    people: list[str]
    without_keys: list[str]


def _look(person: "Person", file_id: str) -> _Looked:
    from client.actions.about_file import about_file, downloads_of

    about = about_file(person, file_id)
    readers = () if about.access is None else tuple(_chip(person, reader) for reader in about.access.readers)
    downloads = tuple(islice(downloads_of(person, about.detail), _MOST_DOWNLOADS)) if about.detail.owner else ()
    links = tuple(_link_line(item) for item in person.api.links_to(file_id)) if about.access is not None else ()
    return _Looked(about, readers, links, downloads)


def _link_line(item: "LinkItem") -> LinkLine:
    from client.actions.links import state_of

    state = state_of(item, time.time())
    return LinkLine(item.link_id, link_words(item), state in ("active", "used up"), item.revoked_at is None)


def _add(person: "Person", file_id: str, names: list[str]) -> _Added:
    """Nobody is given anything before everybody's keys are known. Raises what `find_recipient` and `share` raise."""
    from client.actions.people import NoCard, Recipient, find_recipient
    from client.actions.sharing import open_own, share
    from client.local.addresses import normal_email
    from client.local.groups import Groups

    emails: list[str] = []
    for name in names:
        emails.extend(Groups(person.paths).members(name[1:]) if name.startswith("@") else [normal_email(name)])
    found: list[Recipient] = []
    without_keys: list[str] = []
    for email in dict.fromkeys(emails):
        try:
            found.append(find_recipient(person, email))
        except NoCard:
            without_keys.append(email)
    if found:
        share(person, open_own(person, file_id), found, [])
    return _Added([each.email for each in found], without_keys)


def _take_away(person: "Person", file_id: str, email: str) -> None:
    from client.actions.invitations import stop_waiting
    from client.actions.sharing import open_own, unshare
    from client.errors import NotFound

    waited = stop_waiting(person, file_id, email)
    try:
        unshare(person, open_own(person, file_id), email)
    except NotFound:
        if not waited:
            raise


def _chip(person: "Person", reader: "Reader") -> ReaderChip:
    from client.local.names import shown

    if reader.email is None:
        hint = _("Somebody without keys at the server may fetch it, and can't open it.")
        return ReaderChip("", _("somebody without keys"), "⚠", "warning", hint)
    email = shown(reader.email)
    if reader.invited:
        hint = _("Invited: can open it once they have signed in, and you have used Sealcase again.")
        return ReaderChip(reader.email, _("{email} · invited").format(email=email), "…", "muted", hint)
    if not reader.can_open:
        hint = _("May fetch it, but it is sealed for none of their keys. Add them again to change that.")
        return ReaderChip(reader.email, _("{email} · can't open it").format(email=email), "⚠", "warning", hint)
    words = contact_words(person.contacts.find(reader.email))
    return ReaderChip(reader.email, f"{email} · {words.short}", words.sign, words.tone, words.sentence)


def _download(item: "ActivityItem") -> str:
    from client.local.names import shown

    if item.actor is None:
        return _("by a link, {when}").format(when=moment(item.at))
    who = shown(item.actor_email) if item.actor_email else _("somebody without an account any more")
    return _("{who}, {when}").format(who=who, when=moment(item.at))


def _facts(line: FileLine | None, about: "AboutFile | None") -> tuple[Fact, ...]:
    if line is None:
        return ()
    expires, uploaded = line.expires_at, line.uploaded_at
    downloads = downloads_words(line)
    if about is not None:
        detail = about.detail
        expires, uploaded = detail.expires_at, detail.uploaded_at
        downloads = downloads_words(replace(line, downloads=detail.downloads, download_limit=detail.download_limit))
        if detail.notify:
            downloads = _("{count}; you get a mail at the first one").format(count=downloads)
    amount = size(line.size)
    if line.folder_files is not None:
        amount = f"{ngettext('{count} file', '{count} files', line.folder_files)}, {amount}"
    left = until(expires, time.time())
    return (
        (_("Size"), amount),
        (_("Sent"), moment(uploaded)),
        (_("Kept until"), f"{date(expires)} ({left})"),
        (_("Downloads"), downloads),
        (_("Format"), _("old, not signed") if line.old_format else _("Sealcase 1: sealed, signed, its name hidden")),
        (_("Safety"), _safety(line, about)),
        *_storage(about),
    )


def _storage(about: "AboutFile | None") -> tuple[Fact, ...]:
    """Where the server keeps it, as far as it says so; to the owner only."""
    from client.actions.library import IN_BUCKET, IN_IPFS, ON_DISK

    if about is None:
        return ()
    words = {
        ON_DISK: _("the server's own disk"),
        IN_BUCKET: _("S3"),
        IN_IPFS: _("IPFS, {cid}. Copies that other nodes have made can't be recalled."),
    }.get(about.detail.storage or "")
    return () if words is None else ((_("Storage"), words.format(cid=about.detail.cid or "?")),)


def _safety(line: FileLine, about: "AboutFile | None") -> str:
    strong = line.post_quantum if about is None else about.post_quantum
    if strong:
        return _("safe against future quantum computers, too")
    if line.old_format or about is None or not about.grants:
        return _("safe against today's computers")
    return _("safe against today's computers: a key that it is sealed for is of RSA alone")
