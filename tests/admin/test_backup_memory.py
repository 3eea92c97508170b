"""A backup of a database, and putting it back, take as much memory for a hundred files as for many."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.synthetic_rows import fill
from tests.server.house import house
from tests.services.postgres import PostgresServer, postgres, postgres_address

__all__ = ["postgres", "postgres_address"]

FILES = 8_000
MANIFEST_BYTES = 3_000
MIB = 1 << 20
MORE = 32 * MIB
HEAVY = "5" * 32
_RUN = """
import re, sys
from server.__main__ import cli
try:
    cli(sys.argv[1:], standalone_mode=False)
finally:
    with open("/proc/self/status") as status:
        print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]) * 1024)
"""


def peak_of(folder: Path, address: str, *arguments: str) -> int:
    """Bytes that a command of the operator took at most. That it finds bytes missing is as it should be here."""
    settings = {"DATA_DIR": str(folder), "RECORDS": "postgres", "DATABASE_URL": address, "FREE_DISK_FLOOR": "0"}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "admin", *arguments],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return int(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_memory_does_not_grow_with_the_tables(tmp_path: Path, postgres: PostgresServer, postgres_address: str) -> None:
    peaks: list[tuple[int, int]] = []
    for number, files in enumerate((100, FILES)):
        address = postgres_address if number == 0 else postgres.database()
        data, archive = tmp_path / f"data{number}", tmp_path / f"all{number}.tar"
        house(data, records="postgres", database_url=address)
        fill(address, files, HEAVY, manifest_bytes=MANIFEST_BYTES, events=1_000)
        backing_up = peak_of(data, address, "backup", "--archive", str(archive))
        other = postgres.database()
        peaks.append((backing_up, peak_of(tmp_path / f"new{number}", other, "restore", str(archive))))
    assert archive.stat().st_size > MORE * 3 // 2
    assert peaks[1][0] < peaks[0][0] + MORE, peaks
    assert peaks[1][1] < peaks[0][1] + MORE, peaks
