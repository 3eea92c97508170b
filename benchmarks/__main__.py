"""`python -m benchmarks`: measures, prints a table, writes `benchmarks/results/*.json`.

Exit codes: 0 every figure is met, 1 some are not, 2 something that is needed is missing.
"""

import argparse
import os
import sys

from benchmarks import memory, report, sealing, small_requests, tools, transfer
from benchmarks.figures import Measurement

_MIB = 1 << 20
_QUIET = 0.7
"""Processes that want to run, on average over a minute; what is measured wants two cores for itself."""
_KINDS = ("seal", "transfer", "memory", "requests")


def main() -> int:
    options = _options()
    size, runs = options.size_mb * _MIB, options.runs
    if options.quick:
        size, runs = 256 * _MIB, 3
    measurements: list[Measurement] = []
    load = os.getloadavg()[0]
    if load > _QUIET:
        print(f"This machine is busy (load {load:.1f}): seconds and ratios will be off.", file=sys.stderr)
    try:
        tools.require(*sealing.PEERS, *transfer.PEERS)
        for kind in [options.only] if options.only else _KINDS:
            print(f"Measuring {kind} ...", file=sys.stderr, flush=True)
            measured = _measure(kind, size, runs)
            for each in measured:
                report.write(each, 1 if kind == "memory" else runs, load)
            measurements += measured
    except tools.Missing as missing:
        print(missing, file=sys.stderr)
        return 2
    return 0 if report.print_table(measurements) else 1


def _measure(kind: str, size: int, runs: int) -> list[Measurement]:
    if kind == "seal":
        return sealing.measure(size, runs)
    if kind == "transfer":
        return transfer.measure(size, runs)
    if kind == "requests":
        return small_requests.measure(runs)
    return memory.measure(size)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Sealcase beside what else there is.")
    parser.add_argument("--only", choices=_KINDS, help="one kind of measurement")
    parser.add_argument("--size-mb", type=int, default=1_024, metavar="MIB", help="size of the file (default: 1024)")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="runs of each (default: 5)")
    parser.add_argument("--quick", action="store_true", help="256 MiB, 3 runs")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
