"""Sizes, times and words for people."""

from datetime import UTC

import pytest

from client.cli.main import run
from client.cli.terminal import date_text, duration_text, note, size_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1_000, "1.0 KB"),
        (999_949, "999.9 KB"),
        (999_950, "1.0 MB"),
        (5_600_000, "5.6 MB"),
        (10**9, "1.0 GB"),
        (10**12, "1.0 TB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    """Decimal units, one digit behind the point, never 1000.0 of a smaller unit."""
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1:00 min"), (61, "1:01 min"), (3_599, "59:59 min"), (3_660, "1:01 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("stamp", "text"),
    [(0, "1970-01-01 00:00"), (1_795_444_176, "2026-11-23 14:29"), (2**62, f"@{2**62}"), (-(2**62), f"@-{2**62}")],
)
def test_dates(stamp: int, text: str) -> None:
    """Also those that no calendar has."""
    assert date_text(stamp, UTC) == text


def test_notes_hold_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines stay lines; everything else that a terminal would obey is shown as a mark."""
    note("one\x1b[2J\ntwo\a\r\u202e")
    assert capsys.readouterr().err == "one\ufffd[2J\ntwo\ufffd\ufffd\ufffd\n"


def test_help_is_there_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Every command explains itself; the list of exit codes is in the first help."""
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    assert "Exit codes" in text
    for command in ["keygen", "seal", "open", "inspect", "login", "logout", "whoami", "send", "get", "ls", "rm"]:
        assert f"  {command} " in text
        assert run([command, "--help"]) == 0
        assert f"Usage: sealcase {command}" in capsys.readouterr().out
