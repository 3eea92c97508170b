"""The line that shows how a transfer gets on."""

from client.actions.events import (
    Began,
    Counted,
    Done,
    Encrypting,
    Event,
    Failed,
    Receiving,
    Restarted,
    Resumed,
    Sending,
    Skipped,
    Verified,
    Waiting,
)
from client.actions.standing import Standing
from client.cli.bar import cut, text_of

WIDE = 200


def line(*steps: tuple[float, Event], at: float, columns: int = WIDE, verb: str = "Sending") -> str:
    """What is drawn at the moment `at`, after events at their moments; drawn once after each, as time goes by."""
    standing = Standing(0.0)
    for moment, event in steps:
        standing.take(event, moment)
        text_of(standing, verb, moment, columns)
    return text_of(standing, verb, at, columns)


def test_nothing_is_drawn_before_anything_is_known() -> None:
    assert line(at=1.0) == ""


def test_share_amount_rate_and_time_left() -> None:
    """Of a file whose length is known."""
    steps = [(0.0, Began("f", "film.mkv", 1_000_000)), (1.0, Sending("f", 250_000, 1_000_000))]
    text = line(*steps, at=1.0)
    assert text == "Sending film.mkv  [██████··················]  25%  250.0 KB of 1.0 MB  250.0 KB/s  3 s left"


def test_a_pipe_has_no_end_to_wait_for() -> None:
    assert line((0.0, Began("-", "stdin", None)), (2.0, Sending("-", 4_000, None)), at=2.0) == (
        "Sending stdin  4.0 KB  2.0 KB/s"
    )


def test_the_rate_is_that_of_the_last_seconds() -> None:
    """A fast beginning says nothing about the crawl after it."""
    steps: list[tuple[float, Event]] = [(0.0, Began("f", "f", 10**9)), (1.0, Sending("f", 10**8, 10**9))]
    steps += [(float(second), Sending("f", 10**8 + 1_000 * second, 10**9)) for second in range(2, 20)]
    assert "1.0 KB/s" in line(*steps, at=19.0)


def test_what_was_there_before_is_not_counted_as_fast() -> None:
    """A resumed transfer shows how far it is, and only its own rate."""
    steps = [(0.0, Began("f", "f", 1_000)), (0.5, Resumed("f", 600, 1_000)), (1.0, Sending("f", 700, 1_000))]
    text = line(*steps, at=1.0)
    assert " 70%" in text
    assert "100 B/s" in text


def test_sealing_shows_until_something_travels() -> None:
    """Then only what travelled counts; and again from nothing, if it has to begin afresh."""
    began, sealed = (0.0, Began("f", "f", 1_000)), (1.0, Encrypting("f", 900, 1_000))
    assert " 90%" in line(began, sealed, at=1.0)
    assert " 10%" in line(began, sealed, (1.0, Sending("f", 100, 1_000)), (1.1, Encrypting("f", 950, 1_000)), at=1.2)
    assert "  0%" in line(began, (1.0, Sending("f", 100, 1_000)), (1.1, Restarted("f", "it changed")), at=1.2)


def test_waiting_says_why_and_until_when() -> None:
    """Counted down while nothing happens; gone as soon as something moves."""
    steps = [(0.0, Began("f", "f", 1_000)), (1.0, Waiting("f", "the server is busy", 5.0))]
    assert line(*steps, at=3.0).endswith("waiting for the network: the server is busy, next try in 3 s")
    assert line(*steps, at=9.0).endswith("next try in 0 s")
    assert "waiting" not in line(*steps, (4.0, Sending("f", 1, 1_000)), at=4.0)


def test_a_server_that_is_away_at_the_very_beginning() -> None:
    """Nothing is known yet but that one waits; what is learned then was worth it."""
    waiting = (1.0, Waiting("id", "the server is busy", 5.0))
    assert line(waiting, at=2.0) == "Sending: waiting for the network: the server is busy, next try in 4 s"
    assert "waiting" not in line(waiting, (3.0, Began("id", "f", 1_000)), at=3.0)
    assert "waiting" not in line(waiting, (3.0, Counted("id", "f", 3, 1_000)), at=3.0)


def test_the_end_tells_all_of_it() -> None:
    steps = [(0.0, Began("f", "f", 1_000)), (1.0, Receiving("f", 1_000, 1_000)), (2.0, Verified("f"))]
    text = line(*steps, (2.0, Done("f", "id", "f", 1_000)), at=4.0, verb="Receiving")
    assert text == "Receiving f  [████████████████████████] 100%  1.0 KB of 1.0 KB  250 B/s  in 4 s  verified"


def test_a_folder_is_one_bar() -> None:
    """Files that are over count whole, those under way as far as they are; failed ones are over, skipped ones none."""
    steps: list[tuple[float, Event]] = [
        (0.0, Counted("d", "d", 10_000, 4_000_000)),
        (0.0, Skipped("d/link", "it is a symbolic link")),
        (0.1, Began("d/a", "a", 1_000_000)),
        (0.2, Began("d/b", "b", 1_000_000)),
        (0.3, Sending("d/b", 500_000, 1_000_000)),
        (0.4, Done("d/a", "id", "a", 1_000_000)),
        (0.5, Failed("d/c", "unreadable", resumable=True)),
    ]
    text = line(*steps, at=1.0)
    assert text.startswith("Sending d  [█████████···············]  38%  2 of 10,000 files  1.5 MB of 4.0 MB  ")
    assert "in 1 s" in line(*steps, (1.0, Done("d", "id", "d", 4_000_000)), at=1.0)


def test_a_folder_goes_on_where_it_was() -> None:
    """What was there before counts once, and as no speed."""
    steps: list[tuple[float, Event]] = [
        (0.0, Counted("d", "d", 4, 4_000)),
        (0.0, Done("d/a", "id", "a", 1_000)),
        (0.0, Done("d/b", "id", "b", 1_000)),
        (0.0, Resumed("d", 2_000, 4_000)),
        (1.0, Done("d/c", "id", "c", 1_000)),
    ]
    assert line(*steps, at=1.0).endswith(" 75%  3 of 4 files  3.0 KB of 4.0 KB  1.0 KB/s  1 s left")


def test_a_line_fits_its_terminal() -> None:
    """However wide its letters are; control characters are not obeyed."""
    began = (0.0, Began("f", "日本語" * 30, 1_000))
    for columns in (20, 40, 79):
        text = line(began, at=1.0, columns=columns)
        assert sum(2 if character > "\u2fff" else 1 for character in text) <= columns
        assert text.endswith("…")
    assert "\x1b" not in line((0.0, Began("f", "a\x1b[2Jb", 10)), at=1.0)


def test_cut() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"
    assert cut("日本語", 5) == "日本…"
    assert cut("日本語", 4) == "日…"
