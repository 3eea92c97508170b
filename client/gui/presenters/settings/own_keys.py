"""The page of my own keys: what they are, how safe from being lost, and changing them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from client.gui.bus import KeysChanged, SignedIn, SignedOut
from client.gui.jobs import Job, Lane
from client.gui.presenters.house import House
from client.gui.presenters.settings.questions import Field, Question, Questions
from client.gui.presenters.settings.room import Room
from client.gui.problem import Problem, problem_of
from client.gui.text import _, date, ngettext

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from client.actions.keys import KeysHere
    from client.actions.person import Person
    from client.actions.wrapping_again import Tally
    from client.local.vault import Unlocking

Result = TypeVar("Result")
RSA_BITS = ("2048", "3072", "4096")


@dataclass(frozen=True, slots=True)
class OwnKeysState:
    loaded: bool = False
    here: bool = False
    """Whether there are keys on this machine."""
    nothing: str = ""
    """Why there are none, for the person."""
    fingerprint: str = ""
    encryption: str = ""
    post_quantum: bool = False
    safety: str = ""
    """Whether what is sealed now stays closed to a future quantum computer, in words."""
    card: str = ""
    kit: str = ""
    has_kit: bool = False
    earlier: str = ""
    has_earlier: bool = False
    interrupted: bool = False
    """Whether a change of keys waits to be continued."""
    busy: bool = False
    progress: str = ""
    """What is being done, and how far it is."""
    result: str = ""
    can_rotate: bool = False
    can_resume: bool = False
    can_destroy: bool = False
    can_cancel: bool = False
    bits: str = "3072"


class OwnKeys(Room[OwnKeysState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, OwnKeysState())
        self._job: Job | None = None
        house.bus.on(KeysChanged, lambda _news: self.shown())
        for kind in (SignedIn, SignedOut):
            house.bus.on(kind, lambda _news: self._forget())

    def shown(self) -> None:
        from client.actions.keys import keys_here

        self.ask(lambda person, _job: keys_here(person), self._loaded, self._none_here)

    def choose_bits(self, bits: str) -> None:
        if bits in RSA_BITS:
            self._show(replace(self.state, bits=bits))

    def copy_fingerprint(self) -> None:
        if self.state.here:
            self.house.clipboard.copy(self.state.fingerprint, _("The fingerprint"))

    def make_kit(self) -> None:
        """The Account tab leads through it: words, page, three of them asked back."""
        self.house.shell.make_kit()

    # --- a change of keys

    def rotate(self) -> None:
        """New encryption keys; I stay who I am."""
        if not self.state.can_rotate:
            return
        bits = int(self.state.bits)

        def answered(_fields: Mapping[str, str]) -> None:
            from shared.crypto.pem import generate_rsa

            self.questions.close()
            self._change(lambda: generate_rsa(bits))

        self.questions.ask(
            Question(
                _("Change your encryption keys?"),
                _(
                    "Others seal to the new keys from then on, and nobody has to check you again. Then the keys of all "
                    "your files are wrapped for the new ones. You can stop that at any time and go on later."
                ),
                _("Change keys"),
            ),
            answered,
        )

    def resume(self) -> None:
        """Finishes a change that was interrupted, and wraps what is not wrapped yet."""
        if not self.state.can_resume:
            return
        from client.actions.rotation import finish_change
        from client.actions.wrapping_again import wrap_files_again

        def work(person: "Person", job: Job) -> "tuple[Tally, Unlocking]":
            identity = finish_change(person)
            return wrap_files_again(person, identity, _teller(job), _waiter(job)), person.vault.begin_unlocking(
                person.email
            )

        self._run(_("Continuing …"), work, self._wrapped)

    def cancel(self) -> None:
        """What is wrapped by then stays so; the rest can be continued."""
        if self._job is not None:
            self._job.cancel()

    def destroy_earlier(self) -> None:
        """First it is counted what would be lost by it."""
        if not self.state.can_destroy:
            return
        from client.actions.rotation import finish_change
        from client.actions.wrapping_again import files_on_earlier_keys

        def work(person: "Person", job: Job) -> "Tally":
            return files_on_earlier_keys(person, finish_change(person), _teller(job))

        self._run(_("Counting the files that depend on the earlier keys …"), work, self._counted)

    def _counted(self, tally: "Tally") -> None:
        self._idle()

        def answered(_fields: Mapping[str, str]) -> None:
            from client.actions.rotation import destroy_earlier_keys, finish_change

            self.questions.close()

            def work(person: "Person", _job: Job) -> None:
                destroy_earlier_keys(person, finish_change(person))

            def done(_none: None) -> None:
                self._idle(_("The earlier keys are destroyed here and in the recovery copy. Backups may hold them."))
                self.house.keys.changed()

            self._run(_("Destroying the earlier keys …"), work, done)

        files = ngettext("{count} file on the server", "{count} files on the server", tally.earlier)
        lost = _("Nobody can open {files} any more then, nor what you keep elsewhere that is sealed for them alone.")
        self.questions.ask(
            Question(
                _("Destroy the earlier keys?"),
                lost.format(files=files),
                _("Destroy them"),
                danger=True,
            ),
            answered,
        )

    def import_pem(self, path: str) -> None:
        """Makes the RSA key of a PEM file that of my identity: a change of keys like any other."""
        if not path or not self.state.can_rotate:
            return

        def answered(fields: Mapping[str, str]) -> None:
            secret = fields.get("passphrase", "")

            def work(_job: Job) -> "RSAPrivateKey":
                return _rsa_of(Path(path), secret)

            def done(key: "RSAPrivateKey") -> None:
                self.questions.close()
                self._change(lambda: key)

            self.house.jobs.run(work, done=done, failed=self.fail_question)

        from client.errors import ClientError
        from client.local.inputs import read_small
        from shared.crypto.pem import MAX_PEM_BYTES, is_encrypted_pem

        try:
            encrypted = is_encrypted_pem(read_small(Path(path), MAX_PEM_BYTES, "a private key"))
        except ClientError as error:
            self.house.notices.problem(problem_of(error))
            return
        warning = _("A key that other programs use as well is as safe as the weakest of them; a fresh one is better.")
        fields = (Field("passphrase", _("Passphrase of the file"), secret=True),) if encrypted else ()
        self.questions.ask(Question(_("Use this key all the same?"), warning, _("Use it"), fields), answered)

    # --- ends

    def _change(self, draw: "Callable[[], RSAPrivateKey]") -> None:
        from client.actions.rotation import change_keys
        from client.actions.wrapping_again import wrap_files_again

        def work(person: "Person", job: Job) -> "tuple[Tally, Unlocking]":
            identity = change_keys(person, draw)
            job.report(_("Your keys are changed. Wrapping your files …"), latest="progress")
            return wrap_files_again(person, identity, _teller(job), _waiter(job)), person.vault.begin_unlocking(
                person.email
            )

        self._run(_("Making new keys …"), work, self._wrapped)

    def _run(self, said: str, work: "Callable[[Person, Job], Result]", done: "Callable[[Result], None]") -> None:
        self._show(
            replace(
                self.state,
                busy=True,
                progress=said,
                result="",
                can_rotate=False,
                can_resume=False,
                can_destroy=False,
                can_cancel=True,
            )
        )

        def failed(problem: Problem) -> None:
            self._idle()
            self.say(problem)
            self.house.keys.changed()

        def stopped() -> None:
            self._idle(_("Stopped. What is wrapped stays so; the rest can be continued."))
            self.house.keys.changed()

        self.ask(
            work,
            done,
            failed,
            keys=True,
            lane=Lane.PATIENT,
            heard=lambda event: self._show(replace(self.state, progress=str(event))),
            refused=stopped,
            started=self._started,
        )

    def _started(self, job: Job) -> None:
        self._job = job

    def _wrapped(self, answer: "tuple[Tally, Unlocking]") -> None:
        tally, unlocking = answer
        wrapped = ngettext("{count} file wrapped", "{count} files wrapped", tally.wrapped)
        looked = ngettext("{count} looked at", "{count} looked at", tally.looked_at)
        parts = [_("Your keys are changed."), f"{wrapped}, {looked}."]
        if tally.earlier:
            parts.append(
                ngettext(
                    "{count} file can't be wrapped again; the earlier keys open it.",
                    "{count} files can't be wrapped again; the earlier keys open them.",
                    tally.earlier,
                )
            )
        if tally.closed:
            parts.append(
                ngettext(
                    "{count} file opens with none of your keys.",
                    "{count} files open with none of your keys.",
                    tally.closed,
                )
            )
        self._idle(" ".join(parts))
        self.house.keys.changed()
        self.house.keys.unlocked(unlocking)

    def _idle(self, result: str = "") -> None:
        self._job = None
        self._show(replace(self.state, busy=False, progress="", result=result, can_cancel=False))
        self._flags()

    def _loaded(self, here: "KeysHere") -> None:
        from shared.crypto.safety import fingerprint

        card = here.card
        strong = card.mlkem_key is not None
        earlier = ngettext(
            "{count} earlier pair of keys is kept for reading.",
            "{count} earlier pairs of keys are kept for reading.",
            here.earlier,
        )
        self._show(
            replace(
                self.state,
                loaded=True,
                here=True,
                nothing="",
                fingerprint=fingerprint(card.signing_key),
                encryption=f"RSA {here.rsa_bits} + ML-KEM-768" if strong else f"RSA {here.rsa_bits}",
                post_quantum=strong,
                safety=_("What is sealed for you stays closed to future quantum computers.")
                if strong
                else _("What is sealed for you may be opened by future quantum computers. Change your keys."),
                card=_("Number {number}, of {when}").format(number=card.sequence + 1, when=date(card.created_at)),
                kit=_("There is a recovery kit. Make a new one if you no longer have it; the old one ends then.")
                if here.kit_ready
                else _("There is none: if this machine is lost, so is every file sealed for you."),
                has_kit=here.kit_ready,
                earlier=earlier if here.earlier else "",
                has_earlier=here.earlier > 0,
                interrupted=here.begun,
            )
        )
        self._flags()

    def _flags(self) -> None:
        free = self.state.here and not self.state.busy
        self._show(
            replace(
                self.state,
                can_rotate=free,
                can_resume=free and (self.state.interrupted or self.state.has_earlier),
                can_destroy=free and self.state.has_earlier,
            )
        )

    def _none_here(self, problem: Problem) -> None:
        self._show(OwnKeysState(loaded=True, nothing=problem.sentence, bits=self.state.bits))

    def _forget(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._show(OwnKeysState(bits=self.state.bits))


def _teller(job: Job) -> "Callable[[Tally], None]":
    """Raises `Stopped` in the job once it was cancelled."""

    def tell(tally: "Tally") -> None:
        looked = ngettext("{count} file looked at", "{count} files looked at", tally.looked_at)
        wrapped = ngettext("{count} wrapped", "{count} wrapped", tally.wrapped)
        job.report(f"{looked}, {wrapped}", latest="progress")

    return tell


def _waiter(job: Job) -> "Callable[[str, float], None]":
    def wait(_reason: str, _seconds: float) -> None:
        job.report(_("Waiting for the network. It goes on by itself."), latest="progress")

    return wait


def _rsa_of(path: Path, passphrase: str) -> "RSAPrivateKey":
    """Raises `BadKey`, `WrongPassphrase`, `FileProblem`."""
    from client.local.inputs import read_small
    from shared.crypto.pem import MAX_PEM_BYTES, load_private_pem

    raw = read_small(path, MAX_PEM_BYTES, "a private key")
    return load_private_pem(raw, passphrase.encode("utf-8") if passphrase else None).rsa
