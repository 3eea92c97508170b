"""What commands load when they start: nothing that only few of them need."""

import subprocess
import sys

_SCRIPT = """
import importlib, sys
from client.cli.main import _COMMANDS
for module in dict.fromkeys(_COMMANDS.values()):
    importlib.import_module(module)
print(*(name for name in sys.modules if "." not in name))
"""


def test_pictures_and_codes_are_loaded_late() -> None:
    """They cost more than all the rest of a command's start, and most commands draw nothing."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=120, check=True)
    loaded = set(done.stdout.split())
    assert "click" in loaded
    assert not loaded & {"qrcode", "PIL", "zxingcpp", "numpy", "keyring", "tkinter"}
