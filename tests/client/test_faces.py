"""Where the events of a transfer go."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from client.actions.events import Began, Done, Failed, Receiving, Restarted, Resumed, Sending, Skipped, Waiting
from client.cli.faces import counted, faces


def test_without_a_terminal_only_what_matters_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Progress is silent; going on, starting afresh and leaving out are worth a line each."""
    with faces("Sending") as tell:
        tell(Began("a/film.mkv", "film.mkv", 1_000))
        tell(Resumed("a/film.mkv", 620, 1_000))
        tell(Sending("a/film.mkv", 800, 1_000))
        tell(Restarted("a/film.mkv", "the file has changed since"))
        tell(Skipped("a/link", "it is a symbolic link"))
        tell(Failed("a/film.mkv", "told by the command", resumable=True))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "film.mkv: continued at 62%.",
        "film.mkv: begun afresh: the file has changed since.",
        "a/link: left out, it is a symbolic link.",
    ]


def test_a_long_wait_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """However many pauses it is made of; short ones are nobody's business."""
    with faces("Sending") as tell:
        for seconds in (0.3, 0.6, 1.2, 2.4, 4.8, 6.0):
            tell(Waiting("f", "the server is busy", seconds))
        tell(Sending("f", 1, 2))
        tell(Waiting("f", "the server is busy", 0.3))
    assert capsys.readouterr().err.splitlines() == [
        "waiting for the network: the server is busy. It goes on by itself."
    ]


def test_events_are_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Whole ones, from whatever thread; a path that is not UTF-8 is a line like any other."""
    odd = os.fsdecode(b"\xff.bin")
    with faces("Sending", as_events=True) as tell:
        tell(Resumed(odd, 1, None))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: tell(Done(f"{n}", "id", "n" * 500, n)), range(200)))
    shown = capsys.readouterr()
    lines = [json.loads(line) for line in shown.out.splitlines()]
    assert lines[0] == {"event": "resumed", "transfer": odd, "done": 1, "total": None}
    assert sorted(each["size"] for each in lines[1:]) == list(range(200))
    assert shown.err == ""


def test_amounts_become_events() -> None:
    """Whoever counts pieces tells sums."""
    told: list[object] = []
    lock = threading.Lock()

    def tell(event: object) -> None:
        with lock:
            told.append(event)

    progress = counted(tell, Receiving, "x.sealed", "x", 5)
    progress(2)
    progress(3)
    assert told == [Began("x.sealed", "x", 5), Receiving("x.sealed", 2, 5), Receiving("x.sealed", 5, 5)]
