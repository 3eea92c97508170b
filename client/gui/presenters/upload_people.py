"""To whom a file goes: emails, groups and key files, each looked up, with its trust in words."""

import re
from dataclasses import dataclass, replace
from email.utils import getaddresses
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from client.errors import ClientError
from client.gui.bus import CameOnline, ContactsChanged
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.trust import TrustWords, contact_words
from client.gui.presenters.typed_paths import is_a_file, path_here
from client.gui.problem import Kind, Problem, problem_of
from client.gui.text import _, ngettext
from client.local.addresses import normal_email

if TYPE_CHECKING:
    from client.local.contact import Contact

_MOST_SUGGESTIONS = 6
_MOST_PEOPLE = 300
_BETWEEN = re.compile(r"[,;\s]+")


class Finding(Enum):
    """What came of looking somebody up."""

    LOOKING = "looking"
    FOUND = "found"
    STRANGER = "stranger"
    """Has no keys at the server, and it is not decided whether to invite them."""
    INVITED = "invited"
    """Will be invited."""
    CHANGED = "changed"
    """Has another key than the one that was known."""
    UNKNOWN = "unknown"
    """The server could not be asked yet."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Addressee:
    """One of them, as a chip shows them."""

    key: str
    """Their email, or the path of a key file."""
    text: str
    finding: Finding
    words: TrustWords
    is_file: bool = False

    @property
    def is_ready(self) -> bool:
        return self.finding in (Finding.FOUND, Finding.INVITED)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A contact or a group that what is typed may mean."""

    value: str
    """For `add`."""
    text: str
    words: str


@dataclass(frozen=True, slots=True)
class PeopleState:
    people: tuple[Addressee, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    error: str = ""
    """What is wrong with what was typed."""
    question: str = ""
    """About the first stranger: whether to invite them."""
    stranger: str = ""
    changed: str = ""
    """Whose key is another one than before."""
    warning: str = ""

    @property
    def are_ready(self) -> bool:
        return bool(self.people) and all(each.is_ready for each in self.people)

    @property
    def why_not(self) -> str:
        """What keeps it from being sent; empty if nothing."""
        findings = {each.finding for each in self.people}
        if not self.people:
            return _("Say who shall get it.")
        if Finding.LOOKING in findings:
            return _("Looking up who that is …")
        if Finding.CHANGED in findings:
            return _("Somebody has another key than before. Check it, or remove them.")
        if Finding.STRANGER in findings:
            return _("Somebody has no account yet. Invite or remove them.")
        if Finding.UNKNOWN in findings:
            return _("Not everybody could be looked up without a connection.")
        if Finding.WRONG in findings:
            return _("Remove who can't be reached this way.")
        return ""


class People(Presenter[PeopleState]):
    """Looks everybody up as soon as they are named; nothing is sent to a key that nobody has seen."""

    def __init__(self, house: House) -> None:
        super().__init__(PeopleState())
        self._house = house
        house.bus.on(CameOnline, lambda _news: self._look_again(Finding.UNKNOWN))
        house.bus.on(ContactsChanged, lambda _news: self._look_again(Finding.FOUND, Finding.CHANGED))

    def typed(self, text: str) -> None:
        """What stands in the field right now: contacts and groups that begin so, or hold it."""
        wanted = text.strip().casefold().removeprefix("@")
        suggestions = self._suggestions(wanted) if wanted else ()
        self._show(replace(self.state, suggestions=suggestions, error=""))

    def add(self, text: str) -> bool:
        """Emails, `@group`s and paths of key files, one or many; whether all of it was understood."""
        wrong = [each for each in _named(text) if not self._add_one(each)]
        if wrong:
            error = _("“{text}” is no email address, no group and no key file.").format(text=wrong[0])
            self._show(replace(self.state, error=error, suggestions=()))
        else:
            self._show(replace(self.state, error="", suggestions=()))
        self._judge()
        return not wrong

    def add_key_files(self, paths: tuple[str, ...]) -> None:
        for path in paths:
            self._add_file(path)
        self._judge()

    def remove(self, key: str) -> None:
        self._show(replace(self.state, people=tuple(each for each in self.state.people if each.key != key)))
        self._judge()

    def remove_last(self) -> None:
        """Backspace in an empty field."""
        if self.state.people:
            self.remove(self.state.people[-1].key)

    def invite(self) -> None:
        """The stranger who is asked about."""
        email = self.state.stranger
        if email:
            words = TrustWords("✉", _("will be invited"), _invited_words(email), "accent")
            self._found(email, Finding.INVITED, words)

    def clear(self) -> None:
        self._show(PeopleState())

    @property
    def emails(self) -> tuple[str, ...]:
        return self._keys(Finding.FOUND, is_file=False)

    @property
    def invited(self) -> tuple[str, ...]:
        return self._keys(Finding.INVITED, is_file=False)

    @property
    def key_files(self) -> tuple[str, ...]:
        return self._keys(Finding.FOUND, is_file=True)

    def _keys(self, finding: Finding, *, is_file: bool) -> tuple[str, ...]:
        return tuple(e.key for e in self.state.people if e.finding is finding and e.is_file == is_file)

    def _add_one(self, name: str) -> bool:
        if name.startswith("@"):
            return self._add_group(name[1:])
        if "@" not in name or is_a_file(name):
            return self._add_file(name)
        try:
            self._add_email(normal_email(name))
        except ClientError:
            return False
        return True

    def _add_group(self, name: str) -> bool:
        from client.local.groups import Groups

        try:
            members = Groups(self._house.paths).members(name)
        except ClientError:
            return False
        for email in members:
            self._add_email(email)
        return True

    def _add_email(self, email: str) -> None:
        if self._has(email) or len(self.state.people) >= _MOST_PEOPLE:
            return
        looking = TrustWords("…", _("looking up"), _("The server is asked for their key."), "muted")
        self._put(Addressee(email, email, Finding.LOOKING, looking))
        self._look_up(email)

    def _add_file(self, name: str) -> bool:
        here = path_here(name)
        if here is None or not here.is_file():
            return False
        path = str(here.absolute())
        if not self._has(path):
            words = TrustWords("…", _("looking up"), "", "muted")
            self._put(Addressee(path, here.name, Finding.LOOKING, words, is_file=True))
            self._house.jobs.run(
                lambda _job: _check_file(path),
                done=lambda _none: self._found(path, Finding.FOUND, _key_file_words()),
                failed=lambda problem: self._found(path, Finding.WRONG, _wrong(problem)),
            )
        return True

    def _look_up(self, email: str) -> None:
        try:
            person = self._house.keys.person()
        except ClientError as error:
            self._failed(email, problem_of(error))
            return
        if email == person.email:
            self._found(email, Finding.FOUND, TrustWords("", _("you"), _("It is sealed for your own keys.")))
            return

        def work(_job: object) -> "Contact | None":
            from client.actions.people import find_recipient

            find_recipient(person, email)
            return person.contacts.find(email)

        self._house.jobs.run(
            work,
            done=lambda contact: self._found(email, Finding.FOUND, contact_words(contact)),
            failed=lambda problem: self._failed(email, problem),
        )

    def _failed(self, email: str, problem: Problem) -> None:
        if problem.code == "NoCard":
            words = TrustWords("?", _("no account yet"), _("They have no keys at this server."), "warning")
            self._found(email, Finding.STRANGER, words)
        elif problem.kind is Kind.UNTRUSTED:
            words = TrustWords("⚠", _("another key"), problem.sentence_and_safety, "danger")
            self._found(email, Finding.CHANGED, words)
        elif problem.kind in (Kind.OFFLINE, Kind.BUSY):
            words = TrustWords("…", _("not looked up yet"), f"{problem.what} {problem.then}", "warning")
            self._found(email, Finding.UNKNOWN, words)
        else:
            self._found(email, Finding.WRONG, _wrong(problem))

    def _found(self, key: str, finding: Finding, words: TrustWords) -> None:
        people = tuple(
            replace(each, finding=finding, words=words) if each.key == key else each for each in self.state.people
        )
        self._show(replace(self.state, people=people))
        self._judge()

    def _look_again(self, *findings: Finding) -> None:
        for each in self.state.people:
            if each.finding in findings and not each.is_file:
                self._look_up(each.key)

    def _put(self, addressee: Addressee) -> None:
        self._show(replace(self.state, people=(*self.state.people, addressee)))

    def _has(self, key: str) -> bool:
        return any(each.key == key for each in self.state.people)

    def _judge(self) -> None:
        """What must be asked or said about all of them together."""
        stranger = next((e.key for e in self.state.people if e.finding is Finding.STRANGER), "")
        changed = next((e.key for e in self.state.people if e.finding is Finding.CHANGED), "")
        question = ""
        if stranger:
            question = _(
                "{email} has no account here yet. Invite them by mail? They can open it once they have signed in and "
                "you have used Sealcase again after that."
            ).format(email=stranger)
        only_files = bool(self.state.people) and all(each.is_file for each in self.state.people)
        warning = ""
        if only_files:
            warning = _(
                "Only people named by email can fetch it from the server: name the holder of the key as well, "
                "or nobody but you gets it."
            )
        self._show(replace(self.state, stranger=stranger, question=question, changed=changed, warning=warning))

    def _suggestions(self, wanted: str) -> tuple[Suggestion, ...]:
        from client.local.contacts import Contacts
        from client.local.groups import Groups

        try:
            groups = Groups(self._house.paths).all()
            contacts = Contacts(self._house.paths).everybody()
        except ClientError:
            return ()
        found = [
            Suggestion(f"@{name}", f"@{name}", ngettext("{count} person", "{count} people", len(members)))
            for name, members in groups.items()
            if wanted in name.casefold()
        ]
        emails = [email for email in contacts if wanted in email and not self._has(email)]
        emails.sort(key=lambda email: (not email.startswith(wanted), email))
        found += [Suggestion(email, email, contact_words(contacts[email]).line) for email in emails]
        return tuple(found[:_MOST_SUGGESTIONS])


def _named(text: str) -> list[str]:
    """The single names in what was typed or pasted: `Bob <bob@example.org>, @team` are two."""
    text = text.strip()
    if not text:
        return []
    if is_a_file(text):
        return [text]
    if "<" in text:
        found = [address for _name, address in getaddresses(re.split(r"[;\n]", text)) if address]
        if found:
            return found
    return [each.removeprefix("mailto:") for each in _BETWEEN.split(text) if each]


def _check_file(path: str) -> None:
    from client.actions.offline import load_recipient

    load_recipient(Path(path))


def _key_file_words() -> TrustWords:
    sentence = _("A key from a file, not verified. Whoever holds its private key can open what you send.")
    return TrustWords("", _("key file, not verified"), sentence)


def _wrong(problem: Problem) -> TrustWords:
    return TrustWords("⚠", _("can't be used"), f"{problem.specifics or problem.what} {problem.then}", "danger")


def _invited_words(email: str) -> str:
    return _("{email} gets an invitation by mail, and the file once they have signed in.").format(email=email)
