"""A server that lies: its owner edits records and bodies on its disk. Clients notice, and write nothing."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.crypto.identity import Identity, sign_card
from shared.sealed.card import Card, encode_card
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.geometry import MIB
from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_two_people import send
from tests.support.cli import tree
from tests.support.files import contents_below
from tests.support.server import LiveServer

pytestmark = pytest.mark.slow

Record = dict[str, Any]


def _file(server: LiveServer, pattern: str) -> Path:
    (found,) = server.data_dir.rglob(pattern)
    return found


def _edit(path: Path, change: Callable[[Record], object]) -> None:
    record = json.loads(path.read_bytes())
    change(record)
    path.write_text(json.dumps(record))


def _body(server: LiveServer, file_id: str) -> Path:
    return next(path for path in server.data_dir.rglob(file_id) if path.parent.parent.name == "blobs")


def _refused(person: Person, file_id: str, code: int) -> str:
    before = tree(person.cli.folder)
    result = person.cli("get", file_id)
    assert result.code == code, result.err
    assert not result.out
    assert tree(person.cli.folder) == before
    return result.err


def test_altered_ciphertext(ada: Person, bob: Person, server: LiveServer) -> None:
    """Exit code 6 after a few tries, for the altered part could have been the network's fault."""
    file_id = send(ada, "a", b"hello" * 1_000, bob.email)
    body = _body(server, file_id)
    data = bytearray(body.read_bytes())
    data[100] ^= 1
    body.write_bytes(data)
    assert "not the one that the sender sealed" in _refused(bob, file_id, 6)


def _flip(record: Record, key: str, place: int = 40) -> None:
    raw = bytearray(unb64u(record[key], key))
    raw[place % len(raw)] ^= 1
    record[key] = b64u(bytes(raw))


def _manifest(record: Record, change: Callable[[Record], object]) -> None:
    manifest = json.loads(unb64u(record["manifest"], "manifest"))
    change(manifest)
    record["manifest"] = b64u(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode())


def _each_grant(record: Record, change: Callable[[Record], object]) -> None:
    for grant in record["grants"]:
        change(grant)


ALTERED: dict[str, Callable[[Record], object]] = {
    "metadata": lambda record: _manifest(record, lambda manifest: _flip(manifest, "metadata")),
    "date": lambda record: _manifest(record, lambda manifest: manifest.update(created_at=1)),
    "commitment": lambda record: _manifest(record, lambda manifest: _flip(manifest, "key_commitment")),
    "sender": lambda record: _manifest(record, lambda manifest: _flip(manifest, "sender")),
    "no sender": lambda record: _manifest(record, lambda manifest: manifest.update(sender=None)),
    "unknown key": lambda record: _manifest(record, lambda manifest: manifest.update(extra=1)),
    "hashes": lambda record: _flip(record, "part_hashes"),
    "wrapped key": lambda record: _each_grant(record, lambda grant: _flip(grant, "wrapped_key", 1_200)),
    "signature": lambda record: _each_grant(record, lambda grant: _flip(grant, "signature")),
    "no signature": lambda record: _each_grant(record, lambda grant: grant.update(signature=None)),
    "no grants": lambda record: record.update(grants=[]),
    "another type": lambda record: _each_grant(record, lambda grant: grant.update(type="link")),
}


@pytest.mark.parametrize("altered", ALTERED)
def test_altered_records(ada: Person, bob: Person, server: LiveServer, altered: str) -> None:
    """Whatever of a file's records is changed: exit code 6 (or 8, where the server itself can't read it any more)."""
    file_id = send(ada, "a", b"hello", bob.email)
    record = _file(server, f"{file_id}.json")
    genuine = record.read_bytes()
    _edit(record, ALTERED[altered])
    result = bob.cli("get", file_id)
    record.write_bytes(genuine)  # others list their files, too
    assert result.code == (8 if altered == "another type" else 6), result.err
    assert not result.out
    assert tree(bob.cli.folder) == set()


def test_an_altered_file_does_not_break_the_listing(new_person: NewPerson, bob: Person, server: LiveServer) -> None:
    """`ls` shows it as one that our keys do not open, and the others as ever."""
    ada = new_person("ada")
    good, bad = (send(ada, name, b"hello", bob.email) for name in ("good.txt", "bad.txt"))
    _edit(_file(server, f"{bad}.json"), ALTERED["metadata"])
    table = ada.cli.ok("ls", "--long").lines
    assert "good.txt" in next(line for line in table if good in line)
    assert "does not open" in next(line for line in table if bad in line)


def test_another_file_under_this_id(ada: Person, bob: Person, server: LiveServer) -> None:
    """A whole other file, honestly sealed by the same sender, is still not the one that was asked for."""
    wanted, other = (send(ada, name, b"hello", bob.email) for name in ("wanted", "other"))
    record = _file(server, f"{wanted}.json")
    answer = json.loads(_file(server, f"{other}.json").read_bytes())
    _edit(record, lambda old: old.update(answer))
    assert "another file" in _refused(bob, wanted, 8)
    _edit(record, lambda old: old.update(file_id=wanted))
    assert "another file" in _refused(bob, wanted, 8)


def test_an_expired_file(ada: Person, bob: Person, server: LiveServer) -> None:
    """Exit code 5, for the owner and the recipient."""
    file_id = send(ada, "a", b"hello", bob.email, options=("--expires", "1h"))
    _edit(_file(server, f"{file_id}.json"), lambda record: record.update(expires_at=1_000_000_000))
    assert "expired" in _refused(bob, file_id, 5)
    assert ada.cli("get", file_id).code == 5


def _cards(server: LiveServer, email: str) -> Path:
    """The folder of somebody's published cards."""
    for path in server.data_dir.rglob("cards/*/*/00000000.json"):
        if Card.parse(unb64u(json.loads(path.read_bytes())["card"], "card")).email == email:
            return path.parent
    raise AssertionError(f"{email} has no card")


def _swap(folder: Path, card: Card, signature: bytes, sequence: int = 0) -> None:
    record = json.loads((folder / "00000000.json").read_bytes())
    record |= {"card": b64u(card.raw), "signature": b64u(signature), "sequence": sequence}
    (folder / f"{sequence:08d}.json").write_text(json.dumps(record))


def test_a_swapped_card_is_not_sent_to(new_person: NewPerson, server: LiveServer) -> None:
    """The server shows another key for somebody we know: exit code 7, nothing was sent, and what to do."""
    ada, bob = new_person("ada"), new_person("bob")
    file_id = send(ada, "a", b"hello", bob.email)
    impostor = Identity.create(bob.email, 2048)
    _swap(_cards(server, bob.email), impostor.card, impostor.card_signature)
    result = ada.cli("send", "a", "--to", bob.email)
    assert result.code == 7
    assert not result.out
    assert "is not the one you knew" in result.err
    assert "in person" in result.err
    assert ada.cli.ok("ls").lines == [file_id]


def test_a_card_that_its_key_did_not_sign(new_person: NewPerson, ada: Person, server: LiveServer) -> None:
    """Exit code 6: such a card is nobody's."""
    bob = new_person("bob")
    impostor = Identity.create(bob.email, 2048)
    _swap(_cards(server, bob.email), impostor.card, bytes(64))
    (ada.cli.folder / "a").write_text("hello")
    result = ada.cli("send", "a", "--to", bob.email)
    assert result.code == 6
    assert "not signed by its own key" in result.err


def test_somebody_elses_card(new_person: NewPerson, ada: Person, server: LiveServer) -> None:
    """A genuine card, but of another person: exit code 7."""
    bob, eve = new_person("bob"), new_person("eve")
    theirs, hers = _cards(server, bob.email), _cards(server, eve.email)
    for path in hers.iterdir():
        shutil.copy(path, theirs / path.name)
    (ada.cli.folder / "a").write_text("hello")
    result = ada.cli("send", "a", "--to", bob.email)
    assert result.code == 7
    assert eve.email in result.err


def test_a_card_that_was_rolled_back(ada: Person, server: LiveServer) -> None:
    """Once we have seen a person's second card, the first one is refused: exit code 7."""
    email = "rolled@example.org"
    server.sign_in(email)
    identity = Identity.create(email, 2048)
    answer = server.sign_in(email)
    _publish(server, answer["token"], identity.card, identity.card_signature)
    second = encode_card(
        email=email,
        signing_key=identity.card.signing_key,
        rsa_key=identity.card.rsa_key,
        mlkem_key=identity.card.mlkem_key,
        sequence=1,
        previous=identity.card.digest,
        created_at=2_000_000_000,
    )
    _publish(server, answer["token"], second, sign_card(second, identity.signing_key))
    send(ada, "a", b"hello", email)
    (_cards(server, email) / "00000001.json").unlink()
    result = ada.cli("send", "a", "--to", email)
    assert result.code == 7
    assert "does not follow the one you knew" in result.err


def _publish(server: LiveServer, token: str, card: Card, signature: bytes) -> None:
    answer = requests.put(
        f"{server.url}/cards/me",
        json={"card": b64u(card.raw), "signature": b64u(signature)},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    answer.raise_for_status()


def test_a_senders_key_that_changed_is_said_in_words(new_person: NewPerson, server: LiveServer) -> None:
    """A file signed by another key than the one we knew arrives, with a warning that nobody overlooks."""
    ada, bob = new_person("ada"), new_person("bob")
    (bob.cli.folder / "b").write_text("hello")
    bob.cli.ok("send", "b", "--to", ada.email)  # bob now knows ada's key
    file_id = send(ada, "a", b"hello", bob.email)
    contacts = bob.cli.data / "contacts.json"
    impostor = Identity.create(ada.email, 2048)
    _edit(contacts, lambda pins: pins["contacts"][ada.email].update(signing_key=b64u(impostor.card.signing_key)))
    got = bob.cli.ok("get", file_id, "--json")
    assert "signed, but that key changed" in got.err
    record = got.json
    assert isinstance(record, list)
    assert record[0]["sender"] == "signed, but that key changed"


@pytest.mark.parametrize("options", [(), ("--downloads", "2")], ids=["", "limited"])
def test_a_body_that_is_cut_short(ada: Person, bob: Person, server: LiveServer, options: tuple[str, ...]) -> None:
    """Said at once, not waited for; the parts that had arrived are no file either. What to do stands beside it."""
    file_id = send(ada, "a", os.urandom(20 * MIB), bob.email, options=("--no-compress", *options))
    body = _body(server, file_id)
    os.truncate(body, body.stat().st_size - 1)
    said = _refused(bob, file_id, 6)
    assert "copy of this file is damaged" in said
    assert "Nothing was saved. Ask its sender to send it again, and tell whoever runs the server" in said
    told = [line for line in server.lines if file_id in line and "lost bytes" in line]
    assert 1 <= len(told) <= 2  # once by each worker that was asked
    found = json.loads(ada.cli.ok("show", file_id, "--json").out)
    assert found["downloads"] == 0


def test_a_body_that_is_missing(ada: Person, bob: Person, server: LiveServer) -> None:
    file_id = send(ada, "a", b"hello", bob.email)
    _body(server, file_id).unlink()
    assert "copy of this file is damaged" in _refused(bob, file_id, 6)


def test_nothing_on_the_servers_disk_tells_name_or_content(ada: Person, bob: Person, server: LiveServer) -> None:
    """Neither the plaintext nor the name is anywhere in its data folder."""
    marker = b"marker-content-5c1e" * 20
    send(ada, "marker-name-5c1e.txt", marker, bob.email)
    for path, content in contents_below(server.data_dir):
        assert b"marker-content-5c1e" not in content, path
        assert b"marker-name-5c1e" not in content, path
