"""The wire's models: every one is found by its name, and none is built before it is asked for."""

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest
from pydantic import BaseModel

from shared.api import models


def test_every_model_is_found_by_its_name() -> None:
    """Each class of each room, and nothing that is in no room."""
    for room in iter_modules(models.__path__):
        module = import_module(f"{models.__name__}.{room.name}")
        for name, value in vars(module).items():
            if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__:
                assert getattr(models, name) is value
    for name in models._ROOM_OF:
        assert getattr(models, name) is not None
    with pytest.raises(AttributeError, match="no wire model Nonsense"):
        _ = models.Nonsense  # type: ignore[attr-defined]


def test_a_command_builds_what_it_needs() -> None:
    """`ls` starts without the models of everything else."""
    code = "import sys, client.cli.library; print(*(m for m in sys.modules if 'api.models.' in m))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "shared.api.models.files" in loaded
    assert "shared.api.models.activity" not in loaded
    assert "shared.api.models.simple_upload" not in loaded
