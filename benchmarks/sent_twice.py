"""What travels again after `kill -9` of `sealcase send` at half, and `--resume`: the parts in flight, at most."""

import subprocess
from pathlib import Path

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
TARGET = 1.0
_AS_IT_IS = ("--no-compress", "--no-pad")  # as many parts as the size says
_STEP = 0.001


def measure(scale: Scale) -> list[Measurement]:
    """What the client sent in both tries together, minus what an undisturbed one sends, requests' heads and all."""
    twice: list[float] = []
    in_flight: list[float] = []
    parts = Geometry(part_size_for(scale.size), scale.size).part_count
    with (
        workplace.folder(3 * scale.size) as folder,
        sealcase_server(folder / "sealcase") as server,
        line_to(server, rate=RATE) as line,
    ):
        plain, target = workplace.random_file(folder / "plain", scale.size), folder / "received"
        sender, receiver = two_people(folder / "sealcase", line.server)
        before = line.passed().up
        sender.remove(sender.send(plain, receiver.email, *_AS_IT_IS)[1])
        whole = line.passed().up - before
        for number in range(scale.runs):
            before = line.passed().up
            carrying = _killed_when(sender, plain, receiver.email, line, before + whole // 2)
            _, file_id = sender.send(plain, receiver.email, "--resume", *_AS_IT_IS)
            twice.append((line.passed().up - before - whole) / MB)
            in_flight.append(carrying * whole / parts / MB)
            if number == 0:
                receiver.get(file_id, target)
                output_of("cmp", plain, target)
            sender.remove(file_id)
    samples = {"sealcase": twice, "parts in flight": in_flight}
    ours, theirs = max(zip(twice, in_flight, strict=True), key=lambda run: run[0] / run[1])
    name = "bytes sent twice after kill -9 at half, against the parts in flight, worst run"
    figure = Figure(name, "MB", ours, TARGET, theirs, "parts in flight")
    return [Measurement("resume", {"content": scale.size}, samples, "MB", [figure])]


def _killed_when(sender: Client, plain: Path, to: str, line: Line, passed: int) -> int:
    """`sealcase send` until so many bytes have passed; how many connections carried parts then."""
    process = sender.start_sending(plain, to, *_AS_IT_IS)
    while (so_far := line.passed()).up < passed:
        try:
            code = process.wait(_STEP)
        except subprocess.TimeoutExpired:
            continue
        raise Failed(f"sealcase send ended with {code} before half of the file had passed")
    process.kill()
    process.wait()
    return so_far.carrying
