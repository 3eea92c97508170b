"""What a starting server says of its settings and its clock: what is the matter, and the exact fix."""

import time
from pathlib import Path
from typing import Any

import pytest

from server import boot
from server.settings import Settings
from tests.server.house import house
from tests.support.server import live_server


def warned(folder: Path, **settings: Any) -> list[str]:
    return list(boot.warnings(Settings(data_dir=folder, **settings)))


@pytest.fixture(autouse=True)
def _in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_at_home_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert warned(tmp_path) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": "0.0.0.0"}, "PUBLIC_URL is empty"),
        ({"host": "0.0.0.0"}, "sealcase-server admin mail-test"),
        ({"public_url": "http://files.example.org/s"}, "set PUBLIC_URL=https://files.example.org/s"),
        ({"host": "0.0.0.0", "public_url": "http://localhost:5000"}, "which every machine takes for itself"),
        ({"public_url": "https://files.example.org"}, "Set TRUSTED_PROXIES=1"),
    ],
)
def test_each_wrong_setting_comes_with_its_fix(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    assert any(words in message for message in warned(tmp_path, **settings))


def test_a_server_behind_a_proxy_that_is_all_set_says_nothing(tmp_path: Path) -> None:
    settings = {
        "host": "0.0.0.0",
        "public_url": "https://files.example.org",
        "trusted_proxies": 1,
        "smtp_host": "mail.example.org",
        "mail_from": "no-reply@example.org",
    }
    assert warned(tmp_path, **settings) == []


def test_a_clock_that_was_set_back_shows(tmp_path: Path) -> None:
    """Activity knows a later time than the clock: hours later here, as `house` lives in the future."""
    here = house(tmp_path / "data")
    here.person("ada@example.org")
    at = here.clock.time
    assert list(boot.clock_troubles(here.settings.data_dir, at + 1)) != []  # the disk's clock is the real one
    early = [each for each in boot.clock_troubles(here.settings.data_dir, time.time()) if "newest entry" in each]
    assert len(early) == 1
    assert "timedatectl set-ntp true" in early[0]
    here.clock.time = time.time()
    fresh = house(tmp_path / "fresh")
    fresh.clock.time = time.time()
    fresh.person("ada@example.org")
    assert list(boot.clock_troubles(fresh.settings.data_dir, time.time())) == []


def test_the_server_prints_it(tmp_path: Path) -> None:
    with live_server(tmp_path / "data", workers=1, host="0.0.0.0", port="0") as server:
        assert any("PUBLIC_URL is empty" in line for line in server.lines)
