"""The frame around the tabs: who is signed in, which tab is open, and the reminders that stand."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from client.errors import ClientError
from client.gui.bus import Bus, KeysChanged, MakeKit, OpenTab, SignedIn, SignedOut
from client.gui.jobs import Jobs
from client.gui.presenters.base import Presenter
from client.gui.presenters.connection import Connection, ConnectionState
from client.gui.presenters.keys import Keys, KeysState
from client.local.paths import Paths
from client.local.secrets import nobody_to_ask

if TYPE_CHECKING:
    from client.local.session import Session

ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class ShellState:
    tab: str = ACCOUNT
    email: str = ""
    """Empty where nobody is signed in."""
    server: str = ""
    offline: bool = False
    trying: bool = False
    no_kit: bool = False
    """Whether there are keys here of which no recovery kit was made: a reminder that stands until there is one."""
    kit_unchecked: bool = False
    """Whether there is one, but its owner has not shown that they have the words."""
    can_lock: bool = False
    reminds: bool = True
    """Not while the person is just making a kit."""

    @property
    def signed_in(self) -> bool:
        return bool(self.email)


class Shell(Presenter[ShellState]):
    def __init__(self, paths: Paths, jobs: Jobs, bus: Bus, keys: Keys, connection: Connection) -> None:
        super().__init__(ShellState())
        self._paths = paths
        self._jobs = jobs
        self._looks = 0
        self._bus = bus
        self._connection = connection
        bus.on(SignedIn, lambda _news: self.look_again())
        bus.on(SignedOut, lambda _news: self.look_again())
        bus.on(KeysChanged, lambda _news: self.look_again())
        bus.on(OpenTab, lambda news: self.open(news.name))
        connection.watch(self._connected)
        keys.watch(self._keys_are)

    def open(self, tab: str) -> None:
        self._show(replace(self.state, tab=tab))

    def make_kit(self) -> None:
        """From the reminder: the Account tab leads through it."""
        self._bus.tell(OpenTab(ACCOUNT))
        self._bus.tell(MakeKit())

    def remind(self, on: bool) -> None:
        """Off while a kit is being made."""
        self._show(replace(self.state, reminds=on))

    def try_now(self) -> None:
        self._connection.try_now()

    def look_first(self) -> None:
        """At the start: who is signed in at once; for the kit, more has to be read than the window can wait for."""
        session = self._who()
        if session is not None:
            self._looks += 1
            look, email = self._looks, session.email

            def seen(kit: tuple[bool, bool]) -> None:
                if look == self._looks:
                    self._seen(*kit)

            self._jobs.run(lambda _job: _kit(self._paths, email), done=seen)

    def look_again(self) -> None:
        """Who is signed in, and whether a kit is missing, as the disk says."""
        self._looks += 1
        session = self._who()
        if session is None:
            self._seen(missing=False, unchecked=False)
        else:
            self._seen(*_kit(self._paths, session.email))

    def _who(self) -> "Session | None":
        from client.local.session import session_here

        session = session_here(self._paths)
        email, server = ("", "") if session is None else (session.email, session.server)
        self._show(replace(self.state, email=email, server=server))
        return session

    def _seen(self, missing: bool, unchecked: bool) -> None:
        self._show(replace(self.state, no_kit=missing, kit_unchecked=unchecked))

    def _connected(self, state: ConnectionState) -> None:
        self._show(replace(self.state, offline=state.offline, trying=state.trying))

    def _keys_are(self, state: KeysState) -> None:
        self._show(replace(self.state, can_lock=state.can_lock))


def _kit(paths: Paths, email: str) -> tuple[bool, bool]:
    """Whether none was made, and whether the one that was made was never checked."""
    from client.actions.recovery_kit import is_unchecked
    from client.local.vault import Vault
    from shared.crypto.errors import CryptoError
    from shared.sealed.errors import FormatError

    vault = Vault(paths, nobody_to_ask)
    try:
        if not vault.has(email):
            return False, False
        return not vault.label(email).kit_ready, is_unchecked(vault, email)
    except (ClientError, CryptoError, FormatError):  # whatever is wrong is said where the keys are used
        return False, False
