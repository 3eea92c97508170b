"""PostgreSQL for tests: a server a worker, a database a test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.postgres import NotInstalled, PostgresServer, running_postgres

__all__ = ["PostgresServer", "postgres", "postgres_address", "postgres_server"]


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server of its own; gone, with its folder, at the end. Skips the test where none is installed."""
    try:
        with running_postgres() as server:
            yield server
    except NotInstalled as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for all tests of this worker."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_address(postgres: PostgresServer) -> Iterator[str]:
    """A database of this test's own, with all tables."""
    yield postgres.database()
    postgres.drop_made()
