"""How new keys are to be locked: by the system's keyring or by a passphrase. Asked by a job that waits for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from client.gui.jobs import Job, Question
from client.gui.text import _

if TYPE_CHECKING:
    from client.actions.person import Person
    from client.local.vault import Unlocking

LEAST_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class SecretState:
    wanted: bool = False
    """Whether a job waits for it."""
    keyring: bool = False
    """Whether the system's keyring can keep it."""
    error: str = ""


NO_SECRET = SecretState()


@dataclass(frozen=True, slots=True)
class _Keyring:
    """Asks: the keyring, or a passphrase?"""


@dataclass(frozen=True, slots=True)
class _Passphrase:
    """Asks for a new passphrase."""


class Secret:
    """A part of the presenters that make or bring keys; `show` puts its state into theirs."""

    def __init__(self, show: Callable[[SecretState], None]) -> None:
        self._show = show
        self._state = SecretState()
        self._question: Question[object] | None = None
        self._passphrase: str | None = None

    # --- from the job's thread

    def person(self, person: "Person", job: Job) -> "Person":
        """The same person, whose new keys are locked as is answered here."""
        return replace(person, ask=self.asking(job), choose_keyring=self.choosing(job))

    def asking(self, job: Job) -> Callable[[str, bool], str]:
        return lambda _prompt, _twice: job.ask(Question[str](_Passphrase()))

    def choosing(self, job: Job) -> Callable[[], bool]:
        return lambda: job.ask(Question[bool](_Keyring()))

    def unlocking(self, person: "Person") -> "Unlocking":
        """The keys in memory, without asking again for what was just chosen. Raises what unlocking raises."""
        from client.local.secrets import nobody_to_ask
        from client.local.vault import Vault

        passphrase = self._passphrase
        ask = nobody_to_ask if passphrase is None else lambda _prompt, _twice: passphrase
        unlocking = Vault(person.paths, ask).begin_unlocking(person.email)
        unlocking.identity()
        return unlocking

    # --- from the main thread

    def asked(self, question: Question[object]) -> bool:
        """Takes a job's question, if it is one of these."""
        if not isinstance(question.about, _Keyring | _Passphrase):
            return False
        if isinstance(question.about, _Passphrase) and self._passphrase is not None:
            question.answer(self._passphrase)  # typed already, where the keyring was offered, too
            return True
        self._question = question
        self._put(SecretState(wanted=True, keyring=isinstance(question.about, _Keyring)))
        return True

    def use_keyring(self) -> None:
        if self._question is not None and isinstance(self._question.about, _Keyring):
            self._answer(True)

    def use_passphrase(self, first: str, again: str) -> None:
        """Refused where the two differ, or where it is too short."""
        if self._question is None:
            return
        if len(first) < LEAST_CHARACTERS:
            short = _("Take at least {count} characters; four words that have nothing to do with each other are good.")
            self._put(replace(self._state, error=short.format(count=LEAST_CHARACTERS)))
        elif first != again:
            self._put(replace(self._state, error=_("The two are not the same.")))
        else:
            self._passphrase = first
            self._answer(False if isinstance(self._question.about, _Keyring) else first)

    def forget(self) -> None:
        """Once it is over, however."""
        self._passphrase = None
        self._question = None
        self._put(SecretState())

    def _answer(self, value: object) -> None:
        question, self._question = self._question, None
        self._put(SecretState())
        if question is not None:
            question.answer(value)

    def _put(self, state: SecretState) -> None:
        self._state = state
        self._show(state)
