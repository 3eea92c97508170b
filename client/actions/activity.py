"""What happened to what is mine."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from client.actions.person import Person
from shared.api.models import ActivityItem

if TYPE_CHECKING:
    from collections.abc import Set

SIGN_IN = "sign_in"
_MOST_SIGN_INS = 2_000
"""Older ones say little about which device is new."""

SignIn = tuple[int, str, str]
"""When (Unix seconds), with what, from which network."""


def activity_of(person: Person, kind: str | None, since: int | None) -> Iterator[ActivityItem]:
    """Newest first; `since` in Unix seconds."""
    return person.api.activity(kind, since)


def save_csv(items: Iterable[ActivityItem], target: Path, *, force: bool) -> int:
    """Writes them as CSV for a spreadsheet, as they come; how many there were. Raises `TargetExists`, `FileProblem`."""
    from client.local.outputs import new_file
    from shared.api import activity_csv

    count = 0

    def counted() -> Iterator[ActivityItem]:
        nonlocal count
        for item in items:
            count += 1
            yield item

    with new_file(target, force=force) as file:
        write = file.appender(0)
        for line in activity_csv.lines(counted()):
            write(memoryview(line.encode("utf-8")))
    return count


def sign_in_of(item: ActivityItem) -> SignIn:
    return item.at, item.client or "", item.ip_prefix or ""


def new_sign_ins(person: Person) -> frozenset[SignIn]:
    """Sign-ins with a program, or from a network, that none before had. The very first one is nobody's news."""
    sign_ins = [sign_in_of(item) for item in islice(activity_of(person, SIGN_IN, None), _MOST_SIGN_INS)]
    return first_of_their_kind(sign_ins)


def first_of_their_kind(newest_first: Iterable[SignIn]) -> frozenset[SignIn]:
    """Those whose program and network together were never seen before, but for the oldest."""
    seen: set[tuple[str, str]] = set()
    new: set[SignIn] = set()
    for at, client, network in reversed(list(newest_first)):
        if seen and (client, network) not in seen:
            new.add((at, client, network))
        seen.add((client, network))
    return frozenset(new)


def names_of(person: Person, file_ids: "Set[str]") -> dict[str, str]:
    """What files are called, as far as they are still at the server and open with my keys. Unlocks them."""
    from client.actions.library import entry_of
    from client.actions.people import KnownKeys

    left, known = set(file_ids), KnownKeys.of(person)
    names: dict[str, str] = {}
    for item in person.api.files("all") if left else ():
        if item.file_id in left:
            left.discard(item.file_id)
            if name := entry_of(person, item, known).name:
                names[item.file_id] = name
            if not left:
                break
    return names
