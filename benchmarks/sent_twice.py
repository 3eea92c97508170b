"""What travels again after `kill -9` of `sealcase send` at half, and `--resume`: the parts in flight, at most."""

import subprocess
from pathlib import Path
from statistics import median

from benchmarks import workplace
from benchmarks.figures import MB, Figure, Measurement
from benchmarks.line import Line, line_to
from benchmarks.people import Client, two_people
from benchmarks.processes import Failed, output_of
from benchmarks.scale import Scale
from benchmarks.servers import sealcase_server
from shared.sealed.geometry import Geometry, part_size_for

RATE = 300.0 * MB
"""Bytes a second: slow enough to meet the half."""
_AS_IT_IS = ("--no-compress", "--no-pad")  # the sealed size follows from the size
_STEP = 0.001


def measure(scale: Scale) -> list[Measurement]:
    """Everything that the client sent in both tries, requests' heads included, minus the sealed file once."""
    twice: list[float] = []
    in_flight: list[float] = []
    geometry = Geometry(part_size_for(scale.size), scale.size)
    with (
        workplace.folder(3 * scale.size) as folder,
        sealcase_server(folder / "sealcase") as server,
        line_to(server, rate=RATE) as line,
    ):
        plain, target = workplace.random_file(folder / "plain", scale.size), folder / "received"
        sender, receiver = two_people(folder / "sealcase", line.server)
        for number in range(scale.runs):
            before = line.passed()
            _killed_at_half(sender, plain, receiver.email, line, geometry.body_size)
            _, file_id = sender.send(plain, receiver.email, "--resume", *_AS_IT_IS)
            after = line.passed()
            twice.append(after.up - before.up - geometry.body_size)
            in_flight.append((after.broken_off - before.broken_off) * geometry.sealed_length(0))
            if number == 0:
                receiver.get(file_id, target)
                output_of("cmp", plain, target)
            sender.remove(file_id)
    samples = {"sent twice": twice, "parts in flight": in_flight}
    figure = Figure(
        "bytes sent twice after kill -9 at half, against the parts in flight",
        "MB",
        median(twice) / MB,
        1.0,
        median(in_flight) / MB,
        "parts in flight",
    )
    return [Measurement("resume", {"content": scale.size}, samples, "bytes", [figure])]


def _killed_at_half(sender: Client, plain: Path, to: str, line: Line, size: int) -> None:
    before = line.passed().up
    process = sender.start_sending(plain, to, *_AS_IT_IS)
    while line.passed().up - before < size // 2:
        try:
            code = process.wait(_STEP)
        except subprocess.TimeoutExpired:
            continue
        raise Failed(f"sealcase send ended with {code} before half of the file had passed")
    process.kill()
    process.wait()
