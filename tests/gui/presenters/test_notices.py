"""Toasts go by themselves; what can be undone is done when they do."""

from client.errors import TargetExists
from client.gui.presenters.notices import SECONDS, UNDO_SECONDS, Notices
from client.gui.problem import problem_of
from tests.gui.clock import FakeClock


def _texts(notices: Notices) -> list[str]:
    return [notice.text for notice in notices.state.notices]


def test_news_go_by_themselves(clock: FakeClock) -> None:
    """After a few seconds."""
    notices = Notices(clock)
    notices.say("Saved.")
    clock.advance(SECONDS - 0.1)
    assert _texts(notices) == ["Saved."]
    clock.advance(0.2)
    assert _texts(notices) == []


def test_problems_stay_until_they_are_closed(clock: FakeClock) -> None:
    """With all three parts in words, and details to copy."""
    notices = Notices(clock)
    number = notices.problem(problem_of(TargetExists("there is a.txt already; --force replaces it")))
    clock.advance(3_600)
    (text,) = _texts(notices)
    assert text == "There is a.txt already. Choose another name or folder. It was not touched."
    assert "TargetExists" in notices.state.notices[0].details
    notices.close(number)
    assert _texts(notices) == []


def test_what_is_not_undone_is_done(clock: FakeClock) -> None:
    """After five seconds, or when the notice or the window is closed; once."""
    notices, did = Notices(clock), []
    notices.undoable("Deleted.", lambda: did.append("first"), lambda: did.append("undone"))
    clock.advance(UNDO_SECONDS + 0.1)
    notices.undoable("Deleted.", lambda: did.append("second"), lambda: did.append("undone"))
    notices.flush()
    clock.advance(UNDO_SECONDS + 0.1)
    assert did == ["first", "second"]


def test_what_is_undone_is_not_done(clock: FakeClock) -> None:
    """Also not later."""
    notices, did = Notices(clock), []
    number = notices.undoable("Deleted.", lambda: did.append("done"), lambda: did.append("undone"))
    notices.press(number)
    clock.advance(60)
    assert did == ["undone"]


def test_the_oldest_news_make_room(clock: FakeClock) -> None:
    """Three at once."""
    notices = Notices(clock)
    for text in ("one", "two", "three", "four"):
        notices.say(text)
    assert _texts(notices) == ["two", "three", "four"]


def test_what_can_be_undone_makes_no_room(clock: FakeClock) -> None:
    """However much comes after it, there are five seconds."""
    notices, did = Notices(clock), []
    number = notices.undoable("one", lambda: did.append("done"), lambda: did.append("undone"))
    for text in ("two", "three", "four"):
        notices.say(text)
    for text in ("five", "six", "seven"):
        notices.undoable(text, lambda: None, lambda: None)
    assert _texts(notices) == ["one", "five", "six", "seven"]
    notices.press(number)
    assert did == ["undone"]


def test_problems_make_room_for_problems_only(clock: FakeClock) -> None:
    """Nobody may have read them yet."""
    notices = Notices(clock)
    for number in range(3):
        notices.problem(problem_of(TargetExists("there is a.txt already")), f"{number}:")
    notices.say("news")
    notices.say("newer")
    assert [text[:2] for text in _texts(notices)] == ["0:", "1:", "2:", "ne"]
    notices.problem(problem_of(TargetExists("there is a.txt already")), "3:")
    assert [text[:2] for text in _texts(notices)] == ["1:", "2:", "3:"]


def test_what_ends_a_session_leaves_other_news(clock: FakeClock) -> None:
    """Only what waits for an undo is done."""
    notices, did = Notices(clock), []
    notices.problem(problem_of(TargetExists("there is a.txt already")), "one:")
    notices.undoable("two", lambda: did.append("two"), lambda: None)
    notices.flush()
    assert did == ["two"]
    assert [text[:4] for text in _texts(notices)] == ["one:"]
