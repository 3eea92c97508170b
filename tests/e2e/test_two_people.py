"""Two people, one server: what one sends, the other gets; nobody else does."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import PASSPHRASE, KeyFiles, NewPerson, Person
from tests.support.cli import Cli, tree
from tests.support.server import LiveServer

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def send(sender: Person, name: str, data: bytes, *to: str | Path, options: tuple[str, ...] = ()) -> str:
    """Sends a new file; its id."""
    (sender.cli.folder / name).write_bytes(data)
    recipients = [argument for each in to for argument in ("--to", each)]
    result = sender.cli.ok("send", name, *recipients, *options)
    (file_id,) = result.lines
    assert UUID.fullmatch(file_id)
    return file_id


CONTENTS = {
    "empty.bin": b"",
    "note.txt": b"hello\n",
    "text.log": b"all work and no play makes Jack a dull boy\n" * 300_000,
    "random.bin": os.urandom(20_000_000),
}


def test_files_of_every_kind_arrive(new_person: NewPerson, bob: Person) -> None:
    """Several files in one command: an id a line; the other side gets all of them into a folder, byte for byte."""
    ada = new_person("ada")
    for name, data in CONTENTS.items():
        (ada.cli.folder / name).write_bytes(data)
    sent = ada.cli.ok("send", *CONTENTS, "--to", bob.email)
    assert len(sent.lines) == len(CONTENTS)
    assert "new, not checked" in sent.err
    (bob.cli.folder / "inbox").mkdir()
    got = bob.cli.ok("get", *sent.lines, "-o", "inbox")
    assert got.lines == [f"inbox/{name}" for name in CONTENTS]
    for name, data in CONTENTS.items():
        assert (bob.cli.folder / "inbox" / name).read_bytes() == data
    assert got.err.count(f"from {ada.email}, signed by a key you have not checked") == len(CONTENTS)
    assert tree(bob.cli.folder) == {f"inbox/{name}" for name in CONTENTS}


@pytest.mark.slow
def test_get_by_name_into_file_and_to_stdout(ada: Person, bob: Person) -> None:
    """By default under its own name, never over another file; -o FILE and -o - as everywhere."""
    file_id = send(ada, "note.txt", b"hello", bob.email)
    assert bob.cli.ok("get", file_id).lines == ["note.txt"]
    again = bob.cli("get", file_id)
    assert again.code == 1
    assert "--force" in again.err
    assert bob.cli.ok("get", file_id, "--force").lines == ["note.txt"]
    assert bob.cli.ok("get", file_id, "-o", "other.txt").lines == ["other.txt"]
    assert bob.cli.ok("get", file_id, "-o", "-").out == b"hello"
    assert bob.cli.ok("get", file_id.upper(), "-o", "-").out == b"hello"
    assert (bob.cli.folder / "other.txt").read_bytes() == b"hello"


def test_a_pipe_is_sent_as_it_flows(ada: Person, bob: Person) -> None:
    """`send - --name`: any length, under the name that the sender chose."""
    data = os.urandom(3_000_000)
    result = ada.cli.ok("send", "-", "--name", "stream.bin", "--to", bob.email, stdin=data)
    assert bob.cli.ok("get", *result.lines).lines == ["stream.bin"]
    assert (bob.cli.folder / "stream.bin").read_bytes() == data


def test_the_sender_reads_their_own_file(ada: Person, bob: Person) -> None:
    file_id = send(ada, "note.txt", b"hello", bob.email)
    got = ada.cli.ok("get", file_id, "-o", "-")
    assert got.out == b"hello"
    assert "sent by you" in got.err


@pytest.mark.slow
def test_listings(new_person: NewPerson) -> None:
    """Ids in a pipe, newest first; names and sizes for people and as JSON; each side sees its own."""
    ada, bob = new_person("ada"), new_person("bob")
    first = send(ada, "first.txt", b"1", bob.email)
    second = send(ada, "second.txt", b"22", bob.email)
    assert ada.cli.ok("ls").lines == [second, first]
    assert bob.cli.ok("ls").lines == []
    assert bob.cli.ok("ls", "--received").lines == [second, first]
    table = bob.cli.ok("ls", "--received", "--long").lines
    assert all(part in table[0] for part in (second, "2 B", "until", ada.email, "second.txt"))
    records = bob.cli.ok("ls", "--received", "--json").json
    assert isinstance(records, list)
    assert [record["name"] for record in records] == ["second.txt", "first.txt"]
    assert [record["size"] for record in records] == [2, 1]
    assert {record["from"] for record in records} == {ada.email}
    with ada.cli.terminal("ls") as terminal:
        assert terminal.end() == 0
    assert "second.txt" in terminal.shown
    assert "0 downloads" in terminal.shown


def test_empty_listings_say_so(new_person: NewPerson) -> None:
    """An empty table has a word for people; scripts get nothing, and `[]` as JSON."""
    ada = new_person("ada")
    assert ada.cli.ok("ls").out == b""
    assert ada.cli.ok("ls", "--json").json == []
    table = ada.cli.ok("ls", "--long", "--received")
    assert table.out == b""
    assert "Nobody has sent you a file yet" in table.err


def test_json_of_send_get_and_whoami(ada: Person, bob: Person, server: LiveServer) -> None:
    """--json prints one document on stdout and nothing else there."""
    (ada.cli.folder / "a.txt").write_text("hello")
    sent = ada.cli.ok("send", "a.txt", "--to", bob.email, "--json").json
    assert isinstance(sent, list)
    assert sent[0]["name"] == "a.txt"
    assert sent[0]["size"] == 5
    assert sent[0]["to"] == [bob.email]
    got = bob.cli.ok("get", sent[0]["file_id"], "--json").json
    assert isinstance(got, list)
    assert got[0] | {"file_id": "", "sender_fingerprint": ""} == {
        "file_id": "",
        "path": "a.txt",
        "name": "a.txt",
        "size": 5,
        "from": ada.email,
        "doubt": None,
        "note": None,
        "sender": "signed by a key you have not checked",
        "sender_fingerprint": "",
    }
    me = ada.cli.ok("whoami", "--json").json
    assert isinstance(me, dict)
    assert me["email"] == ada.email
    assert me["server"] == server.url
    assert me["fingerprint"] == got[0]["sender_fingerprint"]
    assert ada.cli.ok("whoami").lines == [f"{ada.email} at {server.url}"]


@pytest.mark.slow
def test_a_removed_file_is_gone_for_everybody(ada: Person, bob: Person) -> None:
    """`rm` prints the id; afterwards it is not found, exit code 4. Only the owner may."""
    file_id = send(ada, "a", b"hello", bob.email)
    refused = bob.cli("rm", file_id)
    assert refused.code == 9
    assert "Only the owner" in refused.err
    assert ada.cli.ok("rm", file_id).lines == [file_id]
    for person in (ada, bob):
        result = person.cli("get", file_id)
        assert result.code == 4
    assert ada.cli("rm", file_id).code == 4
    assert file_id not in ada.cli.ok("ls").lines
    assert tree(bob.cli.folder) == set()


def test_one_failure_does_not_stop_the_others(ada: Person, bob: Person) -> None:
    """Of several files and ids the good ones are done; the exit code tells that not all were."""
    (ada.cli.folder / "a").write_text("hello")
    sent = ada.cli("send", "none", "a", "--to", bob.email)
    assert sent.code == 1
    assert "there is no file none" in sent.err
    (file_id,) = sent.lines
    (bob.cli.folder / "in").mkdir()
    got = bob.cli("get", "11111111-1111-4111-8111-111111111111", file_id, "-o", "in")
    assert got.code == 4
    assert got.lines == ["in/a"]
    removed = ada.cli("rm", "nonsense", file_id)
    assert removed.code == 4
    assert removed.lines == [file_id]


@pytest.mark.parametrize("file_id", ["nonsense", "../health", "../cards/me", "x?role=all", "%2e%2e/health", "-"])
def test_what_is_no_id_is_not_found(ada: Person, file_id: str) -> None:
    """Whatever is given for an id, it never becomes another address on the server."""
    for command in ("get", "rm"):
        result = ada.cli(command, "--", file_id)
        assert result.code == 4
        assert "not the id of a file" in result.err


def test_a_stranger_learns_nothing(ada: Person, bob: Person, new_person: NewPerson) -> None:
    """Exit code 4, the same words as for a file that never was."""
    file_id = send(ada, "a", b"hello", bob.email)
    eve = new_person("eve")
    stranger = eve.cli("get", file_id)
    nothing = eve.cli("get", "11111111-1111-4111-8111-111111111111")
    assert stranger.code == nothing.code == 4
    assert stranger.err.split(": ", 2)[2] == nothing.err.split(": ", 2)[2]
    assert eve.cli.ok("ls", "--received").lines == []


def test_somebody_without_an_account_is_not_found(ada: Person) -> None:
    """Exit code 4, before anything is sent; the message names the other way."""
    (ada.cli.folder / "a").write_text("hello")
    before = ada.cli.ok("ls").lines
    result = ada.cli("send", "a", "--to", "nobody@example.org")
    assert result.code == 4
    assert "nobody@example.org has no account" in result.err
    assert ada.cli.ok("ls").lines == before


def test_a_mistyped_address_is_said(ada: Person) -> None:
    (ada.cli.folder / "a").write_text("hello")
    result = ada.cli("send", "a", "--to", "not an address@")
    assert result.code == 1
    assert "is not an email address" in result.err


def test_a_key_file_as_recipient(ada: Person, bob: Person, bob_keys: KeyFiles) -> None:
    """Sealed for a PEM key too: its holder opens with --key what the server lets them fetch."""
    file_id = send(ada, "a", b"hello", bob.email, bob_keys.public)
    assert bob.cli.ok("get", file_id, "--key", bob_keys.private, "-o", "-").out == b"hello"
    assert ada.cli("get", file_id, "--key", ada.cli.folder / "a").code == 6


def test_a_protected_key_file_needs_no_other_passphrase(ada: Person, bob: Person) -> None:
    """With --key, the identity stays locked: only the PEM file's passphrase is asked for."""
    other = bob.cli.folder / "other"
    other.write_text("another passphrase\n")
    scripted = bob.cli.with_settings(SEALCASE_PASSPHRASE_FILE=str(other))
    scripted.ok("keygen", "--bits", "2048", "--out", "keys")
    file_id = send(ada, "a", b"hello", bob.email, bob.cli.folder / "keys/public_key.pem")
    assert scripted.ok("get", file_id, "--key", "keys/private_key.pem", "-o", "-").out == b"hello"


def test_a_key_that_opens_nothing_of_this(ada: Person, bob: Person, bob_keys: KeyFiles) -> None:
    file_id = send(ada, "a", b"hello", bob.email)
    result = bob.cli("get", file_id, "--key", bob_keys.private)
    assert result.code == 6
    assert "this key does not open the file" in result.err
    assert tree(bob.cli.folder) == set()


def test_the_identity_works_offline(ada: Person, bob_keys: KeyFiles) -> None:
    """--to-self and --sign use the vault; `open` without --key does, too."""
    cli = ada.cli
    (cli.folder / "a").write_text("hello")
    cli.ok("seal", "a", "--to-self", "--to", bob_keys.public, "--sign")
    mine = cli.ok("open", "a.sealed", "-o", "b")
    assert "Sender: you" in mine.err
    theirs = cli.ok("open", "a.sealed", "--key", bob_keys.private, "-o", "c")
    assert "signed by a key you have not checked" in theirs.err
    record = cli.ok("inspect", "a.sealed", "--json").json
    assert isinstance(record, dict)
    assert {grant["type"] for grant in record["grants"]} == {"rsa-oaep-256", "mlkem768-rsa-oaep-256"}
    assert all(grant["signed"] for grant in record["grants"])


def test_a_signature_that_was_cut_out_is_noticed(ada: Person, bob_keys: KeyFiles) -> None:
    """A signed file can't be turned into an unsigned one."""
    cli = ada.cli
    (cli.folder / "a").write_text("hello")
    cli.ok("seal", "a", "--to", bob_keys.public, "--sign")
    data = (cli.folder / "a.sealed").read_bytes()
    tail_length = int.from_bytes(data[-16:-8], "big")
    start = len(data) - 24 - tail_length
    record = json.loads(data[start:-24])
    record["grants"][0]["signature"] = None
    tail = json.dumps(record, separators=(",", ":")).encode()
    (cli.folder / "a.sealed").write_bytes(
        data[:start] + tail + data[-24:-16] + len(tail).to_bytes(8, "big") + data[-8:]
    )
    result = cli("open", "a.sealed", "--key", bob_keys.private, "-o", "b")
    assert result.code == 6
    assert "signature was removed" in result.err


def test_bars_while_sending_and_getting(ada: Person, bob: Person) -> None:
    """Both sides see name, share and rate at a terminal, and the id on stdout all the same."""
    (ada.cli.folder / "film.bin").write_bytes(CONTENTS["random.bin"])
    with ada.cli.terminal("send", "film.bin", "--to", bob.email, stdout=subprocess.PIPE) as terminal:
        assert terminal.process.stdout is not None
        assert terminal.end() == 0
        file_id = terminal.process.stdout.read().decode().strip()
    assert "Sending film.bin" in terminal.shown
    assert "20.0 MB of 20.0 MB" in terminal.shown
    with bob.cli.terminal("get", file_id) as terminal:
        assert terminal.end() == 0
    assert "Receiving film.bin" in terminal.shown
    assert "20.0 MB of 20.0 MB" in terminal.shown


def test_a_file_for_several_people(ada: Person, bob: Person, new_person: NewPerson) -> None:
    carol = new_person("carol")
    file_id = send(ada, "a", b"hello", bob.email, carol.email, bob.email.upper())
    for person in (bob, carol):
        assert person.cli.ok("get", file_id, "-o", "-").out == b"hello"


def test_the_vaults_passphrase_is_asked_for(ada: Person) -> None:
    """Without a passphrase file, the identity is unlocked at the terminal."""
    (ada.cli.folder / "a").write_text("hello")
    ada.cli.ok("seal", "a", "--to-self")
    bare = Cli(ada.cli.folder, ada.cli.home)
    with bare.terminal("open", "a.sealed", "-o", "b") as terminal:
        terminal.answer(f"Passphrase for the keys of {ada.email}:", PASSPHRASE)
        assert terminal.end() == 0
    with bare.terminal("open", "a.sealed", "-o", "c") as terminal:
        terminal.answer(f"Passphrase for the keys of {ada.email}:", "wrong")
        assert terminal.end() == 6
    assert "does not open this identity" in terminal.shown
    assert bare("open", "a.sealed", "-o", "d").code == 1
