"""The queue with a real server: what is given up leaves nothing, what is continued arrives whole."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from client.api.steady import STALL_SECONDS
from client.gui.presenters.queue_rows import Status
from client.gui.presenters.transfers import Get
from client.local.paths import Paths
from tests.gui.presenters.desk import SLOW, Desk, is_half_way
from tests.support.people import Person
from tests.support.server import LiveServer


def test_a_cancelled_folder_leaves_no_file_at_the_server(desk: Desk, ada: Person, bob: Person, photos: Path) -> None:
    """Those of its files that were whole already go as well, and so do the notes about them."""
    desk.send(photos, bob)
    with desk.frozen_half_way():
        assert ada.cli.ok("ls", "--all").lines != []
        desk.house.queue.cancel(desk.row.key)
    desk.until_cancelled()
    assert ada.cli.ok("ls", "--all").lines == []
    assert [*Paths(ada.cli.data).uploads.iterdir()] == []


def test_a_paused_folder_goes_on_where_it_stopped(desk: Desk, ada: Person, bob: Person, photos: Path) -> None:
    """Nothing of it is there twice, and all of it arrives."""
    desk.send(photos, bob)
    row = desk.until(is_half_way)
    desk.house.queue.pause(row.key)
    desk.until(lambda row: row.status is Status.PAUSED)
    there = len(ada.cli.ok("ls", "--all").lines)
    assert 0 < there < 30
    desk.at_full_speed()
    desk.house.queue.resume(row.key)
    row = desk.until(lambda row: row.status is Status.DONE)
    assert len(ada.cli.ok("ls", "--all").lines) == 31
    bob.cli.ok("get", row.file_id)
    assert sorted((bob.cli.folder / "photos").iterdir()) == [bob.cli.folder / "photos" / n for n in _names(photos)]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_what_is_received_can_be_cancelled_and_leaves_nothing(desk: Desk, bob: Person, ada: Person) -> None:
    """Neither under its name nor as a part."""
    (bob.cli.folder / "large.bin").write_bytes(os.urandom(40_000_000))
    (file_id,) = bob.cli.ok("send", "large.bin", "--to", ada.email).lines
    inbox = ada.cli.folder / "inbox"
    desk.house.change_settings(lambda now: replace(now, bandwidth_limit=8 * SLOW))
    number = desk.house.queue.add_get(Get(file_id, inbox, name="large.bin"))
    desk.until(lambda row: row.share is not None and row.share > 0.3)
    assert [path.name for path in inbox.iterdir()] == ["large.bin.part"]
    desk.house.queue.cancel_get(number)
    desk.until_cancelled()
    assert [*inbox.iterdir()] == []
    desk.at_full_speed()
    desk.house.queue.add_get(Get(file_id, inbox, name="large.bin"))
    row = desk.until(lambda row: row.status is Status.DONE)
    assert Path(row.path).read_bytes() == (bob.cli.folder / "large.bin").read_bytes()


@contextmanager
def _frozen(server: LiveServer) -> Iterator[None]:
    """It takes connections and says nothing, as one that is cut off from the network."""
    main = psutil.Process(server.process.pid)
    all_of_it = (main, *main.children(recursive=True))
    try:
        for each in all_of_it:
            each.suspend()
        yield
    finally:
        for each in all_of_it:
            with suppress(psutil.NoSuchProcess):
                each.resume()


def test_a_pause_does_not_wait_for_a_server_that_is_silent(
    desk: Desk, server: LiveServer, bob: Person, photos: Path
) -> None:
    """It is there long before the requests that are under way would have failed; nothing is lost by it."""
    desk.send(photos, bob)
    row = desk.until(is_half_way)
    with _frozen(server):
        desk.clock.advance(1.0)
        desk.house.queue.pause(row.key)
        began = time.monotonic()
        desk.until(lambda row: row.status is Status.PAUSED)
        assert time.monotonic() - began < STALL_SECONDS / 3
    desk.at_full_speed()
    desk.house.queue.resume(row.key)
    desk.until(lambda row: row.status is Status.DONE)
