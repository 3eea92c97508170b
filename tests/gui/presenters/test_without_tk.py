"""What knows and decides can be loaded on a machine without Tk."""

import subprocess
import sys

_SCRIPT = """
import importlib, pkgutil, sys
for name in ("tkinter", "_tkinter", "customtkinter", "tkinterdnd2"):
    sys.modules[name] = None
import client.gui.presenters
modules = ["client.gui.wiring", "client.gui.jobs", "client.gui.problem", "client.gui.text"]
modules += [each.name for each in pkgutil.walk_packages(client.gui.presenters.__path__, "client.gui.presenters.")]
for module in modules:
    importlib.import_module(module)
print(len(modules))
"""


def test_presenters_are_imported_where_tk_can_not_be() -> None:
    """All of them, so that a new one can't bring Tk in by a side door."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 8
