"""Changing keys while files exist: nothing becomes unreadable, nobody has to check anything again."""

import base64
import json
import secrets
import shutil
import stat
import subprocess
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from client.actions.keys import my_published_card
from client.actions.person import Person as Account
from client.actions.rotation import change_keys, finish_change
from client.local.paths import Paths
from client.local.session import Session
from shared.crypto.pem import generate_rsa
from shared.crypto.rsa_oaep import rsa_encrypt
from tests.e2e.conftest import PASSPHRASE, KeyFiles, NewPerson, Person
from tests.e2e.test_two_people import send
from tests.faults.steps import cut_before_in_new_process
from tests.support.cli import Cli
from tests.support.server import LiveServer

ROTATE = ("key", "rotate", "--bits", "2048")
DESTROY = ("key", "rotate", "--destroy-old")


def read(person: Person, file_id: str) -> bytes:
    return person.cli.ok("get", file_id, "-o", "-").out


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *arguments], capture_output=True, timeout=30, check=False)


def shown(person: Person) -> dict[str, object]:
    record = person.cli.ok("key", "show", "--json").json
    assert isinstance(record, dict)
    return record


def account_of(person: Person) -> Account:
    """The same person in this process."""
    return account_in(person.cli.data)


def account_in(data: Path) -> Account:
    """Whoever is signed in with that SEALCASE_HOME."""
    paths = Paths(data)
    session = Session.load(paths)
    assert session is not None
    return Account(paths, session, lambda _prompt, _twice: PASSPHRASE)


def send_old_format(sender: Person, reader: Person, server: LiveServer, content: bytes) -> str:
    """A simple upload, as a script makes it; its id."""
    key, nonce = secrets.token_bytes(32), bytes(12)
    wrapped = rsa_encrypt(account_of(reader).identity.keys.rsa.public_key(), key)
    body = {
        "filename": "old.txt",
        "nonce": base64.b64encode(nonce).decode(),
        "wrapped_key": base64.b64encode(wrapped).decode(),
        "ciphertext": base64.b64encode(AESGCM(key).encrypt(nonce, content, None)).decode(),
        "metadata": "{}",
        "allowed_users": [reader.email],
    }
    token = json.loads((sender.cli.data / "session.json").read_bytes())["token"]
    answer = requests.post(f"{server.url}/upload", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["file_id"])


def test_files_both_ways_open_before_and_after(new_person: NewPerson) -> None:
    """Sent and received; with the old keys, and with the new ones alone. Nobody is told of a changed key."""
    ada, bob = new_person("ada"), new_person("bob")
    sent, received = send(ada, "sent", b"sent", bob.email), send(bob, "received", b"received", ada.email)
    before = shown(ada)
    rotated = ada.cli.ok(*ROTATE)
    assert "2 files wrapped for your new keys" in rotated.err
    after = shown(ada)
    assert after["fingerprint"] == before["fingerprint"]
    assert (before["card"], after["card"], after["earlier_keys"]) == (0, 1, 1)
    assert (read(ada, sent), read(ada, received)) == (b"sent", b"received")

    destroyed = ada.cli.ok(*DESTROY, "--yes")
    assert "0 files on the server" in destroyed.err
    assert shown(ada)["earlier_keys"] == 0
    assert (read(ada, sent), read(ada, received)) == (b"sent", b"received")
    assert f"from {bob.email}, signed by a key you have not checked" in ada.cli.ok("get", received, "-o", "-").err
    assert "sent by you" in ada.cli.ok("get", sent, "-o", "-").err
    later = send(bob, "later", b"later", ada.email)
    assert read(ada, later) == b"later"
    assert read(bob, sent) == b"sent"


@pytest.mark.slow
def test_a_second_change_goes_on_from_the_first(new_person: NewPerson) -> None:
    """What was wrapped again once is wrapped again, and believed, once more."""
    ada, bob = new_person("ada"), new_person("bob")
    received = send(bob, "received", b"received", ada.email)
    for card in (1, 2):
        ada.cli.ok(*ROTATE)
        ada.cli.ok(*DESTROY, "--yes")
        assert shown(ada)["card"] == card
        assert read(ada, received) == b"received"
    assert "0 files wrapped" in ada.cli.ok("key", "rotate", "--resume").err


@pytest.mark.slow
def test_keys_that_files_depend_on_are_not_destroyed(new_person: NewPerson, server: LiveServer) -> None:
    """The old format has no place for a second key; who gives such a file up must say so."""
    ada, bob = new_person("ada"), new_person("bob")
    old = send_old_format(bob, ada, server, b"old")
    assert read(ada, old) == b"old"
    assert "1 file can't be wrapped again" in ada.cli.ok(*ROTATE).err
    assert read(ada, old) == b"old"
    refused = ada.cli(*DESTROY, "--yes")
    assert refused.code == 9
    assert "1 file on the server" in refused.err
    assert read(ada, old) == b"old"
    ada.cli.ok(*DESTROY, "--yes", "--force")
    assert ada.cli("get", old, "-o", "-").code == 6


@pytest.mark.slow
def test_destroying_is_asked_for(new_person: NewPerson) -> None:
    """At a terminal, and no is the answer that costs nothing; elsewhere --yes must be said."""
    ada = new_person("ada")
    ada.cli.ok(*ROTATE)
    assert ada.cli(*DESTROY).code == 1
    with ada.cli.terminal(*DESTROY) as terminal:
        terminal.answer("Destroy the earlier keys? [y/N]:", "")
        assert terminal.end() == 130
    assert shown(ada)["earlier_keys"] == 1
    with ada.cli.terminal(*DESTROY) as terminal:
        terminal.answer("Destroy the earlier keys? [y/N]:", "y")
        assert terminal.end() == 0
    assert shown(ada)["earlier_keys"] == 0


def test_nothing_to_resume_is_said(new_person: NewPerson) -> None:
    result = new_person("ada").cli("key", "rotate", "--resume")
    assert result.code == 4
    assert "never been changed" in result.err


def _change_keys(data: Path) -> None:
    change_keys(account_in(data), partial(generate_rsa, 2048))


def _check_nothing_is_lost(account: Account) -> None:
    """Whatever key others may seal to now opens here, and so does what was sealed before."""
    published = my_published_card(account)
    assert published is not None
    identity = account.vault.unlock(account.email)
    assert published.recipient in {recipient for _, recipient in identity.keys.recipients()}
    assert identity.card.signing_key == published.signing_key


@pytest.mark.slow
@pytest.mark.parametrize("power_cut", [False, True], ids=["killed", "power cut"])
def test_a_change_that_is_cut_short_anywhere_loses_no_key(new_person: NewPerson, power_cut: bool) -> None:
    """Before every step that the disk sees. The next change finishes the one before."""
    ada = new_person("ada")
    received = send(new_person("bob"), "received", b"received", ada.email)
    cut, steps = True, count()
    while cut:
        step, change = next(steps), partial(_change_keys, ada.cli.data)
        cut = cut_before_in_new_process(step, ada.cli.data, change, power_cut=power_cut)
        shutil.rmtree(f"{ada.cli.data}.stash")
        _check_nothing_is_lost(account_of(ada))
    assert step > 10
    finish_change(account_of(ada))
    assert not shown(ada)["change_interrupted"]
    assert "1 file wrapped" in ada.cli.ok("key", "rotate", "--resume").err
    ada.cli.ok(*DESTROY, "--yes")
    assert read(ada, received) == b"received"


@pytest.mark.slow
def test_killed_while_files_are_wrapped_it_goes_on(new_person: NewPerson) -> None:
    """kill -9 as soon as the first file is done; --resume does the rest."""
    ada, bob = new_person("ada"), new_person("bob")
    names = [f"{number}.txt" for number in range(12)]
    for name in names:
        (bob.cli.folder / name).write_text(name)
    ids = bob.cli.ok("send", *names, "--to", ada.email).lines
    with ada.cli.terminal(*ROTATE) as terminal:
        terminal.wait_for(" 1 wrapped again")
        terminal.process.kill()
        terminal.process.wait()
    assert "wrapped for your new keys" in ada.cli.ok("key", "rotate", "--resume").err
    ada.cli.ok(*DESTROY, "--yes")
    assert ada.cli.ok("get", *ids).lines == names


@pytest.mark.slow
def test_two_changes_at_once_take_turns(new_person: NewPerson) -> None:
    """Both succeed, one after the other."""
    ada = new_person("ada")
    both = [ada.cli.start(*ROTATE) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert shown(ada)["card"] == 2
    assert shown(ada)["earlier_keys"] == 2


@pytest.mark.slow
def test_a_machine_without_the_new_keys_says_so(new_person: NewPerson, tmp_path: Path, server: LiveServer) -> None:
    """The keys that were copied there before a change open what is older, and signing in tells what is missing."""
    ada = new_person("ada")
    other = Person(ada.email, Cli(tmp_path / "other" / "work", tmp_path / "other" / "home", ada.cli.settings))
    (other.cli.data / "identities").mkdir(parents=True)
    for path in (ada.cli.data / "identities").glob("*.json"):
        (other.cli.data / "identities" / path.name).write_bytes(path.read_bytes())
    ada.cli.ok(*ROTATE)
    login = ("login", "--server", server.url, "--email", ada.email, "--code", server.request_code(ada.email))
    assert "changed on another device" in other.cli.ok(*login).err
    outdated = other.cli("key", "backup", "--text", "kit.txt")
    assert outdated.code == 9
    assert "not those that the server shows" in outdated.err
    assert not (other.cli.folder / "kit.txt").exists()
    other.cli.ok(*ROTATE)
    assert shown(other)["card"] == 2


@pytest.mark.slow
def test_a_server_from_an_old_backup_locks_nobody_out(new_person: NewPerson, server: LiveServer) -> None:
    """It shows an older card and takes no newer one: said at sign-in, and nothing is lost."""
    ada, bob = new_person("ada"), new_person("bob")
    cards = _cards_of(ada, server)
    ada.cli.ok(*ROTATE)
    ada.cli.ok(*ROTATE)
    for path in sorted(cards.iterdir())[1:]:
        path.unlink()
    code = server.request_code(ada.email)
    assert "old backup" in ada.cli.ok("login", "--server", server.url, "--email", ada.email, "--code", code).err
    assert read(ada, send(bob, "received", b"received", ada.email)) == b"received"


def _cards_of(person: Person, server: LiveServer) -> Path:
    """Where the server keeps them."""
    user_id = account_of(person).session.user_id
    return server.data_dir / "records" / "cards" / user_id[:2] / user_id


@pytest.mark.slow
def test_pem_files_out_and_in(new_person: NewPerson, bob_keys: KeyFiles, bob: Person) -> None:
    """Exported, the RSA key opens with openssl what is sealed to it; imported, a PEM key becomes mine."""
    ada = new_person("ada")
    exported = ada.cli.ok("key", "export", "--out", "pem")
    assert exported.lines == ["pem/private_key.pem", "pem/public_key.pem"]
    private, public = (ada.cli.folder / name for name in exported.lines)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in private.read_bytes()
    assert openssl("pkey", "-in", private, "-passin", f"pass:{PASSPHRASE}", "-pubout").stdout == public.read_bytes()
    assert ada.cli("key", "export", "--out", "pem").code == 1
    ada.cli.ok("key", "export", "--out", "pem", "--no-passphrase", "--force")
    assert openssl("pkey", "-in", private, "-noout").returncode == 0

    received = send(bob, "received", b"received", ada.email)
    assert ada.cli("key", "import", bob_keys.private).code == 1
    imported = ada.cli.ok("key", "import", bob_keys.private, "--yes")
    assert "weakest" in imported.err
    ada.cli.ok("key", "export", "--out", "again", "--no-passphrase")
    assert (ada.cli.folder / "again/public_key.pem").read_bytes() == bob_keys.public.read_bytes()
    assert read(ada, received) == b"received"


@pytest.mark.slow
def test_the_passphrase_changes(new_person: NewPerson) -> None:
    """The new one opens, the old one does not; earlier keys stay at hand."""
    ada = new_person("ada")
    sent = send(ada, "sent", b"sent", ada.email)
    ada.cli.ok(*ROTATE)
    new = ada.cli.folder / "new"
    new.write_text("another one\n")
    ada.cli.ok("key", "passphrase", "--new-file", "new")
    assert ada.cli("get", sent, "-o", "-").code == 6
    changed = Person(ada.email, ada.cli.with_settings(SEALCASE_PASSPHRASE_FILE=str(new)))
    assert read(changed, sent) == b"sent"
