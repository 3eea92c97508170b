"""A second device: keys and contacts travel from one machine to the other, and six digits say that nobody listened."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from client.actions.pairing import get_keys, waiting_devices
from client.actions.person import Person as Me
from client.errors import Expired
from client.local.paths import Paths
from client.local.qr import save_qr
from client.local.secrets import nobody_to_ask
from shared.crypto.pairing import qr_text
from shared.sealed.encoding import unb64u
from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_recovery_kit import backup, empty_machine, identities
from tests.e2e.test_two_people import send
from tests.support.cli import Terminal, interrupt, tree
from tests.support.server import LiveServer

pytestmark = pytest.mark.slow

DIGITS = re.compile(r"This machine shows  (\d{3} \d{3})")
CODE = re.compile(r"sealcase device approve (\d{4}-\d{4})")
ASKED_OLD = "Does the new machine show the same six digits? [y/N]:"
ASKED_NEW = "Does the other machine show the same six digits? [y/N]:"


@contextmanager
def asking(new: Person) -> Iterator[tuple[Terminal, str]]:
    """A new machine that waits, and its code."""
    with new.cli.terminal("device", "add") as terminal:
        terminal.wait_for("Waiting for it")
        yield terminal, CODE.findall(terminal.shown)[-1]


def digits(terminal: Terminal, question: str) -> str:
    """Those that a machine shows with its question."""
    terminal.wait_for(question)
    return str(DIGITS.findall(terminal.shown)[-1])


def add(old: Person, new: Person, *code: str) -> None:
    """Everybody says yes, as they should: the digits are the same."""
    with asking(new) as (there, shown), old.cli.terminal("device", "approve", *(code or (shown,))) as here:
        assert digits(here, ASKED_OLD) == digits(there, ASKED_NEW)
        here.press(b"y\n")
        assert here.end() == 0, here.shown
        there.press(b"y\n")
        assert there.end() == 0, there.shown


@pytest.fixture
def ada(new_person: NewPerson) -> Person:
    """With a machine of her own, unlike the one that all tests share."""
    return new_person("ada")


@pytest.fixture
def new(ada: Person, tmp_path: Path, server: LiveServer) -> Person:
    """Ada at another machine, with nothing there but a session."""
    return empty_machine(ada, tmp_path / "new", server)


def test_a_second_machine_is_the_same_person(ada: Person, new: Person, bob: Person) -> None:
    """It opens what was sent before and after a change of keys, knows whom the first one verified, and sends as her.

    It knows the recovery kit, too, and what the first one has seen of the key log.
    """
    before = send(bob, "before", b"before", ada.email)
    send(ada, "sent", b"sent", bob.email)
    ada.cli.ok("key", "rotate", "--bits", "2048")
    after = send(bob, "after", b"after", ada.email)
    number = json.loads(ada.cli.ok("contacts", "show", bob.email, "--json").out)["safety_number"]
    ada.cli.ok("contacts", "verify", bob.email, "--number", number)
    backup(ada)
    add(ada, new)
    assert (new.cli.data / "key_logs.json").read_bytes() == (ada.cli.data / "key_logs.json").read_bytes()
    assert [new.cli.ok("get", each, "-o", "-").out for each in (before, after)] == [b"before", b"after"]
    assert new.cli.ok("whoami", "--json").json == ada.cli.ok("whoami", "--json").json
    assert new.cli.ok("contacts", "show", bob.email, "--json").json == (
        ada.cli.ok("contacts", "show", bob.email, "--json").json
    )
    again = send(new, "again", b"again", bob.email)
    assert bob.cli.ok("get", again, "-o", "-").out == b"again"


def test_newer_keys_reach_an_older_machine(ada: Person, new: Person, bob: Person) -> None:
    """After a change of keys on one machine, the other gets them in the same way, and keeps what it had."""
    before = send(bob, "before", b"before", ada.email)
    add(ada, new)
    new.cli.ok("key", "rotate", "--bits", "2048")
    after = send(bob, "after", b"after", ada.email)
    assert ada.cli("get", after, "-o", "-").code == 6
    add(new, ada)
    assert [ada.cli.ok("get", each, "-o", "-").out for each in (before, after)] == [b"before", b"after"]


def test_a_photograph_of_the_code(ada: Person, new: Person, tmp_path: Path) -> None:
    """Names the machine that it shows, and no other one."""
    with asking(new) as (there, _):
        session = json.loads((new.cli.data / "session.json").read_bytes())
        item = _get(session, "/pairings")["pairings"][0]
        save_qr(qr_text(unb64u(item["messages"][0], "commitment")), tmp_path / "right.png")
        save_qr(qr_text(bytes(32)), tmp_path / "wrong.png")
        save_qr("SEALCASE1:1:2", tmp_path / "other.png")
        with ada.cli.terminal("device", "approve", "--scan", str(tmp_path / "wrong.png")) as here:
            assert here.end() == 4
        with ada.cli.terminal("device", "approve", "--scan", str(tmp_path / "other.png")) as here:
            assert here.end() == 1
        with ada.cli.terminal("device", "approve", "--scan", str(tmp_path / "right.png")) as here:
            assert digits(here, ASKED_OLD) == digits(there, ASKED_NEW)


def test_a_wrong_code_meets_nobody(ada: Person, new: Person, bob: Person) -> None:
    """Neither for its owner, nor for somebody else who has the right one."""
    with ada.cli.terminal("device", "approve") as here:
        assert here.end() == 4
    with asking(new) as (_, code):
        wrong = f"{(int(code[:4]) + 1) % 10_000:04d}{code[4:]}"
        for person, tried in ((ada, wrong), (bob, code)):
            with person.cli.terminal("device", "approve", tried) as here:
                assert here.end() == 4
                assert "begin again there" in here.shown.lower()


def test_no_on_either_side_hands_over_nothing(ada: Person, new: Person) -> None:
    """The other side is told; exit code 7 where no was said, 9 on the other; afterwards nothing waits."""
    with asking(new) as (there, code), ada.cli.terminal("device", "approve", code) as here:
        digits(there, ASKED_NEW)
        here.answer(ASKED_OLD, "n")
        assert here.end() == 7
        there.press(b"y\n")
        assert there.end() == 9
    assert identities(new) == set()
    with asking(new) as (there, code), ada.cli.terminal("device", "approve", code) as here:
        digits(here, ASKED_OLD)
        there.answer(ASKED_NEW, "")
        assert there.end() == 7
        here.press(b"y\n")
        assert here.end() == 9
    assert identities(new) == set()
    assert "nothing was handed over" in here.shown
    with ada.cli.terminal("device", "approve") as here:
        assert here.end() == 4


def test_ctrl_c_on_the_new_machine(ada: Person, new: Person) -> None:
    """It waits no more, at once, and nothing is left there."""
    before = tree(new.cli.home)
    with asking(new) as (there, _):
        interrupt(there.process)
        assert there.end() == 130
    with ada.cli.terminal("device", "approve") as here:
        assert here.end() == 4
    assert tree(new.cli.home) == before


def test_a_machine_that_was_killed_asks_again(ada: Person, new: Person) -> None:
    """What the killed one asked for is replaced; the old machine never answers it."""
    with asking(new) as (there, first):
        there.process.kill()
    with asking(new) as (there, second):
        with ada.cli.terminal("device", "approve", first) as here:
            assert here.end() == 4
        with ada.cli.terminal("device", "approve", second) as here:
            assert digits(here, ASKED_OLD) == digits(there, ASKED_NEW)


def test_keys_that_can_not_be_kept(ada: Person, new: Person, bob: Person) -> None:
    """They come after everything else; once there is room for them, the same again brings all of it."""
    send(ada, "a", b"a", bob.email)
    in_the_way = new.cli.data / "identities"
    in_the_way.write_text("no folder")
    with asking(new) as (there, code), ada.cli.terminal("device", "approve", code) as here:
        for terminal, question in ((here, ASKED_OLD), (there, ASKED_NEW)):
            terminal.answer(question, "y")
        assert (here.end(), there.end()) == (0, 1)
    in_the_way.unlink()
    add(ada, new)
    assert (new.cli.data / "contacts.json").read_bytes() == (ada.cli.data / "contacts.json").read_bytes()


def test_an_answered_machine_is_not_answered_twice(ada: Person, new: Person) -> None:
    """One answer, one comparison: whoever wants another begins anew on the new machine."""
    with asking(new) as (there, code), ada.cli.terminal("device", "approve", code) as here:
        digits(here, ASKED_OLD)
        digits(there, ASKED_NEW)
        with ada.cli.terminal("device", "approve", code) as second:
            assert second.end() == 4


def test_keys_that_are_here_need_no_other_machine(ada: Person) -> None:
    """Which is said before anybody waits; nor does anybody who can't compare digits."""
    with ada.cli.terminal("device", "add") as here:
        assert here.end() == 9
    assert "already" in here.shown
    for command in ("add", "approve"):
        result = ada.cli("device", command)
        assert result.code == 1
        assert "digits" in result.err


def test_nobody_waits_for_ever(ada: Person, new: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server goes on saying that a machine waits, the machine itself knows when its time is over."""
    monkeypatch.setattr("client.actions.pairing.PAIRING_SECONDS", 1)
    monkeypatch.setenv("SEALCASE_PASSPHRASE_FILE", str(new.cli.settings["SEALCASE_PASSPHRASE_FILE"]))
    monkeypatch.setenv("SEALCASE_KEYRING", "off")
    there, here = (Me.signed_in(Paths(person.cli.data), nobody_to_ask) for person in (new, ada))
    shown: list[str] = []

    def show(code: str, _qr: str) -> None:
        shown.extend((code, *(each.code for each in waiting_devices(here))))

    with pytest.raises(Expired, match="nothing was handed over"):
        get_keys(there, show, lambda _digits: True)
    assert len(set(shown)) == 1
    assert waiting_devices(here) == []
    assert identities(new) == set()


def test_a_machine_is_listed_once(ada: Person, server: LiveServer) -> None:
    """Signing in again there takes the place of the first time."""
    for _ in range(2):
        ada.cli.ok("login", "--server", server.url, "--email", ada.email, "--code", server.request_code(ada.email))
    assert len(ada.cli.ok("device", "ls").lines) == 1


def test_signing_in_offers_it(ada: Person, tmp_path: Path, server: LiveServer) -> None:
    """Where the account has keys that are not here; the other machine needs no code if only one waits."""
    new = empty_machine(ada, tmp_path / "third", server)
    code = server.request_code(ada.email)
    arguments = ("login", "--server", server.url, "--email", ada.email, "--code", code)
    with new.cli.terminal(*arguments) as there:
        there.answer("recovery kit now? [y/N]:", "n")
        there.answer("another machine of yours now? [y/N]:", "y")
        there.wait_for("Waiting for it")
        with ada.cli.terminal("device", "approve") as here:
            assert digits(here, ASKED_OLD) == digits(there, ASKED_NEW)
            here.press(b"y\n")
            assert here.end() == 0
        there.press(b"y\n")
        assert there.end() == 0
    assert identities(new)


def test_machines_are_listed_named_and_removed(ada: Person, new: Person, server: LiveServer) -> None:
    """By host name unless said otherwise; a removed one is signed out at once, and what it has is said to stay."""
    code = server.request_code(ada.email)
    ada.cli.ok("login", "--server", server.url, "--email", ada.email, "--code", code, "--device", "desk \x1b[31m")
    listed = ada.cli.ok("device", "ls", "--json").json
    assert isinstance(listed, list)
    assert {each["name"] for each in listed} == {os.uname().nodename[:64], "desk [31m"}
    theirs = next(each for each in new.cli.ok("device", "ls", "--json").json if each["current"])  # type: ignore[attr-defined]
    ada.cli.ok("device", "rename", theirs["session_id"][:8], "old laptop")
    line = next(line for line in ada.cli.ok("device", "ls").lines if theirs["session_id"] in line)
    assert "old laptop" in line
    assert "last used" in line
    assert ada.cli("device", "rm", "desk [31m").code == 9
    assert ada.cli("device", "rm", "nothing").code == 4
    gone = ada.cli.ok("device", "rm", "Old Laptop")
    assert gone.lines == [theirs["session_id"]]
    assert "key rotate" in gone.err
    assert new.cli("ls").code == 3
    assert "old laptop" not in ada.cli.ok("sessions").out.decode()


def _get(session: dict[str, str], path: str) -> dict[str, list[dict[str, list[str]]]]:
    headers = {"Authorization": f"Bearer {session['token']}"}
    answer: dict[str, list[dict[str, list[str]]]] = requests.get(
        f"{session['server']}{path}", headers=headers, timeout=30
    ).json()
    return answer
