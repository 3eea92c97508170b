"""Processes that are measured: how long, and what becomes of a failure."""

import sys
from pathlib import Path

import pytest

from benchmarks.processes import Failed, run, side_by_side

_PYTHON = (sys.executable, "-I", "-S", "-c")


def test_a_pipe_is_as_good_as_its_worst_command() -> None:
    """What the first one writes to stderr is told when it fails, though the last one succeeds."""
    with pytest.raises(Failed, match="no such luck"):
        run((*_PYTHON, "raise SystemExit('no such luck')"), (*_PYTHON, "input"))


def test_the_peak_of_memory_is_seen() -> None:
    """64 MiB that a process fills, and no less."""
    assert run((*_PYTHON, "b'x' * (64 << 20)")).peak >= 64 << 20


def test_whoever_waits_for_one_that_failed_waits_no_longer() -> None:
    """A receiver whose sender is gone would never end by itself."""
    waiting = (*_PYTHON, "import signal; signal.pause()")
    with pytest.raises(Failed, match="gone"):
        side_by_side((*_PYTHON, "raise SystemExit('gone')"), waiting)


def test_both_run_at_the_same_time(tmp_path: Path) -> None:
    """Each waits for a sign of the other before it ends."""
    hello = "import sys, pathlib, time\nmine, other = map(pathlib.Path, sys.argv[1:])\nmine.touch()\n"
    script = hello + "while not other.exists(): time.sleep(0.001)"
    first, second = tmp_path / "first", tmp_path / "second"
    side_by_side((*_PYTHON, script, first, second), (*_PYTHON, script, second, first))
    assert first.exists() and second.exists()
