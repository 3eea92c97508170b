"""Locks among nodes: who dies lets go, and who has lost a lock without noticing writes nothing more."""

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from server.adapters.postgres.database import Database
from server.adapters.postgres.ephemeral import PostgresEphemeral
from server.adapters.postgres.records import PostgresRecords
from server.domain import User
from server.errors import Busy, Unavailable
from tests.contracts.places import DATABASE, database_of
from tests.server.house import TurnedClock
from tests.support.postgres import end_lock_connections
from tests.support.waiting import until

ADA = User("a" * 32, "ada@example.org", 1.0)


@pytest.fixture
def name() -> str:
    return "postgres"


@pytest.fixture
def database(place: Path) -> Database:
    return database_of(place)


@pytest.fixture
def node(database: Database) -> PostgresEphemeral:
    return PostgresEphemeral(database, TurnedClock())


@pytest.fixture
def other(place: Path) -> PostgresEphemeral:
    """Another node of the same cluster."""
    return PostgresEphemeral(database_of(place), TurnedClock())


def is_free(node: PostgresEphemeral, key: str) -> bool:
    try:
        with node.lock(key, 0):
            return True
    except Busy:
        return False


def test_two_nodes_never_hold_one_lock(node: PostgresEphemeral, other: PostgresEphemeral) -> None:
    with node.lock("key", 0):
        assert not is_free(other, "key")
        assert is_free(other, "another")
    assert is_free(other, "key")


def test_a_node_that_vanishes_is_noticed_by_the_database(place: Path, node: PostgresEphemeral) -> None:
    """Within half a minute on every connection, that of the locks too; a minute, where it only stands still."""
    noticing = {
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "30000",
    }
    with database_of(place).write() as connection:
        told = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in noticing}
        idle = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
    assert (told, idle) == (noticing, "1min")
    with node.lock("key", 0):
        locks = node.turns._line.connection
        assert locks is not None
        assert {name: locks.execute(f"SHOW {name}").fetchall()[0][0] for name in noticing} == noticing


def _hold(place: Path, told: Connection) -> None:
    with PostgresEphemeral(database_of(place), TurnedClock()).lock("key", 0):
        told.send("held")
        told.recv()


@pytest.mark.slow
def test_a_killed_holder_lets_go(place: Path, other: PostgresEphemeral) -> None:
    """kill -9, without a word to the database."""
    ours, theirs = multiprocessing.Pipe()
    holder = multiprocessing.get_context("spawn").Process(target=_hold, args=(place, theirs))
    holder.start()
    assert ours.recv() == "held"
    assert not is_free(other, "key")
    holder.kill()
    holder.join()
    until(lambda: is_free(other, "key"), "a lock that was let go")


def test_whoever_lost_a_lock_writes_nothing_more(
    place: Path, node: PostgresEphemeral, other: PostgresEphemeral, database: Database
) -> None:
    """Somebody else may have it by now; other threads, and the same one afterwards, go on."""
    records = PostgresRecords(database)
    with node.lock("key", 0):
        assert records.user(ADA.user_id) is None
        end_lock_connections((place / DATABASE).read_text())
        until(lambda: is_free(other, "key"), "a lock that was lost")
        with pytest.raises(Unavailable, match="lost its connection"):
            records.add_user(ADA)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(records.user, ADA.user_id).result() is None
        with pytest.raises(Unavailable), node.lock("next", 0):
            records.add_user(ADA)
    assert records.add_user(ADA) == ADA
    with node.lock("key", 0):
        assert records.user(ADA.user_id) == ADA


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_has_locks_of_its_own(node: PostgresEphemeral, other: PostgresEphemeral) -> None:
    """As worker processes are made; its end takes nothing from its parent."""
    with node.lock("key", 0):
        child = os.fork()
        if not child:
            code = 1
            try:
                code = 0 if not is_free(node, "key") and is_free(node, "mine") else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not is_free(other, "key")
    assert is_free(other, "key")
