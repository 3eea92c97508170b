"""Two windows over one folder: the second one ends, and the first comes to the front."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from client.gui.only_one import OnlyOne, bring_to_front, take_or_show
from client.local.paths import Paths
from client.local.private_files import write_private
from tests.support.screen import quit_windows, windows_of, xdotool
from tests.support.waiting import until

_SECONDS = 60


def _started(home: Path, display: str) -> subprocess.Popen[str]:
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "client"],
        cwd=Path(__file__).parents[3],
        env={**kept, "HOME": str(home), "LANG": "C.UTF-8", "DISPLAY": display, "SEALCASE_HOME": str(home / "sealcase")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def _open(home: Path, display: str) -> Iterator[subprocess.Popen[str]]:
    with _started(home, display) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_second_one_brings_the_first_to_the_front(home: Path, display: str) -> None:
    """It ends without a window, and says why; once the first is closed, or killed, there is room for another one."""
    with _open(home, display) as first:
        until(lambda: windows_of(display), "a window", _SECONDS)
        (window,) = windows_of(display)
        with _open(home, display) as second:
            said, _ = second.communicate(timeout=_SECONDS)
        assert second.returncode == 0
        assert said == "sealcase-desktop: Sealcase is open already; its window is in front now.\n"
        assert windows_of(display) == [window]
        assert first.poll() is None
        first.kill()
        first.wait(_SECONDS)
        until(lambda: not windows_of(display), "no window", _SECONDS)
    with _open(home, display) as third:
        until(lambda: windows_of(display), "another window", _SECONDS)
        quit_windows(display, lambda: third.poll() is not None, _SECONDS)
        said, _ = third.communicate(timeout=_SECONDS)
        assert (third.returncode, said) == (0, "")


def test_one_that_is_just_closing_is_waited_for(home: Path, display: str) -> None:
    """It answers nobody any more, and holds its folder for some seconds: who opens it again gets a window."""
    paths = Paths(home / "sealcase")
    closing = OnlyOne.take(paths)
    assert closing is not None
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(_SECONDS)
        record = {"port": listening.getsockname()[1], "token": "of the one that closes"}
        write_private(paths.data / "window.json", json.dumps(record).encode())
        with _open(home, display) as second:
            asking, _ = listening.accept()  # it has found the folder taken
            closing.close()
            asking.close()
            until(lambda: windows_of(display), "a window", _SECONDS)
            xdotool(display, "key", "ctrl+q")
            said, _ = second.communicate(timeout=_SECONDS)
            assert (second.returncode, said) == (0, "")


def test_one_that_does_not_answer_is_left_alone(tmp_path: Path) -> None:
    """Who can't be brought to the front is still the only one over its folder."""
    paths = Paths(tmp_path / "sealcase")
    only = OnlyOne.take(paths)
    assert only is not None
    assert OnlyOne.take(paths) is None
    assert not bring_to_front(paths)
    (paths.data / "window.json").write_text("no JSON")
    assert not bring_to_front(paths)
    with pytest.raises(TimeoutError):
        take_or_show(paths, 0.0)
    another = OnlyOne.take(Paths(tmp_path / "another"))
    assert another is not None
    another.close()
    only.close()
    only = OnlyOne.take(paths)
    assert only is not None
    only.close()
