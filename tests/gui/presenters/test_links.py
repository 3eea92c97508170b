"""Links in the window: made, shown, copied, taken back; one that somebody sent, opened without an account."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from client.gui.presenters.download import Download
from client.gui.presenters.file_terms import TermsOfLink
from client.gui.presenters.files import Files
from client.gui.presenters.house import House
from client.gui.presenters.link_maker import LinkMaker, LinkState
from client.gui.wiring import build_house
from client.local.paths import Paths
from tests.gui.clock import FakeClock
from tests.gui.presenters.settings.conftest import now
from tests.gui.presenters.test_files_at_server import MakeHome, send, shown
from tests.gui.presenters.test_files_at_server import home as home
from tests.support.server import LiveServer


class Board:
    """A clipboard."""

    text: str | None = None

    def read(self) -> str | None:
        return self.text

    def write(self, text: str) -> None:
        self.text = text

    def clear(self) -> None:
        self.text = None


@pytest.fixture
def strangers(tmp_path: Path, clock: FakeClock) -> Iterator[House]:
    """A house where nobody is signed in."""
    house = build_house(Paths(tmp_path / "stranger"), clock)
    house.change_settings(lambda now: replace(now, download_folder=str(tmp_path / "landed")))
    yield house
    house.jobs.close()


def test_what_is_typed_is_checked_before_anything_is_made(house: House) -> None:
    """A limit is a number; no password is one, and none is kept in what is shown."""
    maker = LinkMaker(house)
    maker.open([])
    assert maker.state == LinkState()
    maker.open([("id1", "a.txt"), ("id2", "b.txt")])
    assert (maker.state.title, maker.state.can_make) == ("2 files", True)
    maker.type_limit("many")
    assert (bool(maker.state.limit_error), maker.state.can_make) == (True, False)
    maker.type_limit("3")
    maker.type_password("secret words")
    assert maker.state.can_make
    assert "secret words" not in repr(maker.state)
    maker.close()
    assert maker.state == LinkState()


def test_the_terms_of_a_link_are_checked(house: House) -> None:
    """Nothing is saved that changes nothing; a limit is a number; a mail is wanted, or not, or left as it is."""
    terms = TermsOfLink(house, lambda: None)
    terms.open("abc", "plan.txt", "Works until tomorrow.")
    assert (terms.state.title, terms.state.now) == ("plan.txt", "Works until tomorrow.")
    assert not now(terms).can_save
    terms.choose_mail("yes")
    assert now(terms).can_save
    terms.choose_mail("perhaps")
    assert not now(terms).can_save
    terms.choose_downloads("limit")
    assert not now(terms).can_save
    terms.type_limit("0")
    assert terms.state.limit_error
    terms.type_limit("7")
    terms.choose_expiry("year")
    assert now(terms).can_save
    terms.close()
    assert not now(terms).is_open


def test_a_damaged_link_is_said_to_be(house: House) -> None:
    """Nothing is asked of anybody."""
    download = Download(house)
    download.type_id("https://files.example.org/s/abc#def")
    download.look()
    assert download.link.state.is_open
    assert "no whole link" in download.link.state.error.text


@pytest.mark.slow
def test_a_link_goes_from_one_window_to_another(
    home: MakeHome, strangers: House, server: LiveServer, tmp_path: Path
) -> None:
    """With a password, a limit and a name that is taken; then it is taken back."""
    ada = home("ada")
    clock, board = ada.clock, Board()
    for house in (ada.house, strangers):
        house.clipboard.attach(board)
    file_id = send(ada.person, "plan.txt", b"the plan", "--to", ada.person.email)
    files = Files(ada.house)
    shown(files, clock, 1)
    files.open_details(file_id)
    details = files.details
    clock.until(lambda: not details.state.loading)
    details.new_link()
    maker = details.links
    maker.type_password("between us")
    maker.choose_expiry("day")
    maker.type_limit("2")
    maker.make()
    clock.until(lambda: bool(maker.state.url) and len(details.state.links) == 1)
    assert maker.state.url.startswith(f"{server.url}/s/")
    assert "used 0 of 2 times · with a password" in maker.state.said
    maker.copy()
    url = board.text
    assert url == maker.state.url
    maker.close()

    download = Download(strangers)
    opener = download.link
    download.type_id(url or "")
    download.look()
    assert opener.state.needs_password
    opener.type_password("something else")
    opener.look()
    clock.until(lambda: bool(opener.state.error))
    assert "password is wrong" in opener.state.error.text
    opener.type_password("between us")
    opener.look()
    clock.until(lambda: opener.state.can_receive)
    assert opener.state.lines == ("plan.txt  ·  8 B",)
    assert f"from {ada.person.email}" in opener.state.facts
    assert "2 downloads left" in opener.state.facts
    assert "have not checked yet" in opener.state.signed
    (tmp_path / "landed").mkdir()
    (tmp_path / "landed" / "plan.txt").write_text("another")
    opener.receive()
    clock.until(lambda: bool(opener.state.done) and opener.state.can_open)
    assert (tmp_path / "landed" / "plan (2).txt").read_bytes() == b"the plan"
    assert (tmp_path / "landed" / "plan.txt").read_text() == "another"

    (line,) = details.state.links
    details.show_link(line.link_id)
    clock.until(lambda: maker.state.url == url)
    maker.close()
    details.extend_link(line.link_id)
    terms = details.link_terms
    assert terms.state.now.startswith("Works until")
    assert "of 2 times" in terms.state.now
    terms.choose_expiry("month")
    terms.type_limit("5")
    terms.choose_mail("yes")
    terms.save()
    clock.until(lambda: details.state.links and "used 1 of 5 times" in details.state.links[0].text)
    assert not terms.state.is_open
    (item,) = ada.house.keys.person().api.links_to(file_id)
    assert item.notify
    assert item.expires_at > time.time() + 29 * 86_400
    clock.until(lambda: files.state.rows[0].cells[3] == "29 days left")  # the file stays as long
    details.revoke_link(line.link_id)
    clock.until(lambda: bool(details.state.links) and not details.state.links[0].active)
    assert details.state.links[0].text.startswith("Taken back · used 1 of 5 times")
    assert details.state.downloads[0].startswith("by a link, today")
    download.type_id(url or "")
    download.look()
    opener.type_password("between us")
    opener.look()
    clock.until(lambda: bool(opener.state.error))
    assert "taken the link back" in opener.state.error.text
    assert "request: " in opener.state.error.details
    details.extend_link(line.link_id)
    assert not now(terms).is_open
