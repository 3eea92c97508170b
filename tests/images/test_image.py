"""docker/Dockerfile is built and run as it is: as its own user, with its own command, and answers."""

import subprocess
from pathlib import Path

import pytest
import requests

from tests.images.engine import TAG, Engine, missing
from tests.support.ports import free_port, users_of
from tests.support.waiting import until

START_SECONDS = 90
USER = 10_001
LOOK = """
import pathlib
for path in pathlib.Path("/data/secrets").iterdir():
    print(f"{path.stat().st_uid}:{path.stat().st_mode & 0o777:o}")
"""
HEALTH = ("python", "-m", "server.health")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(missing() is not None, reason=missing() or ""),
]


def test_the_image_says_what_an_operator_needs(engine: Engine) -> None:
    """A number as user, one volume, one port, a health check, and no setting that is a secret."""
    config = engine.config(TAG)
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["sealcase-server"]
    assert config["Cmd"] == ["serve"]
    assert list(config["Volumes"]) == ["/data"]  # type: ignore[call-overload]
    assert list(config["ExposedPorts"]) == ["5000/tcp"]  # type: ignore[call-overload]
    assert config["Healthcheck"]["Test"] == ["CMD", "python", "-m", "server.health"]  # type: ignore[index]
    environment = " ".join(config["Env"])  # type: ignore[arg-type]
    assert not any(word in environment for word in ("SECRET", "PASSWORD", "TOKEN"))


def test_it_holds_the_server_and_nothing_that_opens_files(engine: Engine) -> None:
    """No client, no cryptography beyond signing, no compilers, no pip cache, no data."""
    with engine.container(TAG) as container:
        root = Path(engine("mount", container))
        packages = next((root / "opt/sealcase/lib").glob("python3*/site-packages"))
        assert (packages / "server").is_dir()
        assert not (packages / "client").exists()
        assert not (packages / "cryptography").exists()
        assert list((root / "data").iterdir()) == []
        assert (root / "data").stat().st_uid == 10_001
        assert not (root / "src").exists()
        assert not (root / "usr/bin/gcc").exists()
        assert not list((root / "root").glob(".cache/*"))
        files = (path for path in (root / "opt/sealcase").rglob("*") if not path.is_symlink())
        assert [path for path in files if _others_write(path)] == []
        engine("umount", container)


def _others_write(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o022)


def test_it_serves_as_its_own_user(engine: Engine) -> None:
    """Secrets are made in the volume, /ready answers, the health check agrees, a signal ends it in good order."""
    port = free_port()
    options = ("--network", "host", "--env", f"PORT={port}", "--env", "HOST=127.0.0.1")
    with engine.container(TAG) as container:
        with engine.started(container, ["sealcase-server", "serve"], *options) as process:
            until(lambda: _ready(port, process, engine), "a server in the container", START_SECONDS)
            made = engine("run", container, "--", "python", "-c", LOOK).split()
            assert made
            assert set(made) == {f"{USER}:600"}
            assert users_of(port) == {USER}
            engine("run", "--network", "host", "--env", f"PORT={port}", container, "--", *HEALTH)
        with engine.started(container, HEALTH, "--network", "host", "--env", f"PORT={port}") as health:
            assert health.wait(START_SECONDS) == 1, "what listens nowhere is not healthy"


def _ready(port: int, process: subprocess.Popen[bytes], engine: Engine) -> bool:
    assert process.poll() is None, engine.log.read_text()
    try:
        return requests.get(f"http://127.0.0.1:{port}/ready", timeout=5).status_code == 200
    except requests.RequestException:
        return False
