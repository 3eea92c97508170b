"""`sealcase send` and `get` over loopback through the real server, against another way to hand a file over."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import workplace
from benchmarks.figures import Measurement, time_figure
from benchmarks.peers import PEERS, Peer, Place, Stages, Transfer
from benchmarks.people import two_people
from benchmarks.processes import output_of
from benchmarks.scale import Scale
from benchmarks.servers import sealcase_server

_FILES = 4  # the plain one, one on each server, one received


def measure(kind: str, scale: Scale) -> list[Measurement]:
    """Sending and receiving random bytes: ours once, the peer's once, then each again."""
    peer = PEERS[kind]
    with workplace.folder(_FILES * scale.size) as folder:
        plain, target = workplace.random_file(folder / "plain", scale.size), folder / "received"
        with (
            _sealcase(Place(folder / "sealcase", plain, target)) as ours,
            peer.set_up(Place(folder / "peer", plain, target)) as theirs,
        ):
            samples: dict[str, list[float]] = {}
            for number in range(scale.runs + 1):
                for name, transfer in (("sealcase", ours), (peer.name, theirs)):
                    stages = transfer()
                    if number == 0:  # warms the page cache, and shows that what arrives is what was sent
                        output_of("cmp", plain, target)
                    else:
                        _note(samples, name, stages)
                    workplace.forget(target)
    return [_measurement(kind, peer, scale.size, samples)]


def _note(samples: dict[str, list[float]], name: str, stages: Stages) -> None:
    samples.setdefault(name, []).append(sum(outcome.seconds for outcome in stages.values()))
    for stage, outcome in stages.items():
        samples.setdefault(f"{name}, {stage}", []).append(outcome.seconds)
        samples.setdefault(f"{name}, {stage}, core-seconds of the client", []).append(outcome.core_seconds)


def _measurement(kind: str, peer: Peer, size: int, samples: dict[str, list[float]]) -> Measurement:
    figure = time_figure(peer.figure, samples, peer.name, peer.target)
    return Measurement(f"transfer-{kind}", {"content": size}, samples, "s", [figure])


@contextmanager
def _sealcase(place: Place) -> Iterator[Transfer]:
    with sealcase_server(place.folder) as server:
        sender, receiver = two_people(place.folder, server)

        def transfer() -> Stages:
            place.warm()
            sent, file_id = sender.send(place.plain, receiver.email)
            place.warm()
            received = receiver.get(file_id, place.target)
            sender.remove(file_id)
            return {"send": sent, "receive": received}

        yield transfer
