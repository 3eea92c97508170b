"""Signing in and out, and tokens that end, break or are renewed in the middle of things."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from shared.sealed import strict_json
from tests.e2e.conftest import PASSPHRASE, NewPerson, Person
from tests.e2e.test_two_people import send
from tests.support.cli import Cli, argument_lists, finish, tree
from tests.support.server import LiveServer


def _session(person: Person) -> strict_json.JsonObject:
    return strict_json.loads_object(_path(person).read_bytes(), 65_536)


def _path(person: Person) -> Path:
    return person.cli.data / "session.json"


def _edit(person: Person, changes: Mapping[str, object]) -> None:
    _path(person).write_bytes(strict_json.dumps({**_session(person), **changes}))


def test_first_sign_in_at_a_terminal(cli: Cli, server: LiveServer) -> None:
    """Server, email, code and a new passphrase are asked for; nothing secret shows; the card is published."""
    with cli.terminal("login") as terminal:
        terminal.answer("Server:", server.url)
        terminal.answer("Email:", "Grace@Example.org")
        terminal.wait_for("Code mailed to Grace@Example.org")
        code = server.login_code("grace@example.org")
        terminal.answer("(look into the spam folder too):", f"{code[:3]} {code[3:]}")
        terminal.answer("New passphrase for the keys of grace@example.org:", PASSPHRASE)
        terminal.answer("Repeat for confirmation:", PASSPHRASE)
        assert terminal.end() == 0
    assert PASSPHRASE not in terminal.shown
    assert "Signed in as grace@example.org" in terminal.shown
    assert "sealcase key backup" in terminal.shown
    assert cli.ok("whoami").lines == [f"grace@example.org at {server.url}"]


def test_sign_in_with_a_code_from_the_operator(cli: Cli, server: LiveServer) -> None:
    """`sealcase-server admin login-code` needs no mail; a script needs no terminal."""
    (cli.folder / "secret").write_text(PASSPHRASE)
    scripted = cli.with_settings(SEALCASE_PASSPHRASE_FILE=str(cli.folder / "secret"))
    code = server.login_code("script@example.org")
    result = scripted.ok("login", "--server", f"{server.url}/", "--email", "script@example.org", "--code", code)
    assert not result.out


def test_files_at_home_are_private(new_person: NewPerson) -> None:
    """Session, identity, contacts and what was seen of the key log: mode 0600, in folders of mode 0700."""
    ada, bob = new_person("ada"), new_person("bob")
    send(ada, "a", b"hello", bob.email)
    names = tree(ada.cli.data)
    books = {"contacts.json", "contacts.json.lock", "key_logs.json", "key_logs.json.lock"}
    assert {"session.json", *books} < names
    assert len(names) == 6
    for name in names:
        assert stat.S_IMODE((ada.cli.data / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(ada.cli.data.stat().st_mode) == 0o700


def test_wrong_codes_are_not_signed_in(cli: Cli, server: LiveServer) -> None:
    """Exit code 3, and nothing is kept; a second use of a code is as wrong as a wrong one."""
    login = ("login", "--server", server.url, "--email", "oops@example.org", "--code")
    code = server.request_code("oops@example.org")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for given in (wrong, "12345", "x" * 40, "", "１２３４５６"):
        result = cli(*login, given)
        assert result.code == 3, given
    assert tree(cli.home) == set()


def test_bad_addresses_are_said(cli: Cli, server: LiveServer) -> None:
    for email in ("x", "@", "a@", "", "a" * 300 + "@example.org"):
        result = cli("login", "--server", server.url, "--email", email, "--code", "123456")
        assert result.code == 1
        assert "email" in result.err.lower()
    result = cli("login", "--server", server.url, "--email", "a@b@example.org", "--code", "123456")
    assert result.code == 9
    assert "is not an email address" in result.err


def test_sign_in_that_can_not_protect_keys_leaves_nothing(cli: Cli, server: LiveServer) -> None:
    """No passphrase file, no keyring, no terminal: no half sign-in either, and the message says what is missing."""
    email = "nokeys@example.org"
    result = cli("login", "--server", server.url, "--email", email, "--code", server.request_code(email))
    assert result.code == 1
    assert "SEALCASE_PASSPHRASE_FILE" in result.err
    assert tree(cli.home) == set()


def test_questions_without_a_terminal(cli: Cli, server: LiveServer) -> None:
    """Each missing answer is named with its option."""
    assert "--server" in cli("login").err
    assert "--email" in cli("login", "--server", server.url).err
    result = cli("login", "--server", server.url, "--email", "quiet@example.org")
    assert result.code == 1
    assert "--code" in result.err


def test_without_a_session(cli: Cli) -> None:
    """Every online command: exit code 3, and how to begin."""
    for arguments in (("whoami",), ("ls",), ("get", "x"), ("rm", "x"), ("send", "x", "--to", "a@b.c"), ("logout",)):
        result = cli(*arguments)
        assert result.code == 3
        assert "sealcase login --server URL" in result.err


def test_logout_ends_the_session_everywhere(new_person: NewPerson) -> None:
    """The token is dead at once, in whatever worker, also in a copy of the session; keys stay."""
    ada = new_person("ada")
    copy = _path(ada).read_bytes()
    assert "Signed out" in ada.cli.ok("logout").err
    assert not _path(ada).exists()
    assert ada.cli("ls").code == 3
    for _ in range(4):
        _path(ada).write_bytes(copy)
        result = ada.cli("ls")
        assert result.code == 3
        assert "Sign in again" in result.err
    assert len(tree(ada.cli.data / "identities")) == 1


def test_signing_in_again_keeps_the_keys(new_person: NewPerson, server: LiveServer, bob: Person) -> None:
    """After logout and login, old files still open; no question, no new keys."""
    ada = new_person("ada")
    file_id = send(bob, "a", b"hello", ada.email)
    ada.cli.ok("logout")
    code = server.request_code(ada.email)
    result = ada.cli.ok("login", "--server", server.url, "--email", ada.email, "--code", code)
    assert "Your keys were made" not in result.err
    assert ada.cli.ok("get", file_id, "-o", "-").out == b"hello"


def test_a_second_machine_needs_the_keys_of_the_first(new_person: NewPerson, server: LiveServer, cli: Cli) -> None:
    """Keys are never made twice for one address: that would lock out the first, and alarm everybody else."""
    ada = new_person("ada")
    scripted = cli.with_settings(**ada.cli.settings)
    login = ("login", "--server", server.url, "--email", ada.email, "--code")
    result = scripted.ok(*login, server.request_code(ada.email))
    assert "on another machine" in result.err
    assert all(way in result.err for way in ("key restore", "device add", "key new"))
    assert tree(cli.home) == {"sealcase/session.json"}
    assert "not on this machine" in scripted.ok("whoami").err
    identity = next((ada.cli.data / "identities").iterdir())
    (cli.data / "identities").mkdir(parents=True)
    (cli.data / "identities" / identity.name).write_bytes(identity.read_bytes())
    assert "another machine" not in scripted.ok(*login, server.request_code(ada.email)).err


def test_an_expired_access_token_is_renewed_silently(new_person: NewPerson) -> None:
    """The clock says it is over: renewed beforehand, kept for the next command."""
    ada = new_person("ada")
    before = _session(ada)
    _edit(ada, {"expires_at": 1})
    assert ada.cli.ok("ls").err == ""
    after = _session(ada)
    assert after["token"] != before["token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert stat.S_IMODE(_path(ada).stat().st_mode) == 0o600


def test_a_refused_access_token_is_renewed_silently(new_person: NewPerson, bob: Person) -> None:
    """The server says 401: renewed, and the request sent again, also when that is a part among several."""
    ada = new_person("ada")
    data = os.urandom(20_000_000)
    _edit(ada, {"token": "broken"})
    file_id = send(ada, "a", data, bob.email)
    assert _session(ada)["token"] != "broken"
    _edit(ada, {"token": "broken"})
    assert ada.cli.ok("get", file_id, "-o", "-").out == data


def test_a_dead_refresh_token_is_exit_code_3(new_person: NewPerson) -> None:
    ada = new_person("ada")
    _edit(ada, {"expires_at": 1, "refresh_token": "broken"})
    result = ada.cli("ls")
    assert result.code == 3
    assert "Sign in again" in result.err


def test_commands_that_renew_at_the_same_time(new_person: NewPerson) -> None:
    """All of them succeed, and whatever is kept at the end still works."""
    ada = new_person("ada")
    for _ in range(2):
        _edit(ada, {"expires_at": 1})
        processes = [ada.cli.start("ls") for _ in range(4)]
        assert [finish(process).code for process in processes] == [0] * 4
    ada.cli.ok("ls")
    _edit(ada, {"expires_at": 1})
    ada.cli.ok("ls")


def test_a_wrong_passphrase_is_told_before_anything_is_sent(new_person: NewPerson, server: LiveServer) -> None:
    """Exit code 6, and the server has seen nothing of the file."""
    ada = new_person("ada")
    (ada.cli.folder / "a").write_bytes(os.urandom(20_000_000))
    (ada.cli.folder / "wrong").write_text("not it")
    wrong = ada.cli.with_settings(SEALCASE_PASSPHRASE_FILE="wrong")
    result = wrong("send", "a", "--to", ada.email)
    assert result.code == 6
    assert "passphrase" in result.err
    assert ada.cli.ok("ls").lines == []


def test_help_needs_no_keys(new_person: NewPerson) -> None:
    """Nor does what is wrong with them matter then."""
    ada = new_person("ada")
    bad = ada.cli.with_settings(SEALCASE_PASSPHRASE_FILE="nowhere")
    assert "Usage" in bad.ok("send", "--help").out.decode()
    result = bad("send", "x", "--to", ada.email)
    assert result.code == 1
    assert "SEALCASE_PASSPHRASE_FILE" in result.err


def test_a_damaged_session_is_replaced_by_a_sign_in(new_person: NewPerson, server: LiveServer) -> None:
    """Garbage in session.json: exit code 3 and which file; `login` works all the same."""
    ada = new_person("ada")
    for garbage in (b"", b'{"server": 1}', os.urandom(50)):
        _path(ada).write_bytes(garbage)
        result = ada.cli("whoami")
        assert result.code == 3
        assert "session.json is damaged" in result.err
    ada.cli.ok("login", "--server", server.url, "--email", ada.email, "--code", server.request_code(ada.email))
    ada.cli.ok("whoami")


def test_netrc_does_not_replace_the_token(new_person: NewPerson) -> None:
    """A line for this host in ~/.netrc is for other programs."""
    ada = new_person("ada")
    netrc = ada.cli.home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    ada.cli.ok("ls")


def test_no_secret_shows_in_argument_lists_or_output(cli: Cli, server: LiveServer) -> None:
    """Passphrase, tokens and private keys: neither in /proc, nor on stdout or stderr, nor in plain text at rest."""
    marker = "marker-passphrase-7f3a"
    (cli.folder / "secret").write_text(marker)
    scripted = cli.with_settings(SEALCASE_PASSPHRASE_FILE=str(cli.folder / "secret"))
    seen = []
    email = "quietly@example.org"
    code = server.request_code(email)
    (cli.folder / "a").write_text("hello")
    for arguments in (
        ("keygen", "--bits", "2048", "--out", "keys"),
        ("seal", "a", "--to", "keys/public_key.pem"),
        ("open", "a.sealed", "--key", "keys/private_key.pem", "-o", "b"),
        ("login", "--server", server.url, "--email", email, "--code", code),
        ("whoami", "--json"),
        ("send", "a", "--to", "keys/public_key.pem", "--json"),
        ("ls", "--json"),
        ("inspect", "a.sealed", "--json"),
    ):
        process = scripted.start(*arguments)
        seen.append(argument_lists(process))
        result = finish(process)
        assert result.code == 0, result.err
        seen += [result.err, result.out.decode()]
    session = strict_json.loads_object((cli.data / "session.json").read_bytes(), 65_536)
    wrong = cli.with_settings(SEALCASE_PASSPHRASE_FILE="a")
    seen.append(wrong("open", "a.sealed", "--key", "keys/private_key.pem", "-o", "c").err)
    everything = "\n".join(seen)
    for secret in (marker, str(session["token"]), str(session["refresh_token"]), "PRIVATE KEY"):
        assert secret not in everything
    identity = next((cli.data / "identities").iterdir()).read_text()
    assert marker not in identity
