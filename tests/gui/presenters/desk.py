"""Somebody's queue at a real server, slow enough to be met while it runs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from client.gui.presenters.house import House
from client.gui.presenters.queue import NewSend
from client.gui.presenters.queue_rows import Row, Status
from client.local.queue import SendOrder
from tests.gui.clock import FakeClock
from tests.support.people import PASSPHRASE, Person

SLOW = 1_000_000
"""Bytes a second: so that there is time to stop it."""


class Desk:
    """Ada's window, unlocked and slow."""

    def __init__(self, house: House, clock: FakeClock) -> None:
        self.house = house
        self.clock = clock
        house.change_settings(lambda now: replace(now, bandwidth_limit=SLOW))
        house.keys.with_keys(lambda _person: None)
        clock.until(lambda: house.keys.state.asking)
        house.keys.try_passphrase(PASSPHRASE)
        clock.until(lambda: house.keys.state.unlocked)

    def at_full_speed(self) -> None:
        self.house.change_settings(lambda now: replace(now, bandwidth_limit=0))

    def send(self, path: Path, to: Person) -> None:
        order = SendOrder(str(path), (to.email,), (), (), 168, None, "", True)
        self.house.queue.add_sends([NewSend(order, path.name, None)])

    def until_cancelled(self) -> None:
        """Until nothing of it stays, and it was said."""
        self.clock.until(lambda: any("was cancelled" in each.text for each in self.house.notices.state.notices))
        assert not self.house.queue.state.rows

    @property
    def row(self) -> Row:
        (row,) = self.house.queue.state.rows
        return row

    def until(self, so: Callable[[Row], object]) -> Row:
        self.clock.until(lambda: self.house.queue.state.rows and so(self.row))
        return self.row


def is_half_way(row: Row) -> bool:
    return row.status is Status.RUNNING and row.share is not None and 0.1 < row.share < 0.9
