"""A server in this process, and the operator's commands over the same folder."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.__main__ import cli
from tests.server.house import House, house


@dataclass
class Operator:
    """Whoever types `sealcase-server admin ...`."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, typed: str = "") -> Result:
        environment = {"DATA_DIR": str(self.folder), "FREE_DISK_FLOOR": "0", **self.settings}
        return CliRunner(env=environment).invoke(cli, ["admin", *arguments], input=typed)

    def ok(self, *arguments: str) -> str:
        """What a command prints that must succeed."""
        done = self(*arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    def json(self, *arguments: str) -> list[dict[str, object]]:
        """The objects that it prints with --json."""
        return [json.loads(line) for line in self.ok(*arguments, "--json").splitlines()]


@pytest.fixture
def here(tmp_path: Path) -> House:
    return house(tmp_path / "data")


@pytest.fixture
def operator(here: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    """Over the folder of `here`, with nobody's .env."""
    monkeypatch.chdir(tmp_path)
    return Operator(here.settings.data_dir)


@pytest.fixture
def limited(tmp_path: Path) -> Callable[..., House]:
    """The same folder with other settings, as a restart would have it."""
    return lambda **settings: house(tmp_path / "data", **settings)
