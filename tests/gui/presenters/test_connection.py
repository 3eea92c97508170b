"""Offline is a state: one banner, quiet tries, and news when it is over."""

from pathlib import Path

from client.gui.bus import CameOnline, WentOffline
from client.gui.presenters.house import House
from client.local.session import Session
from tests.gui.clock import FakeClock
from tests.support.server import live_server


def _fails(house: House) -> None:
    house.jobs.run(lambda _job: house.keys.person().api.health())


def test_a_server_that_is_gone_and_back(house: House, clock: FakeClock, tmp_path: Path) -> None:
    """Many failures are one state; it is asked again and again; whoever shows something of the server's is told."""
    news: list[object] = []
    house.bus.on(WentOffline, news.append)
    house.bus.on(CameOnline, news.append)
    with live_server(tmp_path / "data", workers=1) as server:
        port = server.url.rpartition(":")[2]
        Session(server.url, "ada@example.org", "0" * 32, "token", "again", 1 << 40).save(house.paths)
        house.shell.look_again()
    for _ in range(3):
        _fails(house)
    clock.until(lambda: house.shell.state.offline)
    clock.until(lambda: house.jobs.running == 0)
    assert [type(each) for each in news] == [WentOffline]
    clock.advance(10)
    clock.until(lambda: not house.shell.state.trying)
    assert house.shell.state.offline
    with live_server(tmp_path / "data", workers=1, port=port):
        house.shell.try_now()
        clock.until(lambda: not house.shell.state.offline)
    assert [type(each) for each in news] == [WentOffline, CameOnline]


def test_a_wrong_address_before_signing_in_is_no_lost_connection(house: House, clock: FakeClock) -> None:
    """There is no server yet that could be away."""
    from client.actions.account import find_server

    failed: list[object] = []
    house.jobs.run(lambda _job: find_server("localhost:1"), failed=failed.append)
    clock.until(lambda: failed)
    assert not house.shell.state.offline
