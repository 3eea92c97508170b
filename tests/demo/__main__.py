"""Two people sign up, one sends three files, the other receives them; then all that the server keeps is searched.

`SIZE_MB` sets the size of the largest file (default 300), `STORAGE` where the server keeps files: local, s3, ipfs.
Ends with exit code 1 if anything does not hold.
"""

import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from shared.crypto import vault_file
from tests.demo.leaks import search, slices_of
from tests.demo.storage import Storage, storage
from tests.support.memory import PeakOf, run_measured
from tests.support.server import LiveServer, live_server

TEXT = "The patient agreed to the operation on the 14th of March; see the appendix, page 3.\n" * 40
_STEP = 1 << 20


@dataclass(frozen=True)
class Demonstrator:
    """One of the two people: a folder of their own, and the command line."""

    name: str
    folder: Path
    passphrase: str

    @property
    def email(self) -> str:
        return f"{self.name}@example.org"

    def sealcase(self, *arguments: str) -> tuple[str, int]:
        """Runs a command; returns what it printed and its peak memory in bytes. A failing command ends the demo."""
        command = [str(Path(sys.executable).with_name("sealcase")), *arguments]
        output, peak = run_measured(command, env=self._environment(), cwd=self.folder)
        return output, peak

    def _environment(self) -> dict[str, str]:
        secret = self.folder / "passphrase"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(self.passphrase)
        return {
            "PATH": os.environ["PATH"],
            "SEALCASE_HOME": str(self.folder / "home"),
            "SEALCASE_PASSPHRASE_FILE": str(secret),
            "SEALCASE_KEYRING": "off",
        }

    def secrets(self) -> dict[str, bytes]:
        """Private keys and passphrase, as bytes to look for."""
        (path,) = (self.folder / "home" / "identities").glob("*.json")
        identity = vault_file.unlock(path.read_bytes(), self.passphrase)
        rsa = identity.keys.rsa.private_numbers()
        numbers = {"RSA d": rsa.d, "RSA p": rsa.p, "RSA q": rsa.q}
        found = {
            f"{self.name}'s {what}": value.to_bytes((value.bit_length() + 7) // 8) for what, value in numbers.items()
        }
        found[f"{self.name}'s signing key"] = identity.signing_key.private_bytes_raw()
        if identity.keys.mlkem is not None:
            found[f"{self.name}'s ML-KEM seed"] = identity.keys.mlkem.private_bytes_raw()
        found[f"{self.name}'s passphrase"] = self.passphrase.encode()
        return found


def main() -> None:
    size_mb = int(os.environ.get("SIZE_MB") or 300)
    with tempfile.TemporaryDirectory(prefix="sealcase-demo-") as name:
        folder = Path(name)
        with (
            storage(os.environ.get("STORAGE") or "local", folder / "storage") as store,
            live_server(folder / "server", workers=2, **store.settings) as server,
        ):
            say(f"A server of its own at {server.url}, its data in {folder / 'server'}, its files in {store.what}")
            problems = demonstrate(folder, server, store, size_mb)
    if problems:
        say("\nFAILED:\n" + "\n".join(problems))
        raise SystemExit(1)
    say("\nAll of it held.")


def demonstrate(folder: Path, server: LiveServer, store: Storage, size_mb: int) -> list[str]:
    """The whole tour; returns what did not hold."""
    alice, bob = (sign_up(folder, server, name) for name in ("alice", "bob"))
    files = make_files(alice.folder / "confidential", size_mb)
    sizes = sum(path.stat().st_size for path in files)

    with PeakOf(server.memory) as server_peak:
        started = time.perf_counter()
        output, send_peak = alice.sealcase("send", *map(str, files), "--to", bob.email)
        sending = time.perf_counter() - started
        file_ids = output.split()
        inbox = bob.folder / "inbox"
        inbox.mkdir()
        started = time.perf_counter()
        _, get_peak = bob.sealcase("get", *file_ids, "-o", str(inbox))
        receiving = time.perf_counter() - started
    say(f"alice sent {len(file_ids)} files:    {_mb(sizes) / sending:7.0f} MB/s, peak memory {_mb(send_peak):4.0f} MB")
    say(f"bob received them:       {_mb(sizes) / receiving:7.0f} MB/s, peak memory {_mb(get_peak):4.0f} MB")
    say(f"the server, all its processes:         peak memory {_mb(server_peak.bytes):4.0f} MB")

    problems = []
    for path in files:
        same = digest(path) == digest(inbox / path.name)
        say(f"{path.name}: {path.stat().st_size:,} bytes, SHA-256 {'agrees' if same else 'DIFFERS'}")
        problems += [] if same else [f"{path.name} arrived altered"]
    store.show()
    problems += _where_it_should_be(folder, store, sizes)
    return problems + look_for_secrets(folder, server, store, (alice, bob), files)


def _where_it_should_be(folder: Path, store: Storage, sizes: int) -> list[str]:
    """A search through a storage that holds nothing would prove nothing."""
    local = store.settings["storage"] == "local"
    here, there = folder / "server" / "blobs", store.folder
    if local:
        return [] if _bytes_in(here) >= sizes else ["the server's disk does not hold what was sent"]
    say(f"{_mb(_bytes_in(there)):.0f} MB lie in {store.what}, {_bytes_in(here)} bytes of files on the server's disk")
    problems = [] if _bytes_in(there) >= sizes else ["the storage does not hold what was sent"]
    return problems + (["bytes of files stayed on the server's disk"] if _bytes_in(here) else [])


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def look_for_secrets(
    folder: Path, server: LiveServer, store: Storage, people: tuple[Demonstrator, ...], files: list[Path]
) -> list[str]:
    """Searches the server's disk, its log and its storage; first shows that the search finds what is there."""
    needles = {f"the name {path.name}": path.name.encode() for path in files}
    for path in files:
        needles |= slices_of(path)
    private = {name: value for person in people for name, value in person.secrets().items()}
    blind = _missed_in_the_open(folder / "control", files, private, needles)
    (folder / "server" / "log-of-this-demo").write_text("\n".join(server.lines))
    places = [folder / "server", store.folder]
    found = [line for place in places for line in search(place, needles | private)]
    count = sum(1 for place in places for path in place.rglob("*") if path.is_file())
    say(
        f"Searched {count} files of the server and its storage for {len(needles)} pieces of content and names and "
        f"{len(private)} secrets, each as bytes, hex and base64: {f'FOUND {len(found)}' if found else 'found none'}"
    )
    return found + blind


def _missed_in_the_open(
    control: Path, files: list[Path], private: dict[str, bytes], needles: dict[str, bytes]
) -> list[str]:
    """What the search misses where everything lies open: a search that can't find would prove nothing."""
    control.mkdir()
    for path in files:
        (control / path.name).symlink_to(path)
    (control / "keys").write_bytes(b"\n".join(value.hex().encode() for value in private.values()))
    found = {line.rsplit(": in ", 1)[0] for line in search(control, needles | private)}
    return [f"the search is blind for {name}" for name in (needles | private) if name not in found]


def sign_up(folder: Path, server: LiveServer, name: str) -> Demonstrator:
    person = Demonstrator(name, folder / name, secrets.token_urlsafe(16))
    person.folder.mkdir()
    person.sealcase(
        "login", "--server", server.url, "--email", person.email, "--code", server.request_code(person.email)
    )
    say(f"{person.email} signed up; keys made on their own machine")
    return person


def make_files(folder: Path, size_mb: int) -> list[Path]:
    """A text, an empty file, and random bytes."""
    folder.mkdir()
    text, empty, large = folder / "consent-form.txt", folder / "nothing-yet.dat", folder / "surgery-video.mp4"
    text.write_text(TEXT)
    empty.touch()
    with large.open("wb") as file:
        for _ in range(size_mb):
            file.write(os.urandom(_STEP))
    return [text, empty, large]


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def say(text: str) -> None:
    print(text, flush=True)


def _mb(size: float) -> float:
    return size / 1e6


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        say(f"\nFAILED: {' '.join(map(str, error.cmd[1:3]))} ended with code {error.returncode}:\n{error.stderr}")
        raise SystemExit(1) from None
