"""Nodes are killed, PostgreSQL and Redis go and come, S3 stumbles, all nodes are replaced: what was said stays true."""

import functools
import hashlib
import json
import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.cluster.clients import LIMIT, Client, Memory, in_threads, race_for_codes, race_for_places
from tests.cluster.nodes import Cluster, cluster
from tests.s3.faults import Answer
from tests.server.samples import sample

CLIENTS = int(os.environ.get("CLUSTER_CLIENTS", "6"))
SECONDS = int(os.environ.get("CLUSTER_SECONDS", "60"))
"""About how long; the disasters take what they take."""
REDIS_AWAY_SECONDS = 20
QUOTA_FILES = 40
READERS = 4


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cluster]:
    limits = {f"rate_limit_{name}": "1000000 per hour" for name in ("anonymous", "request_otp", "login", "refresh")}
    with cluster(tmp_path, quota_files=str(QUOTA_FILES), rate_limits="1", **limits) as everything:
        yield everything


def person(everything: Cluster, name: str, memory: Memory, stop: threading.Event) -> Client:
    server = everything.nodes[0].server
    assert server is not None
    server.url = everything.nodes[0].url
    return Client(everything.url, server.sign_in(f"{name}@example.org")["token"], memory, stop)


def worker(client: Client, seed: int) -> None:
    """Makes room as it goes: the share is for `greedy` to try."""
    chance = random.Random(seed)
    while not client.stop.is_set():
        client.work_once(chance, keep=QUOTA_FILES // 2)


def greedy(client: Client) -> None:
    """Several at once want more than one may have."""
    while not client.stop.is_set():
        rest = in_threads([functools.partial(_send_small, client) for _ in range(4)])
        for thread in rest:
            thread.join()


def disasters(everything: Cluster, memory: Memory, reader: Client) -> None:
    """One after the other, with a while in between for everybody to go on."""
    pause = threading.Event()
    between = max(1.0, (SECONDS - REDIS_AWAY_SECONDS) / 8)
    everything.store.every(10, Answer(503, "SlowDown"))  # all the while, whatever else happens
    for number in range(2):
        pause.wait(between)
        everything.nodes[number].kill()
        pause.wait(1)
        everything.nodes[number].start()
        memory.count("nodes killed")
    pause.wait(between)
    everything.postgres.stop()
    everything.postgres.start()
    memory.count("PostgreSQL restarts")
    pause.wait(between)
    everything.redis.flush()
    memory.count("Redis flushes")
    pause.wait(between)
    everything.redis.stop()
    memory.count("Redis outages")
    ends = threading.Timer(REDIS_AWAY_SECONDS, pause.set)
    ends.start()
    while not pause.wait(0.2):
        answer = reader.ask("GET", "/files")
        memory.count("reads without Redis" if answer is not None else "reads refused without Redis")
        asked = requests.post(f"{everything.url}/auth/request_otp", json={"email": "late@example.org"}, timeout=60)
        memory.count(f"codes asked for without Redis: {asked.status_code}")
    everything.redis.start()
    everything.replace_one_by_one()
    memory.count("rolling replacements")
    everything.store.never()
    memory.counts["calls of S3 that failed"] = everything.store.troubles
    memory.counts["calls of S3"] = len(everything.store.seen)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS * 4 + 600)
def test_what_was_acknowledged_stays_true(running: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every acknowledged file opens, no limit or share is exceeded, no code is taken twice; reads outlive Redis."""
    memory, stop = Memory(), threading.Event()
    workers = [person(running, f"worker-{number}", memory, stop) for number in range(CLIENTS)]
    one = person(running, "greedy", memory, stop)
    owner = person(running, "owner", memory, stop)
    readers = [person(running, f"reader-{number}", memory, stop) for number in range(READERS)]
    emails = [f"reader-{number}@example.org" for number in range(READERS)]
    jobs = [functools.partial(worker, client, seed) for seed, client in enumerate(workers)]
    jobs += [functools.partial(greedy, one), functools.partial(race_for_codes, running, memory, stop)]
    jobs += [functools.partial(race_for_places, owner, readers, emails)]
    threads = in_threads([functools.partial(_noting, job, memory) for job in jobs])
    disasters(running, memory, workers[0])
    stop.set()
    for thread in threads:
        thread.join(240)
        assert not thread.is_alive()

    for node in running.nodes:
        for file_id, (token, digest) in memory.sent.items():
            headers = {"Authorization": f"Bearer {token}"}
            answer = requests.get(f"{node.url}/files/{file_id}/content", headers=headers, timeout=60)
            assert (answer.status_code, hashlib.sha256(answer.content).digest()) == (200, digest), file_id
            memory.count("files compared at the end")
    listed = one.until("GET", "/files?limit=200").json()["files"]
    memory.counts["files of somebody greedy"] = len(listed)
    memory.counts["most whole downloads of a file for three"] = max(memory.whole_downloads.values(), default=0)
    with capsys.disabled():
        print(f"\n{json.dumps(dict(sorted(memory.counts.items())), indent=2)}")
    assert not memory.wrong
    assert memory.codes_twice == 0
    assert max(memory.whole_downloads.values(), default=0) <= LIMIT
    assert len(listed) <= QUOTA_FILES
    for what in (
        *("files acknowledged", "files received", "reads without Redis", "codes accepted once"),
        "calls of S3 that failed",
    ):
        assert memory.counts[what], what
    assert memory.counts["codes asked for without Redis: 503"]
    assert not memory.counts["codes asked for without Redis: 200"]


def _noting(job: functools.partial[None], memory: Memory) -> None:
    """What stops a client is a finding, not a thread that is missed."""
    try:
        job()
    except Exception as error:  # noqa: BLE001  # told at the end
        memory.wrong.append(f"{type(error).__name__}: {error}")


def _send_small(client: Client) -> None:
    client.send(sample(100))
