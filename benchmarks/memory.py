"""The peak memory of every side, at a size and at eight times that size: it must be the same."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks import tools, workplace
from benchmarks.figures import Figure, Measurement, ceiling, flat
from benchmarks.memory_watch import MemoryWatch
from benchmarks.people import sign_up
from benchmarks.processes import output_of, run
from benchmarks.servers import sealcase_server

TIMES_LARGER = 8
SEAL_MB = 120.0
CLIENT_MB = 250.0
SERVER_MB = 150.0
SAME_WITHIN_MB = 10.0
_AS_IT_IS = "--no-compress"  # or zeros would shrink to nothing
_FILES = 2  # one sealed, one opened; the plain one takes no room


@dataclass(frozen=True, slots=True)
class Peaks:
    """Bytes, at one size."""

    seal: int
    open: int
    send: int
    get: int
    server_pss: int
    server_rss: int


def measure(size: int) -> list[Measurement]:
    """With `size` bytes in a sparse file, and with eight times as many. Outputs lie on the disk: they are large."""
    small, large = _peaks(size), _peaks(size * TIMES_LARGER)
    samples = {
        "seal": [small.seal, large.seal],
        "open": [small.open, large.open],
        "send": [small.send, large.send],
        "get": [small.get, large.get],
        "server, PSS": [small.server_pss, large.server_pss],
        "server, RSS": [small.server_rss, large.server_rss],
    }
    sizes = {"first": size, "second": size * TIMES_LARGER}
    return [Measurement("memory", sizes, samples, "bytes", _figures(small, large))]


def _figures(small: Peaks, large: Peaks) -> list[Figure]:
    return [
        ceiling("memory of seal", max(small.seal, large.seal), SEAL_MB),
        ceiling("memory of open", max(small.open, large.open), SEAL_MB),
        flat(f"seal, {TIMES_LARGER} times the size: difference", small.seal, large.seal, SAME_WITHIN_MB),
        flat(f"open, {TIMES_LARGER} times the size: difference", small.open, large.open, SAME_WITHIN_MB),
        ceiling("memory of the client", max(small.send, small.get, large.send, large.get), CLIENT_MB),
        ceiling("memory of the server", max(small.server_pss, large.server_pss), SERVER_MB),
    ]


def _peaks(size: int) -> Peaks:
    with workplace.folder(_FILES * size, in_memory=False) as folder:
        plain, target = workplace.sparse_file(folder / "plain", size), folder / "opened"
        seal, opened = _seal_and_open(folder, plain, target)
        workplace.forget(target)
        with sealcase_server(folder / "sealcase") as server:
            sender = sign_up("anna@example.org", folder / "anna", server, folder / "sealcase")
            receiver = sign_up("ben@example.org", folder / "ben", server, folder / "sealcase")
            with MemoryWatch(server.pid) as watch:
                sent, file_id = sender.send(plain, receiver.email, _AS_IT_IS)
                got = receiver.get(file_id, target)
    return Peaks(seal, opened, sent.peak, got.peak, watch.peak.pss, watch.peak.rss)


def _seal_and_open(folder: Path, plain: Path, target: Path) -> tuple[int, int]:
    sealcase, sealed = tools.ours("sealcase"), folder / "sealed"
    output_of(sealcase, "keygen", "--bits", "3072", "--out", folder, "--no-passphrase")
    sealing = run((sealcase, "seal", plain, "--to", folder / "public_key.pem", "-o", sealed, _AS_IT_IS))
    opening = run((sealcase, "open", sealed, "--key", folder / "private_key.pem", "-o", target))
    workplace.forget(sealed)
    return sealing.peak, opening.peak
