"""What people would use instead to hand a file over: each as it is really run."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import tools, workplace
from benchmarks.processes import Outcome, output_of, run
from benchmarks.servers import Server, nginx_dav, rclone_dav
from benchmarks.wormhole import Wormhole, mailbox

Stages = Mapping[str, Outcome]
"""How each stage went; the sum of their seconds is what counts."""
Transfer = Callable[[], Stages]
"""Hands the file over once, and leaves nothing behind but the file that arrived."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one peer works."""

    folder: Path
    """Its own, not made yet."""
    plain: Path
    target: Path
    """Where the file is to arrive."""

    @property
    def size(self) -> int:
        return self.plain.stat().st_size

    def warm(self) -> None:
        """Before each stage that fills as much memory as the file is large."""
        workplace.warm(self.target.parent, self.size)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another way to the same end."""

    name: str
    figure: str
    target: float
    """The largest ratio of our time to its time."""
    set_up: Callable[[Place], AbstractContextManager[Transfer]]


@contextmanager
def _age_and_curl(place: Place) -> Iterator[Transfer]:
    age, curl = tools.peer("age"), tools.peer("curl")
    with nginx_dav(place.folder) as nginx:
        key, url = place.folder / "age.key", f"{nginx.url}/file"
        output_of(tools.peer("age-keygen"), "-o", key)
        recipient = output_of(tools.peer("age-keygen"), "-y", key).strip()

        def transfer() -> Stages:
            place.warm()
            sent = run((age, "-r", recipient), (curl, "-sfS", "-T", "-", url), stdin=place.plain)
            place.warm()
            received = run((curl, "-sfS", url), (age, "-d", "-i", key), stdout=place.target)
            output_of(curl, "-sfS", "-X", "DELETE", url)
            return {"send": sent, "receive": received}

        yield transfer


@contextmanager
def _curl(place: Place) -> Iterator[Transfer]:
    curl = tools.peer("curl")
    with nginx_dav(place.folder) as nginx:
        url = f"{nginx.url}/file"

        def transfer() -> Stages:
            place.warm()
            sent = run((curl, "-sfS", "-T", place.plain, url))
            place.warm()
            received = run((curl, "-sfS", "-o", place.target, url))
            output_of(curl, "-sfS", "-X", "DELETE", url)
            return {"send": sent, "receive": received}

        yield transfer


@contextmanager
def _wormhole(place: Place) -> Iterator[Transfer]:
    with mailbox(place.folder) as relay:
        wormhole = Wormhole.of(relay)

        def transfer() -> Stages:
            place.warm()
            return {"send and receive at once": wormhole.transfer(place.plain, place.target)}

        yield transfer


@contextmanager
def _rclone(place: Place) -> Iterator[Transfer]:
    rclone = tools.peer("rclone")
    with rclone_dav(place.folder) as dav:
        environment = rclone_environment(place.folder, dav)
        remote = f"crypt:{place.plain.name}"

        def transfer() -> Stages:
            place.warm()
            sent = run((rclone, "copyto", place.plain, remote), environment=environment)
            place.warm()
            received = run((rclone, "copyto", remote, place.target), environment=environment)
            output_of(rclone, "deletefile", remote, environment=environment)
            return {"send": sent, "receive": received}

        yield transfer


def rclone_environment(folder: Path, dav: Server) -> Mapping[str, str]:
    """For an rclone that knows one remote, `crypt:`, which encrypts contents and names into `dav`."""
    secret = output_of(tools.peer("rclone"), "obscure", "correct horse battery staple").strip()
    config = folder / "rclone.conf"
    config.write_text(
        f"[dav]\ntype = webdav\nurl = {dav.url}\nvendor = other\n\n"
        f"[crypt]\ntype = crypt\nremote = dav:\npassword = {secret}\n"
    )
    return {**os.environ, "RCLONE_CONFIG": str(config)}


PEERS = {
    "age": Peer("age and curl", "send + receive against age | curl, nginx", 0.5, _age_and_curl),
    "wormhole": Peer("magic-wormhole", "send + receive against magic-wormhole, direct", 0.65, _wormhole),
    "rclone": Peer("rclone", "send + receive against rclone copy, crypt over WebDAV", 0.4, _rclone),
    "curl": Peer("curl", "send + receive against plain curl, nginx, no cryptography", 1.3, _curl),
}
