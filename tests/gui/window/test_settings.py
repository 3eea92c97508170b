"""Settings and Activity in the real window, with a real server, by keys and clicks."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from pyotp import TOTP

from client.actions.contacts import compare
from client.actions.person import Person as Me
from client.gui.theme import Palette
from client.local.contacts import Contacts
from client.local.paths import Paths
from client.local.qr import save_qr
from client.local.secrets import nobody_to_ask
from tests.gui.window.conftest import Seen, Window, opened
from tests.support.files import contents_below
from tests.support.people import PASSPHRASE, Person, sign_up
from tests.support.server import LiveServer, live_server

_TAB_STOPS = ("button", "link", "textbox", "checkbox", "radiogroup", "combobox", "spinbutton", "table", "grid")
_OF_ONE_STOP = ("radiogroup", "spinbutton")
"""Parts of these are reached by arrows."""
_PAGES = (
    "Appearance",
    "Transfers",
    "Security",
    "Contacts",
    "Keys",
    "Devices",
    "Two-step sign-in",
    "Access tokens",
    "Account",
    "Server",
    "Diagnostics",
    "About Sealcase",
)


@pytest.fixture
def window(display: str, ada: Person) -> Iterator[Window]:
    """Ada's, with the settings open. Her keys are locked."""
    with opened(display, ada.cli.home, {}) as window:
        window.click("tab", "Settings")
        window.find("button", "Appearance")
        yield window


def _page(window: Window, title: str) -> None:
    window.click("button", title)
    window.find("link", "All settings")


def _tiles(window: Window) -> None:
    window.key("alt+Left")
    window.find("button", "Appearance")


def _settings(ada: Person) -> dict[str, object]:
    record = json.loads((ada.cli.data / "settings.json").read_bytes())
    assert isinstance(record, dict)
    return record


def _ground(window: Window, tmp_path: Path) -> str:
    """The colour of the window at its lower right, where nothing stands."""
    answer = window.ask("geometry")
    assert isinstance(answer, list)
    left, top, width, height = answer
    window.screenshot(tmp_path / "screen.png")
    with Image.open(tmp_path / "screen.png") as picture:
        red, green, blue = picture.convert("RGB").getpixel((left + width - 3, top + height - 3))  # type: ignore[misc]
    return f"#{red:02X}{green:02X}{blue:02X}"


def _in_sight(window: Window) -> list[tuple[str, str]]:
    return [(each.role, each.label) for each in window.tree() if not each.label.endswith(" %")]


def test_the_theme_changes_at_once(window: Window, ada: Person, tmp_path: Path) -> None:
    """By arrows on the keyboard; what is on the screen is what was chosen, and it is saved."""
    _page(window, "Appearance")
    assert _ground(window, tmp_path) == Palette.window[0]
    window.key("Tab")
    window.until(lambda: (window.focused() or _nothing()).label == "Theme", "focus in the theme")
    window.key("Right")
    window.until(lambda: _ground(window, tmp_path) == Palette.window[1], "a dark window")
    window.until(lambda: _settings(ada).get("theme") == "dark", "the theme to be saved")
    window.key("Left")
    window.until(lambda: _ground(window, tmp_path) == Palette.window[0], "a light window")


@pytest.mark.slow
def test_the_size_changes_at_once_and_back(window: Window, ada: Person) -> None:
    """All grows; what is hidden stays hidden; back at 100 % everything is as it was."""
    _page(window, "Keys")
    window.wait_for_text("RSA 2048")
    _tiles(window)
    _page(window, "Appearance")
    window.wait_for_text("Changes when Sealcase is started again.")  # the page's last line
    before, wide = _in_sight(window), window.find("tab", "Settings").width
    window.click("spinbutton", "Size")
    window.key(*["Right"] * 5)
    window.until(lambda: _settings(ada).get("scaling") == 150, "150 %")
    window.until(lambda: abs(window.find("tab", "Settings").width - wide * 1.5) < 4, "a wider tab")
    assert _in_sight(window) == before
    _tiles(window)
    _page(window, "Keys")
    hidden = ("Stop", "Continue", "Destroy earlier keys …")
    assert not [each for each in window.tree() if each.label in hidden]
    _tiles(window)
    _page(window, "Appearance")
    window.click("spinbutton", "Size")
    window.key(*["Left"] * 5)
    window.until(lambda: window.find("tab", "Settings").width == wide, "the tab as it was")
    assert _in_sight(window) == before


@pytest.mark.slow
@pytest.mark.timeout(900)  # under load
def test_two_hundred_dialogs_leave_nothing_behind(window: Window) -> None:
    """Opened and closed by keys; neither bindings, images and fonts nor objects become ever more."""
    _page(window, "Security")
    window.click("button", "Change …")
    window.find("textbox", "Passphrase now")

    def open_and_close(times: int) -> None:
        for _ in range(times):
            window.key("Escape")
            window.until(lambda: not window.has("dialog", "Change the passphrase"), "the dialog to be closed")
            window.until(lambda: (window.focused() or _nothing()).label == "Change …", "the focus to be back")
            window.key("Return")
            window.find("textbox", "Passphrase now")

    open_and_close(20)
    names, objects = _left(window)
    open_and_close(200)
    names_after, objects_after = _left(window)
    assert names_after - names <= 10, "each dialog left something behind"
    assert objects_after - objects < 100, "each dialog left something behind"


def _left(window: Window) -> tuple[int, int]:
    """Names in Tcl, and objects in Python."""
    answer = window.ask("left")
    assert isinstance(answer, list)
    names, objects = answer
    return names, objects


@pytest.mark.slow
def test_each_page_is_reached_by_tab_from_top_to_bottom(window: Window) -> None:
    """All that can be used, nothing else, in the order in which it stands there; Esc leads back to the tile."""
    for title in _PAGES:
        _page(window, title)
        stops = _stops(window.at_rest())
        visited: list[str] = []
        window.until(lambda: (window.focused() or _nothing()).label == "‹ All settings", "focus on the way back")
        for _ in stops:
            focused = window.focused()
            assert focused is not None, title
            visited.append(focused.path)
            window.key("Tab")
            window.until(lambda seen=focused: (window.focused() or _nothing()).path != seen.path, "the next stop")  # type: ignore[misc]
        assert sorted(visited) == sorted(each.path for each in stops), title
        places = {each.path: each for each in stops}
        for before, after in pairwise(visited):
            assert places[after].y + places[after].height > places[before].y, (title, places[after].label)
        window.key("Escape")
        window.until(lambda title=title: (window.focused() or _nothing()).label == title, "focus on the tile")  # type: ignore[misc]


def _stops(tree: list[Seen]) -> list[Seen]:
    page = [each for each in tree if ".!settingsview." in each.path]
    inside = [f"{each.path}." for each in page if each.role in _OF_ONE_STOP]
    return [
        each
        for each in page
        if each.role in _TAB_STOPS and each.usable and not any(each.path.startswith(path) for path in inside)
    ]


@pytest.mark.slow
def test_verified_by_number_and_by_picture(
    window: Window, ada: Person, bob: Person, server: LiveServer, tmp_path: Path
) -> None:
    """Bob's number, pasted, verifies Bob; Cleo's QR code, photographed, verifies Cleo; wrong digits nobody."""
    cleo = sign_up("cleo", server, tmp_path)
    _page(window, "Contacts")
    window.click("button", "Verify somebody else …")
    window.fill("Their email address", bob.email)
    window.key("Return")
    window.find("button", "They match")
    window.at_rest()
    window.fill("Or paste the number", "12345" * 12)
    window.wait_for_text("safety numbers differ")
    assert Contacts(Paths(ada.cli.data)).everybody()[bob.email].verified_at is None
    number = compare(_me(bob), ada.email).number
    window.at_rest()
    window.fill("Or paste the number", number[:-1])
    window.type(number[-1])
    window.wait_for_text(f"{bob.email} is verified.")
    window.until(lambda: not window.has("dialog", "Compare safety numbers"), "the dialog to be closed")
    save_qr(compare(_me(cleo), ada.email).code, tmp_path / "photo.png")
    window.click("button", "Verify somebody else …")
    window.fill("Their email address", cleo.email)
    window.key("Return")
    window.find("link", "Read a photograph")
    window.at_rest()
    window.click("link", "Read a photograph")
    window.choose_path(tmp_path / "photo.png")
    window.wait_for_text(f"{cleo.email} is verified.")
    known = Contacts(Paths(ada.cli.data)).everybody()
    assert known[bob.email].verified_at is not None
    assert known[cleo.email].verified_at is not None


def _me(person: Person) -> Me:
    return Me.signed_in(Paths(person.cli.data), nobody_to_ask)


@pytest.mark.slow
def test_two_steps_on_and_off(window: Window, ada: Person, server: LiveServer) -> None:
    """The app's code turns it on by itself at the sixth digit; a recovery code turns it off."""
    _page(window, "Two-step sign-in")
    window.click("button", "Turn on")
    uri = window.until(lambda: window.find("img", "QR code for the app").value, "the QR code")
    secret = parse_qs(urlsplit(uri).query)["secret"][0]
    window.wait_for_text(secret)
    window.click("textbox", "Code that the app shows now")
    window.type(TOTP(secret).now())
    window.find("button", "I have them")
    codes = next(each.label for each in window.tree() if re.match(r"\S+\n\S+\n", each.label) and each.role == "text")
    window.click("button", "Copy the codes")
    window.until(lambda: window.ask("clipboard") == codes, "the codes on the clipboard")
    window.click("button", "I have them")
    assert _me(ada).api.second_factor().on
    window.click("button", "Turn off …")
    window.fill("Code of the app", codes.splitlines()[0])
    window.key("Return")
    window.wait_for_text("Two-step sign-in is off.")
    assert not _me(ada).api.second_factor().on


@pytest.mark.slow
def test_details_of_what_failed_are_copied_on_its_page(display: str, tmp_path: Path) -> None:
    """Beside a field, and below a card: the server's code and the request's id, for whoever helps."""
    with live_server(tmp_path / "data", workers=1) as server:
        ada = sign_up("ada", server, tmp_path)
        with opened(display, ada.cli.home, {}) as window:
            window.click("tab", "Settings")
            _page(window, "Two-step sign-in")
            window.click("button", "Turn on")
            window.find("img", "QR code for the app")
            window.click("textbox", "Code that the app shows now")
            window.type("000000")
            window.wait_for_text("not the code that the app shows now")
            window.click("link", "Copy details")
            copied = window.until(lambda: str(window.ask("clipboard") or ""), "details on the clipboard")
            assert "code: confirmation_refused\nrequest: " in copied
            window.click("button", "Cancel")
            _tiles(window)
            _page(window, "Server")
            window.wait_for_text("It answers")
            server.kill()
            window.click("button", "Ask again")
            window.wait_for_text("can't be reached")
            window.click("link", "Copy details")
            window.until(lambda: "code: Unreachable" in str(window.ask("clipboard")), "other details there")


@pytest.mark.slow
def test_a_code_that_came_too_late(display: str, tmp_path: Path) -> None:
    """A code that has expired is said so, and a new one signs in."""
    home = tmp_path / "home"
    home.mkdir()
    with live_server(tmp_path / "data", workers=1) as server, opened(display, home, {}) as window:
        window.fill("Server", server.url)
        window.key("Return")
        window.fill("Email address", "late@example.org")
        window.key("Return")
        window.find("textbox", "Code")
        code = server.line_with(re.compile(r"Sign-in code for late@example.org: (\d{6})"))[1]
        for file, content in contents_below(tmp_path / "data" / "ephemeral" / "values"):
            file.write_bytes(b"1\n" + content.partition(b"\n")[2])  # when it ends: as if ten minutes had gone by
        window.wait_for_focus("Code")
        window.type(code)
        window.wait_for_text("too old")
        assert not window.has("textbox", "New passphrase")
        since = len(server.lines)
        window.at_rest()
        window.click("button", "Back")
        window.fill("Email address", "late@example.org")
        window.key("Return")
        code = server.line_with(re.compile(r"Sign-in code for late@example.org: (\d{6})"), since=since)[1]
        window.wait_for_focus("Code")
        window.type(code)
        window.find("textbox", "New passphrase")


def test_activity_with_names(display: str, ada: Person, bob: Person) -> None:
    """Names of files come with the passphrase, typed into the dialog."""
    (ada.cli.folder / "report.pdf").write_text("hello")
    file_id = ada.cli.ok("send", "report.pdf", "--to", bob.email).lines[0]
    bob.cli.ok("get", file_id)
    with opened(display, ada.cli.home, {}) as window:
        window.click("tab", "Activity")
        window.click("link", "Show file names")
        window.fill("Passphrase", PASSPHRASE)
        window.key("Return")
        window.until(lambda: not window.has("link", "Show file names"), "the names")
        window.close()


def _nothing() -> Seen:
    return Seen("", "", "", "", False, False, False, 0, 0, 0, 0)
