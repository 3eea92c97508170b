"""A process of its own moves files: killed, it loses nothing; with its window it ends; its keys go no other way."""

import json
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import psutil
import pytest

from client.gui.mover import process as process_module
from client.gui.mover.carried import CarriedIdentity
from client.gui.mover.messages import Done, Hello, Moved, News, Order, Start
from client.gui.mover.pipe import Pipe
from client.gui.mover.running import Running
from client.gui.mover.worker import Worker
from client.gui.presenters.queue_rows import Status
from client.gui.presenters.transfers import Get
from client.gui.wiring import build_house
from client.local.paths import Paths
from client.local.queue import Queued, SendOrder
from client.local.session import Session, require_session
from client.local.vault import Vault
from tests.gui.clock import FakeClock
from tests.gui.presenters.desk import Desk, is_half_way
from tests.support.files import contents_below
from tests.support.network import nobody_answers
from tests.support.people import PASSPHRASE, Person, change_server
from tests.support.waiting import until

_SECONDS = 30.0


def _is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_transfer_goes_on_when_its_process_is_killed(desk: Desk, ada: Person, bob: Person, photos: Path) -> None:
    """By itself, in another process, where it stopped: nothing is there twice, and the row says what happened."""
    desk.send(photos, bob)
    with desk.frozen_half_way() as killed:
        there = len(ada.cli.ok("ls", "--all").lines)
        killed.kill()
    row = desk.until(lambda row: "interrupted" in row.detail)
    assert row.status is Status.RUNNING
    desk.clock.until(lambda: desk.works.pid not in (None, killed.pid))
    desk.at_full_speed()
    row = desk.until(lambda row: row.status is Status.DONE)
    assert there > 0
    assert len(ada.cli.ok("ls", "--all").lines) == 31
    bob.cli.ok("get", row.file_id)
    assert len([*(bob.cli.folder / "photos").iterdir()]) == 30


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux alone says how its threads wake up")
def test_it_lets_others_come_first() -> None:
    """The window, which does not step back, gets its core at once when somebody clicks."""
    code = "import os; from client.gui.mover.priority import step_back; step_back(); "
    said = "print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0))"
    run = subprocess.run([sys.executable, "-c", code + said], capture_output=True, check=True, text=True, timeout=60)
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert run.stdout.split() == [str(min(19, mine + 10)), str(os.SCHED_BATCH)]


class _Secret:
    """As an order may hold one."""


class _Heard:
    """The end of a pipe at which all is taken, and nothing kept."""

    def say(self, _order: object) -> None:
        return None

    def hang_up(self) -> None:
        return None


def test_the_window_forgets_an_order_that_was_said() -> None:
    """Not only with the next one, which may be long in coming."""
    running = Running(cast("subprocess.Popen[bytes]", SimpleNamespace(pid=1)), cast("Pipe[News, Order]", _Heard()))
    speaker = threading.Thread(target=running._speak)
    speaker.start()

    def say() -> weakref.ref[_Secret]:
        secret = _Secret()
        running._say(cast("Order", secret))
        return weakref.ref(secret)

    secret = say()
    until(lambda: secret() is None, "a time when it was forgotten")
    running._to_say.put(None)
    speaker.join(_SECONDS)
    assert not speaker.is_alive()


def test_no_key_leaves_the_pipe(desk: Desk, bob: Person, photos: Path, ada: Person) -> None:
    """Neither arguments nor environment nor any file of the data folder hold a passphrase, a token or a private key."""
    desk.send(photos, bob)
    desk.until(is_half_way)
    process = desk.mover
    session = json.loads((ada.cli.data / "session.json").read_text())
    identity = desk.house.keys.person().identity
    seed = identity.signing_key.private_bytes_raw()
    said = " ".join([*process.cmdline(), *process.environ().values()])
    for secret in (PASSPHRASE, session["token"], session["refresh_token"], seed.hex()):
        assert secret not in said
    secrets = (seed, json.loads(identity.encode_secret())["signing_key"].encode(), PASSPHRASE.encode())
    for path, content in contents_below(ada.cli.data):
        assert not any(secret in content for secret in secrets), path


@pytest.mark.slow
def test_a_session_that_ends_meanwhile_is_renewed_for_all(desk: Desk, ada: Person, bob: Person, tmp_path: Path) -> None:
    """By whoever notices first; the others find the new tokens on disk."""
    paths = Paths(ada.cli.data)
    before = Session.load(paths)
    assert before is not None
    Session(before.server, before.email, before.user_id, before.token, before.refresh_token, 0).save(paths)
    desk.house.keys.connect_anew()
    (tmp_path / "note.txt").write_text("hello")
    desk.send(tmp_path / "note.txt", bob)
    desk.until(lambda row: row.status is Status.DONE)
    after = Session.load(paths)
    assert after is not None
    assert after.expires_at > 0
    assert desk.house.keys.person().api.account().email == ada.email
    assert ada.cli.ok("whoami").lines


def test_the_process_ends_with_its_window(tmp_path: Path) -> None:
    """Also where the window is killed, and can't say so."""
    script = (
        "import sys; from pathlib import Path; from client.gui.mover.running import Running; "
        "from client.local.paths import Paths; "
        "print(Running.start(Paths(Path(sys.argv[1])), 'en', 0).pid, flush=True); sys.stdin.read()"
    )
    window = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        assert not _is_gone(pid)
        window.kill()
    until(lambda: _is_gone(pid), "the end of the process", _SECONDS)


def test_the_process_is_ours_whatever_folder_the_window_is_in(tmp_path: Path) -> None:
    """A folder that holds something of our name, as a downloaded one may, is never run."""
    (tmp_path / "client").mkdir()
    (tmp_path / "client" / "__init__.py").write_text(f"open({str(tmp_path / 'was here')!r}, 'w').close()")
    script = (
        "import sys; from pathlib import Path; from client.gui.mover.running import Running; "
        "from client.local.paths import Paths; running = Running.start(Paths(Path(sys.argv[1])), 'en', 0); "
        "running.end(60); print(running._process.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("0\n", "")
    assert not (tmp_path / "was here").exists()


@pytest.mark.slow
def test_keys_are_forgotten_with_the_last_transfer(ada: Person) -> None:
    """So that a locked window has nothing to take back; the process itself stays."""
    paths = Paths(ada.cli.data)
    (ada.cli.folder / "a.txt").write_text("a")
    unlocking = Vault(paths, lambda _prompt, _twice: PASSPHRASE).begin_unlocking(ada.email)
    order = SendOrder(str(ada.cli.folder / "a.txt"), (ada.email,), (), (), 24, None, "", True)
    session = require_session(paths)
    identity = CarriedIdentity.of(unlocking.identity())
    start = Start(1, Queued.new(session, order, "a.txt", 1, 0.0), session, identity, None, ())
    orders, news = os.pipe(), os.pipe()
    with (
        os.fdopen(orders[0], "rb") as hears,
        os.fdopen(news[1], "wb") as tells,
        os.fdopen(news[0], "rb") as listens,
        os.fdopen(orders[1], "wb") as says,
    ):
        worker = Worker(Hello(paths, "en", 0), Pipe(hears, tells))
        window: Pipe[object, object] = Pipe(listens, says)
        serving = threading.Thread(target=worker.serve)
        serving.start()
        window.say(start)
        while not isinstance(said := window.hear(), Done):
            assert isinstance(said, Moved)
        assert not [*worker._persons]
        assert not worker._jobs
        window.hang_up()
        serving.join(_SECONDS)


@pytest.mark.slow
def test_a_closed_window_pauses_what_was_under_way(
    ada: Person, bob: Person, photos: Path, clock: FakeClock, desk: Desk
) -> None:
    """The process is gone; the next window goes on where it stopped."""
    desk.send(photos, bob)
    desk.until(is_half_way)
    pid = desk.mover.pid
    desk.house.close(3.0)
    until(lambda: _is_gone(pid), "the end of the process", _SECONDS)
    there = len(ada.cli.ok("ls", "--all").lines)
    assert there > 0
    house = build_house(Paths(ada.cli.data), clock)
    again = Desk(house, clock)
    again.at_full_speed()
    assert again.row.status is Status.PAUSED
    house.queue.resume(again.row.key)
    again.until(lambda row: row.status is Status.DONE)
    assert len(ada.cli.ok("ls", "--all").lines) == 31
    house.close(3.0)


@pytest.mark.slow
def test_a_locked_window_still_receives_with_a_key_file(desk: Desk, ada: Person, bob: Person, tmp_path: Path) -> None:
    """That key alone is handed over; it opens what was sealed to it."""
    from client.actions.pem_file import private_keys_of
    from client.local.secrets import nobody_to_ask

    desk.at_full_speed()
    bob.cli.ok("keygen", "--out", "pair", "--no-passphrase")
    (private,) = [each for each in bob.cli.folder.rglob("*.pem") if "PRIVATE" in each.read_text()]
    (public,) = [each for each in bob.cli.folder.rglob("*.pem") if "PUBLIC" in each.read_text()]
    (bob.cli.folder / "letter.txt").write_text("dear reader")
    (file_id,) = bob.cli.ok("send", "letter.txt", "--to", ada.email, "--to", str(public)).lines
    desk.house.keys.lock()
    keys = private_keys_of(private, nobody_to_ask)
    desk.house.queue.add_get(Get(file_id, tmp_path / "inbox", key_file=str(private), keys=keys))
    row = desk.until(lambda row: row.status in (Status.DONE, Status.FAILED))
    assert row.status is Status.DONE, row.detail
    assert Path(row.path).read_text() == "dear reader"


@pytest.mark.slow
def test_an_idle_process_ends_and_another_one_is_started(
    desk: Desk, bob: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody pays for it while nothing travels."""
    monkeypatch.setattr(process_module, "_IDLE_SECONDS", 0.05)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
        desk.send(tmp_path / name, bob)
        desk.clock.until(lambda: all(row.status is Status.DONE for row in desk.house.queue.state.rows))
        until(lambda: desk.works.pid is None, "the end of the process", _SECONDS)
    assert len(desk.house.queue.state.rows) == 2


@pytest.mark.slow
def test_a_cancel_does_not_wait_for_a_connection_that_nobody_answers(
    desk: Desk, ada: Person, bob: Person, photos: Path
) -> None:
    """It is out of sight after a second, long before connecting would have failed."""
    with nobody_answers() as (host, port):
        change_server(ada.cli.data / "session.json", f"http://{host}:{port}")
        desk.house.keys.connect_anew()
        desk.send(photos, bob)
        desk.until(lambda row: row.status is Status.RUNNING)
        desk.clock.until(lambda: desk.works.pid is not None)
        process = desk.mover
        desk.clock.until(lambda: any(each.status == psutil.CONN_SYN_SENT for each in process.net_connections()))
        desk.house.queue.cancel(desk.row.key)
        desk.clock.advance(1.5)
        assert not desk.house.queue.state.rows
