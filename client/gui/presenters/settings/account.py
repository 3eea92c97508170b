"""The pages of the account and of the server: what it holds, ending it, and whose certificates are believed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from client.gui.bus import CameOnline, SettingsChanged, SignedIn, SignedOut, WentOffline
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.settings.questions import Field, Question, Questions
from client.gui.presenters.settings.room import Room
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _, date, ngettext, size
from client.local.addresses import is_this_machine

if TYPE_CHECKING:
    from client.actions.person import Person
    from client.gui.jobs import Job
    from shared.api.models import Account, Stats


@dataclass(frozen=True, slots=True)
class AccountState:
    email: str = ""
    since: str = ""
    amount: str = ""
    exporting: bool = False
    deleting: bool = False
    can_act: bool = False
    problem: Failure = FINE


class AccountRoom(Room[AccountState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, AccountState())
        for kind in (SignedIn, SignedOut):
            house.bus.on(kind, lambda _news: self._show(AccountState()))

    def shown(self) -> None:
        def work(person: "Person", _job: "Job") -> "tuple[Account, Stats]":
            return person.api.account(), person.api.stats()

        self.ask(work, self._loaded, self._failed)

    def export(self, target: str) -> None:
        """The dialog has asked about replacing; an empty name changes nothing."""
        from client.actions.account import save_export

        if target and self.state.can_act and not self.state.exporting:
            self._show(replace(self.state, exporting=True))
            self.ask(
                lambda person, _job: save_export(person, Path(target), force=True),
                lambda _none: self._exported(target),
                self._export_failed,
            )

    def delete(self) -> None:
        """A code is mailed first; only with it anything is deleted."""
        if self.state.can_act and not self.state.deleting:
            self._show(replace(self.state, deleting=True))
            self.ask(lambda person, _job: person.api.request_deletion_code(), self._code_sent, self._not_sent)

    def _code_sent(self, _none: None) -> None:
        from client.actions.account import delete_account

        self._show(replace(self.state, deleting=False))

        def answered(given: Mapping[str, str]) -> None:
            self.ask(lambda person, _job: delete_account(person, given["code"]), self._deleted, self.fail_question)

        text = _(
            "All your files at {server} are gone then, for everybody; so are your devices, tokens, and the recovery "
            "copy of your keys. Nobody can bring them back. Files that others sent you are theirs and stay. The keys "
            "on this machine stay, too. A code was mailed to {email}; look into the spam folder as well."
        )
        state = self.house.shell.state
        self.questions.ask(
            Question(
                _("Delete your account for good?"),
                text.format(server=state.server.partition("://")[2], email=state.email),
                _("Delete everything"),
                (Field("code", _("Code from the mail")),),
                danger=True,
            ),
            answered,
        )

    def _deleted(self, _none: None) -> None:
        self.questions.close()
        self.house.bus.tell(SignedOut())
        self.house.notices.say(_("Your account is deleted."), Tone.GOOD)

    def _not_sent(self, problem: Problem) -> None:
        self._show(replace(self.state, deleting=False))
        self.house.notices.problem(problem)

    def _exported(self, target: str) -> None:
        self._show(replace(self.state, exporting=False))
        self.house.notices.say(_("Saved: {path}").format(path=target), Tone.GOOD)

    def _export_failed(self, problem: Problem) -> None:
        self._show(replace(self.state, exporting=False))
        self.house.notices.problem(problem)

    def _loaded(self, answer: "tuple[Account, Stats]") -> None:
        account, stats = answer
        files = ngettext("{count} file", "{count} files", stats.total_files)
        amount = _("{files}, {size} sealed").format(files=files, size=size(stats.total_size))
        self._show(
            replace(self.state, email=account.email, since=date(account.created_at), amount=amount, can_act=True)
        )

    def _failed(self, problem: Problem) -> None:
        self._show(AccountState(problem=problem.failure))


@dataclass(frozen=True, slots=True)
class ServerState:
    address: str = ""
    name: str = ""
    encryption: str = ""
    """Of the way there, in words."""
    safe: bool = False
    """Whether nobody on the way can read along."""
    answer: str = ""
    """Whether it answers, in words; empty where it does not."""
    sick: Failure = FINE
    """Why it does not."""
    answers: bool | None = None
    """None: not asked yet."""
    ca_file: str = ""
    ca_words: str = ""
    ca_error: Failure = FINE
    ca_fixed: bool = False
    """Whether the environment says it, which comes before any choice here."""
    checking: bool = False


class Server(Room[ServerState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, ServerState())
        for kind in (SignedIn, SignedOut, SettingsChanged):
            house.bus.on(kind, lambda _news: self._describe())
        house.bus.on(WentOffline, lambda _news: self._show(replace(self.state, answers=None, answer="", sick=FINE)))
        house.bus.on(CameOnline, lambda _news: self._describe())

    def shown(self) -> None:
        self._describe()
        self.check()

    def check(self) -> None:
        """Asks it whether it is there."""
        server = self.house.shell.state.server
        if not server or self.state.checking:
            return
        self._show(replace(self.state, checking=True, answer=_("Asking the server …"), answers=None, sick=FINE))
        self.house.jobs.run(lambda _job: _health(server), done=self._healthy, failed=self._sick)

    def choose_ca(self, path: str) -> None:
        """Certificates of an authority of one's own; looked into before they are believed."""
        from client.api.tls import count_certificates

        if not path:
            return
        self._show(replace(self.state, ca_error=FINE))

        def counted(count: int) -> None:
            self.house.change_settings(lambda now: replace(now, ca_file=path))
            self.house.keys.connect_anew()
            found = ngettext("{count} certificate found.", "{count} certificates found.", count)
            self.house.notices.say(_("{found} Connections use them from now on.").format(found=found), Tone.GOOD)
            self.check()

        self.house.jobs.run(
            lambda _job: count_certificates(Path(path)),
            done=counted,
            failed=lambda problem: self._show(replace(self.state, ca_error=problem.short_failure)),
        )

    def public_ca(self) -> None:
        """The public authorities again."""
        self.house.change_settings(lambda now: replace(now, ca_file=""))
        self.house.keys.connect_anew()
        self._show(replace(self.state, ca_error=FINE))
        self.check()

    def copy_address(self) -> None:
        self.house.clipboard.copy(self.state.address, _("The address"))

    def _describe(self) -> None:
        from client.api.tls import CA_VARIABLES, certificates_named

        server = self.house.shell.state.server
        name = server.partition("://")[2]
        encrypted = _safe(server)
        named = certificates_named()
        by_environment = named is not None and named[0] in CA_VARIABLES
        self._show(
            replace(
                self.state,
                address=server,
                name=name,
                safe=encrypted,
                encryption=_encryption(server),
                ca_file=named[1] if named else "",
                ca_fixed=by_environment,
                ca_words=_ca_words(named, by_environment),
            )
        )

    def _healthy(self, _none: None) -> None:
        self._show(replace(self.state, checking=False, answers=True, answer=_("It answers, and is a Sealcase server.")))

    def _sick(self, problem: Problem) -> None:
        self._show(replace(self.state, checking=False, answers=False, answer="", sick=problem.short_failure))


def _encryption(server: str) -> str:
    if not server:
        return ""
    if server.startswith("https:"):
        return _("Encrypted on the way (TLS), and its certificate is checked.")
    if is_this_machine(urlsplit(server).hostname or ""):
        return _("The server runs on this machine: nothing goes over a network.")
    return _("Not encrypted on the way. Files are sealed all the same, but others on the way see who you are.")


def _safe(server: str) -> bool:
    return server.startswith("https:") or is_this_machine(urlsplit(server).hostname or "")


def _ca_words(named: tuple[str, str] | None, by_environment: bool) -> str:
    if named is None:
        return _("Certificates of the public authorities are believed.")
    if by_environment:
        return _("{variable} names {file}; that comes before any choice here.").format(variable=named[0], file=named[1])
    return _("Only certificates of {file} are believed.").format(file=named[1])


def _health(server: str) -> None:
    from client.actions.account import find_server

    find_server(server, allow_http=True)
