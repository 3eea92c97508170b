"""For every test: nobody's real settings, and in CI no test that was quietly skipped."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.cli import end_what_was_left

if TYPE_CHECKING:
    from tests.services.ipfs import IpfsNode
    from tests.services.s3 import S3Service

EVERY_TEST = "SEALCASE_EVERY_TEST"

settings.register_profile("sealcase", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # nothing is timed
settings.load_profile("sealcase")


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tests neither read nor write the keys, sessions and keyring of whoever runs them."""
    for name in [name for name in os.environ if name.startswith("SEALCASE_") and name != EVERY_TEST]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEALCASE_KEYRING", "off")
    yield


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """Commands of the server that are tried in this process would keep from others all that it writes ever after."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """A test that fails leaves no command behind that another would suffer from."""
    yield
    end_what_was_left()


@pytest.fixture(scope="session")
def moto_s3() -> Iterator["S3Service"]:
    """A quick S3 store, which checks no signatures."""
    from tests.services.s3 import moto

    with moto() as service:
        yield service


@pytest.fixture(scope="session")
def ceph_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator["S3Service"]:
    """A real S3 store, which checks them; for slow tests."""
    from tests.services.ceph import ceph, missing

    if lacking := missing():
        pytest.skip(f"there is no Ceph here ({', '.join(lacking)}): apt install radosgw ceph-mon ceph-osd ceph-common")
    with ceph(tmp_path_factory.mktemp("ceph")) as service:
        yield service


@pytest.fixture(scope="session")
def ipfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator["IpfsNode"]:
    """One node for all tests, which leave it running."""
    from tests.services.ipfs import NotInstalled, ipfs_node

    try:
        with ipfs_node(tmp_path_factory.mktemp("ipfs")) as node:
            yield node
    except NotInstalled as error:
        pytest.skip(str(error))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With SEALCASE_EVERY_TEST set, a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(EVERY_TEST) and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
