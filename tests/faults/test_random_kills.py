"""kill -9 of one and of all of the server's processes at random moments under load, and what is on the disk then."""

import os
import random
import threading
import time
from pathlib import Path

import pytest

from server.adapters.records.json_files import JsonRecords
from server.services.housekeeping import LEFTOVER_SECONDS
from server.settings import Settings
from server.wiring import services, wire
from shared.api import limits
from tests.faults.disk import misfits
from tests.faults.traffic import Client, Traffic
from tests.server.house import TurnedClock
from tests.support.server import LiveServer, live_server

_SEED = "KILL_SEED"
_CLIENTS = 3
_LONGEST_SECONDS = 0.5


@pytest.mark.parametrize("kills", [12, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1_800)])])
def test_killed_at_random_moments(tmp_path: Path, kills: int) -> None:
    """Nothing that was acknowledged is lost, no byte is wrong, every upload can be ended, and nothing is left over.

    `KILL_SEED=N` does again what it did when it said so; the moments are as exact as the machine's clock.
    """
    seed = int(os.environ.get(_SEED) or random.SystemRandom().getrandbits(32))
    print(f"{_SEED}={seed}")
    draw = random.Random(seed)  # not a secret
    clients = [Client(draw.getrandbits(32)) for _ in range(_CLIENTS)]
    for _ in range(0, kills, 2):
        with live_server(tmp_path) as server:
            _connect(clients, server)
            traffic = Traffic(clients)
            threading.Event().wait(draw.uniform(0.0, _LONGEST_SECONDS))
            server.kill_worker(draw.randrange(100))
            threading.Event().wait(draw.uniform(0.0, _LONGEST_SECONDS))
            server.kill()
            traffic.wait()
        assert _broken_promises(tmp_path, clients) == []
    assert sum(client.known.rounds for client in clients) > 0
    with live_server(tmp_path) as server:
        _connect(clients, server)
        for client in clients:
            client.finish()
    clock = TurnedClock(time.time() + LEFTOVER_SECONDS + limits.UPLOAD_IDLE_SECONDS)
    settings = Settings(data_dir=tmp_path)
    everything = services(settings, wire(settings, clock))
    everything.housekeeping.sweep()
    everything.housekeeping.sweep()
    assert misfits(tmp_path, clock.now(), swept=True) == []
    assert list(everything.inspection.findings(deep=True)) == []


def _connect(clients: list[Client], server: LiveServer) -> None:
    token = server.sign_in("ada@example.org")["token"]
    for client in clients:
        client.connect(server.url, token)


def _broken_promises(data: Path, clients: list[Client]) -> list[str]:
    """What does not fit together on the disk of a server that is dead, or is not what it has promised."""
    records = JsonRecords(data / "records")
    found = misfits(data, time.time(), swept=False)
    for client in clients:
        found += [f"file {each} is lost" for each in client.known.finished if records.file(each) is None]
        for each in client.known.begun:
            kept = set(records.receipts(each))
            if records.file(each) is None and not client.known.acknowledged[each] <= kept:
                found.append(f"of upload {each} only the parts {kept} are left")
    return found
