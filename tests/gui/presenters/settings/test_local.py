"""What is set on this machine alone."""

import json
from pathlib import Path

import pytest

from client.gui.presenters.house import House
from client.gui.presenters.settings.appearance import Local, limit_words, limits, lock_words, locks
from client.gui.presenters.settings.hub import PAGES, Hub
from client.gui.presenters.settings.questions import Field, Question, Questions
from client.gui.problem import Failure, Kind, Problem
from client.local.settings import Settings
from tests.gui.presenters.settings.conftest import now


@pytest.fixture
def local(house: House) -> Local:
    return Local(house, Questions())


def test_saved_at_once(local: Local, house: House, tmp_path: Path) -> None:
    """Each choice is on the disk, and in force, as soon as it is made."""
    local.choose_theme("dark")
    local.scale(130)
    local.limit(2_000_000)
    local.compress(False)
    local.clear_clipboard(False)
    local.auto_lock(5)
    local.choose_folder(str(tmp_path))
    saved = json.loads(house.paths.settings.read_bytes())
    assert saved["theme"] == "dark"
    assert (saved["scaling"], saved["bandwidth_limit"], saved["compression"]) == (130, 2_000_000, "off")
    assert (saved["clear_clipboard_seconds"], saved["auto_lock_minutes"]) == (0, 5)
    assert Settings.load(house.paths) == house.settings.current
    state = local.state
    assert (state.theme, state.scaling, state.limit_words, state.compress) == ("dark", 130, "2.0 MB/s", False)
    assert state.own_folder
    assert state.download_folder == str(tmp_path)
    local.default_folder()
    assert not local.state.own_folder


def test_nonsense_changes_nothing(local: Local) -> None:
    """A theme that there is not, a size beyond all bounds, a dialog that was closed."""
    local.choose_theme("pink")
    local.choose_folder("")
    assert local.state.theme == "system"
    assert not local.state.own_folder
    local.scale(900)
    assert now(local).scaling == 200
    local.scale(1)
    assert local.state.scaling == 80


def test_another_language_waits_for_the_next_start(local: Local) -> None:
    local.choose_language("de")
    assert local.state.language_waits
    local.choose_language("en")
    assert not now(local).language_waits
    local.choose_language("")
    assert not now(local).language_waits, "the system speaks English here"


def test_a_folder_that_is_gone_is_said(local: Local, tmp_path: Path) -> None:
    local.choose_folder(str(tmp_path / "gone"))
    assert "not there" in local.state.folder_problem


def test_words_for_numbers() -> None:
    assert limit_words(0) == "No limit"
    assert limits(777_000)["777000"] == "777.0 KB/s", "a limit that was set elsewhere can be seen"
    assert [lock_words(minutes) for minutes in (5, 60, 240, 0)] == [
        "After 5 minutes",
        "After 1 hour",
        "After 4 hours",
        "Never",
    ]
    assert [*locks(7)][:2] == ["5", "7"]
    assert [*locks()][-1] == "0", "never comes last"


def test_the_hub_leads_to_every_page(house: House) -> None:
    hub = Hub(house)
    assert [tile.name for tile in hub.state.tiles] == [name for name, _icon, _title in PAGES]
    hub.open("keys")
    assert hub.state.page == "keys"
    hub.open("nowhere")
    assert hub.state.page == "keys"
    hub.back()
    assert hub.state.page == ""
    Local(house, Questions()).choose_theme("dark")
    assert hub.state.tiles[0].below.startswith("Dark, 100 %")


def test_a_question_waits_for_all_its_fields() -> None:
    """What is missing is said; working, it takes no second answer; what failed leaves it open."""
    questions, answers = Questions(), list[str]()
    fields = (Field("code", "Code"), Field("name", "Name"))
    questions.ask(Question("?", "", "Go", fields), lambda given: answers.append(given["code"]))
    questions.answer({"code": "1", "name": " "})
    assert questions.state.error.text == "Name is missing."
    questions.answer({"code": "1", "name": "n"})
    questions.answer({"code": "2", "name": "n"})
    assert answers == ["1"]
    questions.fail(Problem(Kind.REFUSED, "No.", "Nothing was changed.", "Try again.", code="denied", request_id="r-1"))
    assert questions.state.error == Failure("No. Try again. Nothing was changed.", "No.\ncode: denied\nrequest: r-1")
    questions.answer({"code": "3", "name": "n"})
    assert answers == ["1", "3"]


def test_a_question_that_is_closed_tells_whoever_asked() -> None:
    questions, refused = Questions(), list[int]()
    questions.ask(Question("?", "", "Go"), lambda _given: None, lambda: refused.append(1))
    questions.ask(Question("!", "", "Go"), lambda _given: None, lambda: refused.append(2))
    assert refused == [1], "a new question takes the place of the old one"
    questions.refuse()
    questions.refuse()
    assert refused == [1, 2]
    assert questions.state.question is None
