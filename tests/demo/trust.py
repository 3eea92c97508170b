"""`make demo-trust`: two people who never see a key, and what happens when one is changed, lost and brought back.

Sign-up, verify, send; a key that changes is blocked, and verified again; keys are rotated; a machine is lost, and
everything opens on an empty one from 24 words. Real processes, a server of its own. Ends with exit code 1 if anything
does not hold.
"""

import re
import secrets
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.cli import Cli, Result
from tests.support.server import LiveServer, live_server

_LETTER = b"Dear Bob, the keys are under the third flower pot. Alice\n"
_SHOWN_LINES = 4
_WORD = re.compile(r"\d+\. ([a-z]+)")


class DoesNotHold(Exception):
    """Something that this tour shows is not so."""


@dataclass
class Traveller:
    """One of the two people, at the machine that they have right now."""

    name: str
    folder: Path
    server: LiveServer
    machine: int = 0

    @property
    def email(self) -> str:
        return f"{self.name}@example.org"

    @property
    def cli(self) -> Cli:
        here = self.folder / f"machine-{self.machine}"
        secret = self.folder / "passphrase"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_urlsafe(16))
        return Cli(here / "work", here / "home", {"SEALCASE_PASSPHRASE_FILE": str(secret)})

    def sealcase(self, *arguments: str, code: int = 0, says: str = "") -> Result:
        """Runs a command and shows it. Raises `DoesNotHold` unless it ends with `code` and `says` that."""
        result = self.cli(*arguments)
        shown = " ".join(argument if len(argument) < 40 else f"{argument[:12]}..." for argument in arguments)
        say(f"   {self.name}$ sealcase {shown}")
        lines = [*result.lines, *result.err.splitlines()]
        for line in lines[:_SHOWN_LINES]:
            say(f"      {line}")
        if len(lines) > _SHOWN_LINES:
            say(f"      ... ({len(lines) - _SHOWN_LINES} more lines)")
        if result.code != code:
            raise DoesNotHold(f"`sealcase {shown}` ended with code {result.code}, not {code}: {result.err}")
        if says not in result.err + result.out.decode("utf-8", "replace"):
            raise DoesNotHold(f"`sealcase {shown}` did not say {says!r}: {result.err}")
        return result

    def sign_in(self) -> None:
        code = self.server.request_code(self.email)
        self.sealcase("login", "--server", self.server.url, "--email", self.email, "--code", code)

    def loses_the_machine(self) -> None:
        """All that was on it is gone; the next one is empty."""
        shutil.rmtree(self.cli.folder.parent)
        self.machine += 1

    def sends(self, name: str, data: bytes, to: "Traveller") -> str:
        (self.cli.folder / name).write_bytes(data)
        (file_id,) = self.sealcase("send", name, "--to", to.email).lines
        return file_id

    def opens(self, file_id: str, data: bytes, says: str = "") -> None:
        result = self.sealcase("get", file_id, "-o", f"{file_id[:8]}.txt", "--force", says=says)
        if (self.cli.folder / result.lines[0]).read_bytes() != data:
            raise DoesNotHold(f"{file_id} arrived altered")

    def safety_number(self, other: "Traveller") -> str:
        return " ".join(self.sealcase("contacts", "verify", other.email).lines)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sealcase-trust-") as name:
        folder = Path(name)
        with live_server(folder / "server") as server:
            alice, bob = Traveller("alice", folder / "alice", server), Traveller("bob", folder / "bob", server)
            for person in (alice, bob):
                person.folder.mkdir()
            tour(alice, bob)
    say("\nAll of it held.")


def tour(alice: Traveller, bob: Traveller) -> None:
    """The whole way. Raises `DoesNotHold`."""
    chapter("Sign-up: keys are made on each machine, and nobody has to look at one")
    alice.sign_in()
    bob.sign_in()

    chapter("Verify: both see the same 60 digits, and compare them on the telephone")
    verify_each_other(alice, bob)

    chapter("Send")
    first = alice.sends("letter.txt", _LETTER, bob)
    bob.opens(first, _LETTER, says=f"from {alice.email}, verified")

    chapter("Bob loses his machine and has no recovery kit: he begins anew, with other keys")
    bob.loses_the_machine()
    bob.sign_in()
    bob.sealcase("key", "new", "--yes")
    bob.sealcase("get", first, code=6)

    chapter("Block: to Alice's machine, that could be anybody")
    (alice.cli.folder / "second.txt").write_bytes(_LETTER)
    alice.sealcase("send", "second.txt", "--to", bob.email, code=7, says="is not the one you knew")
    changed = bob.sends("hello.txt", b"It is me, Bob!\n", alice)
    alice.opens(changed, b"It is me, Bob!\n", says="signed, but that key changed")

    chapter("Verify again: he calls, the numbers agree, and she shares once more what he can't open any longer")
    verify_each_other(alice, bob)
    alice.opens(changed, b"It is me, Bob!\n", says=f"from {bob.email}, verified")
    alice.sealcase("share", first, "--to", bob.email)
    bob.opens(first, _LETTER, says=f"from {alice.email}, verified")

    chapter("Rotate: now with a kit of 24 words; then new encryption keys, of which nobody has to be told")
    bob.sealcase("key", "backup", "--text", "kit.txt")
    words = " ".join(_WORD.findall((bob.cli.folder / "kit.txt").read_text()))
    bob.sealcase("key", "rotate")
    second = alice.sends("second.txt", _LETTER * 2, bob)
    for file_id, data in ((first, _LETTER), (second, _LETTER * 2)):
        bob.opens(file_id, data, says=f"from {alice.email}, verified")

    chapter("Restore: the machine is lost again. An empty one, and the words alone")
    bob.loses_the_machine()
    bob.sign_in()
    bob.sealcase("get", first, code=4)
    kit = bob.cli.folder / "words"
    kit.touch(mode=0o600)
    kit.write_text(words)
    bob.sealcase("key", "restore", "--words-file", "words")

    chapter("Open everything, and go on: to Alice, he is who he was")
    for file_id, data in ((first, _LETTER), (second, _LETTER * 2)):
        bob.opens(file_id, data, says=f"from {alice.email}, verified")
    bob.opens(changed, b"It is me, Bob!\n")
    last = bob.sends("last.txt", _LETTER, alice)
    alice.opens(last, _LETTER, says=f"from {bob.email}, verified")


def verify_each_other(alice: Traveller, bob: Traveller) -> None:
    """Each types in what the other reads out."""
    hers, his = alice.safety_number(bob), bob.safety_number(alice)
    if hers != his:
        raise DoesNotHold(f"the safety numbers differ: {hers} and {his}")
    alice.sealcase("contacts", "verify", bob.email, "--number", his, says="is verified")
    bob.sealcase("contacts", "verify", alice.email, "--number", hers, says="is verified")


def chapter(title: str) -> None:
    say(f"\n{title}")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    try:
        main()
    except (DoesNotHold, AssertionError) as error:
        say(f"\nFAILED: {error}")
        sys.exit(1)
