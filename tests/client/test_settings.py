"""Settings survive; damage and nonsense cost only themselves."""

import json
from pathlib import Path

import pytest

from client.errors import FileProblem
from client.local.paths import Paths
from client.local.settings import Geometry, Settings


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    """All of it, in a file that only its owner reads."""
    paths = Paths(tmp_path / "home")
    settings = Settings(theme="dark", scaling=150, language="de", geometry=Geometry(1_024, 700, 5, -3, maximised=True))
    settings.save(paths)
    assert Settings.load(paths) == settings
    assert paths.settings.stat().st_mode & 0o777 == 0o600


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    """A first start needs none."""
    assert Settings.load(Paths(tmp_path)) == Settings()


@pytest.mark.parametrize("content", ["", "no json", "[]", "[" * 100_000, '{"theme": ' + '"x' * 50_000])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    """The window opens all the same."""
    (tmp_path / "settings.json").write_text(content)
    assert Settings.load(Paths(tmp_path)) == Settings()


def test_only_what_makes_no_sense_is_left_out(tmp_path: Path) -> None:
    """Wrong types, numbers out of range, themes that there are not; the rest counts."""
    record = {
        "theme": "purple",
        "scaling": 1_000,
        "auto_lock_minutes": True,
        "language": 7,
        "server": "https://files.example.org",
        "geometry": {"width": "wide"},
        "unknown": 1,
    }
    (tmp_path / "settings.json").write_text(json.dumps(record))
    assert Settings.load(Paths(tmp_path)) == Settings(server="https://files.example.org")


def test_a_folder_for_configuration_of_its_own(tmp_path: Path) -> None:
    """Where the platform has one, settings are not among the keys."""
    paths = Paths(tmp_path / "data", tmp_path / "config")
    Settings(theme="dark").save(paths)
    assert (tmp_path / "config" / "settings.json").exists()
    assert not (tmp_path / "data").exists()


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    """As with every file."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FileProblem):
        Settings().save(Paths(tmp_path / "file" / "home"))
