"""Drop boxes as their owner makes them and finds what was left, with the real commands."""

import secrets
from pathlib import Path

from tests.support.people import Person


def box_of(person: Person, *options: str | Path, name: str = "") -> str:
    """The address of a new box."""
    (url,) = person.cli.ok("box", "make", name or f"Box {secrets.token_hex(4)}", *options).lines
    return url


def received(person: Person) -> dict[str, dict[str, object]]:
    """What is in somebody's inbox, by the files' names."""
    rows = person.cli.ok("ls", "--received", "--json").json
    assert isinstance(rows, list)
    return {row["name"]: row for row in rows}


def opened(person: Person, name: str, target: Path) -> tuple[bytes, str]:
    """The content of the file that was left under `name`, and what the command said beside it."""
    row = received(person)[name]
    got = person.cli.ok("get", str(row["file_id"]), "-o", target, "--force")
    return target.read_bytes(), got.err


def closed(person: Person, url: str) -> None:
    person.cli.ok("box", "close", url.partition("#")[0].rpartition("/")[2])
