"""Paths in words."""

import os
from pathlib import Path

import pytest

from client.gui.text import place


@pytest.mark.skipif(os.name != "posix", reason="elsewhere nobody writes ~")
def test_ones_own_folder_is_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And only that: a folder whose name merely begins so stays as it is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert place(str(tmp_path / "Downloads")) == "~/Downloads"
    assert place(str(tmp_path)) == "~"
    assert place(f"{tmp_path}-old/Downloads") == f"{tmp_path}-old/Downloads"
    assert place("/mnt/disk") == "/mnt/disk"
