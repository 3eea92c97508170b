"""What the server alone takes in and gives out: ready-made bytes from a plain client, beside nginx."""

import os
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import plain_client, tools, workplace
from benchmarks.api import Api, Fields
from benchmarks.figures import Measurement, time_figure
from benchmarks.people import two_people
from benchmarks.processes import run
from benchmarks.scale import Scale
from benchmarks.servers import nginx_dav, sealcase_server
from shared.sealed.geometry import Geometry, part_size_for

INGEST_TARGET = EGRESS_TARGET = 1.1
CONNECTIONS = 4
_EMAIL = "anna@example.org"
_AS_IT_IS = ("--no-compress", "--no-pad")  # the sealed size follows from the size

Samples = dict[str, list[float]]


def measure_ingest(scale: Scale) -> list[Measurement]:
    """The parts of a file of random bytes: into an upload (hashed, written, noted down), and into nginx as one file."""
    geometry = Geometry(part_size_for(scale.size), scale.size)
    part = geometry.sealed_length(0)
    with (
        workplace.folder(3 * geometry.body_size) as folder,
        sealcase_server(folder / "sealcase") as ours,
        nginx_dav(folder / "nginx") as nginx,
    ):
        sealed = workplace.random_file(folder / "sealed", geometry.body_size)
        api = Api.signed_in(ours, _EMAIL, folder / "sealcase")

        def into_ours() -> float:
            file_id = str(uuid.uuid4())
            upload: Fields = {
                "file_id": file_id,
                "part_size": geometry.part_size,
                "body_size": geometry.body_size,
            }
            api.call("POST", "/uploads", upload)
            workplace.warm(folder, geometry.body_size)
            seconds = _plain_client("put", f"{ours.url}/uploads/{file_id}/parts", sealed, part, api.token)
            api.call("DELETE", f"/uploads/{file_id}")
            return seconds

        def into_nginx_by_curl() -> float:
            workplace.warm(folder, geometry.body_size)
            seconds = run((tools.peer("curl"), "-sfS", "-T", sealed, f"{nginx.url}/file")).seconds
            workplace.forget(folder / "nginx" / "files" / "file")
            return seconds

        def into_nginx_by_parts() -> float:
            (folder / "nginx" / "files" / "parts").mkdir(exist_ok=True)
            workplace.warm(folder, geometry.body_size)
            seconds = _plain_client("put", f"{nginx.url}/parts", sealed, part)
            workplace.forget(*(folder / "nginx" / "files" / "parts").iterdir())
            return seconds

        samples = _in_turn(
            scale.runs,
            {
                "sealcase": into_ours,
                "nginx, curl": into_nginx_by_curl,
                "nginx, the same client": into_nginx_by_parts,
            },
        )
    figure = time_figure("ingest of parts against nginx DAV PUT", samples, "nginx, curl", INGEST_TARGET)
    return [Measurement("ingest", {"content": geometry.body_size}, samples, "s", [figure])]


def measure_egress(scale: Scale) -> list[Measurement]:
    """The sealed bytes of a file, in ranges of a part as `get` asks for them: the same client asks both servers."""
    geometry = Geometry(part_size_for(scale.size), scale.size)
    part = geometry.sealed_length(0)
    with (
        workplace.folder(3 * geometry.body_size) as folder,
        sealcase_server(folder / "sealcase") as ours,
        nginx_dav(folder / "nginx") as nginx,
    ):
        sender, receiver = two_people(folder / "sealcase", ours)
        plain = workplace.random_file(folder / "plain", scale.size)
        _, file_id = sender.send(plain, receiver.email, *_AS_IT_IS)
        workplace.forget(plain)
        copy = workplace.random_file(folder / "nginx" / "files" / "file", geometry.body_size)
        token = Api.signed_in(ours, _EMAIL, folder / "sealcase").token
        content, static, at_once = f"{ours.url}/files/{file_id}/content", f"{nginx.url}/file", geometry.body_size
        samples = _in_turn(
            scale.runs,
            {
                "sealcase": lambda: _plain_client("get", content, copy, part, token),
                "nginx": lambda: _plain_client("get", static, copy, part),
                "sealcase, in one piece": lambda: _plain_client("get", content, copy, at_once, token, 1),
                "nginx, in one piece": lambda: _plain_client("get", static, copy, at_once, "", 1),
            },
        )
    figure = time_figure("egress of parts against nginx, static file", samples, "nginx", EGRESS_TARGET)
    return [Measurement("egress", {"content": geometry.body_size}, samples, "s", [figure])]


def _in_turn(runs: int, ways: Mapping[str, Callable[[], float]]) -> Mapping[str, Sequence[float]]:
    """Each way once, then each again; a first round is not counted."""
    samples: Samples = {name: [] for name in ways}
    for number in range(runs + 1):
        for name, way in ways.items():
            seconds = way()
            if number:
                samples[name].append(seconds)
    return samples


def _plain_client(
    action: str, url: str, file: Path, part: int, token: str = "", connections: int = CONNECTIONS
) -> float:
    """Seconds; `part` in bytes."""
    command = (sys.executable, "-I", "-S", plain_client.__file__, action, url, file, str(part), str(connections))
    return run(command, environment={**os.environ, "TOKEN": token}).seconds
