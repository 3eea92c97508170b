"""`sealcase send` and `get` over loopback through the real server, against age and curl through nginx."""

from collections.abc import Callable
from pathlib import Path

from benchmarks import tools, workplace
from benchmarks.figures import Measurement, time_figure
from benchmarks.people import sign_up
from benchmarks.processes import output_of, run
from benchmarks.servers import nginx_dav, sealcase_server

PEERS = ("age", "age-keygen", "curl", "nginx")
TARGET = 1.0
_FILES = 4  # the plain one, one on each server, one received

Times = tuple[float, float]
"""Seconds to send, seconds to receive."""


def measure(size: int, runs: int) -> list[Measurement]:
    """Sending and receiving `size` random bytes: ours once, the peer's once, then each again."""
    tools.require(*PEERS)
    with (
        workplace.folder(_FILES * size) as folder,
        sealcase_server(folder / "sealcase") as ours,
        nginx_dav(folder / "nginx") as nginx,
    ):
        plain, target = workplace.random_file(folder / "plain", size), folder / "received"
        sender = sign_up("anna@example.org", folder / "anna", ours, folder / "sealcase")
        receiver = sign_up("ben@example.org", folder / "ben", ours, folder / "sealcase")

        def with_sealcase() -> Times:
            workplace.warm(folder, size)
            sent, file_id = sender.send(plain, receiver.email)
            workplace.warm(folder, size)
            received = receiver.get(file_id, target)
            sender.remove(file_id)
            return sent.seconds, received.seconds

        with_age = _age_and_curl(folder, plain, target, f"{nginx.url}/file", size)
        samples: dict[str, list[float]] = {}
        for number in range(runs + 1):
            for name, transfer in (("sealcase", with_sealcase), ("age and curl", with_age)):
                send, receive = transfer()
                if number == 0:  # warms the page cache, and shows that what arrives is what was sent
                    output_of("cmp", plain, target)
                else:
                    for what, seconds in (("send", send), ("receive", receive), ("both", send + receive)):
                        samples.setdefault(f"{name}, {what}", []).append(seconds)
                workplace.forget(target)
    figures = [
        time_figure("send + receive against age | curl, nginx", samples, "age and curl, both", TARGET, "sealcase, both")
    ]
    return [Measurement("transfer", {"content": size}, samples, "s", figures)]


def _age_and_curl(folder: Path, plain: Path, target: Path, url: str, size: int) -> Callable[[], Times]:
    age, curl, key = tools.peer("age"), tools.peer("curl"), folder / "age.key"
    output_of(tools.peer("age-keygen"), "-o", key)
    recipient = output_of(tools.peer("age-keygen"), "-y", key).strip()

    def transfer() -> Times:
        workplace.warm(folder, size)
        sent = run((age, "-r", recipient), (curl, "-sfS", "-T", "-", url), stdin=plain)
        workplace.warm(folder, size)
        received = run((curl, "-sfS", url), (age, "-d", "-i", key), stdout=target)
        output_of(curl, "-sfS", "-X", "DELETE", url)
        return sent.seconds, received.seconds

    return transfer
