"""The page of a drop box against hostile texts and listeners; how heavy it is, and whether everybody can use it."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.browser.boxes import box_of, closed, opened
from tests.browser.conftest import NewVisit
from tests.browser.looking import MAX_WEIGHT, assert_open_to_all, focused, weighed
from tests.browser.test_safety import MARKUP
from tests.support.people import Person
from tests.support.server import LiveServer

pytestmark = pytest.mark.slow


def test_markup_in_notes_and_names_stays_text(olga: Person, visit: NewVisit) -> None:
    """Neither whoever made the box nor whoever named a file runs anything in the page, nor fakes what is read."""
    browser = visit()
    browser.open(box_of(olga, "--note", f"{MARKUP}\n\u202eexe.fdp"))
    browser.see("Files for")
    assert MARKUP in browser.page.inner_text("#note")
    browser.page.set_input_files("#input", {"name": f"{MARKUP}\u202e.txt", "mimeType": MARKUP, "buffer": b"x"})
    assert "onerror=document.title" in browser.page.inner_text("#files")
    browser.page.click("#send")
    browser.see("arrived")
    assert "\u202e" not in browser.page.content()
    assert browser.page.locator("main img, main script").count() == 0
    assert browser.page.title() == "The file has arrived – Sealcase"


def test_nothing_goes_anywhere_else_and_the_keys_go_nowhere(
    server: LiveServer, olga: Person, visit: NewVisit, tmp_path: Path
) -> None:
    """One host is asked; neither the keys, nor the password, nor a word of the file is in a request or in the log."""
    secret = tmp_path / "password"
    secret.write_text("open sesame")
    url = box_of(olga, "--password-file", secret)
    browser, bodies = visit(), []
    browser.context.on("request", lambda each: bodies.append(f"{each.all_headers()} {each.post_data_buffer!r}"))
    browser.open(url)
    browser.see("Password")
    browser.page.fill("#password", "open sesame")
    browser.page.click("#ask .main")
    browser.see("Files for")
    browser.choose(("salaries.xlsx", b"everybody earns the same"))
    browser.page.fill("#comment", "do not tell")
    browser.page.click("#send")
    browser.see("arrived")
    keys = url.partition("#")[2].removesuffix(".p")
    said = "\n".join([*browser.requests, *bodies, *server.lines])
    assert f"/d/{url.partition('#')[0].rpartition('/')[2]}" in said
    for piece in (keys, keys[:20], keys[-20:], "sesame", "salaries", "everybody", "do not tell"):
        assert piece not in said
    assert {urlsplit(each.split(" ", 1)[1]).netloc for each in browser.requests} == {urlsplit(server.url).netloc}
    assert set(browser.referrers) == {""}
    assert browser.page.evaluate("location.href") == url.partition("#")[0]


def test_the_page_is_the_same_for_every_box(server: LiveServer, olga: Person) -> None:
    """Open, closed, made up: the same bytes and headers, with the link page's policy."""
    alive, dead = box_of(olga), box_of(olga)
    closed(olga, dead)
    places = [each.partition("#")[0] for each in (alive, dead, f"{server.url}/d/{'A' * 43}")]
    for method in ("GET", "HEAD"):
        answers = [requests.request(method, place, timeout=30) for place in places]
        own = ("Date", "X-Request-Id")
        seen = [{name: value for name, value in each.headers.items() if name not in own} for each in answers]
        assert all(each == seen[0] for each in seen)
        assert len({each.content for each in answers}) == 1
        assert {each.status_code for each in answers} == {200}
    link = requests.get(f"{server.url}/s/{'A' * 43}", timeout=30)
    for name in ("Content-Security-Policy", "Referrer-Policy", "Cross-Origin-Opener-Policy", "X-Frame-Options"):
        assert answers[0].headers[name] == link.headers[name]
    assert requests.get(f"{server.url}/d/short", timeout=30).status_code == 404


def test_it_weighs_little_and_is_there_in_one_step(server: LiveServer, olga: Person, visit: NewVisit) -> None:
    """All that is loaded until files can be chosen, in bytes on the line; nothing is found out step by step."""
    url = box_of(olga)
    html = requests.get(url.partition("#")[0], timeout=30).text
    browser = visit()
    browser.open(url)
    browser.see("Files for")
    loaded = weighed(browser.page)
    assert sum(loaded.values()) <= MAX_WEIGHT
    assert len(loaded) > 20
    assert {name for name in loaded if f"/{name}" not in html} == {"the page"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_nothing_is_in_the_way_of_anybody(
    olga: Person, visit: NewVisit, tmp_path: Path, scheme: str, width: int
) -> None:
    """axe-core finds nothing in any state, by day and night, on a phone and at a desk; nothing is too wide."""
    secret = tmp_path / "password"
    secret.write_text("p")
    locked, over = box_of(olga, "--password-file", secret), box_of(olga)
    closed(olga, over)
    browser = visit(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)

    for url, title in ((locked, "Password"), (over, "does not open"), (over.partition("#")[0], "not complete")):
        browser.open("about:blank")
        browser.open(url)
        browser.see(title)
        assert_open_to_all(browser.page)
    browser.open("about:blank")
    browser.open(box_of(olga, "--max-size", "100K", "--note", "Scans, please"))
    browser.see("Files for")
    assert_open_to_all(browser.page)
    browser.choose((f"a-very-long-name-{'x' * 80}.pdf", bytes(200_000)), ("small.txt", b"x"))
    assert_open_to_all(browser.page)
    browser.page.click("#send")
    browser.see("1 of 2")
    assert_open_to_all(browser.page)
    browser.page.click("#files button")
    browser.choose(("another.txt", b"x"))
    browser.page.click("#send")
    browser.see("has arrived")
    assert_open_to_all(browser.page)


def test_the_keyboard_is_enough(olga: Person, visit: NewVisit, tmp_path: Path) -> None:
    """From the password to what has arrived without a pointer; what is new gets the focus."""
    secret = tmp_path / "password"
    secret.write_text("p w")
    browser = visit()
    browser.open(box_of(olga, "--password-file", secret))
    browser.see("Password")
    browser.page.keyboard.type("p w")
    browser.page.keyboard.press("Enter")
    browser.see("Files for")
    assert focused(browser.page) == "title"
    browser.page.keyboard.press("Tab")
    assert focused(browser.page) == "choose"
    with browser.page.expect_file_chooser() as asked:
        browser.page.keyboard.press("Enter")
    asked.value.set_files({"name": "keys.txt", "mimeType": "", "buffer": b"by hand"})
    browser.page.locator("#files li").wait_for()
    for expected in ("choose", "", "comment", "send"):  # the one without an id takes the file back
        while focused(browser.page) == "title":
            browser.page.keyboard.press("Tab")
        assert focused(browser.page) == expected
        if expected != "send":
            browser.page.keyboard.press("Tab")
    browser.page.keyboard.press("Enter")
    browser.see("The file has arrived")
    assert focused(browser.page) == "title"
    assert opened(olga, "keys.txt", tmp_path / "found")[0] == b"by hand"


def test_it_speaks_german(olga: Person, visit: NewVisit) -> None:
    browser = visit(locale="de-AT")
    browser.open(box_of(olga, "--max-files", "3"))
    browser.see("Dateien für")
    assert "3 Dateien" in browser.page.inner_text("#facts")
    assert browser.page.get_attribute("html", "lang") == "de"
    browser.leave(("eins.txt", b"1"), says="Die Datei ist angekommen")
