"""A page of a listing in a full store, 10,000 files in JSON and a million in PostgreSQL, each against an empty one.

Asked of the service, without HTTP and without the text that is kept for a second: what the records cost. Run as a
program, it fills a database and prints how much each table takes: `python -m benchmarks.full_store 10000000`.
"""

import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from pydantic import SecretStr

from benchmarks import tools, workplace
from benchmarks.figures import Figure, Measurement
from benchmarks.scale import MIB, Scale
from benchmarks.synthetic_rows import fill, sizes
from server.domain import OPERATOR, Caller, File
from server.ports import Role
from server.services.files import Order, Wanted
from server.settings import Settings
from server.wiring import Services, services, wire
from shared.api.scopes import ALL_SCOPES
from shared.sealed.grant import Grant, GrantType
from tests.support.postgres import NotInstalled, PostgresServer, running_postgres

PAGES = 200
"""Asked for in each run."""
PAGE = 50
JSON_FILES = 10_000
ROWS, FEW_ROWS = 1_000_000, 10_000
TARGET = 3.0
_NEEDED = 6_000 * MIB
_WANTED = Wanted(Role.OWNED, Order.NEWEST, "", PAGE)


def measure(scale: Scale) -> list[Measurement]:
    """Each store in turn, and again. `--quick`: a tenth of the rows. Raises `tools.Missing`."""
    try:
        return _measured(scale)
    except NotInstalled as error:
        raise tools.Missing(str(error)) from None


def _measured(scale: Scale) -> list[Measurement]:
    rows = ROWS if scale.runs > 3 else ROWS // 10
    with workplace.folder(_NEEDED) as folder, running_postgres() as server:
        sides: dict[str, Callable[[], object]] = {
            "JSON, empty": _json(folder / "json-empty", PAGE),
            "JSON, full": _json(folder / "json-full", JSON_FILES),
            "PostgreSQL, empty": _postgres(server, folder / "pg-empty", PAGE * 50),
            "PostgreSQL, 10,000": _postgres(server, folder / "pg-few", FEW_ROWS),
            "PostgreSQL, full": _postgres(server, folder / "pg-full", rows),
        }
        samples: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(scale.runs + 1):
            for name, page in sides.items():
                took = median_of(page, PAGES)
                if number:  # the first warms caches
                    samples[name].append(1_000 * took)
    middle = {name: median(values) for name, values in samples.items()}

    def figure(name: str, full: str, empty: str) -> Figure:
        return Figure(name, "ms", middle[full], TARGET, middle[empty], empty)

    figures = [
        figure("page among 10,000 files, JSON", "JSON, full", "JSON, empty"),
        figure(f"page among {rows:,} files, PostgreSQL", "PostgreSQL, full", "PostgreSQL, empty"),
        figure("the same against 10,000 files", "PostgreSQL, full", "PostgreSQL, 10,000"),
    ]
    return [Measurement("full-store", {"json": JSON_FILES, "postgres": rows}, samples, "ms", figures)]


def _json(folder: Path, count: int) -> Callable[[], object]:
    everything = _services(Settings(data_dir=folder))
    user_id = everything.accounts.user_id_of("heavy@example.org")
    records = wire(Settings(data_dir=folder)).records
    for number in range(count):
        records.add_file(_file(user_id, number))
    return _pages_of(everything, user_id)


def _postgres(server: PostgresServer, folder: Path, rows: int) -> Callable[[], object]:
    address = server.database()
    everything = _services(Settings(data_dir=folder, records="postgres", database_url=SecretStr(address)))
    user_id = everything.accounts.user_id_of("heavy@example.org")
    fill(address, rows, user_id, events=rows // 5, manifest_bytes=512)
    return _pages_of(everything, user_id)


def _services(settings: Settings) -> Services:
    return services(settings, wire(settings))


def _pages_of(everything: Services, user_id: str) -> Callable[[], object]:
    caller = Caller(user_id, "heavy@example.org", None, frozenset(ALL_SCOPES), OPERATOR)

    def page() -> object:
        found = everything.files.page(caller, _WANTED, None)
        if len(found.files) < PAGE:
            raise AssertionError(f"a page has {len(found.files)} files")
        return everything.files.downloads_of(found.files)

    return page


def median_of(request: Callable[[], object], times: int) -> float:
    """Seconds that it takes, asked so often."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        request()
        took.append(time.perf_counter() - began)
    return median(took)


def _file(user_id: str, number: int) -> File:
    return File(
        file_id=uuid.uuid4(),
        owner_id=user_id,
        owner_email="heavy@example.org",
        uploaded_at=1_790_000_000.25 + number,
        expires_at=1_900_000_000,
        size=MIB,
        manifest=bytes(512),
        grants=(Grant(GrantType.LINK, bytes(32), bytes(40), None),),
        part_hashes=bytes(32),
        allowed_users=(),
    )


@contextmanager
def _filled(rows: int) -> Iterator[str]:
    with running_postgres() as server:
        address = server.database()
        fill(address, rows, "f" * 32, manifest_bytes=512)
        yield address


def main() -> None:
    """What a database of so many files takes, table by table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with _filled(rows) as address:
        print(f"{'table':20} {'rows':>12} {'bytes a row':>12} {'index bytes a row':>18}")
        for each in sizes(address):
            if each.rows > 0:
                print(f"{each.table:20} {each.rows:12,} {each.heap / each.rows:12.0f} {each.indexes / each.rows:18.0f}")


if __name__ == "__main__":
    main()
