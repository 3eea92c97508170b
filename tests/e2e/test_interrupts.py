"""Ctrl-C: exit code 130 within seconds, and nothing unfinished left behind."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import KeyFiles
from tests.support.cli import Cli, finish, interrupt, tree, wait_until_written

MIB = 1 << 20
SOON = 8
"""Seconds, on a machine that is busy with other tests."""


def _sparse(path: Path, size: int = 16 << 30) -> None:
    """A file that takes no room on the disk; nobody seals 16 GiB in the time that a test takes to interrupt that."""
    path.touch()
    os.truncate(path, size)


@pytest.mark.parametrize("options", [("--no-compress",), ()], ids=["plain", "compressed"])
def test_while_sealing(cli: Cli, ada_keys: KeyFiles, options: tuple[str, ...]) -> None:
    """One thread or several: the work file goes away."""
    _sparse(cli.folder / "a")
    process = cli.start("seal", "a", "--to", ada_keys.public, *options)
    wait_until_written(cli.folder / "a.sealed.part", 1, process)
    interrupt(process)
    started = time.monotonic()
    result = finish(process)
    assert result.code == 130
    assert time.monotonic() - started < SOON
    assert "Stopped" in result.err
    assert tree(cli.folder) == {"a"}


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end(cli: Cli, ada_keys: KeyFiles, asked: signal.Signals) -> None:
    """At a shutdown, or because its terminal was closed: exit code 143 or 129, and the work file goes away too."""
    _sparse(cli.folder / "a")
    process = cli.start("seal", "a", "--to", ada_keys.public, "--no-compress")
    wait_until_written(cli.folder / "a.sealed.part", 1, process)
    process.send_signal(asked)
    assert finish(process).code == 128 + asked
    assert tree(cli.folder) == {"a"}


def test_nohup(cli: Cli, ada_keys: KeyFiles) -> None:
    """Whoever wants a command to outlive its terminal can have that."""
    _sparse(cli.folder / "a", 100 * MIB)
    process = cli.start("seal", "a", "--to", ada_keys.public, "--no-compress", prefix=("nohup",))
    wait_until_written(cli.folder / "a.sealed.part", 1, process)
    process.send_signal(signal.SIGHUP)
    assert finish(process).code == 0
    assert tree(cli.folder) == {"a", "a.sealed"}


@pytest.mark.parametrize("options", [("--no-compress",), ()], ids=["plain", "compressed"])
def test_while_opening(cli: Cli, ada_keys: KeyFiles, options: tuple[str, ...]) -> None:
    _sparse(cli.folder / "a", 400 * MIB)
    cli.ok("seal", "a", "--to", ada_keys.public, *options)
    process = cli.start("open", "a.sealed", "--key", ada_keys.private, "-o", "b")
    wait_until_written(cli.folder / "b.part", 1, process)
    interrupt(process)
    assert finish(process).code == 130
    assert tree(cli.folder) == {"a", "a.sealed"}
    (cli.folder / "a").unlink()
