"""Whose turn it is, and what is seen while it lasts."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from client.actions.events import Began, Event, Rerouted, Sending
from client.actions.way import Straight, Way
from client.api.failures import StoreRefuses
from client.gui.jobs import Job
from client.gui.presenters.queue import NewSend
from client.gui.presenters.queue_rows import Status, Tone
from client.gui.presenters.queue_work import Meter, Progress
from tests.gui.presenters.queue.conftest import SENT, Room, order


def test_three_run_and_the_others_wait_for_their_turn(room: Room) -> None:
    """In the order in which they came; when one ends, the next begins."""
    room.add("a", "b", "c", "d", "e")
    assert [row.status for row in room.queue.state.rows] == [Status.RUNNING] * 3 + [Status.WAITING] * 2
    assert room.row("d").words == "Waiting for its turn"
    room.works.of("b").then(replace(SENT, name="b"))
    room.until("d", Status.RUNNING)
    assert room.row("e").status is Status.WAITING
    assert room.queue.state.summary == "3 under way · 1 waiting · 1 finished"


def test_progress_has_amounts_rate_and_time_left(room: Room) -> None:
    """In words, and as a share for the bar."""
    room.add("a", size=10_000_000)
    work = room.works.of("a")
    work.then(Progress("a", 0, 10_000_000))
    room.clock.until(lambda: room.row("a").words == "Encrypting and sending")
    room.clock.advance(1.0)
    work.then(Progress("a", 2_500_000, 10_000_000))
    room.clock.until(lambda: room.row("a").share == 0.25)
    row = room.row("a")
    assert row.amount == "2.5 MB of 10.0 MB"
    assert row.speed.endswith("MB/s")
    assert row.left.endswith("left")


def test_the_rate_falls_while_nothing_moves(room: Room) -> None:
    """What is shown is not what was true a minute ago."""
    room.add("a", size=10_000_000)
    room.works.of("a").then(Progress("a", 5_000_000, 10_000_000))
    room.clock.until(lambda: room.row("a").speed)
    room.clock.advance(30)
    assert room.row("a").speed == ""


def test_what_was_there_before_does_not_count_as_speed(room: Room) -> None:
    """A continued transfer begins at its share, without a wonderful rate."""
    room.add("a", size=10_000_000)
    room.works.of("a").then(Progress("a", 5_000_000, 10_000_000, skipped=5_000_000))
    room.clock.until(lambda: room.row("a").share == 0.5)
    assert room.row("a").speed == ""
    assert room.row("a").words == "Continuing where it stopped …"


def test_waiting_for_the_network_says_why(room: Room) -> None:
    """And that nobody has to do anything."""
    room.add("a")
    room.works.of("a").then(Progress("a", 10, 1_000, reason="the server can't be reached, or broke off"))
    room.clock.until(lambda: "network" in room.row("a").words)
    row = room.row("a")
    assert row.words == "Waiting for the network: the server can't be reached, or broke off. It goes on by itself."
    assert row.tone is Tone.WARNING
    assert (row.speed, row.left) == ("", "")


def test_a_way_to_the_store_that_is_blocked_is_said(room: Room) -> None:
    """As long as it travels: nobody has to do anything."""
    room.add("a")
    room.works.of("a").then(Progress("a", 10, 1_000, via_server=True))
    room.clock.until(lambda: room.row("a").detail != "")
    assert room.row("a").detail == "Goes through the server: its store can't be reached from here."
    room.works.of("a").then(Progress("a", 10, 1_000, reason="the server's store can't be reached, or broke off"))
    room.clock.until(lambda: "the server's store can't be reached" in room.row("a").words)


def test_a_way_that_is_blocked_is_said_once(room: Room) -> None:
    """By the transfer that found out, however many parts it has; not by others that follow it, nor in a notice."""
    way = Way()

    def blocked() -> None:
        raise StoreRefuses("the store answers with HTTP 403")

    def travel(name: str) -> Callable[[Job], None]:
        def parts(job: Job) -> None:
            meter = Meter(job)
            meter.tell(Began(name, name, 3))
            straight = Straight(way, lambda reason: meter.tell(Rerouted(name, reason)))
            for done in range(1, 4):
                straight.trip().run(blocked, lambda: None)
                meter.tell(Sending(name, done, 3))

        return parts

    room.add("a", "b", size=3)
    for name in ("a", "b"):
        room.works.of(name).then(travel(name))
        room.clock.until(lambda name=name: room.row(name).amount.startswith("3 B of"))  # type: ignore[misc]  # mypy can't type the default of a lambda
    said = [row.detail for row in room.queue.state.rows if row.detail]
    assert said == ["Goes through the server: its store can't be reached from here."]
    assert not room.notices.state.notices


def test_a_folder_shows_how_many_of_its_files_are_over(room: Room) -> None:
    """One row for all of it."""
    room.add("photos", size=1_000)
    room.works.of("photos").then(Progress("photos", 500, 1_000, files=10, files_over=4))
    room.clock.until(lambda: "4 of 10 files" in room.row("photos").amount)


def test_the_same_file_is_never_sent_twice_at_the_same_time(room: Room) -> None:
    """Two rows for one file take turns: both note what has arrived in the same journal."""
    room.queue.add_sends([NewSend(order("a"), name, 5) for name in ("first", "second")])
    assert [row.status for row in room.queue.state.rows] == [Status.RUNNING, Status.WAITING]
    room.works.of("first").then(replace(SENT, name="first"))
    room.until("second", Status.RUNNING)


def test_five_hundred_rows_are_no_burden(room: Room) -> None:
    """Adding and moving them stays quick enough for a window that never waits."""
    import time

    began = time.thread_time()
    room.add(*[f"file-{number}" for number in range(500)])
    room.works.of("file-0").then(Progress("file-0", 5, 10))
    room.clock.until(lambda: room.row("file-0").share == 0.5)
    assert time.thread_time() - began < 5.0
    assert len(room.queue.state.rows) == 500


def test_the_meter_tells_a_transfers_events_as_one_standing() -> None:
    """Of a folder as of a file; it stops the transfer at the next event once it was cancelled."""
    from client.actions.events import Began, Counted, Done, Sending, Waiting
    from client.gui.jobs import Stopped
    from client.gui.presenters.queue_work import Meter

    told: list[Progress] = []

    class Listening(Job):
        def __init__(self) -> None:
            super().__init__(lambda *_arguments: None)

        def report(self, event: object, *, latest: object = None) -> None:
            assert isinstance(event, Progress)
            told.append(event)

    job = Listening()
    meter = Meter(job)
    events: list[Event] = [
        Counted("d", "d", 2, 30),
        Began("d/a", "a", 10),
        Sending("d/a", 10, 10),
        Done("d/a", "1", "a", 10),
        Waiting("d", "no network", 3.0),
    ]
    for event in events:
        meter.tell(event)
    assert (told[-1].name, told[-1].done, told[-1].total, told[-1].files, told[-1].files_over) == ("d", 10, 30, 2, 1)
    assert told[-1].reason == "no network"
    job.cancel()
    with pytest.raises(Stopped):
        meter.tell(Began("d/b", "b", 20))


def test_many_changes_are_told_once(room: Room) -> None:
    """Whoever watches gets a state that is whole, and not a state for each of a hundred changes."""
    seen: list[int] = []
    room.queue.watch(lambda state: seen.append(len(state.rows)))
    room.add(*[f"file-{number}" for number in range(100)])
    room.clock.advance(0.1)
    assert seen == [0, 100]
    room.queue.pause_all(sends=True)
    room.clock.until(lambda: all(row.status is Status.PAUSED for row in room.queue.state.rows))
    assert len(seen) < 20
