"""A start that fails is said in words, in the terminal that it was begun in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_TRY = """
import sys
from client.gui import app, window
def fail(*_arguments):
    raise {error}
window.App = fail
sys.argv = ["sealcase-desktop"]
app.main()
"""

_BUG = (
    "Something went wrong inside Sealcase. Your files and keys were not touched. Try again. If it happens again, copy "
    "the details and report them."
)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("LookupError('something secret')", f"{_BUG}\nLookupError at "),
        (
            "__import__('tkinter').TclError('no display')",
            "There is no screen to open a window on (no display). The command line does the same work: sealcase -h\n",
        ),
        ("__import__('client.errors').errors.FileProblem('The folder is a file.')", "The folder is a file.\n"),
    ],
    ids=["bug", "screen", "file"],
)
def test_a_window_that_does_not_open(tmp_path: Path, error: str, said: str) -> None:
    """No traceback, whatever it was: what happened, whether data is safe, what to do, and where it was."""
    tried = subprocess.run(
        [sys.executable, "-c", _TRY.format(error=error)],
        env={**os.environ, "SEALCASE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert tried.returncode == 1
    assert tried.stderr.startswith(f"sealcase-desktop: {said}")
    assert "Traceback" not in tried.stderr
    assert "something secret" not in tried.stderr
