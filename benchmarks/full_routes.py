"""What people ask of a server over PostgreSQL, with a million files and with 10,000: does any of it become slower?

Whole requests without a network: sign-in, text and all. Who asks has a hundred files and a hundred received in both.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psycopg

from benchmarks import tools, workplace
from benchmarks.figures import Figure, Measurement
from benchmarks.full_store import FEW_ROWS, ROWS, median_of
from benchmarks.scale import MIB, Scale
from benchmarks.synthetic_rows import fill
from tests.support.postgres import NotInstalled, PostgresServer, running_postgres

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.server.house import Person

TARGET = 3.0
EACH = 20
"""Times that each is asked in a run."""
_NEEDED = 6_000 * MIB
_SOMEBODY = uuid.UUID(hashlib.md5(b"person7", usedforsecurity=False).hexdigest())
"""Who has a hundred of the synthetic files, whatever their number."""
_TAKE_OVER = """
DELETE FROM listing_versions WHERE user_id IN (%(old)s, %(new)s);
UPDATE files SET owner_id = %(new)s WHERE owner_id = %(old)s;
UPDATE files SET allowed_users = ARRAY[%(new)s] WHERE allowed_users = ARRAY[%(old)s];
UPDATE links SET owner_id = %(new)s WHERE owner_id = %(old)s;
UPDATE listings SET user_id = %(new)s WHERE user_id = %(old)s;
UPDATE reservations SET user_id = %(new)s WHERE user_id = %(old)s;
UPDATE event_people SET user_id = %(new)s WHERE user_id = %(old)s;
VACUUM ANALYZE
"""


def measure(scale: Scale) -> list[Measurement]:
    """Each request in both stores in turn. `--quick`: a tenth of the rows. Raises `tools.Missing`."""
    rows = ROWS if scale.runs > 3 else ROWS // 10
    try:
        with workplace.folder(_NEEDED) as folder, running_postgres() as server:
            few, full = (_requests(server, folder / f"{count}", count) for count in (FEW_ROWS, rows))
            samples: dict[str, list[float]] = {f"{name}, {which}": [] for name in few for which in ("few", "full")}
            for number in range(scale.runs + 1):
                for name in few:
                    for which, requests in (("few", few), ("full", full)):
                        took = median_of(requests[name], EACH)
                        if number:  # the first warms caches
                            samples[f"{name}, {which}"].append(1_000 * took)
    except NotInstalled as error:
        raise tools.Missing(str(error)) from None
    middle = {name: median(values) for name, values in samples.items()}
    slowest = max(few, key=lambda name: middle[f"{name}, full"] / middle[f"{name}, few"])
    words = f"the most that any of {len(few)} requests grows, {rows:,} files against {FEW_ROWS:,} ({slowest})"
    figure = Figure(words, "ms", middle[f"{slowest}, full"], TARGET, middle[f"{slowest}, few"], f"{slowest}, few")
    return [Measurement("full-routes", {"few": FEW_ROWS, "full": rows}, samples, "ms", [figure])]


def _requests(server: PostgresServer, folder: Path, rows: int) -> dict[str, Callable[[], None]]:
    """By name; each is a whole request, or several that belong together, and fails where an answer is not as wanted."""
    from tests.server.house import house
    from tests.server.test_cards import card, publish

    address = server.database()
    here = house(folder, records="postgres", database_url=address, quota_files=10_000_000, quota_bytes=1 << 50)
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    assert publish(ada, card(ada.email)) == (201, "")
    fill(address, rows, "f" * 32, events=rows // 5, manifest_bytes=512)
    _give_files_of_somebody(address, ada.user_id)
    return {**_reading(ada), **_lists(ada), **_changing(ada, bob)}


def _give_files_of_somebody(address: str, user_id: str) -> None:
    """What a made-up person has becomes that of somebody who can sign in."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in _TAKE_OVER.strip().split(";\n"):
            connection.execute(statement.encode(), {"old": _SOMEBODY, "new": uuid.UUID(user_id)})


def _answered(answer: "TestResponse", status: int = 200) -> "TestResponse":
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer


def _lists(ada: "Person") -> dict[str, Callable[[], None]]:
    """Pages of a listing, of another length each time: the text of one is kept for a second."""
    lengths: Iterator[int] = cycle(range(40, 61))
    cursor = _answered(ada.ask("GET", "/files?limit=40")).get_json()["next_cursor"]

    def page(query: str) -> Callable[[], None]:
        return lambda: (_answered(ada.ask("GET", f"/files?limit={next(lengths)}{query}")), None)[1]

    return {
        "own files": page(""),
        "the next page": page(f"&cursor={cursor}"),
        "received files": page("&role=received"),
        "all files": page("&role=all"),
        "search": page("&q=person"),
        "by size": page("&sort=size"),
    }


def _reading(ada: "Person") -> dict[str, Callable[[], None]]:
    """What changes nothing."""
    from tests.server.samples import sample

    sent = sample()
    _answered(ada.send(sent, allowed_users=["bob@example.org"]), 201)

    def get(path: str) -> Callable[[], None]:
        return lambda: (_answered(ada.ask("GET", path)), None)[1]

    path = f"/files/{sent.file_id}"
    return {
        "a file": get(path),
        "its metadata": get(f"{path}/metadata"),
        "its content": get(f"{path}/content"),
        "its links": get(f"{path}/links"),
        "links": get("/links"),
        "activity": get("/activity"),
        "activity of a kind": get("/activity?kind=share"),
        "activity of a time": get("/activity?since=1790000000&until=1790000100"),
        "activity of a file": get(f"/activity?file_id={sent.file_id}"),
        "a card": get("/cards?email=ada@example.org"),
        "tokens": get("/auth/tokens"),
        "sessions": get("/auth/sessions"),
        "figures": get("/stats"),
        "account": get("/account"),
    }


def _changing(ada: "Person", bob: "Person") -> dict[str, Callable[[], None]]:
    """What leaves the store as it was found, but for activity."""
    from tests.server.linked import Holder, Linked
    from tests.server.samples import Sample, sample

    def send() -> Sample:
        sent = sample()
        _answered(ada.send(sent, allowed_users=["bob@example.org"]), 201)
        return sent

    def send_and_delete() -> None:
        _answered(ada.ask("DELETE", f"/files/{send().file_id}"))

    def send_and_fetch() -> None:
        sent = send()
        assert _answered(bob.ask("GET", f"/files/{sent.file_id}/content")).data == sent.parts[0]
        _answered(ada.ask("PATCH", f"/files/{sent.file_id}", json={"expires_hours": 5}))
        _answered(ada.ask("DELETE", f"/files/{sent.file_id}"))

    def link() -> None:
        sent, linked = send(), Linked()
        body = linked.body(sent, expires_hours=1, password=False, notify=False)
        _answered(ada.ask("POST", "/links", json=body), 201)
        holder = Holder(ada.http, linked)
        claim = holder.claim()
        assert holder.get(claim, sent).data == sent.parts[0]
        _answered(ada.ask("DELETE", f"/links/{linked.link_id}"))
        _answered(ada.ask("DELETE", f"/files/{sent.file_id}"))

    return {"send, delete": send_and_delete, "send, fetch, change, delete": send_and_fetch, "send, link, open": link}
