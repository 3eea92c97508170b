"""My files: what the list shows, and what becomes of what is chosen."""

import time
from collections.abc import Callable

import pytest

from client.api.failures import TryAgain
from client.errors import NotFound, Refused
from client.gui.bus import CameOnline, FilesChanged, FileSent, OpenTab, SignedOut
from client.gui.presenters import listing
from client.gui.presenters.account import Account
from client.gui.presenters.file_list import Blank
from client.gui.presenters.files import Files, Only
from client.gui.presenters.house import House
from client.gui.presenters.listing import FileLine
from client.local.session import forget_session
from shared.api.models import FileChange
from tests.gui.clock import FakeClock
from tests.gui.lines import DAY, NOW, line
from tests.gui.presenters.at_home import ListOf, list_them, unlock


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> ListOf:
    return list_them(monkeypatch)


@pytest.fixture
def files(house: House, clock: FakeClock, listed: ListOf) -> Files:
    """Of somebody whose keys are unlocked, and whose list is empty until the test says what is in it."""
    listed([])
    unlock(house, clock)
    return Files(house)


Show = Callable[..., None]


@pytest.fixture
def show(files: Files, clock: FakeClock, listed: ListOf) -> Show:
    """Shows the tab with these lines."""

    def show(*lines: FileLine) -> None:
        listed(lines)
        files.shown()
        clock.until(lambda: not files.state.busy)

    return show


def names(files: Files) -> list[str]:
    return [row.cells[0] for row in files.state.rows]


def test_somebody_without_a_session_is_invited_to_sign_in(house: House, listed: ListOf) -> None:
    """There is a reason and a way out, and nobody is asked for a passphrase."""
    told: list[OpenTab] = []
    house.bus.on(OpenTab, told.append)
    files = Files(house)
    files.shown()
    assert files.state.blank is Blank.SIGNED_OUT
    files.sign_in()
    assert [news.name for news in told] == ["account"]
    assert not house.keys.state.asking


def test_an_empty_list_invites_to_send(files: Files, show: Show, house: House) -> None:
    """Nothing sent yet is said as such."""
    told: list[OpenTab] = []
    house.bus.on(OpenTab, told.append)
    show()
    assert files.state.blank is Blank.NOTHING
    files.send_something()
    assert [news.name for news in told] == ["upload"]


def test_a_list_that_fails_is_not_said_to_be_locked(
    files: Files, show: Show, house: House, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why is said; it can be tried again."""

    def busy(*_anything: object, **_more: object) -> frozenset[str]:
        raise TryAgain("the server is not available right now")

    with monkeypatch.context() as patched:
        patched.setattr(listing, "_listed", busy)
        files.shown()
        clock.until(lambda: files.state.blank is Blank.FAILED)
    assert "not available" in house.notices.state.notices[0].text
    show()
    assert files.state.blank is Blank.NOTHING


def test_the_newest_file_comes_first_and_every_column_sorts_both_ways(files: Files, show: Show) -> None:
    """Names and dates begin as people expect them."""
    show(line(1, name="b"), line(2, name="C", size=5), line(3, name="a", size=7_000))
    assert names(files) == ["a", "C", "b"]
    files.sort_by("name")
    assert names(files) == ["a", "b", "C"]
    files.sort_by("name")
    assert names(files) == ["C", "b", "a"]
    files.sort_by("size")
    assert (names(files), files.state.down) == (["a", "b", "C"], True)
    files.sort_by("no such column")
    assert files.state.sort == "size"


def test_search_finds_names_notes_and_ids_as_one_types(files: Files, show: Show) -> None:
    """Upper and lower case are the same, and so is a letter however it is composed."""
    show(line(1, name="Ärger.txt"), line(2, name="plan.pdf", note="for Monday"), line(3, name="x"))
    for text, found in (("ärg", ["Ärger.txt"]), ("A\u0308RG", ["Ärger.txt"]), ("monday", ["plan.pdf"])):
        files.search(text)
        assert names(files) == found
    files.search("00000003-e29b")
    assert names(files) == ["x"]
    files.search("nothing like that")
    assert (files.state.blank, files.state.count) == (Blank.NO_MATCH, "0 of 3")
    files.show_all()
    assert len(files.state.rows) == 3


def test_what_came_with_a_folder_is_seen_only_when_it_is_searched_for(files: Files, show: Show) -> None:
    """A folder is one line."""
    show(line(1, name="Report", folder_files=7), line(2, name="Report/1.txt", in_folder=True))
    assert names(files) == ["Report/  (7 files)"]
    files.search("1.txt")
    assert names(files) == ["Report/1.txt"]


@pytest.mark.parametrize(
    ("only", "found"),
    [
        (Only.ALL, ["kept", "soon", "late", "used", "dir/  (2 files)"]),
        (Only.ACTIVE, ["kept", "soon", "dir/  (2 files)"]),
        (Only.SOON, ["soon"]),
        (Only.OVER, ["late", "used"]),
        (Only.FOLDERS, ["dir/  (2 files)"]),
    ],
)
def test_filters_by_state(files: Files, show: Show, only: Only, found: list[str]) -> None:
    """Expired and used up are the same to whoever wants to fetch it; soon is two days."""
    show(
        line(1, name="dir", folder_files=2),
        line(2, name="used", downloads=3, download_limit=3),
        line(3, name="late", expires_at=NOW - 1),
        line(4, name="soon", expires_at=NOW + DAY),
        line(5, name="kept"),
    )
    files.show_only(only.value)
    assert names(files) == found


def test_states_are_said_in_words(files: Files, show: Show) -> None:
    """Nobody has to see a colour."""
    show(
        line(1, expires_at=NOW - 1),
        line(2, downloads=3, download_limit=3),
        line(3, name=None, opened=False),
        line(4, name=None, altered=True),
        line(5, name=None, post_quantum=False),
    )
    cells = [row.cells for row in files.state.rows]
    assert [each[3] for each in cells[-2:]] == ["limit reached", "expired"]
    assert cells[-2][4] == "3 of 3"
    assert [each[0] for each in cells[:3]] == [
        "(not for the keys on this machine)",
        "(altered: it does not open)",
        "…",
    ]
    assert [each[5] for each in cells[:3]] == ["classical", "post-quantum", ""]


def test_flags_follow_what_is_chosen(files: Files, show: Show) -> None:
    """Details are of one file; deleting and extending are of any number."""
    show(line(1), line(2))
    keys = tuple(row.key for row in files.state.rows)
    for chosen, one, any_number in (((), False, False), (keys[:1], True, True), (keys, False, True)):
        files.choose(chosen)
        state = files.state
        assert (state.can_open, state.can_copy, state.can_change) == (one, any_number, any_number)


class Board:
    """A clipboard."""

    text = ""

    def read(self) -> str | None:
        return self.text or None

    def write(self, text: str) -> None:
        self.text = text

    def clear(self) -> None:
        self.text = ""


def test_ids_and_the_share_text_are_copied(files: Files, show: Show, house: House) -> None:
    """The text names server and id, and neither the file's name nor anything secret."""
    board = Board()
    house.clipboard.attach(board)
    show(line(1), line(2))
    keys = tuple(row.key for row in files.state.rows)
    files.choose(keys)
    files.copy_ids()
    assert board.text == "\n".join(keys)
    files.open_share()
    assert not files.state.share
    files.choose(keys[:1])
    files.open_share()
    sheet = files.state.share
    assert sheet is not None
    assert (sheet.title, sheet.file_id) == ("file 2.pdf", keys[0])
    files.copy_share_text()
    assert keys[0] in board.text
    assert "https://files.example.org" in board.text
    assert "file 2.pdf" not in board.text
    files.copy_shared_id()
    assert board.text == keys[0]
    files.close_share()
    assert not files.state.share


class Removals:
    """Takes the place of `remove_file`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.errors: dict[str, Exception] = {}
        self.in_ipfs = False
        monkeypatch.setattr("client.actions.library.remove_file", self.remove)

    def remove(self, _person: object, file_id: str, beyond_recall: Callable[[], None]) -> list[str]:
        self.asked.append(file_id)
        if self.in_ipfs:
            beyond_recall()
        if file_id in self.errors:
            raise self.errors[file_id]
        return []


@pytest.fixture
def removals(monkeypatch: pytest.MonkeyPatch) -> Removals:
    return Removals(monkeypatch)


def test_deleting_waits_five_seconds_and_is_then_sent(
    files: Files, show: Show, clock: FakeClock, removals: Removals, house: House, listed: ListOf
) -> None:
    """The file is out of sight at once, and the server hears of it only when the time is over."""
    told: list[FilesChanged] = []
    house.bus.on(FilesChanged, told.append)
    show(line(1), line(2))
    gone = files.state.rows[0].key
    files.choose((gone,))
    files.delete()
    assert names(files) == ["file 1.pdf"]
    assert not files.state.selection
    clock.advance(4.9)
    assert removals.asked == []
    listed([line(1)])
    clock.advance(0.2)
    clock.until(lambda: told)
    assert removals.asked == [gone]
    assert names(files) == ["file 1.pdf"]


def test_what_lay_in_ipfs_is_told(
    files: Files, show: Show, clock: FakeClock, removals: Removals, house: House, listed: ListOf
) -> None:
    """Copies that other nodes have made are not the server's to delete."""
    removals.in_ipfs = True
    show(line(1))
    files.choose((files.state.rows[0].key,))
    files.delete()
    listed([])
    clock.advance(5.1)
    clock.until(lambda: any("IPFS" in notice.text for notice in house.notices.state.notices))


def test_deleting_can_be_undone(files: Files, show: Show, clock: FakeClock, removals: Removals, house: House) -> None:
    """Undo brings it back, and nothing is ever sent."""
    show(line(1), line(2))
    files.choose(tuple(row.key for row in files.state.rows))
    files.delete()
    assert files.state.blank is Blank.NOTHING
    notice = house.notices.state.notices[-1]
    assert notice.text == "2 files are deleted."
    files.refresh()
    clock.until(lambda: not files.state.busy)
    assert not files.state.rows, "a refresh must not bring it back"
    house.notices.press(notice.number)
    assert len(files.state.rows) == 2
    clock.advance(10)
    assert removals.asked == []


def test_what_could_not_be_deleted_comes_back(
    files: Files, show: Show, clock: FakeClock, removals: Removals, house: House
) -> None:
    """One that is gone already is no failure; one that the server keeps is said."""
    show(line(1), line(2), line(3))
    keys = [row.key for row in files.state.rows]
    removals.errors = {keys[0]: Refused("not now"), keys[1]: NotFound("gone")}
    files.choose(tuple(keys))
    files.delete()
    clock.advance(5.1)
    clock.until(lambda: any("could not be deleted" in each.text for each in house.notices.state.notices))
    assert names(files)[0] == "file 3.pdf"
    assert "1 file could not be deleted. Not now." in house.notices.state.notices[-1].text


def test_deleting_is_finished_when_the_window_closes(
    files: Files, show: Show, removals: Removals, house: House
) -> None:
    """Whoever deletes and leaves has deleted."""
    show(line(1))
    files.choose((files.state.rows[0].key,))
    files.delete()
    house.notices.flush()
    house.close()
    assert len(removals.asked) == 1


def test_deleting_is_finished_before_the_session_ends(
    files: Files, show: Show, removals: Removals, house: House, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server would refuse it afterwards."""
    monkeypatch.setattr("client.actions.account.sign_out", lambda _paths: removals.asked.append("signed out"))
    account = Account(house)
    show(line(1))
    gone = files.state.rows[0].key
    files.choose((gone,))
    files.delete()
    account.sign_out()
    clock.until(lambda: len(removals.asked) == 2)
    assert removals.asked == [gone, "signed out"]


def test_whoever_deletes_is_who_deleted(
    files: Files, show: Show, removals: Removals, house: House, clock: FakeClock
) -> None:
    """Also where nobody is signed in any more when the time for an undo is over: it is not left half done."""
    show(line(1))
    files.choose((files.state.rows[0].key,))
    removals.errors = {files.state.rows[0].key: Refused("not now")}
    files.delete()
    forget_session(house.paths)
    house.bus.tell(SignedOut())
    clock.advance(5.1)
    clock.until(lambda: any("could not be deleted" in each.text for each in house.notices.state.notices))
    assert len(removals.asked) == 1


def test_terms_of_several_files_change_together(
    files: Files, show: Show, clock: FakeClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what was chosen is sent; a limit must be a number that the server takes."""
    sent: list[tuple[str, dict[str, object]]] = []

    def change(_person: object, file_id: str, change: FileChange) -> None:
        sent.append((file_id, change.model_dump(exclude_unset=True)))

    monkeypatch.setattr("client.actions.library.change_file", change)
    show(line(1), line(2))
    keys = tuple(row.key for row in files.state.rows)
    files.choose(keys)
    files.open_terms()
    terms = files.terms
    assert (terms.state.title, terms.state.can_save) == ("2 files", False)
    terms.choose_expiry("month")
    assert terms.state.can_save
    assert terms.state.until.startswith("Until ")
    for text, fine in (("0", False), ("x", False), ("1000001", False), ("5", True)):
        terms.type_limit(text)
        assert terms.state.can_save is fine
        assert bool(terms.state.limit_error) is not fine
    terms.save()
    clock.until(lambda: not terms.state.is_open)
    assert sent == [(key, {"expires_hours": 720, "download_limit": 5}) for key in keys]
    assert "2 files have new terms." in [each.text for each in house.notices.state.notices]


def test_terms_that_were_refused_say_so_and_stay(
    files: Files, show: Show, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that was typed is lost."""

    def change(_person: object, _file_id: str, _change: FileChange) -> None:
        raise Refused("the quota is used up")

    monkeypatch.setattr("client.actions.library.change_file", change)
    show(line(1, downloads=1, download_limit=3))
    files.choose((files.state.rows[0].key,))
    files.open_terms()
    assert "downloads: 1 of 3" in files.terms.state.now
    files.terms.choose_downloads("any")
    files.terms.save()
    clock.until(lambda: files.terms.state.error)
    assert files.terms.state.can_save
    files.terms.close()
    assert not files.terms.state.is_open


def test_the_list_asks_anew_by_itself(files: Files, show: Show, clock: FakeClock, house: House, listed: ListOf) -> None:
    """After something was sent, and after the connection came back."""
    show(line(1))
    for number, news in ((2, FileSent("x", "x")), (3, CameOnline())):
        listed([line(each + 1) for each in range(number)])
        house.bus.tell(news)
        clock.until(lambda number=number: len(files.state.rows) == number)  # type: ignore[misc]


def test_locking_takes_every_name_off_the_screen(files: Files, show: Show, house: House, clock: FakeClock) -> None:
    """They come back with the passphrase."""
    show(line(1))
    house.keys.lock()
    assert not files.state.rows
    assert files.state.blank is Blank.LOCKED
    files.unlock()
    clock.until(lambda: house.keys.state.asking)
    house.keys.close_dialog()
    assert files.state.blank is Blank.LOCKED


def test_signing_out_forgets_everything(files: Files, show: Show, house: House) -> None:
    """The next person sees nothing of it."""
    show(line(1))
    house.paths.session.unlink()
    house.bus.tell(SignedOut())
    assert (files.state.rows, files.state.blank) == ((), Blank.SIGNED_OUT)


def test_twenty_thousand_files_are_found_and_sorted_without_a_stutter(files: Files, show: Show) -> None:
    """Every key stroke of a search takes less than a tenth of a second of the main thread."""
    show(*(line(number) for number in range(20_000)))
    assert files.state.count == "20,000 files" or files.state.count == "20000 files"
    acts: tuple[Callable[[], None], ...] = (
        lambda: files.search("file 1999"),
        files._arrange,
        lambda: files.sort_by("name"),
        lambda: files.search(""),
        files._arrange,
    )
    for act in acts:
        began = time.thread_time()
        act()
        assert time.thread_time() - began < 0.1
    assert len(files.state.rows) == 20_000
