"""The key log: who lies about keys has to write it down, and who rewrites what was written down is found out."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.adapters.key_log.files import FileKeyLog
from server.adapters.key_log.signing import LogSigner
from server.ports import KeyLog
from shared.crypto.identity import Identity
from shared.sealed.log_entry import ENTRY_BYTES, LogEntry
from tests.e2e.conftest import Person
from tests.e2e.test_hostile_server import _cards, _swap
from tests.support.cli import wait_until
from tests.support.people import sign_up
from tests.support.server import LiveServer, live_server


@dataclass
class Place:
    """A server of one's own, whose disk may be cheated with."""

    server: LiveServer
    folder: Path
    people: int = 0

    def person(self, name: str) -> Person:
        """Somebody with a new home."""
        self.people += 1
        home = self.folder / str(self.people)
        home.mkdir()
        return sign_up(name, self.server, home, f"{name}@example.org")

    @property
    def log_folder(self) -> Path:
        return self.server.data_dir / "key_log"

    @property
    def signer(self) -> LogSigner:
        text = (self.server.data_dir / "secrets" / "key_log_key").read_text(encoding="ascii").strip()
        return LogSigner(hashlib.sha256(text.encode()).digest())

    @property
    def log(self) -> KeyLog:
        """As a server writes it that wants to."""
        return FileKeyLog(self.log_folder, self.signer)

    def entries(self) -> list[LogEntry]:
        raw = self.log.entries(0, 1_000)
        return [LogEntry.parse(raw[at : at + ENTRY_BYTES]) for at in range(0, len(raw), ENTRY_BYTES)]

    def rewrite(self, change: Callable[[list[LogEntry]], list[LogEntry]]) -> None:
        """Another log takes the place of the one on the disk, signed with the same key."""
        wanted, other = change(self.entries()), self.folder / "other log"
        shutil.rmtree(other, ignore_errors=True)
        log = FileKeyLog(other, self.signer)
        for entry in wanted:
            log.append(entry)
        shutil.rmtree(self.log_folder)
        other.rename(self.log_folder)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with live_server(tmp_path / "data", workers=1) as server:
        yield Place(server, tmp_path)


def send(sender: Person, email: str) -> tuple[int, str]:
    """Exit code and what was said; nothing is printed where nothing was sent."""
    (sender.cli.folder / "a").write_text("hello")
    result = sender.cli("send", "a", "--to", email)
    assert bool(result.out) == (result.code == 0)
    return result.code, result.err


def checkpoint_of(person: Person, *options: str | Path) -> str:
    return person.cli.ok("contacts", "audit", *options).out.decode()


def remembered_size(person: Person) -> int:
    logs = json.loads((person.cli.data / "key_logs.json").read_bytes())["logs"]
    return int(next(iter(logs.values()))["checkpoint"].split("\n")[1])


def test_cards_are_logged_and_checkpoints_compared(place: Place) -> None:
    """Two people see one log: an older checkpoint, however quoted, is the beginning of a newer one."""
    ada, bob = place.person("ada"), place.person("bob")
    early = checkpoint_of(ada)
    assert early.split("\n")[0] == place.log.key.origin
    assert early.split("\n")[1] == "2"
    assert send(ada, bob.email)[0] == 0
    bob.cli.ok("key", "rotate", "--bits", "2048")
    assert send(ada, bob.email)[0] == 0  # a card that follows is checked, too
    assert remembered_size(ada) == 3
    found = bob.cli.ok("contacts", "audit", "--checkpoint", early)
    assert "that your friend saw when it had 2 entries" in found.err
    assert "Cards of yours among them: 2." in found.err
    (bob.cli.folder / "mail").write_text("\r\n".join(f"> {line}" for line in early.splitlines()))
    audit = bob.cli.ok("contacts", "audit", "--checkpoint", "mail", "--json").json
    assert isinstance(audit, dict)
    assert (audit["entries"], audit["my_cards"], audit["not_mine"], audit["missing"]) == (3, 2, [], 0)
    assert audit["friends_entries"] == 2
    assert bob.cli.ok("contacts", "audit", "--checkpoint", "-", stdin=early.encode()).code == 0
    assert bob.cli("contacts", "audit", "--checkpoint", early[:-20]).code == 1
    assert bob.cli("contacts", "audit", "--checkpoint", "no such file").code == 1


def test_the_log_tells_no_address(place: Place) -> None:
    """Neither does the disk in that folder, nor what everybody can read: an address is a slow hash."""
    ada = place.person("ada")
    user_id = json.loads((ada.cli.data / "session.json").read_bytes())["user_id"]
    for path in place.log_folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else path.name.encode()
        assert ada.email.encode() not in data
        assert user_id.encode() not in data
        assert hashlib.sha256(ada.email.encode()).digest() not in data


@pytest.mark.slow
def test_a_false_card_stands_in_the_log_for_its_victim_to_find(place: Place) -> None:
    """The server shows bob a key of its own as ada's. It must log it, so ada's audit is loud: exit code 7."""
    ada, bob = place.person("ada"), place.person("bob")
    folder = _cards(place.server, ada.email)
    genuine = (folder / "00000000.json").read_bytes()
    impostor = Identity.create(ada.email, 2048)
    _swap(folder, impostor.card, impostor.card_signature)
    assert send(bob, ada.email)[0] == 0  # a first contact is not checked
    (folder / "00000000.json").write_bytes(genuine)  # and the server hides what it did
    found = ada.cli("contacts", "audit")
    assert found.code == 7
    assert "cards under your address that are not yours (entries 2)" in found.err
    assert bob.cli.ok("contacts", "audit").code == 0  # it is none of his
    assert ada.cli.ok("contacts", "audit", "--accept").code == 0  # if she knows why
    assert ada.cli.ok("contacts", "audit").code == 0


def test_a_card_that_is_not_in_the_log_is_not_sent_to(place: Place) -> None:
    """A server that shows bob's card, and another one to the log: exit code 7, and nothing is remembered of it."""
    ada, bob = place.person("ada"), place.person("bob")
    impostor = Identity.create(bob.email, 2048)
    (entry,) = [each for each in place.entries() if each.tag == LogEntry.of(impostor.card, place.log.key.origin).tag]
    # The index leads from the false card to the entry of the genuine one.
    _swap(_cards(place.server, bob.email), impostor.card, impostor.card_signature)
    lying = place.log_folder / "index" / impostor.card.digest.hex()[:2] / impostor.card.digest.hex()
    lying.parent.mkdir(exist_ok=True)
    genuine = place.log_folder / "index" / entry.digest.hex()[:2] / entry.digest.hex()
    index = int(genuine.read_bytes())
    shutil.copy(genuine, lying)
    content = bytearray((place.log_folder / "entries").read_bytes())
    content[index * ENTRY_BYTES + 32 : (index + 1) * ENTRY_BYTES] = impostor.card.digest
    (place.log_folder / "entries").write_bytes(content)  # beside the hashes, which stay
    code, said = send(ada, bob.email)
    assert code == 7
    assert "not in its key log" in said
    assert ada.cli.ok("contacts", "ls").lines == []
    audit = ada.cli("contacts", "audit")
    assert audit.code == 7
    assert "not those of the checkpoint that it signed" in audit.err


@pytest.mark.slow
def test_a_log_that_goes_back_stops_first_contacts(place: Place) -> None:
    """As does one that was restored from a backup, until somebody says that this is why."""
    ada, bob, carol = place.person("ada"), place.person("bob"), place.person("carol")
    assert send(ada, bob.email)[0] == 0
    place.rewrite(lambda entries: entries[:1])
    code, said = send(ada, carol.email)  # carol's card is logged again, as the second one
    assert code == 7
    assert "went back: it had 3 entries when this machine last looked, and has 2 now" in said
    assert send(ada, bob.email)[0] == 0  # whom she knows needs no log
    (carol.cli.folder / "c").write_text("hello")
    got = ada.cli.ok("get", *carol.cli.ok("send", "c", "--to", ada.email).lines, "--json")
    assert f"from {carol.email}, signed by a key you have not checked" in got.err
    assert "WARNING: whether it is theirs could not be made sure of: the server's key log went back" in got.err
    record = got.json
    assert isinstance(record, list)
    assert "audit --accept" in record[0]["doubt"]
    assert carol.email not in ada.cli.ok("contacts", "ls").out.decode()
    assert ada.cli("contacts", "audit").code == 7
    ada.cli.ok("contacts", "audit", "--accept")
    assert send(ada, carol.email)[0] == 0


@pytest.mark.slow
def test_a_restored_server_that_kept_its_newest_log_alarms_nobody(place: Place) -> None:
    """Older records beside it: whoever has seen the log goes on; who signed up since publishes the same card again."""
    ada = place.person("ada")
    records = place.server.data_dir / "records"
    shutil.copytree(records, place.folder / "backup")
    carol = place.person("carol")
    assert send(ada, carol.email)[0] == 0
    shutil.rmtree(records)
    shutil.copytree(place.folder / "backup", records)
    assert send(ada, place.person("dan").email)[0] == 0
    code = place.server.request_code(carol.email)
    carol.cli.ok("login", "--server", place.server.url, "--email", carol.email, "--code", code)
    assert send(ada, carol.email)[0] == 0
    audit = ada.cli.ok("contacts", "audit", "--json").json
    assert isinstance(audit, dict)
    assert (audit["entries"], audit["not_mine"], audit["missing"]) == (3, [], 0)


@pytest.mark.slow
def test_accepting_a_restored_log_accepts_nothing_else(place: Place) -> None:
    """A false card that came with the backup is told, exit code 7; it takes another word to take that for one's own."""
    ada = place.person("ada")
    place.person("bob")
    assert checkpoint_of(ada)
    false = LogEntry.of(Identity.create(ada.email, 2048).card, place.log.key.origin)
    place.rewrite(lambda entries: [entries[0], false])
    assert "was forked" in ada.cli("contacts", "audit").err
    found = ada.cli("contacts", "audit", "--accept")
    assert found.code == 7
    assert "not yours (entries 1)" in found.err
    assert ada.cli("contacts", "audit").code == 7
    accepted = ada.cli.ok("contacts", "audit", "--accept")
    assert "taken for yours from now on: entries 1." in accepted.err
    assert ada.cli.ok("contacts", "audit").code == 0


@pytest.mark.slow
def test_a_forked_log_is_found_out_by_each_who_has_seen_another(place: Place) -> None:
    """Two logs, signed by one server, each of them good by itself: for ada by what she remembers, and for whoever
    compares checkpoints; exit code 7."""
    ada, bob = place.person("ada"), place.person("bob")
    assert send(ada, bob.email)[0] == 0
    early = checkpoint_of(ada)
    stranger = LogEntry(bytes(32), bytes(32))
    place.rewrite(lambda entries: [stranger, *entries])
    carol = place.person("carol")
    assert send(carol, bob.email)[0] == 0  # who sees nothing but this log
    theirs = checkpoint_of(carol)
    code, said = send(ada, carol.email)
    assert code == 7
    assert "was forked" in said
    forked = carol.cli("contacts", "audit", "--checkpoint", early)
    assert forked.code == 7
    assert "shows the two of you different logs" in forked.err
    assert early != theirs


@pytest.mark.slow
def test_another_logs_key_is_refused(place: Place) -> None:
    """A log under a new name, signed with a new key, is another log, also as that of a friend."""
    ada, bob = place.person("ada"), place.person("bob")
    assert send(ada, bob.email)[0] == 0
    early = checkpoint_of(ada)
    shutil.rmtree(place.log_folder)
    (place.server.data_dir / "secrets" / "key_log_key").unlink()
    with live_server(place.server.data_dir, workers=1) as again:
        moved = Place(again, place.folder, people=10)
        carol = moved.person("carol")
        with ada.at(again.url):  # another address: nothing is known of its log
            assert ada.cli("contacts", "audit", "--checkpoint", early).code == 7
        logs = ada.cli.data / "key_logs.json"
        logs.write_bytes(logs.read_bytes().replace(place.server.url.encode(), again.url.encode()))
        with ada.at(again.url):
            code, said = send(ada, carol.email)
    assert code == 7
    assert "signed with another key" in said


@pytest.mark.slow
def test_a_card_from_before_the_log_is_logged_when_the_server_starts(place: Place) -> None:
    """So is one whose server was killed between publishing and logging; whoever asks before need not wait for it."""
    ada, bob = place.person("ada"), place.person("bob")
    place.rewrite(lambda entries: [])
    assert send(ada, bob.email)[0] == 0  # she had not looked before
    assert remembered_size(ada) == 1
    place.server.kill()
    with live_server(place.server.data_dir, workers=1) as again:
        record = ada.cli.data / "key_logs.json"
        record.write_bytes(record.read_bytes().replace(place.server.url.encode(), again.url.encode()))
        with ada.at(again.url):
            wait_until(lambda: len(place.entries()) == 2, "housekeeping logs ada's own card")
            assert "Cards of yours among them: 1." in ada.cli.ok("contacts", "audit").err


@pytest.mark.slow
def test_a_damaged_memory_is_said(place: Place) -> None:
    ada, bob = place.person("ada"), place.person("bob")
    checkpoint_of(ada)
    path = ada.cli.data / "key_logs.json"
    genuine = path.read_bytes()
    for damaged in (b"", b"{}", genuine.replace(b'"checkpoint":"sealcase', b'"checkpoint":"seal')):
        path.write_bytes(damaged)
        code, said = send(ada, bob.email)
        assert code == 1
        assert "key_logs.json is damaged" in said
    path.write_bytes(genuine)
    assert send(ada, bob.email)[0] == 0
