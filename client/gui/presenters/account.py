"""The Account tab: leads a newcomer from the server's address to the first file; then says who is signed in."""

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from client.errors import ClientError
from client.gui import text
from client.gui.bus import KeysChanged, MakeKit, OpenTab, SignedIn, SignedOut
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.problem import Problem
from client.gui.text import _
from client.local.paths import Paths
from client.local.session import session_here

if TYPE_CHECKING:
    from client.actions.keys import Standing
    from client.gui.jobs import Job
    from client.gui.presenters.first_file import FirstFile
    from client.gui.presenters.keys_back import KeysBack
    from client.gui.presenters.kit import Kit
    from client.gui.presenters.sign_in import Arrived, Intent, SignIn


class Page(Enum):
    SIGN_IN = "sign in"
    KEYS_BACK = "keys back"
    KIT = "kit"
    FIRST_FILE = "first file"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class AccountState:
    page: Page = Page.SIGN_IN
    newcomer: bool = False
    """Whether the pages belong to a first run, whose steps are counted."""
    email: str = ""
    server: str = ""
    fingerprint: str = ""
    """Empty where the keys are not on this machine."""
    kit: str = ""
    """How it is with the recovery kit, in words."""
    kit_ready: bool = False
    usage: str = ""
    """What is on the server, in words; empty until it is known."""
    warning: str = ""
    """What is wrong with the keys; empty for nothing."""
    busy: bool = False


class Account(Presenter[AccountState]):
    def __init__(self, house: House) -> None:
        super().__init__(AccountState())
        self._house = house
        self._standing: Standing | None = None
        self._looks = 0
        self.watch(lambda state: house.shell.remind(state.page is not Page.KIT))
        house.bus.on(KeysChanged, lambda _news: self._look())
        house.bus.on(MakeKit, lambda _news: self.make_kit())
        house.bus.on(SignedOut, lambda news: self._begin(news.email, news.server))
        session = session_here(house.paths)
        if session is not None:
            server = session.server.partition("://")[2]
            self._show(AccountState(page=Page.HOME, email=session.email, server=server))
        else:
            self._begin()

    # Its pages are made when they are first wanted: whoever is signed in sees none of them.

    @cached_property
    def sign_in(self) -> "SignIn":
        from client.gui.presenters.sign_in import SignIn

        return SignIn(self._house, self._arrived)

    @cached_property
    def keys_back(self) -> "KeysBack":
        from client.gui.presenters.keys_back import KeysBack

        return KeysBack(self._house, self._keys_came)

    @cached_property
    def kit(self) -> "Kit":
        from client.gui.presenters.kit import Kit

        return Kit(self._house, self._kit_left)

    @cached_property
    def first_file(self) -> "FirstFile":
        from client.gui.presenters.first_file import FirstFile

        return FirstFile(self._house, self.go_home)

    def shown(self) -> None:
        """Asks for what may be old by now."""
        if self.state.page is Page.HOME:
            self._look_soon()

    def go_home(self) -> None:
        self._show(replace(self.state, page=Page.HOME, newcomer=False))
        self.shown()

    def make_kit(self) -> None:
        """A new one; the words are drawn once the keys are unlocked."""
        if self.state.page is Page.HOME and self.state.fingerprint:
            self._show(replace(self.state, page=Page.KIT))
            self.kit.begin()

    def bring_keys(self, intent: "Intent | None" = None) -> None:
        """As whoever has just signed in, unless they have said how."""
        from client.gui.presenters.sign_in import Intent

        if self.state.email:
            self._show(replace(self.state, page=Page.KEYS_BACK))
            self.keys_back.begin(self.state.email, intent or Intent.SIGN_IN)

    def skip_keys(self) -> None:
        """They can be brought later; until then nothing can be opened here."""
        self.keys_back.stop()
        self.go_home()

    def copy_fingerprint(self) -> None:
        self._house.clipboard.copy(self.state.fingerprint, _("The fingerprint"))

    def sign_out(self) -> None:
        """Here in any case; keys and contacts stay."""
        from client.actions.account import sign_out

        if self.state.busy:
            return
        paths, finish = self._house.paths, self._house.parting()

        def work(_job: "Job") -> None:
            finish()
            sign_out(paths)

        self._show(replace(self.state, busy=True))
        self._house.jobs.run(work, done=lambda _nothing: self._signed_out(), failed=self._out_untold)

    def sign_out_everywhere(self) -> None:
        """Every machine, this one last. Only for somebody who was asked whether they mean it."""
        from client.actions.account import sign_out_everywhere

        if self.state.busy:
            return
        try:
            person = self._house.keys.person()
        except ClientError:
            self._signed_out()
            return
        finish = self._house.parting()

        def work(_job: "Job") -> int:
            finish()
            return sign_out_everywhere(person)

        self._show(replace(self.state, busy=True))
        self._house.jobs.run(work, done=self._signed_out_everywhere, failed=self._still_in)

    def close(self) -> None:
        """The window closes: what runs is stopped, a half sign-in taken back."""
        made = vars(self)  # of what was never wanted, nothing runs
        for name in ("sign_in", "keys_back", "first_file"):
            if name in made:
                made[name].stop()
        if "kit" in made:
            self.kit.forget()

    def _begin(self, email: str = "", server: str = "") -> None:
        """`email` and `server` are suggested, where it is known who will sign in again."""
        self._standing = None
        self._show(AccountState(page=Page.SIGN_IN))
        self.sign_in.begin(email, server)

    def _arrived(self, arrived: "Arrived") -> None:
        from client.actions.keys import Standing

        self._standing = arrived.keys
        self._show(AccountState(page=Page.HOME, email=arrived.email, server=arrived.server))
        self._house.bus.tell(SignedIn(arrived.email, arrived.server))
        if arrived.unlocking is not None:
            self._house.keys.unlocked(arrived.unlocking)
        self._look()
        if arrived.keys is Standing.MADE:
            self._show(replace(self.state, page=Page.KIT, newcomer=True))
            self.kit.begin()
        elif arrived.keys is Standing.ELSEWHERE:
            self._show(replace(self.state, page=Page.KEYS_BACK))
            self.keys_back.begin(arrived.email, arrived.intent)
        else:
            if arrived.begun:
                begun = _("A change of your keys was interrupted. Finish it in the settings, under Keys.")
                self._house.notices.say(begun, Tone.WARNING)
            self.go_home()

    def _keys_came(self, new: bool) -> None:
        from client.actions.keys import Standing

        self._standing = Standing.MADE if new else Standing.HERE
        self._look()
        if new:
            self._show(replace(self.state, page=Page.KIT, newcomer=True))
            self.kit.begin()
        else:
            self.go_home()

    def _kit_left(self) -> None:
        if self.state.newcomer:
            self._show(replace(self.state, page=Page.FIRST_FILE))
            self.first_file.begin()
        else:
            self.go_home()

    def _look(self) -> None:
        """What the disk says."""
        self._looks += 1
        if email := self._email():
            self._seen(email, _look_at(self._house.paths, email))

    def _look_soon(self) -> None:
        """The same without holding anybody up; then what the server says."""
        email = self._email()
        if not email:
            return
        self._looks += 1
        look, paths = self._looks, self._house.paths

        def work(_job: "Job") -> _Here:
            import client.actions.person  # noqa: F401  (the usage is asked for next, and this takes time)

            return _look_at(paths, email)

        def seen(here: _Here) -> None:
            if look == self._looks:
                self._seen(email, here)
            self._ask_usage()

        self._house.jobs.run(work, done=seen)

    def _seen(self, email: str, here: "_Here") -> None:
        warning = _warning(self._standing, bool(here.fingerprint))
        if here.damaged:
            warning = _("The keys on this machine are damaged. Bring them back from your recovery kit.")
        self._show(
            replace(
                self.state,
                email=email,
                server=here.server.partition("://")[2],
                fingerprint=here.fingerprint,
                kit=_kit_text(here.kit_made, here.kit_ready) if here.fingerprint else "",
                kit_ready=here.kit_ready,
                warning=warning,
            )
        )

    def _ask_usage(self) -> None:
        try:
            person = self._house.keys.person()
        except ClientError:
            return
        self._house.jobs.run(
            lambda _job: person.api.stats(), done=lambda stats: self._usage(stats.total_files, stats.total_size)
        )

    def _usage(self, files: int, size: int) -> None:
        count = text.ngettext("{count} file", "{count} files", files)
        self._show(replace(self.state, usage=_("{files}, {size}").format(files=count, size=text.size(size))))

    def _signed_out(self) -> None:
        self._house.bus.tell(SignedOut())
        self._house.notices.say(_("You are signed out. Keys and contacts stay on this machine."))

    def _out_untold(self, problem: Problem) -> None:
        """The session is gone here; the server may still believe in it."""
        del problem
        self._house.bus.tell(SignedOut())
        untold = _("You are signed out on this machine. The server could not be told; its session ends by itself.")
        self._house.notices.say(untold, Tone.WARNING)

    def _signed_out_everywhere(self, others: int) -> None:
        self._house.bus.tell(SignedOut())
        said = text.ngettext(
            "You are signed out here and on {count} other machine.",
            "You are signed out here and on {count} other machines.",
            others,
        )
        self._house.notices.say(said, Tone.GOOD)

    def _still_in(self, problem: Problem) -> None:
        self._show(replace(self.state, busy=False))
        self._house.notices.problem(problem)

    def _email(self) -> str:
        session = session_here(self._house.paths)
        return session.email if session else ""

    def open_tab(self, name: str) -> None:
        self._house.bus.tell(OpenTab(name))


@dataclass(frozen=True, slots=True)
class _Here:
    """What this machine has of somebody's."""

    server: str
    fingerprint: str = ""
    kit_made: bool = False
    kit_ready: bool = False
    """Whether its words were checked as well."""
    damaged: bool = False


def _look_at(paths: Paths, email: str) -> _Here:
    from client.actions.recovery_kit import is_unchecked
    from client.local.secrets import nobody_to_ask
    from client.local.session import session_here
    from client.local.vault import Vault
    from shared.crypto.errors import CryptoError
    from shared.crypto.safety import fingerprint
    from shared.sealed.errors import FormatError

    session = session_here(paths)
    server = "" if session is None else session.server
    vault = Vault(paths, nobody_to_ask)
    try:
        if not vault.has(email):
            return _Here(server)
        name, made = fingerprint(vault.card_of(email).signing_key), vault.label(email).kit_ready
        return _Here(server, name, made, made and not is_unchecked(vault, email))
    except (ClientError, CryptoError, FormatError):
        return _Here(server, damaged=True)


def _kit_text(made: bool, checked: bool) -> str:
    if not made:
        return _("There is none: if this machine is lost, so is every file sealed for you.")
    if not checked:
        return _("It was made, but you have not shown yet that you have its words.")
    return _("It is made. Keep it where nobody else comes to it, and not on this machine.")


def _warning(standing: "Standing | None", here: bool) -> str:
    if not here:
        return _("Your keys are not on this machine: what is sealed for you can't be opened here yet.")
    if standing is None:
        return ""
    from client.actions.keys import OTHERS_SEE_OTHER_KEYS, Standing

    match standing:
        case Standing.CHANGED_ELSEWHERE:
            return _("Your keys were changed on another machine: what is sealed for the new ones does not open here.")
        case Standing.NOT_SHOWN:
            return _(
                "The server shows others an older card of yours, or none, and does not take the newest one. Perhaps it "
                "was restored from an old backup: tell whoever runs it, and keep your earlier keys meanwhile."
            )
        case Standing.REPLACED:
            return OTHERS_SEE_OTHER_KEYS
    return ""
