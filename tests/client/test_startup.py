"""What commands load when they start: nothing that only few of them need."""

import subprocess
import sys

import pytest

_SCRIPT = """
import importlib, sys
from client.cli.main import _COMMANDS
for module in dict.fromkeys(sys.argv[1:] or _COMMANDS.values()):
    importlib.import_module(module)
print(*(name for name in sys.modules if "." not in name))
"""


def _loaded(*modules: str) -> set[str]:
    """What these modules load, or those of all commands."""
    command = [sys.executable, "-c", _SCRIPT, *modules]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return set(done.stdout.split())


def test_pictures_and_codes_are_loaded_late() -> None:
    """They cost more than all the rest of a command's start, and most commands draw nothing."""
    loaded = _loaded()
    assert "click" in loaded
    assert not loaded & {"qrcode", "PIL", "zxingcpp", "numpy", "keyring", "tkinter"}


@pytest.mark.parametrize("module", ["client.cli.send", "client.cli.get"])
def test_transfers_build_no_models(module: str) -> None:
    """pydantic costs as much as all else that they load, and a file of usual size travels in that time."""
    loaded = _loaded("client.actions.person", module)
    assert "click" in loaded
    assert not loaded & {"pydantic", "pydantic_core"}
