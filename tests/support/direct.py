"""A server whose files lie in S3, and what is between it, its store and the people who use both."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.s3 import S3Service
from tests.support.cli import Result
from tests.support.network import Wire, wire_to
from tests.support.people import Person, sign_up
from tests.support.server import LiveServer, live_server

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class House:
    """Clients reach the store, and the server, through wires; the server reaches its store itself."""

    server: LiveServer
    to_store: Wire
    to_server: Wire
    ada: Person
    bob: Person

    def send(self, *arguments: str | Path) -> tuple[str, list[dict[str, object]]]:
        """Ada sends something to Bob; its id, and the events."""
        events = events_of(self.ada.cli.ok("send", *arguments, "--to", self.bob.email, "--events"))
        return str(events[-1]["file_id"]), events

    def get(self, file_id: str, *arguments: str | Path) -> list[dict[str, object]]:
        """Bob receives it; the events."""
        return events_of(self.bob.cli.ok("get", file_id, *arguments, "--events"))

    def block_store(self) -> None:
        """Whoever connects to the store is hung up on."""
        self.to_store.cut_up_after = 0

    def open_store(self) -> None:
        self.to_store.cut_up_after = None


@contextmanager
def direct_house(store: S3Service, folder: Path, **settings: str) -> Iterator[House]:
    """With two people in it. `settings`: more of the server's."""
    bucket = f"files-{next(_numbers)}-{folder.name.replace('_', '-').lower()[-30:].strip('-')}"
    store.new_bucket(bucket)
    with wire_to(store.url) as to_store:
        all_settings = store.settings(bucket, s3_public_endpoint=to_store.url, **settings)
        with live_server(folder / "server", workers=1, **all_settings) as server, wire_to(server.url) as to_server:
            ada, bob = (sign_up(name, server, folder) for name in ("ada", "bob"))
            with ada.at(to_server.url), bob.at(to_server.url):
                yield House(server, to_store, to_server, ada, bob)


def events_of(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.lines]


def named(events: list[dict[str, object]], name: str) -> list[dict[str, object]]:
    """Those of one kind."""
    return [event for event in events if event["event"] == name]
