"""The keys of whoever is signed in: locked or in memory; asked for once, forgotten after a while without input."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from client.errors import ClientError, NeedsInput
from client.gui.bus import Bus, KeysChanged, Locked, SettingsChanged, SignedOut, Unlocked
from client.gui.jobs import Cancel, Jobs, Scheduler
from client.gui.presenters.base import Openings, Presenter
from client.gui.problem import FINE, Failure, Kind, Problem, problem_of
from client.gui.text import _
from client.local.paths import Paths
from client.local.settings import Settings

if TYPE_CHECKING:
    from client.actions.person import Person
    from client.api.throttle import Throttle
    from client.local.vault import Unlocking


@dataclass(frozen=True, slots=True)
class KeysState:
    """`asking` is when the dialog for the passphrase is open."""

    unlocked: bool = False
    asking: bool = False
    working: bool = False
    """Whether a passphrase is being tried."""
    email: str = ""
    error: Failure = FINE
    can_lock: bool = False


@dataclass(slots=True)
class _Wanted:
    """What waits for the keys."""

    call: "Callable[[Person], None]"
    refused: Callable[[], None] | None


class Keys(Presenter[KeysState]):
    """Gives others a `Person`, whose keys are unlocked where that is needed."""

    def __init__(
        self,
        paths: Paths,
        settings: Callable[[], Settings],
        jobs: Jobs,
        scheduler: Scheduler,
        bus: Bus,
        throttle: "Throttle | None" = None,
    ) -> None:
        """`throttle`: what holds back the transfers of everybody whom it gives."""
        super().__init__(KeysState())
        self._paths = paths
        self._settings = settings
        self._jobs = jobs
        self._scheduler = scheduler
        self._bus = bus
        self._throttle = throttle
        self._person: Person | None = None
        self._unlocking: Unlocking | None = None
        self._wanted: list[_Wanted] = []
        self._openings = Openings()
        """Of the dialog, and of whose keys these are."""
        self._last_input = scheduler.now()
        self._timer: Cancel | None = None
        bus.on(SignedOut, lambda _news: self.forget())
        bus.on(SettingsChanged, lambda _news: self._watch_idleness())

    def person(self) -> "Person":
        """Whoever is signed in, for what needs no keys. Raises `NotSignedIn`.

        If something needs keys after all and they are locked, it raises `NeedsInput`: ask `with_keys` instead.
        """
        from client.actions.person import Person
        from client.local.secrets import nobody_to_ask
        from client.local.session import require_session, session_here

        session = session_here(self._paths)
        if self._person is None or session is None or not session.continues(self._person.session):
            self._person = Person(
                self._paths, require_session(self._paths), nobody_to_ask, self._unlocking, self._throttle
            )
        return self._person

    def with_keys(self, call: "Callable[[Person], None]", refused: Callable[[], None] | None = None) -> None:
        """Calls with a person whose keys are in memory, at once or once the passphrase was given.

        `refused` is called where the person closes the dialog, or there are no keys; then it was said why.
        """
        try:
            person = self.person()
        except ClientError as error:
            self._refuse(problem_of(error), refused)
            return
        if self._unlocking is not None:
            call(person)
            return
        self._wanted.append(_Wanted(call, refused))
        if not self.state.asking and not self.state.working:
            self._try(person.email, None)

    def try_passphrase(self, passphrase: str) -> None:
        """What was typed into the dialog."""
        if self.state.asking and not self.state.working and passphrase:
            self._try(self.state.email, passphrase)

    def close_dialog(self) -> None:
        """Nobody wants to unlock now; whoever waited for it is told."""
        self._openings.anew()
        wanted, self._wanted = self._wanted, []
        self._show(replace(self.state, asking=False, working=False, error=FINE))
        for each in wanted:
            if each.refused is not None:
                each.refused()

    def unlocked(self, unlocking: "Unlocking") -> None:
        """Keys that were just made or brought here, so that nobody is asked for what they have just chosen."""
        self._keep(unlocking)

    def connect_anew(self) -> None:
        """From now on with new connections, as after a change of whose certificates are believed."""
        self._person = None

    def lock(self) -> None:
        """Forgets the keys; transfers that have begun go on."""
        if self._unlocking is None:
            return
        self.forget()
        self._bus.tell(Locked())

    def forget(self) -> None:
        self._unlocking = None
        self._person = None
        if self._timer is not None:
            self._timer()
            self._timer = None
        self.close_dialog()
        self._show(KeysState())
        self._scheduler.after(0, _collect)  # once everybody has heard of it

    def touched(self) -> None:
        """A key was pressed, or the mouse moved."""
        self._last_input = self._scheduler.now()

    def changed(self) -> None:
        """The keys on this machine are others now: those in memory are of no use."""
        self.forget()
        self._bus.tell(KeysChanged())

    def _try(self, email: str, passphrase: str | None) -> None:
        self._show(replace(self.state, working=True, error=FINE, email=email))
        only = self._openings.only
        self._jobs.run(
            lambda _job: _unlock(self._paths, email, passphrase), done=only(self._keep), failed=only(self._failed)
        )

    def _keep(self, unlocking: "Unlocking") -> None:
        self._openings.anew()
        self._unlocking = unlocking
        self._person = None
        self._last_input = self._scheduler.now()
        self._show(KeysState(unlocked=True, email=unlocking.email, can_lock=True))
        self._watch_idleness()
        self._bus.tell(Unlocked())
        wanted, self._wanted = self._wanted, []
        for each in wanted:
            self.with_keys(each.call, each.refused)

    def _failed(self, problem: Problem) -> None:
        if problem.code == NeedsInput.__name__:
            self._show(replace(self.state, asking=True, working=False))
        elif problem.kind is Kind.PASSPHRASE and self.state.asking:
            self._show(replace(self.state, working=False, error=Failure(_("That is not the passphrase. Try again."))))
        else:
            self._show(replace(self.state, asking=True, working=False, error=problem.failure_and_safety))

    def _refuse(self, problem: Problem, refused: Callable[[], None] | None) -> None:
        self._show(replace(self.state, error=problem.failure))
        if refused is not None:
            refused()

    def _watch_idleness(self) -> None:
        """Looks again when the time would be over if nothing were pressed from now on."""
        if self._timer is not None:
            self._timer()
            self._timer = None
        minutes = self._settings().auto_lock_minutes
        if self._unlocking is None or not minutes:
            return
        left = self._last_input + minutes * 60 - self._scheduler.now()
        if left <= 0:
            self.lock()
        else:
            self._timer = self._scheduler.after(left, self._watch_idleness)


def _collect() -> None:
    """A person holds itself through its tokens: its keys go now, not some day."""
    gc.collect()


def _unlock(paths: Paths, email: str, passphrase: str | None) -> "Unlocking":
    """Raises `NeedsInput` where a passphrase is needed and was not given, `WrongPassphrase`."""
    from client.local.secrets import nobody_to_ask
    from client.local.vault import Vault

    vault = Vault(paths, nobody_to_ask)
    unlocking = vault.begin_unlocking(email) if passphrase is None else vault.begin_unlocking_with(email, passphrase)
    unlocking.identity()
    return unlocking
