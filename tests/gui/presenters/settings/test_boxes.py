"""Drop boxes in the window: made, shown, used by a stranger, closed."""

import pytest

from client.gui.bus import SignedOut
from client.gui.presenters.settings.box_form import BoxForm, parse_days, parse_size
from client.gui.presenters.settings.boxes import Boxes
from tests.gui.presenters.settings.conftest import Seat, now
from tests.support.cli import Cli


@pytest.mark.parametrize(
    ("text", "amount"),
    [("500M", 500_000_000), ("2,5 GB", 2_500_000_000), ("7", 7), ("0", None), ("much", None), ("1e9", None)],
)
def test_sizes_as_people_type_them(text: str, amount: int | None) -> None:
    """In decimal units, with the comma of either language."""
    assert parse_size(text) == amount


def test_days_are_those_that_a_server_takes() -> None:
    assert [parse_days(text) for text in ("1", " 30 ", "0", "4000", "two", "")] == [1, 30, None, None, None, None]


def test_what_is_typed_is_checked_before_anything_is_made() -> None:
    """A name is all that is needed; a note for strangers is short; a number is one."""
    assert not BoxForm().checked().can_make
    assert BoxForm(name="Taxes").checked().can_make
    assert BoxForm(name="x" * 81).checked().name_error
    assert BoxForm(name="Taxes", note="x" * 501).checked().note_error
    assert BoxForm(name="Taxes", files="some").checked().files_error
    assert BoxForm(name="Taxes", size="big").checked().size_error
    terms = BoxForm(name="Taxes", days=30, keep_days=1, files="20", size="2 GB", note=" hi ", notify=True).terms()
    assert (terms.expires_hours, terms.keep_hours, terms.max_files, terms.max_bytes) == (720, 24, 20, 2_000_000_000)
    assert (terms.note, terms.notify) == ("hi", True)


@pytest.mark.slow
def test_a_box_is_made_used_by_a_stranger_and_closed(ada: Seat) -> None:
    """Its address is shown and copied, what was left is counted, nobody leaves anything once it is closed."""
    boxes = Boxes(ada.house, ada.questions)
    boxes.shown()
    ada.until(lambda: boxes.state.loaded)
    assert now(boxes).rows == ()
    boxes.type_name("Taxes")
    boxes.type_files("1")
    boxes.type_size("500 MB")
    boxes.type_password("between us")
    assert "between us" not in repr(boxes.state)
    boxes.make()
    ada.unlock()
    ada.until(lambda: boxes.state.address is not None and boxes.state.rows)
    address = boxes.state.address
    assert address is not None
    assert address.title == "The address of Taxes"
    assert "0 of 1 files, 0 B of 500.0 MB" in address.said
    assert "by another way" in address.said
    assert address.url not in repr(boxes.state)
    boxes.copy()
    assert ada.board.text == address.url
    assert boxes.state.form == BoxForm().checked()
    stranger = Cli(ada.person.cli.folder / "stranger", ada.person.cli.folder / "home")
    (stranger.folder / "scan.pdf").write_bytes(b"scan")
    (stranger.folder / "address").write_text(address.url)
    (stranger.folder / "password").write_text("between us")
    leave = ("box", "leave", "scan.pdf", "--address-file", "address", "--password-file", "password", "--allow-http")
    stranger.ok(*leave)

    boxes.hide()
    boxes.shown()
    ada.until(lambda: "1 of 1 files" in boxes.state.rows[0].held)
    (row,) = boxes.state.rows
    assert row.state.startswith("Full; open until")
    assert (row.name, row.password) == ("Taxes", "yes")
    boxes.choose(row.box_id)
    boxes.show()
    ada.until(lambda: boxes.state.address is not None)
    assert boxes.state.address is not None
    assert boxes.state.address.url == address.url
    ada.house.keys.lock()
    assert now(boxes).address is None

    boxes.extend()
    ada.asked()
    ada.questions.answer({"days": "many"})
    assert "whole number" in ada.questions.state.error.text
    ada.answer(days="30")
    ada.until(lambda: "new terms" in ada.said())
    boxes.close()
    assert ada.asked() == "Close Taxes?"
    ada.answer()
    ada.until(lambda: boxes.state.rows[0].is_over)
    assert not now(boxes).can_show
    assert not now(boxes).can_close
    assert stranger(*leave).code != 0
    ada.house.bus.tell(SignedOut())
    assert now(boxes).rows == ()
