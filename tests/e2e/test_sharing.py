"""Who gets a file changes after it was sent: recipients come, without a new upload, and go."""

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import KeyFiles, NewPerson, Person
from tests.e2e.test_two_people import send
from tests.support.server import LiveServer


def shown(person: Person, file_id: str) -> dict[str, object]:
    record = person.cli.ok("show", file_id, "--json").json
    assert isinstance(record, dict)
    return record


def uploads(server: LiveServer) -> set[str]:
    """Where bodies lie, and when each was written."""
    return {f"{path} {path.stat().st_mtime_ns}" for path in server.data_dir.rglob("blobs/*/*") if path.is_file()}


def test_a_recipient_is_added_and_removed(
    ada: Person, bob: Person, new_person: NewPerson, bob_keys: KeyFiles, server: LiveServer
) -> None:
    """Three people: carol gets the very same body later; bob gets it no more; a key file opens it, too."""
    carol = new_person("carol")
    file_id = send(ada, "report.txt", b"the report", bob.email)
    assert carol.cli("get", file_id).code == 4
    before = uploads(server)
    shared = ada.cli.ok("share", file_id, "--to", carol.email, "--to", bob_keys.public)
    assert shared.lines == [file_id]
    assert f"{carol.email} can open report.txt now" in shared.err
    assert uploads(server) == before
    got = carol.cli.ok("get", file_id, "-o", "-")
    assert got.out == b"the report"
    assert f"from {ada.email}, signed by a key you have not checked" in got.err
    assert carol.cli.ok("get", file_id, "-o", "-", "--key", bob_keys.private).out == b"the report"
    assert bob.cli.ok("get", file_id, "-o", "-").out == b"the report"

    removed = ada.cli.ok("share", file_id, "--remove", bob.email.upper())
    assert "can't be called back" in removed.err
    assert bob.cli("get", file_id).code == 4
    assert carol.cli.ok("get", file_id, "-o", "-").out == b"the report"
    again = ada.cli("share", file_id, "--remove", bob.email)
    assert again.code == 4
    assert "can't get this file anyway" in again.err
    ada.cli.ok("share", file_id, "--to", bob.email)
    ada.cli.ok("share", file_id, "--to", bob.email)  # twice is once
    assert bob.cli.ok("get", file_id, "-o", "-").out == b"the report"


def test_a_group_gets_a_file(ada: Person, bob: Person, new_person: NewPerson) -> None:
    """--to @NAME in send and share; each member once; a group that is not there stops before anything is sent."""
    carol = new_person("carol")
    ada.cli.ok("contacts", "group", "crew", "--add", bob.email, "--add", carol.email)
    (ada.cli.folder / "a").write_text("hello")
    sent = ada.cli.ok("send", "a", "--to", "@crew", "--to", bob.email, "--json").json
    assert isinstance(sent, list)
    assert sorted(sent[0]["to"]) == sorted([bob.email, carol.email])
    for person in (bob, carol):
        assert person.cli.ok("get", sent[0]["file_id"], "-o", "-").out == b"hello"
    assert ada.cli("send", "a", "--to", "@none").code == 4


def test_only_the_sender_shares(ada: Person, bob: Person) -> None:
    """A recipient has the key, but not the say: exit code 9, and nothing changes."""
    file_id = send(ada, "a", b"hello", bob.email)
    refused = bob.cli("share", file_id, "--to", ada.email)
    assert refused.code == 9
    assert "only who sent a file" in refused.err
    assert ada.cli("share", file_id, "--remove", ada.email).code == 1
    assert ada.cli("share", file_id).code == 2
    assert ada.cli("share", "nonsense", "--to", bob.email).code == 4


def test_what_the_server_passes_off_as_mine_is_not_shared(ada: Person, bob: Person, server: LiveServer) -> None:
    """The server says that bob's file is ada's own: she would sign it for others. Exit code 6, no grant is made."""
    file_id = send(bob, "a", b"hello", ada.email)
    (path,) = server.data_dir.rglob(f"{file_id}.json")
    genuine = path.read_bytes()
    record = json.loads(genuine)
    me = ada.cli.ok("whoami", "--json").json
    assert isinstance(me, dict)
    record["owner_id"] = me["user_id"]
    altered = json.dumps(record)
    path.write_text(altered)
    result = ada.cli("share", file_id, "--to", bob.email)
    assert result.code == 6
    assert "not signed with your key" in result.err
    assert json.loads(path.read_text())["grants"] == record["grants"]
    path.write_bytes(genuine)


def test_a_folder_is_shared_whole(ada: Person, bob: Person, new_person: NewPerson) -> None:
    """Its list and all its files; and all of them are taken away again."""
    carol = new_person("carol")
    folder = ada.cli.folder / "trip"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"file {number}")
    (file_id,) = ada.cli.ok("send", "trip", "--to", bob.email).lines
    ada.cli.ok("share", file_id, "--to", carol.email)
    carol.cli.ok("get", file_id)
    assert {path.name for path in (carol.cli.folder / "trip").iterdir()} == {"0.txt", "1.txt", "2.txt"}
    ada.cli.ok("share", file_id, "--remove", carol.email)
    assert carol.cli.ok("ls", "--received").lines == []


@pytest.mark.slow
def test_show_tells_who_gets_it(ada: Person, bob: Person, bob_keys: KeyFiles, new_person: NewPerson) -> None:
    """Recipients with what is known of their keys; the sender; whether a quantum computer could open it."""
    carol = new_person("carol")
    file_id = send(ada, "a.txt", b"hello", bob.email)
    mine = shown(ada, file_id)
    assert mine["recipients"] == [{"email": bob.email, "may_fetch": True, "can_open": True, "known_key": True}]
    assert (mine["other_keys"], mine["sender"], mine["post_quantum"]) == (0, "you", True)
    text = ada.cli.ok("show", file_id)
    assert "safe against future quantum computers" in text.out.decode()
    assert "storage       the server's own disk" in text.out.decode()
    assert "WARNING" not in text.err
    theirs = shown(bob, file_id)
    assert (theirs["recipients"], theirs["sender"]) == (None, "signed by a key you have not checked")
    assert theirs["post_quantum"] is True

    ada.cli.ok("share", file_id, "--to", bob_keys.public)
    differing = shown(ada, file_id)
    assert (differing["other_keys"], differing["post_quantum"]) == (1, False)
    assert "WARNING" in ada.cli.ok("show", file_id).err
    allowed = send(ada, "b.txt", b"hello", bob.email, options=("--allow", carol.email))
    listed = shown(ada, allowed)["recipients"]
    assert isinstance(listed, list)
    assert {"email": carol.email, "may_fetch": True, "can_open": False, "known_key": None} in listed
    assert "CAN NOT open it" in ada.cli.ok("show", allowed).out.decode()


def test_send_warns_where_access_and_keys_differ(
    ada: Person, bob: Person, new_person: NewPerson, bob_keys: KeyFiles
) -> None:
    """Who may fetch what they can't open; a key file whose holder may not fetch. Not where one goes with the other."""
    (ada.cli.folder / "a").write_text("hello")
    allowed = ada.cli.ok("send", "a", "--to", bob.email, "--allow", "guest@example.org")
    assert "guest@example.org may fetch it, but it is sealed for none of their keys" in allowed.err
    keys_only = ada.cli.ok("send", "a", "--to", bob_keys.public)
    assert "Nobody but you may fetch it" in keys_only.err
    both = ada.cli.ok("send", "a", "--to", bob_keys.public, "--allow", "guest@example.org")
    assert "can't open it" not in both.err
    assert "Nobody but you" not in both.err


def test_listings_tell_sender_and_strength(new_person: NewPerson, bob_keys: KeyFiles, tmp_path: Path) -> None:
    """`ls --received --json`, and in words in the table."""
    ada, bob = new_person("ada"), new_person("bob")
    strong = send(ada, "strong", b"hello", bob.email)
    weak = send(ada, "weak", b"hello", bob.email, bob_keys.public)
    records = bob.cli.ok("ls", "--received", "--json").json
    assert isinstance(records, list)
    by_id = {record["file_id"]: record for record in records}
    assert by_id[strong]["sender"] == by_id[weak]["sender"] == "signed by a key you have not checked"
    assert (by_id[strong]["post_quantum"], by_id[weak]["post_quantum"]) == (True, False)
    table = bob.cli.ok("ls", "--received", "--long").lines
    assert all("signed by a key you have not checked" in line for line in table)
    assert ["safe against future quantum computers" in line for line in table] == [False, True]
