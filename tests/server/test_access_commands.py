"""`sealcase token`, `totp`, `sessions` and `account` as real commands against a real server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
import requests

from tests.support.cli import Cli, argument_lists, finish
from tests.support.server import LiveServer, live_server

PASSPHRASE = "correct horse battery staple"
NOT_SIGNED_IN, NOT_FOUND, NETWORK, REFUSED = 3, 4, 8, 9


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("access"), workers=2) as server:
        yield server


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    made = Cli(tmp_path / "work", tmp_path / "home")
    (made.folder / "secret").write_text(PASSPHRASE)
    return made.with_settings(SEALCASE_PASSPHRASE_FILE=str(made.folder / "secret"))


def sign_in(cli: Cli, server: LiveServer, email: str, *more: str) -> None:
    cli.ok("login", "--server", server.url, "--email", email, "--code", server.login_code(email), *more)


def with_token(cli: Cli, server: LiveServer, token: str, home: Path | None = None) -> Cli:
    """A script's environment: it has the keys, and a token in place of a session."""
    scripted = cli if home is None else Cli(cli.folder, home, cli.settings)
    return scripted.with_settings(SEALCASE_TOKEN=token, SEALCASE_SERVER=server.url)


def test_a_script_sends_and_lists_with_a_token(cli: Cli, server: LiveServer) -> None:
    """Made once, shown once, used by every command, revoked at once."""
    sign_in(cli, server, "ada@example.org")
    scopes = ("--scope", "files:read", "--scope", "files:write")
    (token,) = cli.ok("token", "create", "nightly", *scopes, "--expires", "30d").lines
    cli.ok("logout")
    (cli.data / "session.json").unlink(missing_ok=True)
    script = with_token(cli, server, token)
    (cli.folder / "a.txt").write_text("hello")
    assert script.ok("whoami").lines == [f"ada@example.org at {server.url}"]
    (file_id,) = script.ok("send", "a.txt", "--to", "ada@example.org").lines
    assert file_id in script.ok("ls").lines
    assert script.ok("get", file_id, "-o", "-").out == b"hello"
    assert not (cli.data / "session.json").exists()
    assert script("sessions").code == REFUSED
    sign_in(cli, server, "ada@example.org")
    (line,) = cli.ok("token", "ls").lines
    assert "nightly" in line
    assert "last used" in line
    assert token not in line
    cli.ok("token", "rm", line.split()[0])
    dead = script("ls")
    assert dead.code == NOT_SIGNED_IN
    assert "revoked" in dead.err


def test_a_token_from_a_file(cli: Cli, server: LiveServer) -> None:
    """SEALCASE_TOKEN_FILE keeps it out of the environment."""
    sign_in(cli, server, "filed@example.org")
    (token,) = cli.ok("token", "create", "x", "--scope", "account").lines
    (cli.folder / "token").write_text(f"{token}\n")
    script = cli.with_settings(SEALCASE_TOKEN_FILE=str(cli.folder / "token"), SEALCASE_SERVER=server.url)
    assert len(script.ok("sessions").lines) == 1


@pytest.mark.slow
def test_a_token_goes_only_to_the_server_that_was_named(cli: Cli, server: LiveServer) -> None:
    """Not to the one of an old session, nor over bare http elsewhere; and it stands in no argument list."""
    sign_in(cli, server, "careful@example.org")
    (token,) = cli.ok("token", "create", "x", "--scope", "files:read").lines
    nowhere = cli.with_settings(SEALCASE_TOKEN=token)("ls")
    assert nowhere.code == NOT_SIGNED_IN
    assert "SEALCASE_SERVER" in nowhere.err
    bare = cli.with_settings(SEALCASE_TOKEN=token, SEALCASE_SERVER="http://files.example.org")("ls")
    assert bare.code == NETWORK
    process = with_token(cli, server, token).start("ls")
    assert token not in argument_lists(process)
    result = finish(process)
    assert result.code == 0
    assert token not in result.err


@pytest.mark.slow
def test_sessions_are_shown_and_ended(cli: Cli, server: LiveServer, tmp_path: Path) -> None:
    """The one of another machine; ending it counts there at once."""
    sign_in(cli, server, "two@example.org")
    other = server.sign_in("two@example.org")
    lines = cli.ok("sessions").lines
    assert len(lines) == 2
    assert sum("(this one)" in line for line in lines) == 1
    theirs = next(line for line in lines if "(this one)" not in line)
    assert "127.0.0.0/24" in theirs
    cli.ok("sessions", "--end", theirs.split()[0])
    assert len(cli.ok("sessions").lines) == 1
    assert cli("sessions", "--end", theirs.split()[0]).code == NOT_FOUND
    assert cli("sessions", "--end", "../../files").code == NOT_FOUND
    me = {"Authorization": f"Bearer {other['token']}"}
    assert requests.get(f"{server.url}/files", headers=me, timeout=30).status_code == 401


@pytest.mark.slow
def test_the_second_factor_at_a_terminal(cli: Cli, server: LiveServer) -> None:
    """Set up, asked for at the next sign-in, given as an option, turned off with a recovery code."""
    email = "totp@example.org"
    sign_in(cli, server, email)
    with cli.terminal("totp", "on") as terminal:
        terminal.wait_for("otpauth://totp/")
        terminal.wait_for("The code that the app shows now")
        secret = re.search(r"secret=([A-Z2-7]{32})", terminal.shown)
        assert secret
        terminal.answer(":", pyotp.TOTP(secret[1]).now())
        assert terminal.end() == 0
    recovery = re.findall(r"^([a-z2-9]{5}-[a-z2-9]{5})\r?$", terminal.shown, re.MULTILINE)
    assert len(recovery) == 10
    again = ("login", "--server", server.url, "--email", email)
    missing = cli(*again, "--code", server.login_code(email))
    assert missing.code == NOT_SIGNED_IN
    assert "second factor" in missing.err
    with cli.terminal(*again, "--code", server.login_code(email)) as terminal:
        terminal.answer("or a recovery code:", recovery[0])
        assert terminal.end() == 0
    cli.ok(*again, "--code", server.login_code(email), "--totp", recovery[1])
    assert cli("totp", "on").code == 1
    assert cli("totp", "off", "--code", recovery[1]).code == REFUSED
    cli.ok("totp", "off", "--code", recovery[2])
    sign_in(cli, server, email)


@pytest.mark.slow
def test_what_the_server_holds_is_exported(cli: Cli, server: LiveServer) -> None:
    """To standard output, and into a file that is not overwritten: the same document."""
    email = "curious@example.org"
    sign_in(cli, server, email)
    exported = json.loads(cli.ok("account", "export").out)
    assert exported["account"]["email"] == email
    assert cli.ok("account", "export", "-o", "me.json").lines == ["me.json"]
    assert json.loads((cli.folder / "me.json").read_text()).keys() == exported.keys()
    assert cli("account", "export", "-o", "me.json").code == 1


@pytest.mark.slow
def test_the_end_of_an_account(cli: Cli, server: LiveServer) -> None:
    """A code is mailed; with it everything is gone, and the session here too; keys stay."""
    email = "leaver@example.org"
    sign_in(cli, server, email)
    (cli.folder / "a.txt").write_text("hello")
    cli.ok("send", "a.txt", "--to", email)
    since = len(server.lines)
    asked = cli("account", "delete")
    assert asked.code == 1
    assert "--code" in asked.err
    pattern = re.compile(rf"Account deletion code for {email}: (\d{{6}})")
    code = server.line_with(pattern, since=since)[1]
    wrong = cli("account", "delete", "--code", f"{(int(code) + 1) % 1_000_000:06d}")
    assert wrong.code == REFUSED
    cli.ok("account", "delete", "--code", code)
    assert cli("ls").code == NOT_SIGNED_IN
    sign_in(cli, server, email)
    assert cli.ok("ls").lines == []
