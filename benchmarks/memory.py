"""The peak memory of every side, at several sizes: it must be the same."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import tools, workplace
from benchmarks.figures import Figure, Measurement, ceiling, flat
from benchmarks.memory_watch import MemoryWatch
from benchmarks.people import PIPE, two_people
from benchmarks.processes import output_of, run
from benchmarks.progress import tell
from benchmarks.scale import GIB, Scale
from benchmarks.servers import sealcase_server

SEAL_MB = 120.0
CLIENT_MB = 250.0
SERVER_MB = 150.0
SAME_WITHIN_MB = 10.0
TRANSFER_SAME_WITHIN_MB = 25.0
"""How many parts are in flight depends on the line, and each has its buffer."""
_AS_IT_IS = "--no-compress"  # or zeros would shrink to nothing
_LEFT_FREE = 8 * GIB
_SEAL_UP_TO = 8 * GIB
"""Larger files are sent and received only: sealing them to a file would take as much disk again."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """Bytes, at one size."""

    seal: int | None
    open: int | None
    send: int
    get: int
    server_pss: int
    server_rss: int


def measure(scale: Scale) -> list[Measurement]:
    """With sparse files. Outputs lie on the disk: they are large."""
    peaks = {size: _peaks(size) for size in scale.memory}
    names = {"seal": "seal", "open": "open", "send": "send", "get": "get"}
    names |= {"server_pss": "server, PSS", "server_rss": "server, RSS"}
    samples: dict[str, list[float]] = {}
    for each in peaks.values():
        for field, value in asdict(each).items():
            if value is not None:
                samples.setdefault(names[field], []).append(value)
    sizes = {_in_words(size): size for size in peaks}
    return [Measurement("memory", sizes, samples, "bytes", _figures(samples, tuple(sizes)), by_size=True)]


def _figures(samples: Mapping[str, Sequence[float]], sizes: Sequence[str]) -> list[Figure]:
    clients, servers = (*samples["send"], *samples["get"]), samples["server, PSS"]
    span = f"{sizes[0]} to {sizes[-1]}"
    figures = [
        ceiling(f"peak memory of the client, {span}", max(clients), CLIENT_MB),
        ceiling(f"peak memory of the server, {span}", max(servers), SERVER_MB),
        flat(f"client (send), {span}: difference", samples["send"], TRANSFER_SAME_WITHIN_MB),
        flat(f"client (get), {span}: difference", samples["get"], TRANSFER_SAME_WITHIN_MB),
        flat(f"server, {span}: difference", servers, TRANSFER_SAME_WITHIN_MB),
    ]
    for action in ("seal", "open"):
        if action in samples:
            figures += [
                ceiling(f"peak memory of {action}", max(samples[action]), SEAL_MB),
                flat(f"{action}, any size: difference", samples[action], SAME_WITHIN_MB),
            ]
    return figures


def _peaks(size: int) -> Peaks:
    tell(f"{_in_words(size)} ...")
    with workplace.folder(size, in_memory=False) as folder:
        plain = workplace.sparse_file(folder / "plain", size)
        seal, opened = _seal_and_open(folder, plain) if size <= _SEAL_UP_TO else (None, None)
        with sealcase_server(folder / "sealcase") as server:
            sender, receiver = two_people(folder / "sealcase", server)
            with MemoryWatch(server.pid) as watch:
                sent, file_id = sender.send(plain, receiver.email, _AS_IT_IS)
                got = receiver.get(file_id, _target(folder, size))
    return Peaks(seal, opened, sent.peak, got.peak, watch.peak.pss, watch.peak.rss)


def _target(folder: Path, size: int) -> Path:
    """A file where there is room for one, else a pipe that leads nowhere."""
    free = shutil.disk_usage(folder).free
    return folder / "received" if free > size + _LEFT_FREE else PIPE


def _seal_and_open(folder: Path, plain: Path) -> tuple[int, int]:
    sealcase, sealed, target = tools.ours("sealcase"), folder / "sealed", folder / "opened"
    output_of(sealcase, "keygen", "--bits", "3072", "--out", folder, "--no-passphrase")
    sealing = run((sealcase, "seal", plain, "--to", folder / "public_key.pem", "-o", sealed, _AS_IT_IS))
    opening = run((sealcase, "open", sealed, "--key", folder / "private_key.pem", "-o", target))
    workplace.forget(sealed, target)
    return sealing.peak, opening.peak


def _in_words(size: int) -> str:
    return f"{size / GIB:g} GiB"
