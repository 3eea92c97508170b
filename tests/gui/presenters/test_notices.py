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


def test_the_oldest_makes_room(clock: FakeClock) -> None:
    """Three at once; what the oldest would have done is done."""
    notices, did = Notices(clock), []
    notices.undoable("one", lambda: did.append("one"), lambda: None)
    for text in ("two", "three", "four"):
        notices.say(text)
    assert _texts(notices) == ["two", "three", "four"]
    assert did == ["one"]
