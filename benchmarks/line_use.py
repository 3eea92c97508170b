"""How much of a long, narrow line `sealcase send` and `get` use: 50 ms each way, 50 MB/s."""

from statistics import median

from benchmarks import workplace
from benchmarks.figures import MB, Figure, Measurement
from benchmarks.line import line_to
from benchmarks.people import two_people
from benchmarks.processes import output_of
from benchmarks.progress import tell
from benchmarks.scale import Scale
from benchmarks.servers import sealcase_server

DELAY = 0.050
RATE = 50.0 * MB
TARGET = 90.0


def measure(scale: Scale) -> list[Measurement]:
    """The time that the bare line needs for the content, as a share of the time that is taken."""
    shares: dict[str, list[float]] = {"send": [], "receive": []}
    with (
        workplace.folder(3 * scale.size) as folder,
        sealcase_server(folder / "sealcase") as server,
        line_to(server, delay=DELAY, rate=RATE) as line,
    ):
        plain, target = workplace.random_file(folder / "plain", scale.size), folder / "received"
        sender, receiver = two_people(folder / "sealcase", line.server)
        for number in range(scale.runs):
            tell(f"run {number + 1} of {scale.runs} ...")
            sent, file_id = sender.send(plain, receiver.email)
            received = receiver.get(file_id, target)
            if number == 0:
                output_of("cmp", plain, target)
            sender.remove(file_id)
            workplace.forget(target)
            for way, seconds in (("send", sent.seconds), ("receive", received.seconds)):
                shares[way].append(100 * scale.size / RATE / seconds)
    figures = [
        Figure(f"share of a line of 50 MB/s, 50 ms each way: {way}", "%", median(values), TARGET, at_least=True)
        for way, values in shares.items()
    ]
    return [Measurement("line", {"content": scale.size}, shares, "%", figures)]
