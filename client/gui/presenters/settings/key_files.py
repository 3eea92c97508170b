"""Secrets that go into files: the passphrase of the keys here, and PEM files for other tools."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui.jobs import Job
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.settings.questions import Field, Question, Questions
from client.gui.presenters.settings.room import Room
from client.gui.text import _

if TYPE_CHECKING:
    from client.actions.person import Person
    from client.local.vault import Unlocking

RSA_BITS = ("2048", "3072", "4096")


@dataclass(frozen=True, slots=True)
class KeyFilesState:
    bits: str = "3072"
    """Of a key pair that is to be made."""


class KeyFiles(Room[KeyFilesState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, KeyFilesState())

    def choose_bits(self, bits: str) -> None:
        if bits in RSA_BITS:
            self._show(KeyFilesState(bits))

    def change_passphrase(self) -> None:
        fields = (
            Field("old", _("Passphrase now"), secret=True),
            Field("new", _("New passphrase"), secret=True, hint=_("Several words that nobody would guess.")),
            Field("again", _("New passphrase again"), secret=True),
        )

        def answered(given: Mapping[str, str]) -> None:
            from client.actions.keys import change_passphrase

            if given["new"] != given["again"]:
                self.questions.fail(_("The two new passphrases are not the same. Nothing was changed."))
                return

            def work(person: "Person", _job: Job) -> "Unlocking":
                asked = replace(person, ask=lambda _prompt, _twice: given["old"])
                change_passphrase(asked, lambda: given["new"])
                return replace(person, ask=lambda _prompt, _twice: given["new"]).vault.begin_unlocking(person.email)

            def done(unlocking: "Unlocking") -> None:
                self.questions.close()
                self.house.keys.unlocked(unlocking)
                self.house.notices.say(_("The new passphrase unlocks your keys on this machine."), Tone.GOOD)

            self.ask(work, done, self.fail_question)

        text = _("It unlocks your keys on this machine only. Backups of the old file keep the old passphrase.")
        self.questions.ask(Question(_("Change the passphrase"), text, _("Change"), fields), answered)

    def export_pem(self, folder: str) -> None:
        """Writes my RSA key for other tools. The keys are unlocked first: one dialog at a time."""
        from client.actions.keys import export_rsa

        def write(passphrase: str, done: Callable[[Path], None]) -> None:
            self.ask(
                lambda person, _job: export_rsa(person, Path(folder), passphrase, force=False).private_key,
                done,
                self.fail_question,
                keys=True,
            )

        if folder:
            title = _("Export your RSA key")
            text = _("For other tools. It is not all of your keys: those come back with the recovery kit only.")
            self.house.keys.with_keys(lambda _person: self._write_pair(title, text, write))

    def generate_pem(self, folder: str) -> None:
        """Makes a key pair of its own, which has nothing to do with mine; nobody has to be signed in for it."""
        from client.actions.offline import generate_key_pair

        bits = int(self.state.bits)

        def write(passphrase: str, done: Callable[[Path], None]) -> None:
            self.house.jobs.run(
                lambda _job: generate_key_pair(Path(folder), bits, passphrase, force=False).private_key,
                done=done,
                failed=self.fail_question,
            )

        if folder:
            title = _("Make a key pair of {bits} bits").format(bits=bits)
            text = _("Two PEM files: give away public_key.pem, and never private_key.pem.")
            self._write_pair(title, text, write)

    def _write_pair(self, title: str, text: str, write: Callable[[str, Callable[[Path], None]], None]) -> None:
        fields = (
            Field("new", _("Passphrase of the private key"), secret=True),
            Field("again", _("Passphrase again"), secret=True),
        )

        def answered(given: Mapping[str, str]) -> None:
            if given["new"] != given["again"]:
                self.questions.fail(_("The two passphrases are not the same. Nothing was written."))
            else:
                write(given["new"], done)

        def done(path: Path) -> None:
            self.questions.close()
            self.house.notices.say(_("Saved: {path}").format(path=path), Tone.GOOD)

        self.questions.ask(Question(title, text, _("Save"), fields), answered)
