"""`GET /files`, a page of 50, under load: against a bare Flask route with the same JWT check under the same gunicorn.

Run as a program, this is that bare route.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

from benchmarks import workplace
from benchmarks.api import Api
from benchmarks.figures import Figure, Measurement
from benchmarks.processes import Failed
from benchmarks.scale import Scale
from benchmarks.servers import Server, sealcase_server
from server.adapters.records.json_files import JsonRecords
from server.domain import File
from shared.sealed.geometry import MIB, Geometry
from shared.sealed.grant import parse_grants
from shared.sealed.manifest import encode_manifest, parts_digest

REQUESTS = 1_500
"""Of each thread, at each run."""
LOAD_THREADS = 4
WORKERS = max(1, min(os.cpu_count() or 1, 4))
SERVER_THREADS = 64
FEW, MANY = 100, 10_000
RATE_TARGET = 2.0
SLOWEST_TARGET = 3.0
MANY_TARGET = 2.0
_PATH = "/files?limit=50"
_GRANT = {"type": "link", "recipient": "A" * 43, "wrapped_key": "A" * 54, "signature": None}
_BARE = "bare Flask"
_NEEDED = 200 * MIB


@dataclass(frozen=True, slots=True)
class Load:
    """What one run under load took, in seconds."""

    per_request: float
    """Of the whole run, divided by its requests."""
    latencies: list[float]

    @property
    def slowest(self) -> float:
        """One in a hundred takes longer."""
        return quantiles(self.latencies, n=100)[-1]


def measure(scale: Scale) -> list[Measurement]:
    """Ours with few files, ours with many and the bare route, one after the other, and again."""
    with (
        workplace.folder(_NEEDED) as folder,
        filled(folder / "few", FEW) as (few, few_token),
        filled(folder / "many", MANY) as (many, many_token),
        _bare(folder, few, few_token) as bare,
    ):
        sides = {"sealcase": (few, few_token), _BARE: (bare, few_token), "many files": (many, many_token)}
        loads: dict[str, list[Load]] = {name: [] for name in sides}
        for number in range(scale.runs + 1):
            for name, (server, token) in sides.items():
                load = under_load(server, token, REQUESTS if number else REQUESTS // 5)
                if number:  # the first warms caches
                    loads[name].append(load)
    samples = {
        **{f"{name}, each": [1_000 * load.per_request for load in each] for name, each in loads.items()},
        **{f"{name}, slowest in 100": [1_000 * load.slowest for load in each] for name, each in loads.items()},
        **{f"{name}, median": [1_000 * median(load.latencies) for load in each] for name, each in loads.items()},
    }
    middle = {name: median(values) for name, values in samples.items()}

    def figure(what: str, measured: str, target: float) -> Figure:
        ours, theirs = middle[f"sealcase, {measured}"], middle[f"{_BARE}, {measured}"]
        return Figure(what, "ms", ours, target, theirs, _BARE)

    among_few, among_many = middle["sealcase, median"], middle["many files, median"]
    figures = [
        figure("page of 50 files against a bare route", "each", RATE_TARGET),
        figure("its slowest in a hundred", "slowest in 100", SLOWEST_TARGET),
        Figure("page among 10,000 files against among 100", "ms", among_many, MANY_TARGET, among_few, "among 100"),
    ]
    return [Measurement("requests", {"few files": FEW, "many files": MANY}, samples, "ms", figures)]


def under_load(server: Server, token: str, count: int) -> Load:
    """`count` requests of each of a few threads at once."""
    latencies: list[list[float]] = [[] for _ in range(LOAD_THREADS)]
    start = threading.Barrier(LOAD_THREADS + 1)
    threads = [threading.Thread(target=_ask, args=(server, token, count, each, start)) for each in latencies]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    total = time.perf_counter() - began
    all_latencies = [latency for each in latencies for latency in each]
    if len(all_latencies) != count * LOAD_THREADS:
        raise Failed("the server refused requests under load")
    return Load(total / len(all_latencies), all_latencies)


def _ask(server: Server, token: str, count: int, latencies: list[float], start: threading.Barrier) -> None:
    """One connection, one request after the other."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    headers = {"Authorization": f"Bearer {token}"}
    start.wait()
    for _ in range(count):
        began = time.perf_counter()
        connection.request("GET", _PATH, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            return
        latencies.append(time.perf_counter() - began)
    connection.close()


@contextmanager
def filled(folder: Path, count: int, **more: str) -> Iterator[tuple[Server, str]]:
    """Our server, with its limits on but out of the way, and the token of somebody who owns `count` files."""
    settings = {"RATE_LIMIT_SIGNED_IN": "100000000 per minute; 100000000 per hour", **more}
    with sealcase_server(folder, **settings) as server:
        api = Api.signed_in(server, "anna@example.org", folder)
        records = JsonRecords(folder / "data" / "records")
        for number in range(count):
            records.add_file(listed_file(api.user_id, time.time() - number))
        yield server, api.token


def listed_file(owner: str, uploaded_at: float) -> File:
    """A file of 1 MiB as a client would have sent it; its bytes are not needed for a listing."""
    file_id, geometry, hashes = uuid.uuid4(), Geometry(MIB, MIB), bytes(32)
    manifest = encode_manifest(
        file_id=file_id,
        created_at=int(uploaded_at),
        sender=None,
        key_commitment=bytes(32),
        part_size=geometry.part_size,
        body_size=geometry.body_size,
        parts_digest=parts_digest(hashes),
        metadata=bytes(284),
    )
    return File(
        file_id=file_id,
        owner_id=owner,
        owner_email="anna@example.org",
        uploaded_at=uploaded_at,
        expires_at=int(uploaded_at) + 8_760 * 3_600,
        size=geometry.body_size,
        manifest=manifest.raw,
        grants=tuple(parse_grants([_GRANT])),
        part_hashes=hashes,
        allowed_users=(),
    )


@contextmanager
def _bare(folder: Path, ours: Server, token: str) -> Iterator[Server]:
    """The bare route, with our secret and the very page that ours answers."""
    (folder / "page.json").write_bytes(Api(ours.url, token).call("GET", _PATH))
    secret = folder / "few" / "data" / "secrets" / "jwt_secret"
    command = [sys.executable, "-m", "benchmarks.small_requests", str(secret), str(folder / "page.json")]
    root = str(Path(__file__).resolve().parents[1])
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                raise Failed("the bare Flask route did not start")
            yield Server(url, process.pid)
        finally:
            process.terminate()


def _serve_bare(secret: str, page: object) -> None:
    import jwt  # here, because only the bare route needs them
    from flask import Flask, Response, jsonify, request
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    app = Flask("bare")

    @app.get("/files")
    def files() -> Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        jwt.decode(token, secret, algorithms=["HS256"], audience="sealcase-api", issuer="sealcase")
        return jsonify(page)

    listener = socket.create_server(("127.0.0.1", 0), backlog=1_024)

    class Bare(BaseApplication):  # type: ignore[misc]  # untyped base class
        def load_config(self) -> None:
            options: dict[str, object] = {
                "bind": f"fd://{listener.fileno()}",
                "worker_class": "gthread",
                "workers": WORKERS,
                "threads": SERVER_THREADS,
                "worker_connections": 1_000,
                "preload_app": True,
                "keepalive": 75,
                "loglevel": "warning",
                "control_socket_disable": True,
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    Bare().run()


if __name__ == "__main__":
    _serve_bare(Path(sys.argv[1]).read_text().strip(), json.loads(Path(sys.argv[2]).read_text()))
