"""The window: how fast it is there, whether it ever freezes, and what it takes with a long list."""

import json
import os
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import workplace
from benchmarks.figures import Figure, Measurement, ceiling, time_figure
from benchmarks.people import Client, two_people
from benchmarks.processes import Failed, output_of, run
from benchmarks.progress import tell
from benchmarks.scale import Scale
from benchmarks.servers import distant_server
from tests.support.screen import virtual_screen

START_RATIO = 2.0
BLOCKED_MS = 100.0
MEMORY_MB = 200.0
TRANSFERS = 8
SHARE = 0.999
_PROBE = (sys.executable, "-m", "benchmarks.desktop_probe")
_ROOT = Path(__file__).resolve().parents[1]
_EACH_SEED = 20_000
"""Bytes on the disk for each file of a long list, generously."""


def measure_start(scale: Scale) -> list[Measurement]:
    """Whole processes, from start to exit: ours drawn and ready, against an empty one of the same library."""
    samples: dict[str, list[float]] = {"sealcase": [], "empty window": []}
    with workplace.folder(0) as folder, virtual_screen() as display:
        environment = _environment(display)
        home = folder / "home"
        for number in range(scale.runs + 1):
            ours = run((*_PROBE, "start", home), environment=environment).seconds
            empty = run((*_PROBE, "empty"), environment=environment).seconds
            if number:  # the first one warms the page cache
                samples["sealcase"].append(ours)
                samples["empty window"].append(empty)
    figure = time_figure("window usable against an empty one with tabs", samples, "empty window", START_RATIO)
    return [Measurement("desktop-start", {}, samples, "s", [figure])]


def measure_heartbeat(scale: Scale) -> list[Measurement]:
    """Every 10 ms a beat on the window's thread; how late it comes is how long a click would have waited.

    The beats of all runs count together: of one alone, 999 of 1,000 would be all but the latest.
    """
    late: list[float] = []
    own: list[float] = []
    others: list[float] = []
    for number in range(scale.runs):
        tell(f"{TRANSFERS} transfers, {number + 1} of {scale.runs} ...")
        seen, control = _beats(scale)
        late += seen["late"]
        own += [all_of_it - core for all_of_it, core in zip(seen["late"], seen["without core"], strict=True)]
        others += control["late"]
    milliseconds = _milliseconds(late)
    worst = _share(milliseconds, SHARE)
    samples = {
        "p50": [_share(milliseconds, 0.5)],
        "p99": [_share(milliseconds, 0.99)],
        "p99.9": [worst],
        "longest": [milliseconds[-1]],
        "p99.9 without waiting for a core": [_share(_milliseconds(own), SHARE)],
        "p99.9 of an empty window meanwhile": [_share(_milliseconds(others), SHARE)],
    }
    name = f"window's thread held up while {TRANSFERS} files are sent, 999 of 1,000 beats"
    sizes = {"each": scale.size, "beats": len(milliseconds)}
    return [Measurement("desktop-heartbeat", sizes, samples, "ms", [Figure(name, "ms", worst, BLOCKED_MS)])]


def _beats(scale: Scale) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """What the window and an empty one beside it have seen during one round of transfers. Raises `Failed`."""
    with _signed_in(scale.size * TRANSFERS * 2) as (folder, environment, ada):
        sources = folder / "sources"
        sources.mkdir()
        for number in range(TRANSFERS):
            workplace.random_file(sources / f"{number}.bin", scale.size)
        over = folder / "over"
        with ThreadPoolExecutor(1) as pool:
            idle = pool.submit(output_of, *_PROBE, "idle", over, environment=environment)
            try:
                seen, _ = _probe("heartbeat", ada, sources, ada.email, environment=environment)
            finally:
                over.touch()
            control = json.loads(idle.result())
    failed, at_once = seen["failed"], seen["at once"]
    if failed:
        raise Failed(f"transfers failed: {failed}")
    if at_once != TRANSFERS:
        raise Failed(f"only {at_once} of {TRANSFERS} transfers ran at once: larger files take longer")
    return seen, control


def measure_memory(scale: Scale) -> list[Measurement]:
    """A server that has so many files of somebody's; My files opened until all are in the table, by name."""
    count = scale.listed
    with _signed_in(_EACH_SEED * count) as (folder, environment, ada):
        source = folder / "Quarterly report.pdf"
        source.write_bytes(b"x")
        _, file_id = ada.send(source, ada.email)
        tell(f"{count:,} files ...")
        multiply(folder / "sealcase" / "data" / "records", file_id, count - 2)
        ada.send(source, ada.email)  # what the server remembers of the list is old from here on
        seen, peak = _probe("listing", ada, count, environment=environment)
    samples = {"peak": [float(peak)], "seconds": [float(str(seen["seconds"]))]}
    figure = ceiling(f"peak memory of the window, {count:,} files listed", peak, MEMORY_MB)
    return [Measurement("desktop-memory", {"files": count}, samples, "bytes", [figure])]


def multiply(records: Path, file_id: str, count: int) -> None:
    """As many more of a file, in the records of a server: the same content and terms under other ids."""
    record = next(records.glob(f"files/*/{file_id}.json"))
    text = record.read_text()
    (entry,) = records.glob(f"index/owned/*/*/*/*/*-{file_id}")
    for _ in range(count):
        other = str(uuid.uuid4())
        place = records / "files" / other[:2] / f"{other}.json"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text.replace(file_id, other))
        entry.with_name(entry.name.replace(file_id, other)).touch()


def _milliseconds(seconds: Sequence[float]) -> list[float]:
    """From the shortest to the longest."""
    return sorted(each * 1_000 for each in seconds)


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@contextmanager
def _signed_in(room: int) -> Iterator[tuple[Path, Mapping[str, str], Client]]:
    """A folder, the environment of a window on a screen, and somebody with an account."""
    with (
        workplace.folder(room) as folder,
        virtual_screen() as display,
        distant_server(
            folder / "sealcase", RATE_LIMITS="0", QUOTA_BYTES=str(1 << 50), QUOTA_FILES=str(1 << 30)
        ) as server,
    ):
        ada, _ = two_people(folder / "sealcase", server)
        yield folder, _environment(display), ada


def _probe(what: str, who: Client, *arguments: object, environment: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    """What it has seen, and the peak of its memory in bytes."""
    printed = who.home / "seen"
    words: Sequence[str | Path] = (
        *_PROBE,
        what,
        who.environment["SEALCASE_HOME"],
        who.environment["SEALCASE_PASSPHRASE_FILE"],
        *map(str, arguments),
    )
    outcome = run(words, stdout=printed, environment=environment)
    seen = json.loads(printed.read_text())
    assert isinstance(seen, dict)
    return seen, outcome.peak


def _environment(display: str) -> Mapping[str, str]:
    return {**os.environ, "DISPLAY": display, "SEALCASE_KEYRING": "off", "PYTHONPATH": str(_ROOT)}
