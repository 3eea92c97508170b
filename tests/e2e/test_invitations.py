"""A recipient without an account: invited by mail, given the key when it appears; the server never has it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_sharing import shown
from tests.e2e.test_two_people import send
from tests.support.server import LiveServer

SignUp = Callable[[str], Person]


def waiting(person: Person) -> list[str]:
    """The addresses for whom something waits."""
    return [line.split()[1] for line in person.cli.ok("share", "--pending").lines]


def test_an_invited_person_gets_the_file(new_person: NewPerson, sign_up: SignUp, server: LiveServer) -> None:
    """Mailed; told to wait; then the sender's next command adds the key, and says whose it is."""
    ada = new_person("ada")
    email = "carol-invited@example.org"
    (ada.cli.folder / "secret-plan.txt").write_text("the plan")
    since = len(server.lines)
    sent = ada.cli.ok("send", "secret-plan.txt", "--to", email, "--invite")
    (file_id,) = sent.lines
    assert f"{email} was invited" in sent.err
    server.line_with(re.compile(rf"Invitation for {email}: {ada.email} wants to send them files"), since=since)
    assert "secret-plan" not in "\n".join(server.lines)
    assert waiting(ada) == [email]
    assert (ada.cli.data / "invitations.json").stat().st_mode & 0o777 == 0o600
    assert shown(ada, file_id)["recipients"] == [
        {"email": email, "may_fetch": True, "can_open": False, "known_key": None}
    ]
    described = ada.cli.ok("show", file_id)
    assert f"{email}, invited; can't open it yet" in described.out.decode()
    assert "WARNING" not in described.err

    carol = sign_up(email)
    assert carol.cli("get", file_id).code == 6  # she may fetch it already, and has no key to it
    listed = ada.cli.ok("ls")
    assert f"{email}: new, not checked" in listed.err
    assert f"{email} has keys now and can open secret-plan.txt" in listed.err
    assert carol.cli.ok("get", file_id, "-o", "-").out == b"the plan"
    assert not (ada.cli.data / "invitations.json").exists()
    assert "has keys now" not in ada.cli.ok("ls").err


def test_an_invitation_is_asked_for_at_a_terminal(new_person: NewPerson) -> None:
    """With a no, nothing is sent: exit code 4; without a terminal, too, and --invite is named."""
    ada = new_person("ada")
    (ada.cli.folder / "a").write_text("hello")
    with ada.cli.terminal("send", "a", "--to", "dan-asked@example.org") as terminal:
        terminal.answer("[Y/n]:", "n")
        assert terminal.end() == 4
    assert ada.cli.ok("ls").lines == []
    with ada.cli.terminal("send", "a", "--to", "dan-asked@example.org") as terminal:
        terminal.answer("[Y/n]:", "y")
        assert terminal.end() == 0
    assert waiting(ada) == ["dan-asked@example.org"]
    refused = ada.cli("send", "a", "--to", "dan-other@example.org")
    assert refused.code == 4
    assert "--invite" in refused.err


def test_somebody_is_invited_to_a_file_that_was_sent(
    new_person: NewPerson, bob: Person, sign_up: SignUp, server: LiveServer
) -> None:
    """`share --invite`; a server that has lost my own grant changes nothing, for I kept it."""
    ada = new_person("ada")
    email = "erin-later@example.org"
    file_id = send(ada, "a", b"hello", bob.email)
    ada.cli.ok("share", file_id, "--to", email, "--invite")
    (path,) = server.data_dir.rglob(f"{file_id}.json")
    record = json.loads(path.read_bytes())
    kept = json.loads((ada.cli.data / "invitations.json").read_bytes())["waiting"][0]["key"]
    record["grants"] = [grant for grant in record["grants"] if grant["recipient"] != kept["recipient"]]
    path.write_text(json.dumps(record))
    erin = sign_up(email)
    given = ada.cli.ok("share", "--pending")
    assert f"{email} has keys now" in given.err
    assert erin.cli.ok("get", file_id, "-o", "-").out == b"hello"


def test_who_is_taken_off_does_not_wait(new_person: NewPerson) -> None:
    """Nor does who was invited to a file that is gone."""
    ada = new_person("ada")
    (ada.cli.folder / "a").write_text("hello")
    first, second = ada.cli.ok("send", "a", "a", "--to", "fay-off@example.org", "--invite").lines
    ada.cli.ok("share", first, "--remove", "fay-off@example.org")
    assert shown(ada, first)["recipients"] == []
    assert waiting(ada) == ["fay-off@example.org"]
    ada.cli.ok("share", second, "--remove", "fay-off@example.org")
    assert "Nothing waits" in ada.cli.ok("share", "--pending").err


def test_a_damaged_invitations_file_is_said(new_person: NewPerson) -> None:
    """Beside what the command was about, which is done; `share --pending` fails."""
    ada = new_person("ada")
    path: Path = ada.cli.data / "invitations.json"
    path.write_text("{}")
    listed = ada.cli.ok("ls")
    assert "invitations.json" in listed.err
    assert ada.cli("share", "--pending").code == 1
