"""`sealcase send` to a server whose files lie in S3, straight and through the server, against boto3 without a server.

The store is a Ceph cluster of one node in memory, with its RADOS gateway: real signatures, and four times as fast as
moto, which is Python and hides everything that is measured behind its own work.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import workplace
from benchmarks.figures import Measurement, ceiling, time_figure
from benchmarks.memory import CLIENT_MB, SERVER_MB
from benchmarks.memory_watch import MemoryWatch
from benchmarks.people import Client, two_people
from benchmarks.processes import Failed, Outcome, output_of, run
from benchmarks.scale import GIB, Scale
from benchmarks.servers import sealcase_server
from shared.sealed.geometry import DEFAULT_PART_SIZE
from tests.services.ceph import PROGRAMS, ceph
from tests.services.s3 import ACCESS_KEY, SECRET_KEY, S3Service

NEEDS = PROGRAMS
STRAIGHT_TARGET, THROUGH_TARGET = 1.25, 2.0
_STRAIGHT, _THROUGH, _BOTO = "sealcase, straight", "sealcase, through the server", "boto3"
_BOTO_UPLOAD = Path(__file__).with_name("boto_upload.py")
_BUCKET = "bench"
_CONNECTIONS = 8
"""As many as our client ever uses."""
_ROOM = 2 * GIB
_AS_IT_IS = ("--no-compress", "--no-pad")


def measure(scale: Scale) -> list[Measurement]:
    """Sending random bytes: each way once, then each again; the server's memory meanwhile."""
    times: dict[str, list[float]] = {}
    peaks: dict[str, list[float]] = {}
    with workplace.folder(2 * scale.size) as folder, _store(folder / "ceph", scale.size) as store:
        settings = {name.upper(): value for name, value in store.settings(_BUCKET).items()}
        with sealcase_server(folder / "sealcase", **settings) as server:
            plain = workplace.random_file(folder / "plain", scale.size)
            people = two_people(folder / "sealcase", server)
            ways: dict[str, Callable[[], Outcome]] = {
                _STRAIGHT: lambda: _send(people, plain),
                _THROUGH: lambda: _send(people, plain, "--via-server"),
                _BOTO: lambda: _upload(store, plain),
            }
            _check_that_it_goes_straight(people, plain)
            for number in range(scale.runs + 1):
                for name, way in ways.items():
                    with MemoryWatch(server.pid) as watch:
                        outcome = way()
                    _collect_garbage(folder / "ceph")
                    if number:
                        times.setdefault(name, []).append(outcome.seconds)
                        times.setdefault(f"{name}, core-seconds of the client", []).append(outcome.core_seconds)
                        peaks.setdefault(f"server, {name}", []).append(watch.peak.pss)
                        peaks.setdefault(f"client, {name}", []).append(outcome.peak)
    return [_times(scale.size, times), _memory(scale.size, peaks)]


def _times(size: int, samples: Mapping[str, Sequence[float]]) -> Measurement:
    figures = [
        time_figure("send straight to S3 against boto3 upload_file", samples, _BOTO, STRAIGHT_TARGET, _STRAIGHT),
        time_figure("send through the server into S3 against the same", samples, _BOTO, THROUGH_TARGET, _THROUGH),
    ]
    return Measurement("s3", {"content": size}, samples, "s", figures)


def _memory(size: int, peaks: Mapping[str, Sequence[float]]) -> Measurement:
    figures = [
        ceiling("peak memory of the server, straight to S3", max(peaks[f"server, {_STRAIGHT}"]), SERVER_MB),
        ceiling("peak memory of the server, through it into S3", max(peaks[f"server, {_THROUGH}"]), SERVER_MB),
        ceiling("peak memory of the client, straight to S3", max(peaks[f"client, {_STRAIGHT}"]), CLIENT_MB),
    ]
    seen = {name: peaks[name] for name in peaks if name != f"server, {_BOTO}"}
    return Measurement("s3-memory", {"content": size}, seen, "bytes", figures)


@contextmanager
def _store(folder: Path, size: int) -> Iterator[S3Service]:
    """A cluster with a bucket and room for one file, what is left of another, and what is about to be sent."""
    folder.mkdir()
    with ceph(folder, 3 * size + _ROOM) as store:
        store.new_bucket(_BUCKET)
        yield store


def _collect_garbage(folder: Path) -> None:
    """What was deleted leaves the cluster's memory now, and not in the middle of the next run."""
    environment = {**os.environ, "CEPH_CONF": str(folder / "ceph.conf")}
    output_of("radosgw-admin", "gc", "process", "--include-all", environment=environment)


def _send(people: tuple[Client, Client], plain: Path, *options: str) -> Outcome:
    sender, receiver = people
    outcome, file_id = sender.send(plain, receiver.email, *_AS_IT_IS, *options)
    sender.remove(file_id)
    return outcome


def _check_that_it_goes_straight(people: tuple[Client, Client], plain: Path) -> None:
    """Raises `Failed` where what is called straight would be measured through the server."""
    sender, receiver = people
    _, said = sender.send(plain, receiver.email, *_AS_IT_IS, "--events")
    if '"rerouted"' in said:
        raise Failed(f"the client can't reach the store, so nothing would be measured:\n{said}")
    sender.remove(json.loads(said.splitlines()[-1])["file_id"])


def _upload(store: S3Service, plain: Path) -> Outcome:
    secrets = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    about = (store.url, _BUCKET, "file", plain, str(DEFAULT_PART_SIZE), str(_CONNECTIONS))
    outcome = run((sys.executable, _BOTO_UPLOAD, *about), environment={**os.environ, **secrets})
    store.client.delete_object(Bucket=_BUCKET, Key="file")
    return outcome
