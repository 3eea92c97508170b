"""Somebody's queue at a real server, slow enough to be met while it runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil

from client.gui.mover.process import TransferProcess
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
    def works(self) -> TransferProcess:
        works = self.house.queue._works
        assert isinstance(works, TransferProcess)
        return works

    @property
    def mover(self) -> psutil.Process:
        """Which has to be there."""
        pid = self.works.pid
        assert pid is not None
        return psutil.Process(pid)

    @contextmanager
    def frozen_half_way(self) -> Iterator[psutil.Process]:
        """The process that moves, which stands still meanwhile, however long that takes."""
        self.until(is_half_way)
        mover = self.mover
        mover.suspend()
        try:
            yield mover
        finally:
            with suppress(psutil.NoSuchProcess):
                mover.resume()

    @property
    def row(self) -> Row:
        (row,) = self.house.queue.state.rows
        return row

    def until(self, so: Callable[[Row], object]) -> Row:
        self.clock.until(lambda: self.house.queue.state.rows and so(self.row))
        return self.row


def is_half_way(row: Row) -> bool:
    """Of a folder: some of its files are over, others are not."""
    is_between = row.share is not None and 0.1 < row.share < 0.9
    return row.status is Status.RUNNING and is_between and "· 0 of" not in row.amount
