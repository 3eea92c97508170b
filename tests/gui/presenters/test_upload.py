"""The Upload tab without a window: a real server looks people up, the queue takes what is sent."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from client.gui.bus import CameOnline, DroppedFiles, News, OpenTab, ShowContact, SignedIn, SignedOut
from client.gui.presenters.house import House
from client.gui.presenters.link_maker import LinkMaker
from client.gui.presenters.queue_rows import Status
from client.gui.presenters.upload import Item, Upload, pasted_paths
from client.gui.presenters.upload_people import Addressee, Finding
from client.gui.presenters.upload_terms import day_text, hours_until, parse_day
from client.gui.text import use_language
from client.gui.wiring import build_house
from client.local.contacts import Contacts
from client.local.groups import Groups
from client.local.paths import Paths
from client.local.queue import SendOrder
from tests.gui.clock import FakeClock
from tests.support.people import PASSPHRASE, Person, sign_up
from tests.support.server import LiveServer

NOON = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture(scope="module")
def ada(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return sign_up("ada", server, tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def bob(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return sign_up("bob", server, tmp_path_factory.mktemp("people"))


class Tab:
    """Ada's Upload tab."""

    def __init__(self, house: House, clock: FakeClock) -> None:
        self.house = house
        self.clock = clock
        self.upload = Upload(house, lambda: NOON)
        self.told: list[News] = []
        for kind in (OpenTab, ShowContact):
            house.bus.on(kind, self.told.append)

    def item(self, name: str) -> Item:
        return next(item for item in self.upload.state.items if item.name == name)

    def person(self, key: str) -> Addressee:
        return next(each for each in self.upload.state.people.people if each.key == key)

    def add_file(self, path: Path, size: int = 1_234_567) -> None:
        path.write_bytes(bytes(size))
        self.upload.add_paths((str(path),))
        self.clock.until(lambda: self.item(path.name).amount)

    def add_person(self, email: str, finding: Finding) -> Addressee:
        assert self.upload.people.add(email)
        self.clock.until(lambda: self.person(email).finding is finding)
        return self.person(email)


@pytest.fixture
def tab(ada: Person, clock: FakeClock) -> Iterator[Tab]:
    house = build_house(Paths(ada.cli.data), clock)
    yield Tab(house, clock)
    house.close()
    (ada.cli.data / "queue.json").unlink(missing_ok=True)
    (ada.cli.data / "contacts.json").unlink(missing_ok=True)
    (ada.cli.data / "groups.json").unlink(missing_ok=True)


def test_files_and_folders_are_listed_with_their_sizes(tab: Tab, tmp_path: Path) -> None:
    """However they came, each once; the total below."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(bytes(500_000))
    (folder / "link").symlink_to("a.jpg")
    tab.add_file(tmp_path / "report {x} ü.pdf")
    tab.house.bus.tell(DroppedFiles((str(folder), str(tmp_path / "report {x} ü.pdf"))))
    tab.clock.until(lambda: tab.item("photos").amount)
    assert tab.item("report {x} ü.pdf").amount == "1.2 MB"
    assert tab.item("photos").amount == "1.0 MB · 2 files · 1 left out"
    assert tab.upload.state.total == "2 items, 2.2 MB"
    tab.upload.remove(str(folder))
    assert [item.name for item in tab.upload.state.items] == ["report {x} ü.pdf"]


def test_what_can_not_be_sent_says_why(tab: Tab, tmp_path: Path) -> None:
    """And keeps the rest from being sent until it is removed, so that nothing is left out in silence."""
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, why in (
        ("gone.txt", "There is no file"),
        ("~nobody-has-this-name", "There is no file"),
        ("x" * 300, "name too long"),
        ("empty", "nothing in this folder"),
    ):
        tab.upload.add_paths((str(tmp_path / name),))
        tab.clock.until(lambda name=name: tab.item(name).error)  # type: ignore[misc]
        assert why in tab.item(name).error
    assert tab.upload.state.why_not == "Remove what can't be sent."
    assert not tab.upload.state.can_send


def test_a_known_person_has_their_trust_in_words(tab: Tab, bob: Person) -> None:
    """New ones are looked up, and not checked yet."""
    each = tab.add_person(bob.email, Finding.FOUND)
    assert each.words.short == "not checked"
    assert tab.upload.people.emails == (bob.email,)
    assert Contacts(tab.house.paths).find(bob.email) is not None


def test_many_addresses_at_once(tab: Tab, bob: Person, ada: Person) -> None:
    """Pasted from a mail, with names; each once, one's own is oneself."""
    assert tab.upload.people.add(f'"Bob B." <{bob.email.upper()}>, {ada.email} <{ada.email}>')
    tab.clock.until(lambda: tab.upload.state.people.are_ready)
    assert [each.key for each in tab.upload.state.people.people] == [bob.email, ada.email]
    assert tab.person(ada.email).words.short == "you"
    tab.upload.people.add(bob.email)
    assert len(tab.upload.state.people.people) == 2
    tab.upload.people.remove_last()
    assert [each.key for each in tab.upload.state.people.people] == [bob.email]


def test_more_addresses_than_a_path_has_room_for(tab: Tab) -> None:
    """Before they are people, they are looked at as the name of a key file."""
    emails = [f"somebody-{number:02}@somewhere.example.org" for number in range(30)]
    assert tab.upload.people.add(", ".join(emails))
    assert [each.key for each in tab.upload.state.people.people] == emails


@pytest.mark.parametrize(
    "text", ["bob", "@nobody", "bob@", "/no/such/key.pem", "~nobody-has-this-name/key.pem", "x" * 5_000]
)
def test_what_is_nobody_is_said(tab: Tab, text: str) -> None:
    """It stays in the field to be corrected."""
    assert not tab.upload.people.add(text)
    assert text in tab.upload.state.people.error
    tab.upload.people.typed(text[:-1])
    assert tab.upload.state.people.error == ""


def test_groups_stand_for_their_members(tab: Tab, bob: Person, ada: Person) -> None:
    """Each with their own trust."""
    Groups(tab.house.paths).change("team", [bob.email, ada.email], [])
    assert tab.upload.people.add("@team")
    tab.clock.until(lambda: tab.upload.state.people.are_ready)
    assert set(tab.upload.people.emails) == {ada.email, bob.email}


def test_contacts_and_groups_are_suggested(tab: Tab, bob: Person) -> None:
    """As somebody types; who is there already is not suggested again."""
    tab.add_person(bob.email, Finding.FOUND)
    tab.upload.people.remove(bob.email)
    Groups(tab.house.paths).change("bobbers", [bob.email], [])
    tab.upload.people.typed("BOB")
    assert [each.value for each in tab.upload.state.people.suggestions] == ["@bobbers", bob.email]
    assert tab.upload.state.people.suggestions[1].words == "not checked"
    tab.upload.people.typed("")
    assert tab.upload.state.people.suggestions == ()


def test_somebody_without_an_account_can_be_invited(tab: Tab, tmp_path: Path) -> None:
    """It is asked; until it is decided nothing is sent."""
    tab.add_file(tmp_path / "a.txt")
    each = tab.add_person("eve@example.org", Finding.STRANGER)
    assert each.words.short == "no account yet"
    assert "eve@example.org has no account here yet" in tab.upload.state.people.question
    assert not tab.upload.state.can_send
    tab.upload.people.invite()
    assert tab.person("eve@example.org").finding is Finding.INVITED
    assert tab.upload.state.people.question == ""
    assert tab.upload.people.invited == ("eve@example.org",)
    assert tab.upload.state.can_send


def test_key_files_are_not_verified_and_somebody_must_fetch_it(tab: Tab, ada: Person, tmp_path: Path) -> None:
    """A public key in a PEM file; with nobody named by email a warning stands."""
    ada.cli.ok("keygen", "--bits", "2048", "--out", str(tmp_path), "--no-passphrase")
    key = tmp_path / "public_key.pem"
    tab.upload.people.add(str(key))
    tab.clock.until(lambda: tab.person(str(key)).finding is Finding.FOUND)
    assert tab.person(str(key)).words.short == "key file, not verified"
    assert "Only people named by email" in tab.upload.state.people.warning
    assert tab.upload.people.key_files == (str(key),)
    (tmp_path / "no_key.pem").write_text("nothing")
    tab.upload.people.add_key_files((str(tmp_path / "no_key.pem"),))
    tab.clock.until(lambda: tab.person(str(tmp_path / "no_key.pem")).finding is Finding.WRONG)
    assert tab.upload.state.people.why_not == "Remove who can't be reached this way."


def test_another_key_than_before_stops_everything(tab: Tab, bob: Person, tmp_path: Path) -> None:
    """In plain words, with the way to the contact."""
    from client.local.contact import Contact
    from client.local.private_files import write_private
    from shared.sealed import strict_json
    from shared.sealed.encoding import b64u

    tab.add_person(bob.email, Finding.FOUND)
    path = tab.house.paths.contacts
    record = strict_json.loads_object(path.read_bytes(), 1 << 20)
    contacts = record["contacts"]
    assert isinstance(contacts, dict)
    contacts[bob.email] = {**contacts[bob.email], "signing_key": b64u(bytes(32)), "card": b64u(bytes(32))}
    write_private(path, strict_json.dumps(record))
    assert isinstance(Contacts(tab.house.paths).find(bob.email), Contact)
    tab.upload.people.clear()
    tab.add_file(tmp_path / "a.txt")
    each = tab.add_person(bob.email, Finding.CHANGED)
    assert each.words.sign == "⚠"
    assert tab.upload.state.people.changed == bob.email
    assert not tab.upload.state.can_send
    tab.upload.show_contact()
    assert tab.told == [OpenTab("settings"), ShowContact(bob.email)]


def test_without_a_connection_people_are_looked_up_later(tab: Tab, bob: Person, ada: Person) -> None:
    """As soon as the server is back, without being asked again."""
    with ada.at("http://127.0.0.1:9"):
        tab.add_person(bob.email, Finding.UNKNOWN)
        assert "connection" in tab.upload.state.people.why_not
    tab.house.keys.forget()
    tab.house.bus.tell(CameOnline())
    tab.clock.until(lambda: tab.person(bob.email).finding is Finding.FOUND)


def test_the_terms_have_good_defaults(tab: Tab) -> None:
    """Seven days, any number of downloads, compression where it helps, no note."""
    state = tab.upload.state
    assert (state.days, state.downloads, state.compress, state.note) == (7, "", True, "")
    assert parse_day(state.day) == NOON.date() + timedelta(days=7)
    tab.upload.choose_days(30)
    assert parse_day(tab.upload.state.day) == NOON.date() + timedelta(days=30)
    tab.upload.type_day(day_text(NOON.date() + timedelta(days=1)))
    assert tab.upload.state.days == 1
    tab.upload.type_day(day_text(NOON.date() + timedelta(days=11)))
    assert (tab.upload.state.days, tab.upload.state.day_error) == (0, "")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("soon", "Write a day like"),
        ("2020-01-01", "That day is over."),
        ("2199-01-01", "365 days at most"),
        ("", "Write"),
    ],
)
def test_a_day_that_can_not_be_is_said(tab: Tab, text: str, error: str) -> None:
    """Before anything is sent."""
    tab.upload.type_day(text)
    assert error in tab.upload.state.day_error


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "1000001", "²"])
def test_a_limit_that_is_no_number_is_said(tab: Tab, text: str) -> None:
    """Nothing is guessed."""
    tab.upload.type_downloads(text)
    assert "Write a number" in tab.upload.state.downloads_error


def test_a_note_that_is_too_long_is_said(tab: Tab) -> None:
    """With how much is too much."""
    tab.upload.type_note("x" * 4_001)
    assert "4,001" in tab.upload.state.note_error
    tab.upload.type_note("x" * 4_000)
    assert tab.upload.state.note_error == ""


def test_days_are_read_in_all_usual_ways() -> None:
    """Also as the window itself writes them in either language."""
    day = date(2026, 12, 24)
    for text in ("2026-12-24", "24.12.2026", "24. 12. 2026", "24 Dec 2026", "24 December 2026", " 24 dec 2026 "):
        assert parse_day(text) == day
    use_language("de")
    assert parse_day(day_text(day)) == day
    assert parse_day("31.2.2026") is None


def test_hours_reach_the_end_of_the_day_and_not_beyond() -> None:
    """What is said to be kept until a day is not kept until the next one."""
    assert hours_until(NOON.date(), NOON) == 12
    assert hours_until(NOON.date() + timedelta(days=7), NOON) == 7 * 24 + 12
    assert hours_until(NOON.date(), NOON.replace(hour=23, minute=50)) == 1
    assert hours_until(NOON.date() - timedelta(days=1), NOON) is None
    assert hours_until(NOON.date() + timedelta(days=365), NOON) == 8_760


def test_sending_hands_everything_to_the_queue_and_empties_the_page(tab: Tab, bob: Person, tmp_path: Path) -> None:
    """One row each, with all that was chosen; the recipient gets them with their note."""
    tab.add_file(tmp_path / "a.txt", 10)
    tab.add_file(tmp_path / "b.txt", 20)
    assert tab.upload.state.send_words == "Send 2 items"
    assert tab.upload.state.why_not == "Say who shall get it."
    tab.add_person(bob.email, Finding.FOUND)
    tab.upload.type_downloads("3")
    tab.upload.type_note("  for you\n")
    tab.upload.choose_compression(False)
    assert (tab.upload.state.can_send, tab.upload.state.why_not) == (True, "")
    tab.upload.send()
    assert tab.upload.state.items == ()
    assert tab.upload.state.people.people == ()
    assert tab.upload.state.note == ""
    rows = tab.house.queue.state.rows
    assert [row.name for row in rows] == ["a.txt", "b.txt"]
    tab.clock.until(lambda: tab.house.keys.state.asking)
    tab.house.keys.try_passphrase(PASSPHRASE)
    tab.clock.until(lambda: all(row.status is Status.DONE for row in tab.house.queue.state.rows))
    got = bob.cli.ok("get", tab.house.queue.state.rows[0].file_id, "-o", str(tmp_path / "got"))
    assert (tmp_path / "got").read_bytes() == bytes(10)
    assert "Note: for you" in got.err
    assert [each.downloads for each in _sends(tab)] == [3, 3]
    assert all(not each.compress for each in _sends(tab))


def test_for_a_link_nobody_need_be_named(tab: Tab, tmp_path: Path) -> None:
    """It is sealed for oneself, and shared once it has arrived. Who is named must still be reachable."""
    tab.add_file(tmp_path / "a.txt", 10)
    tab.upload.choose_link(True)
    tab.upload.choose_notice(True)
    assert tab.upload.state.can_send
    tab.upload.send()
    assert not tab.upload.state.for_link
    assert not tab.upload.state.notify
    tab.clock.until(lambda: tab.house.keys.state.asking)
    tab.house.keys.try_passphrase(PASSPHRASE)
    tab.clock.until(lambda: all(row.status is Status.DONE for row in tab.house.queue.state.rows))
    (row,) = tab.house.queue.state.rows
    assert (row.whom, row.can_share) == ("for yourself", True)
    assert tab.house.keys.person().api.file(row.file_id).notify
    maker = LinkMaker(tab.house)
    maker.open(((row.file_id, row.name),))
    maker.make()
    tab.clock.until(lambda: bool(maker.state.url))


def test_who_was_invited_gets_the_file_once_they_have_keys(
    tab: Tab, server: LiveServer, ada: Person, tmp_path: Path
) -> None:
    """Sent to nobody's key yet; given when the sender's window is used again, which says so."""
    tab.add_file(tmp_path / "a.txt", 10)
    tab.add_person("zoe@example.org", Finding.STRANGER)
    tab.upload.people.invite()
    tab.upload.send()
    tab.clock.until(lambda: tab.house.keys.state.asking)
    tab.house.keys.try_passphrase(PASSPHRASE)
    tab.clock.until(lambda: any(row.status is Status.DONE for row in tab.house.queue.state.rows))
    file_id = tab.house.queue.state.rows[0].file_id
    zoe = sign_up("zoe", server, tmp_path, "zoe@example.org")
    assert zoe.cli("get", file_id).code != 0
    tab.house.bus.tell(CameOnline())
    tab.clock.until(
        lambda: any("zoe@example.org has keys now" in each.text for each in tab.house.notices.state.notices)
    )
    zoe.cli.ok("get", file_id)


def _sends(tab: Tab) -> list[SendOrder]:
    orders = [each.moment.queued.order for each in tab.house.queue._all.values()]
    return [order for order in orders if isinstance(order, SendOrder)]


def test_nothing_can_be_sent_before_signing_in(paths: Paths, clock: FakeClock, tmp_path: Path) -> None:
    """It is said, and what was chosen stays until then."""
    house = build_house(paths, clock)
    tab = Tab(house, clock)
    tab.add_file(tmp_path / "a.txt")
    assert tab.upload.state.why_not == "Sign in first."
    tab.upload.sign_in()
    assert tab.told == [OpenTab("account")]
    house.close()


def test_signing_out_empties_the_page(tab: Tab, tmp_path: Path) -> None:
    """Nobody else sees what I was about to send."""
    tab.add_file(tmp_path / "a.txt")
    tab.house.bus.tell(SignedOut())
    assert tab.upload.state.items == ()
    tab.house.bus.tell(SignedIn("x@example.org", "http://x"))
    assert tab.upload.state.signed_in


def test_the_settings_say_whether_to_compress(tab: Tab) -> None:
    """As a beginning for each new page."""
    tab.house.change_settings(lambda now: replace(now, compression="off"))
    tab.upload.clear()
    assert not tab.upload.state.compress
    tab.house.change_settings(lambda now: replace(now, compression="auto"))


def test_pasted_files_are_understood(tmp_path: Path) -> None:
    """As file managers copy them, and as paths; anything else is text that belongs elsewhere."""
    odd = tmp_path / "a b {c} ü%20.txt"
    odd.write_bytes(b"")
    other = tmp_path / "x"
    other.mkdir()
    uri = odd.as_uri()
    assert pasted_paths(f"{uri}\r\n{other.as_uri()}\r\n") == (str(odd), str(other))
    assert pasted_paths(f"copy\n{uri}\0") == (str(odd),)
    assert pasted_paths(f"# a comment\n{uri}") == (str(odd),)
    assert pasted_paths(f"{odd}\n'{other}'\n") == (str(odd), str(other))
    nothing = ("", "hello", "file://elsewhere/x", f"{odd}\nand more", "/no/such/file", "https://example.org")
    for text in (*nothing, "~nobody-has-this-name", f"/{'x' * 300}", f"/{'x/' * 3_000}"):
        assert pasted_paths(text) == ()
