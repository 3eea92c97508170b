"""`send` through crashes, restarts, sleep and broken wires: real processes, real sockets, and hardly a part twice."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from shared.sealed import strict_json
from shared.sealed.geometry import DEFAULT_PART_SIZE, sealed_length
from tests.e2e.conftest import KeyFiles, NewPerson, Person
from tests.support.cli import Result, finish, interrupt, wait_until
from tests.support.files import files_below
from tests.support.line import Line
from tests.support.network import Wire, wire_to
from tests.support.people import sign_up
from tests.support.ports import free_port
from tests.support.server import LiveServer, live_server

BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 11\r\nConnection: close\r\n\r\n<b>502</b>\n"
PART = sealed_length(DEFAULT_PART_SIZE)
PARTS = 5
SIZE = 38_000_000
SLOW = 30e6
"""Bytes a second: slow enough to do something meanwhile."""
OVERHEAD = 200_000
"""Bytes of heads and records."""


@pytest.fixture
def wire(server: LiveServer) -> Iterator[Wire]:
    with wire_to(server.url) as wire:
        yield wire


class Sending:
    """One file that somebody sends through a wire."""

    def __init__(self, person: Person, to: Person, wire: Wire) -> None:
        self.person = person
        self.cli = person.cli
        self.to = to
        self.wire = wire
        self.data = os.urandom(SIZE)
        (person.cli.folder / "a.bin").write_bytes(self.data)
        self.arguments = ("send", "a.bin", "--to", to.email, "--no-compress")

    def start(self, *options: str, rate: float = SLOW) -> subprocess.Popen[bytes]:
        """Starts to send, slowly; returns when two parts are noted."""
        self.wire.line = Line.of(rate=rate)
        process = self.cli.start(*self.arguments, *options)
        self.wait_for_parts(process, 2)
        return process

    def wait_for_parts(self, process: subprocess.Popen[bytes], count: int) -> None:
        def reached() -> bool:
            assert process.poll() is None, process.communicate()
            return self.noted >= count

        wait_until(reached, f"{count} parts")

    def sign_in(self, server: LiveServer) -> None:
        code = server.request_code(self.person.email)
        self.cli.ok("login", "--server", self.wire.url, "--email", self.person.email, "--code", code)

    @property
    def noted(self) -> int:
        """Parts that the journal knows to have arrived."""
        folder = self.cli.data / "uploads"
        journals = list(folder.iterdir()) if folder.is_dir() else []
        return sum(path.read_bytes().count(b'"part":') for path in journals)

    def resume(self) -> Result:
        """Sends the rest, quickly; nothing more than the rest may travel."""
        self.wire.line = Line()
        wait_until(lambda: self.wire.open_ways == 0, "that nothing of the last try is under way any more")
        missing, before = PARTS - self.noted, self.wire.passed_up
        result = self.cli.ok(*self.arguments, "--resume")
        assert self.wire.passed_up - before <= missing * PART + OVERHEAD
        self.check(result)
        return result

    def check(self, result: Result, *how: str | Path) -> None:
        """It is there, whole, once; nothing is noted any more."""
        assert result.code == 0, result.err
        (file_id,) = result.lines
        assert self.to.cli.ok("get", file_id, *how, "-o", "-").out == self.data
        assert not list((self.cli.data / "uploads").iterdir())


@pytest.fixture
def sending(new_person: NewPerson, bob: Person, wire: Wire) -> Iterator[Sending]:
    ada = new_person("ada")
    with ada.at(wire.url):
        yield Sending(ada, bob, wire)


def _die(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


@pytest.mark.parametrize("parts", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_killed(sending: Sending, parts: int) -> None:
    """kill -9: what was acknowledged never travels again."""
    process = sending.start(rate=SLOW if parts == 2 else SLOW / 6)
    sending.wait_for_parts(process, parts)
    _die(process)
    assert "continued at" in sending.resume().err


@pytest.mark.slow
def test_killed_again_and_again(sending: Sending) -> None:
    """kill -9 at twenty random moments, each of a try that continues the one before: it arrives all the same."""
    sending.wire.line = Line.of(rate=SLOW)
    for moment in range(20):
        process = sending.cli.start(*sending.arguments, "--resume")
        try:
            process.wait(0.2 + 0.06 * moment)
            sending.check(finish(process))
            return
        except subprocess.TimeoutExpired:
            _die(process)
    sending.resume()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["interrupted", "asked to end"])
def test_stopped(sending: Sending, how: str) -> None:
    """Ctrl-C, or a shutdown: it says what is kept, and how to go on."""
    process = sending.start()
    if how == "interrupted":
        interrupt(process)
    else:
        process.terminate()
    result = finish(process)
    assert result.code == (130 if how == "interrupted" else 143)
    assert re.search(r"\d\d% of it has arrived.*--resume", result.err), result.err
    assert "Nothing unfinished" not in result.err
    sending.resume()


def test_a_stream_that_is_stopped_leaves_nothing(ada: Person, server: LiveServer) -> None:
    """It can't be read a second time, so what has arrived of it is thrown away at once."""
    before = _staged(server)
    process = ada.cli.start("send", "-", "--to", ada.email, stdin=subprocess.PIPE)
    assert process.stdin is not None
    with process.stdin as stdin:
        block = os.urandom(1 << 20)
        for _ in range(70):
            stdin.write(block)
        stdin.flush()
        wait_until(lambda: _staged(server) != before, "the first part")
        interrupt(process)
        process.stdin = None
        result = finish(process)
    assert result.code == 130
    assert "--resume" not in result.err
    assert _staged(server) == before


def test_offered_at_a_terminal(sending: Sending) -> None:
    """The same command again asks first; yes continues."""
    _die(sending.start())
    sending.wire.line = Line()
    with sending.cli.terminal(*sending.arguments) as terminal:
        terminal.wait_for("An earlier upload of a.bin stopped at ")
        terminal.wait_for("% (")
        terminal.answer("Continue it? [Y/n]:", "")
        terminal.wait_for("continued at")
        assert terminal.end() == 0
    assert not list((sending.cli.data / "uploads").iterdir())


@pytest.mark.slow
def test_declined_at_a_terminal(sending: Sending, server: LiveServer) -> None:
    """No begins anew; nothing is left of the old one. Ctrl-C at the question leaves everything as it is."""
    before = _staged(server)
    _die(sending.start())
    noted = sending.noted
    with sending.cli.terminal(*sending.arguments) as terminal:
        terminal.wait_for("Continue it? [Y/n]: ")
        terminal.interrupt()
        assert terminal.end() == 130
    assert sending.noted == noted
    assert "--resume" in terminal.shown
    with sending.cli.terminal(*sending.arguments) as terminal:
        terminal.answer("Continue it? [Y/n]:", "n")
        assert terminal.end() == 0
    assert len(sending.cli.ok("ls").lines) == 1
    assert _staged(server) == before


@pytest.mark.slow
def test_not_offered_without_a_terminal(sending: Sending, server: LiveServer) -> None:
    """A script that does not say --resume gets a new upload, and is told what it could have had."""
    before = _staged(server)
    _die(sending.start())
    sending.wire.line = Line()
    result = sending.cli.ok(*sending.arguments)
    assert "--resume would have continued it" in result.err
    sending.check(result)
    assert _staged(server) == before


@pytest.mark.slow
def test_a_new_sign_in_between(sending: Sending, server: LiveServer) -> None:
    """Who signs in again is the same person, and continues."""
    _die(sending.start())
    sending.sign_in(server)
    sending.resume()


@pytest.mark.slow
def test_a_session_that_ends_midway(sending: Sending, server: LiveServer) -> None:
    """Exit code 3; what has arrived waits for the next sign-in."""
    process = sending.start()
    session = strict_json.loads_object((sending.cli.data / "session.json").read_bytes(), 65_536)
    token = {"Authorization": f"Bearer {session['token']}"}
    requests.post(f"{server.url}/auth/logout", headers=token, timeout=30).raise_for_status()
    result = finish(process)
    assert result.code == 3
    assert "Sign in again" in result.err
    assert "--resume" in result.err
    sending.sign_in(server)
    sending.resume()


@pytest.mark.slow
def test_patience_ends(sending: Sending) -> None:
    """Exit code 8 when the network stays away; nothing is lost."""
    sending.cli = sending.cli.with_settings(SEALCASE_PATIENCE="1")
    sending.wire.cut_up_after = 2 * PART
    process = sending.start()
    sending.wire.cut_up_after = 0
    result = finish(process)
    assert result.code == 8
    assert "--resume" in result.err
    sending.wire.cut_up_after = None
    sending.resume()


TROUBLES = {
    "cut": {"cut_up_after": 5_000_000},
    "cut short": {"truncate_up_after": 5_000_000},
    "no answer": {"cut_down_after": 500},
    "half an answer": {"truncate_down_after": 800},
    "altered": {"flip_up_at": 5_000_000},
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_wire_in_trouble(sending: Sending, bob_keys: KeyFiles, trouble: str) -> None:
    """It goes on by itself, and for each trouble at most the parts in flight travel again."""
    for name, value in TROUBLES[trouble].items():
        setattr(sending.wire, name, value)
    sending.wire.trouble_ends_after = 2
    # Whose key is at hand need not be asked for: the first thing that is sent is the upload.
    result = sending.cli.ok("send", "a.bin", "--to", bob_keys.public, "--allow", sending.to.email, "--no-compress")
    assert sending.wire.troubles >= 1
    assert sending.wire.passed_up <= (PARTS + sending.wire.troubles) * PART + OVERHEAD
    sending.check(result, "--key", bob_keys.private)


@pytest.mark.slow
def test_a_wire_that_stalls(sending: Sending) -> None:
    """Half a minute without a byte is a failure: the part is sent again on another connection."""
    sending.wire.stall_up_after = 5_000_000
    sending.wire.trouble_ends_after = 1
    sending.check(sending.cli.ok(*sending.arguments))


@pytest.mark.slow
def test_a_proxy_without_its_server(sending: Sending) -> None:
    """502 pages in the middle of everything: it waits, and goes on."""
    sending.wire.cut_up_after = 12_000_000
    process = sending.start()
    sending.wire.answer_instead = BAD_GATEWAY
    wait_until(lambda: sending.wire.troubles >= 3, "some 502s")
    sending.wire.answer_instead = sending.wire.cut_up_after = None
    sending.check(finish(process))


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.mark.parametrize("new_secret", [pytest.param(False, marks=pytest.mark.slow), True], ids=["as before", "new"])
def test_a_server_that_is_killed(tmp_path: Path, port: int, new_secret: bool) -> None:
    """kill -9 of the server, and another one over the same folder: the command goes on, with a new token if need be."""
    data = tmp_path / "data"
    secrets = ("old-0123456789" * 5, ("new-0123456789" if new_secret else "old-0123456789") * 5)
    with wire_to(f"http://127.0.0.1:{port}") as wire, ExitStack() as at_the_wire:
        with live_server(data, workers=1, port=str(port), jwt_secret=secrets[0]) as server:
            ada = sign_up("ada", server, tmp_path)
            at_the_wire.enter_context(ada.at(wire.url))
            sending = Sending(ada, ada, wire)
            process = sending.start()
            server.kill()
        with live_server(data, workers=1, port=str(port), jwt_secret=secrets[1]):
            result = finish(process)
            in_flight = 8
            assert wire.passed_up <= (PARTS + in_flight) * PART + OVERHEAD
            sending.check(result)


@pytest.mark.slow
def test_a_server_without_room(tmp_path: Path, port: int) -> None:
    """Exit code 9 and what is kept; the rest follows when there is room."""
    data = tmp_path / "data"
    with wire_to(f"http://127.0.0.1:{port}") as wire, ExitStack() as at_the_wire:
        with live_server(data, workers=1, port=str(port)) as server:
            ada = sign_up("ada", server, tmp_path)
            at_the_wire.enter_context(ada.at(wire.url))
            sending = Sending(ada, ada, wire)
            process = sending.start()
            server.kill()
        with live_server(data, workers=1, port=str(port), free_disk_floor=str(1 << 60)):
            result = finish(process)
            assert result.code == 9, result.err
            assert "--resume" in result.err
            noted = sending.noted
            assert noted >= 2
            assert sending.cli(*sending.arguments, "--resume").code == 9
            assert sending.noted == noted
        with live_server(data, workers=1, port=str(port)):
            sending.resume()


@pytest.mark.slow
def test_a_quota_that_is_too_small(tmp_path: Path) -> None:
    """Exit code 9; it will not change by itself, so nothing is kept."""
    with live_server(tmp_path / "data", workers=1, quota_bytes="20000000") as server:
        ada = sign_up("ada", server, tmp_path)
        (ada.cli.folder / "a").write_bytes(os.urandom(SIZE))
        result = ada.cli("send", "a", "--to", ada.email)
        assert result.code == 9
        assert "--resume" not in result.err
        (ada.cli.folder / "a").write_bytes(os.urandom(SIZE).hex().encode())  # compressed, and too large after all
        assert ada.cli("send", "a", "--to", ada.email).code == 9
        assert not _staged(server)
        assert not list((ada.cli.data / "uploads").iterdir())


@pytest.mark.slow
def test_a_machine_that_sleeps(tmp_path: Path) -> None:
    """Long enough that the server has hung up: the command goes on when it wakes."""
    with live_server(tmp_path / "data", workers=1, body_timeout="1") as server, wire_to(server.url) as wire:
        ada = sign_up("ada", server, tmp_path)
        with ada.at(wire.url):
            sending = Sending(ada, ada, wire)
            wire.stall_up_after = PART // 2
            process = sending.cli.start(*sending.arguments)
            wait_until(lambda: wire.stalled > 0, "half a part")
            process.send_signal(signal.SIGSTOP)
            wire.stall_up_after = None
            wait_until(lambda: wire.stalled == 0, "the server to hang up")
            process.send_signal(signal.SIGCONT)
            sending.check(finish(process))


def _staged(server: LiveServer) -> set[Path]:
    """Parts of uploads that are not finished."""
    return {path for path, _status in files_below(server.data_dir) if path.parent.parent.name == "staged"}
