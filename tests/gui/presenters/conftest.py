"""Presenters are tested where Tk can't be imported, with a clock of the test's own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.gui.presenters.house import House
from client.gui.text import use_language
from client.gui.wiring import build_house
from client.local.paths import Paths
from tests.gui.clock import FakeClock
from tests.gui.presenters.desk import Desk
from tests.support.people import Person
from tests.support.server import LiveServer, live_server

TK = ("tkinter", "_tkinter", "customtkinter", "tkinterdnd2")


@pytest.fixture(autouse=True)
def _no_tk(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TK:
        monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    use_language("en")
    yield
    use_language("en")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "sealcase")


@pytest.fixture
def house(paths: Paths, clock: FakeClock) -> Iterator[House]:
    house = build_house(paths, clock)
    yield house
    house.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One for each file of tests; each test brings people of its own."""
    with live_server(tmp_path_factory.mktemp("server") / "data", workers=1) as server:
        yield server


@pytest.fixture
def desk(ada: Person, clock: FakeClock) -> Iterator[Desk]:
    """Ada's window, unlocked and slow."""
    house = build_house(Paths(ada.cli.data), clock)
    yield Desk(house, clock)
    house.close()


@pytest.fixture
def photos(ada: Person) -> Path:
    """A folder that takes some seconds."""
    folder = ada.cli.folder / "photos"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number}.bin").write_bytes(os.urandom(100_000))
    return folder
