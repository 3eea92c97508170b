"""`python -m benchmarks`: measures, prints a table, writes `benchmarks/results/*.json` and a chart beside each.

Exit codes: 0 every figure is met, 1 some are not or could not be measured, 2 something that is needed is missing.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import plots, report, tools
from benchmarks.figures import Measurement
from benchmarks.kinds import KINDS, Kind, kinds_named
from benchmarks.processes import Failed
from benchmarks.scale import GIB, MIB, QUICK, Scale

_MISSING = 2
_QUIET = 0.7
"""Processes that want to run, on average over a minute; what is measured wants two cores for itself."""


def main() -> int:
    # Compiled, as pip leaves it behind and as everybody's second start finds it; else each start would compile itself.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parser = _parser()
    options = parser.parse_args()
    if options.table:
        print(report.markdown(report.stored()))
        return 0
    try:
        kinds = kinds_named(options.only)
    except LookupError as error:
        parser.error(str(error))
    folder = report.QUICK_RESULTS if options.quick else report.RESULTS
    measurements, code = _measure_all(kinds, _scale(options), folder)
    met = report.print_table(measurements)
    try:
        plots.draw(measurements, folder)
    except tools.Missing as error:
        print(error, file=sys.stderr)
        code = _MISSING
    return code or int(not met)


def _measure_all(kinds: Sequence[Kind], scale: Scale, folder: Path) -> tuple[list[Measurement], int]:
    """What could be measured, and an exit code for what could not; one kind's trouble does not stop the others."""
    measurements: list[Measurement] = []
    load, missing, failed = os.getloadavg()[0], False, False
    if load > _QUIET:
        print(f"This machine is busy (load {load:.1f}): seconds and ratios will be off.", file=sys.stderr)
    for number, kind in enumerate(kinds, 1):
        print(f"[{number}/{len(kinds)}] Measuring {kind.name} ...", file=sys.stderr, flush=True)
        began = time.monotonic()
        try:
            tools.require(*kind.needs)
            measured = kind.measure(scale)
        except tools.Missing as error:
            print(error, file=sys.stderr)
            missing = True
            continue
        except Failed as error:
            print(f"{kind.name} could not be measured: {error}", file=sys.stderr)
            failed = True
            continue
        for each in measured:
            report.write(each, folder, scale.runs, load)
        measurements += measured
        print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return measurements, _MISSING if missing else int(failed)


def _scale(options: argparse.Namespace) -> Scale:
    scale = QUICK if options.quick else Scale()
    given = {
        "size": options.size_mb and options.size_mb * MIB,
        "runs": options.runs,
        "files": options.files,
        "listed": options.listed,
        "memory": options.memory_gib and tuple(int(size * GIB) for size in options.memory_gib),
    }
    return replace(scale, **{name: value for name, value in given.items() if value})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Sealcase beside what else there is.")
    names = ", ".join(kind.name for kind in KINDS)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help=f"one kind, repeatable: {names}")
    parser.add_argument("--size-mb", type=int, metavar="MIB", help="size of the file (default: 1024)")
    parser.add_argument("--runs", type=int, metavar="N", help="runs of each (default: 5)")
    parser.add_argument("--files", type=int, metavar="N", help="files in the folder (default: 10000)")
    parser.add_argument("--listed", type=int, metavar="N", help="files in the window's list (default: 20000)")
    parser.add_argument(
        "--memory-gib", type=_sizes, metavar="GIB,...", help="sizes that memory is measured with (default: 1,8)"
    )
    parser.add_argument("--quick", action="store_true", help="small and few, to results/quick: does all of it work?")
    parser.add_argument("--table", action="store_true", help="measure nothing; print the results on disk as Markdown")
    return parser


def _sizes(text: str) -> tuple[float, ...]:
    return tuple(sorted(float(word) for word in text.split(",")))


if __name__ == "__main__":
    raise SystemExit(main())
