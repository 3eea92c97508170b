"""Servers that are down, are something else, or go away in the middle: exit code 8, and nothing left."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.sealed.geometry import DEFAULT_PART_SIZE
from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_two_people import send
from tests.support.cli import Cli, finish, tree, wait_until
from tests.support.files import files_below
from tests.support.network import Answer, Wire, web_server, wire_to
from tests.support.ports import free_port
from tests.support.server import LiveServer

BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 11\r\nConnection: close\r\n\r\n<b>502</b>\n"


@pytest.fixture
def wire(server: LiveServer) -> Iterator[Wire]:
    with wire_to(server.url) as wire:
        yield wire


@pytest.mark.slow
def test_a_server_that_is_down(new_person: NewPerson) -> None:
    """Every online command says that nobody answers there; `logout` still ends the session on this machine."""
    ada = new_person("ada")
    url = f"http://127.0.0.1:{free_port()}"
    (ada.cli.folder / "a").write_text("hello")
    with ada.at(url):
        for arguments in (
            ("ls",),
            ("get", "11111111-1111-4111-8111-111111111111"),
            ("rm", "11111111-1111-4111-8111-111111111111"),
            ("send", "a", "--to", "b@example.org"),
            ("login", "--server", url, "--email", ada.email, "--code", "123456"),
        ):
            result = ada.cli(*arguments)
            assert result.code == 8, result.err
            assert url in result.err
            assert "can't be reached" in result.err
            assert not result.out
        result = ada.cli("logout")
        assert result.code == 0
        assert "could not be told" in result.err
        assert ada.cli("whoami").code == 3


OTHERS = {
    "a page": Answer(200, b"<html>It works!</html>", {"Content-Type": "text/html"}),
    "not found": Answer(404, b"<html>404</html>", {"Content-Type": "text/html"}),
    "forbidden": Answer(403, b"no", {"Content-Type": "text/plain"}),
    "other JSON": Answer(200, b'{"status": "ok"}', {"Content-Type": "application/json"}),
    "broken JSON": Answer(200, b'{"status":', {"Content-Type": "application/json"}),
    "a list": Answer(200, b"[]", {"Content-Type": "application/json"}),
    "noise": Answer(200, bytes(range(256)) * 20),
    "nothing": Answer(200),
    "no content": Answer(204),
    "an odd problem": Answer(400, b'{"title": 1}', {"Content-Type": "application/problem+json"}),
    "elsewhere": Answer(302, b"", {"Location": "https://elsewhere.example/health"}),
    "elsewhere for good": Answer(308, b"", {"Location": "/other"}),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_something_that_is_not_sealcase(cli: Cli, kind: str) -> None:
    """Exit code 8, one line; nothing is followed, nothing kept."""
    with web_server(lambda _asked: OTHERS[kind]) as (url, requests):
        result = cli("login", "--server", url, "--email", "ada@example.org", "--code", "123456")
        assert [request.path for request in requests] == ["/health"]
    assert result.code == 8
    assert "is not a Sealcase server" in result.err
    assert len(result.err.splitlines()) == 1
    assert tree(cli.home) == set()


def test_a_token_goes_nowhere_else(new_person: NewPerson) -> None:
    """A redirect is not followed, so nobody else ever sees the token."""
    ada = new_person("ada")
    with (
        web_server(lambda _asked: Answer(200, b"{}")) as (elsewhere, stolen),
        web_server(lambda _asked: Answer(307, b"", {"Location": f"{elsewhere}/files"})) as (url, _),
        ada.at(url),
    ):
        assert ada.cli("ls").code == 8
        assert stolen == []


def test_a_server_can_not_write_to_the_terminal(cli: Cli) -> None:
    """Escape sequences in a server's words are shown as what they are."""
    problem = {"title": "t", "status": 429, "detail": "wait\x1b[2J\x1b]0;x\a!", "code": "too_many", "request_id": "1"}
    answer = Answer(429, json.dumps(problem).encode(), {"Content-Type": "application/problem+json", "Retry-After": "²"})
    with web_server(lambda _asked: answer) as (url, _):
        result = cli("login", "--server", url, "--email", "ada@example.org", "--code", "123456")
    assert result.code == 9
    assert "\x1b" not in result.err
    assert "\a" not in result.err


def test_bare_http_elsewhere_is_refused(cli: Cli) -> None:
    """Not a byte leaves this machine; the message says why and what to do."""
    result = cli("login", "--server", "http://files.example.org", "--email", "a@example.org", "--code", "123456")
    assert result.code == 8
    assert "not encrypted on the way" in result.err


@pytest.mark.parametrize(
    "address", ["", "http://", "ftp://x", "http://[::1", "https://a b", "https://u:p@x", "x?y", "//"]
)
def test_what_is_no_address(cli: Cli, address: str) -> None:
    result = cli("login", "--server", address, "--email", "a@example.org", "--code", "123456")
    assert result.code in (1, 8)
    assert len(result.err.splitlines()) == 1


def test_https_where_only_http_is_spoken(cli: Cli, server: LiveServer) -> None:
    """The message tells this from a bad certificate."""
    url = server.url.replace("http://", "https://")
    result = cli("login", "--server", url, "--email", "a@example.org", "--code", "123456")
    assert result.code == 8
    assert "TLS" in result.err


def test_a_bad_gateway_that_recovers(new_person: NewPerson, bob: Person, wire: Wire) -> None:
    """A proxy says 502 a few times while a file is on its way; both directions try again and succeed."""
    ada = new_person("ada")
    data = os.urandom(20_000_000)
    file_id = send(ada, "a", data, bob.email)
    with ada.at(wire.url):
        wire.cut_down_after = 5_000_000  # bytes of one connection, then it breaks
        wire.trouble_ends_after = 2
        assert ada.cli.ok("get", file_id, "-o", "-").out == data
        assert wire.troubles >= 1
        wire.cut_down_after, wire.cut_up_after = None, 5_000_000
        wire.troubles = 0
        assert len(ada.cli.ok("send", "a", "--to", bob.email).lines) == 1
        assert wire.troubles >= 1


def test_a_bad_gateway_that_stays(new_person: NewPerson, wire: Wire) -> None:
    """Exit code 8, and the status that the proxy gave."""
    ada = new_person("ada")
    wire.answer_instead = BAD_GATEWAY
    with ada.at(wire.url):
        result = ada.cli("ls")
    assert result.code == 8
    assert "502" in result.err


def test_a_proxy_that_takes_no_large_bodies(new_person: NewPerson, wire: Wire) -> None:
    """Exit code 9, at once, and which setting to raise."""
    ada = new_person("ada")
    wire.answer_instead = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    (ada.cli.folder / "a").write_text("hello")
    with ada.at(wire.url):
        result = ada.cli("send", "a", "--to", ada.email)
    assert result.code == 9
    assert "client_max_body_size" in result.err


@pytest.mark.slow
def test_a_server_that_keeps_hanging_up(new_person: NewPerson, wire: Wire) -> None:
    """In the middle of a file, again and again: exit code 8; neither file nor work file is left."""
    ada = new_person("ada")
    file_id = send(ada, "a", os.urandom(3_000_000), ada.email)
    (ada.cli.folder / "a").unlink()
    wire.cut_down_after = 1_000_000
    with ada.at(wire.url):
        result = ada.cli.with_settings(SEALCASE_PATIENCE="2")("get", file_id)
    assert result.code == 8, result.err
    assert "broke off" in result.err
    assert wire.troubles > 1
    assert tree(ada.cli.folder) == set()


@pytest.mark.slow
def test_a_file_that_changes_while_it_is_sent(new_person: NewPerson, server: LiveServer, wire: Wire) -> None:
    """Exit code 1; the server shows nothing of it, and keeps nothing."""
    ada = new_person("ada")
    path = ada.cli.folder / "log"
    with path.open("wb") as file:
        file.truncate(40_000_000)
    before = _staged(server)
    wire.stall_up_after = DEFAULT_PART_SIZE // 2
    with ada.at(wire.url):
        process = ada.cli.start("send", "log", "--to", ada.email, "--no-compress")
        wait_until(lambda: wire.stalled > 0, "half a part")
        os.utime(path, (1, 1))
        wire.stall_up_after = None
        wire.break_all()
        result = finish(process)
        assert result.code == 1
        assert "changed while it was read" in result.err
        assert ada.cli.ok("ls").lines == []
    assert _staged(server) == before


def _staged(server: LiveServer) -> set[Path]:
    """Parts of uploads that are not finished."""
    return {path for path, _status in files_below(server.data_dir) if path.parent.parent.name == "staged"}
