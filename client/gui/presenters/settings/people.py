"""The page of contacts: whose keys are known here, how far they are trusted, and groups."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from client.gui.bus import ContactsChanged, SignedIn, SignedOut
from client.gui.presenters.house import House
from client.gui.presenters.settings.questions import Field, Question, Questions
from client.gui.presenters.settings.room import Room
from client.gui.presenters.settings.verify import Verify
from client.gui.presenters.trust import contact_words
from client.gui.text import _, date, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from client.actions.contacts import Comparison
    from client.gui.jobs import Job
    from client.local.contact import Contact


@dataclass(frozen=True, slots=True)
class PersonRow:
    email: str
    trust: str
    """In words, behind a sign."""
    tone: str
    sentence: str
    fingerprint: str
    known_since: str
    changed: bool
    """Whether another key of theirs waits to be settled."""
    verified: bool


@dataclass(frozen=True, slots=True)
class GroupRow:
    name: str
    members: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class PeopleState:
    people: tuple[PersonRow, ...] = ()
    groups: tuple[GroupRow, ...] = ()
    chosen: str = ""
    """The email of the person in the list that is chosen."""
    can_verify: bool = False
    can_accept: bool = False
    can_forget: bool = False
    loaded: bool = False


class People(Room[PeopleState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, PeopleState())
        self.verify = Verify(house, questions)
        self._wanted = ""
        """Who is to be chosen once the list is here."""
        house.bus.on(ContactsChanged, lambda _news: self.shown())
        for kind in (SignedIn, SignedOut):
            house.bus.on(kind, lambda _news: self._show(PeopleState()))

    def shown(self) -> None:
        """Contacts and groups are files on this machine; nobody needs to be signed in for them."""
        paths = self.house.paths

        def work(_job: "Job") -> "tuple[Mapping[str, Contact], Mapping[str, tuple[str, ...]]]":
            from client.local.contacts import Contacts
            from client.local.groups import Groups

            return Contacts(paths).everybody(), Groups(paths).all()

        self.house.jobs.run(work, done=self._loaded, failed=self.say)

    def show_contact(self, email: str) -> None:
        """Chooses somebody whom another tab points at; what is known of them may be new."""
        self._wanted = email
        self.shown()

    def choose(self, email: str) -> None:
        self._chosen(email)

    def verify_chosen(self) -> None:
        if self.state.can_verify:
            self.verify.begin(self.state.chosen)

    def verify_somebody(self) -> None:
        """Somebody who may be no contact yet."""

        def answered(fields: "Mapping[str, str]") -> None:
            self.questions.close()
            self.verify.begin(fields["email"])

        self.questions.ask(
            Question(
                _("Verify a person"),
                _(
                    "You compare 60 digits with them, eye to eye or on the telephone. "
                    "That shows that nobody sits between."
                ),
                _("Go on"),
                (Field("email", _("Their email address")),),
            ),
            answered,
        )

    def accept_chosen(self) -> None:
        """Takes a changed key without comparing; only after it was said what that means, and which key it is."""
        from client.actions.contacts import compare

        row = self._row()
        if row is not None and row.changed:
            email = row.email
            self.ask(lambda person, _job: compare(person, email), self._ask_to_accept)

    def _ask_to_accept(self, comparison: "Comparison") -> None:
        if not comparison.changed:
            self._changed(_("The server shows the key that you know; there is nothing to accept."))
            return
        accepted = _("The new key of {email} is accepted. It is not checked.").format(email=comparison.email)

        def answered(_fields: "Mapping[str, str]") -> None:
            from client.actions.contacts import confirm_unseen

            self.ask(
                lambda person, _job: confirm_unseen(person, comparison),
                lambda _contact: self._changed(accepted),
                self.fail_question,
            )

        text = _(
            "The server shows another key for {email} than the one you know. If they told you that they have new keys, "
            "that is why. If not, somebody may be reading along. To compare the safety number is the safe way."
        )
        self.questions.ask(
            Question(
                _("Accept a key without comparing?"),
                text.format(email=comparison.email),
                _("Accept unchecked"),
                danger=True,
                big=comparison.fingerprint,
            ),
            answered,
        )

    def forget_chosen(self) -> None:
        row = self._row()
        if row is None:
            return
        email, paths = row.email, self.house.paths

        def answered(_fields: "Mapping[str, str]") -> None:
            from client.local.contacts import Contacts

            self.house.jobs.run(
                lambda _job: Contacts(paths).forget(email),
                done=lambda _none: self._changed(_("{email} is forgotten.").format(email=email)),
                failed=self.fail_question,
            )

        self.questions.ask(
            Question(
                _("Forget {email}?").format(email=email),
                _(
                    "Whatever key the server shows for them next is taken as new, and not checked. "
                    "Files stay as they are."
                ),
                _("Forget"),
                danger=True,
            ),
            answered,
        )

    def copy_fingerprint(self) -> None:
        row = self._row()
        if row is not None:
            self.house.clipboard.copy(row.fingerprint, _("The fingerprint"))

    def add_to_group(self, name: str = "") -> None:
        """Makes the group where there is none of that name."""
        fields = (
            Field("name", _("Name of the group"), text=name),
            Field("email", _("Email address"), text=self.state.chosen),
        )
        question = Question(
            _("Put somebody into a group"),
            _("A group stands for several people when you send. Only this machine knows it."),
            _("Add"),
            fields,
        )
        self.questions.ask(question, lambda given: self._change_group(given["name"], add=given["email"]))

    def remove_from_group(self, name: str, email: str) -> None:
        """A group goes with its last member."""
        self._change_group(name, remove=email)

    def _change_group(self, name: str, *, add: str = "", remove: str = "") -> None:
        paths = self.house.paths

        def work(_job: "Job") -> None:
            from client.local.addresses import normal_email
            from client.local.groups import Groups

            Groups(paths).change(
                name.strip().removeprefix("@"), [normal_email(add)] if add else [], [remove] if remove else []
            )

        self.house.jobs.run(work, done=lambda _none: self._changed(""), failed=self.fail_question)

    def _changed(self, said: str) -> None:
        self.questions.close()
        if said:
            self.house.notices.say(said)
        self.house.bus.tell(ContactsChanged())

    def _loaded(self, found: "tuple[Mapping[str, Contact], Mapping[str, tuple[str, ...]]]") -> None:
        people, groups = found
        rows = tuple(_person_row(email, contact) for email, contact in people.items())
        group_rows = tuple(_group_row(name, members) for name, members in groups.items())
        self._show(replace(self.state, people=rows, groups=group_rows, loaded=True))
        wanted, self._wanted = self._wanted or self.state.chosen, ""
        self._chosen(wanted)

    def _chosen(self, email: str) -> None:
        row = next((each for each in self.state.people if each.email == email), None)
        self._show(
            replace(
                self.state,
                chosen=email if row else "",
                can_verify=row is not None,
                can_accept=row is not None and row.changed,
                can_forget=row is not None,
            )
        )

    def _row(self) -> PersonRow | None:
        return next((each for each in self.state.people if each.email == self.state.chosen), None)


def _person_row(email: str, contact: "Contact") -> PersonRow:
    from client.local.names import shown
    from shared.crypto.safety import fingerprint

    words = contact_words(contact)
    return PersonRow(
        shown(email),
        words.line,
        words.tone,
        words.sentence,
        fingerprint(contact.signing_key),
        date(contact.first_met),
        contact.refused is not None,
        contact.verified_at is not None,
    )


def _group_row(name: str, members: tuple[str, ...]) -> GroupRow:
    return GroupRow(name, members, ngettext("{count} person", "{count} people", len(members)))
