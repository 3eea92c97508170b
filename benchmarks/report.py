"""A table for people, a JSON file for each kind of measurement."""

import json
import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from benchmarks import tools
from benchmarks.figures import Figure, Measurement, Value
from benchmarks.processes import output_of

RESULTS = Path(__file__).parent / "results"
_LINE = "{:<44} {:>9} {:>9} {:>9} {:>9}  {}"
_LIBRARIES = ("sealcase", "cryptography", "gunicorn", "requests")
_VERSION_OPTIONS = {"age": "--version", "curl": "--version", "openssl": "version", "nginx": "-v"}


def print_table(measurements: Iterable[Measurement]) -> bool:
    """Says whether every figure is met."""
    figures = [figure for measurement in measurements for figure in measurement.figures]
    print(_LINE.format("figure", "ours", "peer", "ratio", "target", "met?"))
    for figure in figures:
        print(_row(figure))
    return all(figure.met for figure in figures)


def write(measurement: Measurement, runs: int, load: float) -> None:
    """Everything that was measured, to `results/NAME.json`; nothing that names this machine."""
    RESULTS.mkdir(exist_ok=True)
    record: dict[str, Value] = {
        **measurement.to_json(),
        "runs": runs,
        "cpus": os.cpu_count(),
        "load_before": round(load, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": _versions(),
    }
    path = RESULTS / f"{measurement.name}.json"
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _row(figure: Figure) -> str:
    digits = 2 if figure.unit == "s" else 1
    return _LINE.format(
        figure.name,
        f"{figure.ours:.{digits}f} {figure.unit}",
        "" if figure.peer is None else f"{figure.peer:.{digits}f} {figure.unit}",
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        f"{figure.target:.2f}" if figure.ratio is not None else f"{figure.target:.0f} {figure.unit}",
        "yes" if figure.met else "NO",
    )


def _versions() -> dict[str, Value]:
    peers = {name: _first_line(output_of(tools.peer(name), option)) for name, option in _VERSION_OPTIONS.items()}
    return {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}, **peers}


def _first_line(text: str) -> str:
    return text.splitlines()[0].strip()
