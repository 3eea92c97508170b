"""A table for people, a JSON file for each kind of measurement."""

import json
import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from benchmarks import tools, wormhole
from benchmarks.figures import Figure, Measurement, Value
from benchmarks.kinds import KINDS
from benchmarks.processes import output_of

RESULTS = Path(__file__).parent / "results"
QUICK_RESULTS = RESULTS / "quick"
_LINE = "{:<72} {:>10} {:>10} {:>7} {:>9}  {}"
_HEAD = ("figure", "ours", "peer", "ratio", "target", "met?")
_LIBRARIES = ("sealcase", "cryptography", "gunicorn", "flask")
_VERSION_OPTIONS = {"age": "--version", "curl": "--version", "openssl": "version", "nginx": "-v", "rclone": "version"}
_DIGITS = {"s": 2, "ms": 1, "MB": 0, "%": 1}


def print_table(measurements: Iterable[Measurement]) -> bool:
    """Says whether every figure is met."""
    figures = _figures_of(measurements)
    print(_LINE.format(*_HEAD))
    for figure in figures:
        print(_LINE.format(*_cells(figure)))
    return all(figure.met for figure in figures)


def markdown(measurements: Iterable[Measurement]) -> str:
    """The same table for docs/performance.md; what is not met stands out."""
    rows = [_HEAD, tuple("---" for _ in _HEAD)]
    for figure in _figures_of(measurements):
        *cells, met = _cells(figure)
        rows.append((*(cell.replace("|", "\\|") for cell in cells), met if figure.met else "**no**"))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(measurement: Measurement, folder: Path, runs: int, load: float) -> None:
    """Everything that was measured, to `folder/NAME.json`; nothing that names this machine."""
    folder.mkdir(exist_ok=True)
    record: dict[str, Value] = {
        **measurement.to_json(),
        "runs": 1 if measurement.by_size else runs,
        "cpus": os.cpu_count(),
        "load_before": round(load, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": _versions(),
    }
    path = folder / f"{measurement.name}.json"
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def stored(folder: Path = RESULTS) -> list[Measurement]:
    """What `write` has written, in the order of measuring."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    order = [kind.name for kind in KINDS]
    order.insert(1, "open")  # measured along with seal
    measurements = [Measurement.from_json(record) for record in records]
    return sorted(measurements, key=lambda each: order.index(each.name) if each.name in order else len(order))


def _figures_of(measurements: Iterable[Measurement]) -> list[Figure]:
    return [figure for measurement in measurements for figure in measurement.figures]


def _cells(figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.at_least else "≤"
    bound = f"{figure.target:.2f}" if figure.ratio is not None else f"{figure.target:.0f} {figure.unit}"
    return (
        figure.name,
        _amount(figure.ours, figure.unit),
        "" if figure.peer is None else _amount(figure.peer, figure.unit),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        f"{sign} {bound}",
        "yes" if figure.met else "NO",
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:.{_DIGITS.get(unit, 1)}f} {unit}"


def _versions() -> dict[str, Value]:
    """Of what is there."""
    peers: dict[str, Value] = {"magic-wormhole": wormhole.VERSION}
    for name, option in _VERSION_OPTIONS.items():
        try:
            peers[name] = output_of(tools.peer(name), option).splitlines()[0].strip()
        except tools.Missing:
            peers[name] = None
    return {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}, **peers}
