"""What was begun in one opening of a dialog never ends in the next, whoever or whatever that is about."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from client.actions.contacts import Comparison
from client.actions.links import MadeLink
from client.errors import Refused
from client.gui.presenters.file_terms import FileTerms
from client.gui.presenters.house import House
from client.gui.presenters.link_maker import LinkMaker
from client.gui.presenters.settings.questions import Questions
from client.gui.presenters.settings.verify import Verify
from shared.api.models import LinkItem
from shared.crypto.identity import Identity
from tests.gui.clock import FakeClock
from tests.gui.lines import line
from tests.gui.presenters.at_home import PASSPHRASE, settle, unlock


@dataclass
class Slow:
    """A server that answers when the test says so, and has been asked for these things."""

    asked: list[str] = field(default_factory=list)
    refuses: bool = False
    _go_on: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, about: str) -> None:
        self.asked.append(about)
        if len(self.asked) == 1:
            assert self._go_on.wait(20)
            if self.refuses:
                raise Refused("not now")

    def answer(self, house: House, clock: FakeClock) -> None:
        self._go_on.set()
        clock.until(lambda: house.jobs.running == 0)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def home(house: House, clock: FakeClock) -> House:
    """Of somebody whose keys are unlocked."""
    unlock(house, clock)
    return house


@pytest.fixture
def links(house: House, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> LinkMaker:
    def make_link(_person: object, file_ids: Sequence[str], *_rest: object) -> MadeLink:
        slow.wait_for(file_ids[0])
        end = int(time.time()) + 3_600
        item = LinkItem.model_construct(
            expires_at=end, revoked_at=None, downloads=0, download_limit=None, password=False, notify=False
        )
        return MadeLink(item, f"https://files.example.org/s/{file_ids[0]}")

    monkeypatch.setattr("client.actions.links.make_link", make_link)
    return LinkMaker(house)


@pytest.fixture
def terms(house: House, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> FileTerms:
    monkeypatch.setattr("client.actions.library.change_file", lambda _who, file_id, _change: slow.wait_for(file_id))
    return FileTerms(house)


@pytest.fixture
def verify(home: House, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> Verify:
    def compare(_person: object, email: str) -> Comparison:
        slow.wait_for(email)
        card = Identity.create(email, 2048).card
        return Comparison("u", card, None, changed=False, number=" ".join(["12345"] * 12), code="", code_of_theirs="")

    monkeypatch.setattr("client.actions.contacts.compare", compare)
    return Verify(home, Questions())


def _unlock_late(house: House, clock: FakeClock) -> None:
    clock.until(lambda: house.keys.state.asking)
    house.keys.try_passphrase(PASSPHRASE)
    clock.until(lambda: house.keys.state.unlocked and house.jobs.running == 0)


def test_a_link_given_up_before_the_keys_were_there_is_not_made(
    house: House, links: LinkMaker, slow: Slow, clock: FakeClock
) -> None:
    """Nor are the new terms of the dialog that is open by then taken for it."""
    settle(house.paths)
    links.open([("one", "one.txt")])
    links.make()
    links.close()
    links.open([("two", "two.txt")])
    _unlock_late(house, clock)
    assert slow.asked == []
    assert (links.state.title, links.state.url, links.state.can_make) == ("two.txt", "", True)


@pytest.mark.parametrize("refuses", [False, True])
def test_a_link_is_shown_only_where_it_was_wanted(
    home: House, links: LinkMaker, slow: Slow, clock: FakeClock, refuses: bool
) -> None:
    """Its address, and why there is none."""
    slow.refuses = refuses
    links.open([("one", "one.txt")])
    links.make()
    clock.until(lambda: slow.asked)
    links.open([("two", "two.txt")])
    slow.answer(home, clock)
    assert (links.state.title, links.state.url, links.state.can_make) == ("two.txt", "", True)
    assert not links.state.error
    links.make()
    clock.until(lambda: links.state.url)
    assert links.state.url.endswith("/two")


def test_terms_given_up_before_the_keys_were_there_are_not_saved(
    house: House, terms: FileTerms, slow: Slow, clock: FakeClock
) -> None:
    """The dialog that is open by then stays open."""
    settle(house.paths)
    terms.open([line(1)])
    terms.choose_expiry("week")
    terms.save()
    terms.close()
    terms.open([line(2)])
    _unlock_late(house, clock)
    assert slow.asked == []
    assert (terms.state.is_open, terms.state.title) == (True, "file 2.pdf")


@pytest.mark.parametrize("refuses", [False, True])
def test_a_late_comparison_is_none_with_whom_is_compared_now(
    home: House, verify: Verify, slow: Slow, clock: FakeClock, refuses: bool
) -> None:
    """Their digits would be taken for somebody else's."""
    slow.refuses = refuses
    verify.begin("bob@example.org")
    clock.until(lambda: slow.asked)
    verify.close()
    verify.begin("cy@example.org")
    clock.until(lambda: verify.state.can_compare)
    slow.answer(home, clock)
    assert (verify.state.email, verify.state.can_compare) == ("cy@example.org", True)
    assert not verify.state.error
