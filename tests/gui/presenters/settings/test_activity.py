"""What happened, in sentences."""

import csv
from pathlib import Path

import pytest
import requests

from client.actions.activity import first_of_their_kind
from client.gui.presenters import activity as rooms
from client.gui.presenters.activity import Activity, kinds, sentence_of, spans
from client.gui.presenters.house import House
from client.gui.text import use_language
from server.domain import EventKind
from shared.api.models import ActivityItem
from tests.gui.presenters.settings.conftest import Seat, now
from tests.support.server import LiveServer


@pytest.fixture
def activity(ada: Seat) -> Activity:
    return Activity(ada.house)


def _sent(ada: Seat, bob: Seat, name: str = "report.pdf") -> str:
    (ada.person.cli.folder / name).write_text("hello")
    return ada.person.cli.ok("send", name, "--to", bob.email).lines[0]


def _loaded(ada: Seat, activity: Activity) -> None:
    activity.shown()
    ada.until(lambda: activity.state.rows and not activity.state.loading)


def _loaded_with(ada: Seat, activity: Activity, kind: str) -> None:
    """What the server notes when an answer is over, the client may be ahead of: asked again until it is there."""

    def is_there() -> bool:
        if activity.state.loading:
            return False
        if any(item.kind == kind for item in activity._items):
            return True
        activity.reload()
        return False

    ada.until(is_there)


def test_nobody_is_signed_in(house: House) -> None:
    activity = Activity(house)
    activity.shown()
    assert not activity.state.signed_in
    assert not activity.state.can_export
    activity.export("nowhere.csv")
    activity.load_more()


def test_sentences_with_names(ada: Seat, bob: Seat, activity: Activity) -> None:
    """Newest first; names come with the keys, and go when these are locked."""
    file_id = _sent(ada, bob)
    bob.person.cli.ok("get", file_id)
    _loaded_with(ada, activity, "download")
    assert activity.state.rows[0].sentence == f"{bob.email} downloaded a file ({file_id[:8]})"
    assert now(activity).can_name
    activity.show_names()
    ada.unlock()
    ada.until(lambda: "report.pdf" in activity.state.rows[0].sentence)
    assert [row.sentence for row in activity.state.rows[:2]] == [
        f"{bob.email} downloaded report.pdf",
        "You sent report.pdf",
    ]
    assert not now(activity).can_name
    ada.house.keys.lock()
    assert "report.pdf" not in activity.state.rows[0].sentence
    assert activity.state.can_name


def test_filters(ada: Seat, bob: Seat, activity: Activity) -> None:
    _sent(ada, bob)
    _loaded(ada, activity)
    activity.choose_kind("upload")
    ada.until(lambda: not activity.state.loading)
    assert [row.sentence.partition(" a file")[0] for row in activity.state.rows] == ["You sent"]
    activity.choose_kind("token_created")
    ada.until(lambda: not activity.state.loading)
    assert now(activity).rows == ()
    assert activity.state.empty == "Nothing of that kind has happened."
    assert not activity.state.can_export
    activity.choose_kind("")
    activity.choose_span("day")
    activity.choose_span("century")
    assert activity.state.span == "day"
    ada.until(lambda: not activity.state.loading)
    assert now(activity).rows
    assert set(spans()) == {"", "day", "week", "month", "year"}


def test_sign_ins_on_new_devices_stand_out(ada: Seat, server: LiveServer, activity: Activity) -> None:
    """By a sign and words; the first sign-in of all does not, nor a second one with the same program."""
    for agent in ("Strange/1", "Strange/1"):
        requests.post(
            f"{server.url}/auth/login",
            json={"email": ada.email, "otp": server.request_code(ada.email)},
            headers={"User-Agent": agent},
            timeout=30,
        ).raise_for_status()
    activity.choose_kind("sign_in")
    _loaded(ada, activity)
    again, new, first = activity.state.rows
    assert new.sentence == "⚠ New device: You signed in"
    assert "Strange/1" in new.place
    assert [again.stands_out, new.stands_out, first.stands_out] == [False, True, False]


def test_paged_as_one_scrolls(ada: Seat, activity: Activity, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page at a time, each entry once, until there are no more."""
    monkeypatch.setattr(rooms, "PAGE", 3)
    for number in range(5):
        ada.person.cli.ok("token", "create", f"t{number}", "--scope", "files:read")
    activity.choose_kind("token_created")
    _loaded(ada, activity)
    assert len(now(activity).rows) == 3
    assert now(activity).more
    activity.load_more()
    activity.load_more()
    ada.until(lambda: not activity.state.loading)
    assert len(now(activity).rows) == 5
    assert len({row.key for row in activity.state.rows}) == 5
    assert not activity.state.more


def test_an_answer_that_is_overtaken_is_not_shown(ada: Seat, activity: Activity) -> None:
    """Somebody chose another filter while an answer was on its way."""
    ada.person.cli.ok("token", "create", "t", "--scope", "files:read")
    _loaded(ada, activity)
    shown: list[set[str]] = []
    activity.watch(lambda state: shown.append({row.sentence for row in state.rows}))
    activity.reload()
    first = activity._job
    assert first is not None
    assert first.over.wait(30)
    activity.choose_kind("token_created")
    ada.until(lambda: not activity.state.loading)
    assert shown[-1] == {"You made an access token"}
    assert len(shown[0]) > 1
    assert all(each in (shown[0], shown[-1]) for each in shown)


def test_exported(ada: Seat, bob: Seat, activity: Activity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the filter lets through, also what was not scrolled to: the command line's very file."""
    monkeypatch.setattr(rooms, "PAGE", 1)
    _sent(ada, bob)
    _loaded(ada, activity)
    target = tmp_path / "activity.csv"
    activity.export(str(target))
    ada.until(lambda: not activity.state.exporting)
    assert "entries saved in" in ada.said()
    told = ada.person.cli.ok("activity", "--csv").out.decode()
    assert target.read_bytes().decode().replace("\r\n", "\n") == told
    assert len(list(csv.reader(target.read_text().splitlines()))) > 3
    activity.export("")
    activity.export(str(tmp_path / "no" / "folder.csv"))
    ada.until(lambda: not activity.state.exporting)
    assert "folder" in ada.said()


def test_somebody_else_sees_nothing_of_it(ada: Seat, activity: Activity) -> None:
    from client.gui.bus import SignedOut

    _loaded(ada, activity)
    ada.house.bus.tell(SignedOut())
    assert activity.state.rows == ()


def test_which_sign_ins_are_new() -> None:
    sign_ins = [(4, "b", "n"), (3, "a", "m"), (2, "a", "n"), (1, "a", "n")]
    assert first_of_their_kind(sign_ins) == {(4, "b", "n"), (3, "a", "m")}
    assert first_of_their_kind([]) == frozenset()


def test_every_kind_has_a_sentence() -> None:
    """In both languages without a gap; a kind of a newer server is said by its name, and fakes nothing."""
    for kind in (each for each in kinds() if each):
        for mine in (True, False):
            item = _item(kind, "me@example.org" if mine else "you@example.org")
            text = sentence_of(item, "me@example.org", {})
            assert text
            assert "{" not in text
    assert sentence_of(_item("grown\u202e", None), "me@example.org", {}) == "somebody: grown\N{REPLACEMENT CHARACTER}"
    use_language("en")


def test_no_kind_of_the_server_lacks_a_sentence() -> None:
    """What it notes is said in words, not by its name."""
    assert set(rooms._by_me()) >= {str(kind) for kind in EventKind}


def _item(kind: str, actor: str | None) -> ActivityItem:
    return ActivityItem(
        at=1,
        kind=kind,
        actor=None,
        actor_email=actor,
        file_id="7d84c61c-a6a5-4f15-9ff3-82a6313ab11f",
        ip_prefix=None,
        client=None,
        detail="",
    )
