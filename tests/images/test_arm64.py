"""For arm64, nothing has to be compiled: every package that the server needs is there as a wheel."""

from pathlib import Path

import pytest

from tests.images.engine import download_wheels

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_COMPILED = ("cffi", "psycopg_binary", "pydantic_core", "pynacl", "sqlalchemy")


def test_every_package_has_a_wheel(tmp_path: Path) -> None:
    """For any machine, or for this kind, and for the glibc of the image's base."""
    download_wheels(tmp_path, "arm64")
    names = [path.name for path in tmp_path.iterdir()]
    of_machines = [name for name in names if not name.endswith("-none-any.whl")]
    assert all(name.endswith("_aarch64.whl") for name in of_machines), of_machines
    for package in _COMPILED:
        assert any(name.startswith(f"{package}-") for name in of_machines), package
