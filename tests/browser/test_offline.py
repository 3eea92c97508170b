"""The page as one file on somebody's own disk: the server's scripts never see the key."""

from pathlib import Path

import pytest

from tests.browser.conftest import NewFox, NewVisit
from tests.browser.sending import Desk
from tests.web import offline_page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("offline") / offline_page.NAME
    path.write_bytes(offline_page.build())
    return path


@pytest.mark.parametrize("password", [None, "open sesame"])
def test_a_file_is_fetched_sealed_and_opened_without_the_server(
    desk: Desk, visit: NewVisit, page_file: Path, tmp_path: Path, password: str | None
) -> None:
    """The pasted link gives an address without the key; what is saved there opens in the file, which asks nobody."""
    data = b"for nobody's scripts " * 1_000_000
    link = desk.link(desk.send(data, "private.txt"), password=password, download_limit=1)
    browser = visit("memory")
    browser.open(page_file.as_uri())
    browser.page.fill("#whole", link.url)
    if password:
        browser.page.fill("#password", password)
    browser.page.click("#address")
    browser.page.locator("#fetch").wait_for()
    address = str(browser.page.get_attribute("#fetch", "href"))
    assert link.url.partition("#")[2][:43] not in address

    at_server = visit()
    at_server.open(address)
    at_server.see("Save the sealed file")
    name, sealed = at_server.saved("#files button")
    at_server.see("Saved")
    assert name.endswith(".sealed")
    desk.until_counted(link)
    assert not [each for each in at_server.requests if link.url.partition("#")[2][:43] in each]

    (tmp_path / name).write_bytes(sealed)
    asked = len(browser.requests)
    browser.page.set_input_files("#sealed", tmp_path / name)
    browser.page.click("#open .main")
    browser.see("private.txt")
    assert browser.saved() == ("private.txt", data)
    assert [each for each in browser.requests[asked:] if "file:" not in each and "blob:" not in each] == []


def test_firefox_opens_it_too(desk: Desk, fox: NewFox, page_file: Path) -> None:
    """From file://, where pages may do less: fetched sealed from the server, opened without it."""
    data = b"for nobody's scripts " * 1_000_000
    link = desk.link(desk.send(data, "private.txt"), password="open sesame", download_limit=1)
    browser, at_server = fox(), fox()
    browser.open(page_file.as_uri())
    browser.type("#whole", link.url)
    browser.type("#password", "open sesame")
    browser.click("#address")
    browser.see_in("#fetch", "#sealed.")
    at_server.open(browser.text("#fetch"))
    at_server.see("Save the sealed file")
    name, _ = at_server.saved("#files button")
    at_server.see("Saved")
    assert name.endswith(".sealed")
    desk.until_counted(link)

    with browser.watched():
        browser.upload("#sealed", at_server.downloads / name)
        browser.click("#open .main")
        browser.see("private.txt")
        assert "Valid. Whoever holds the sender’s key" in browser.text("#facts")
        assert browser.saved() == ("private.txt", data)
        browser.see("Saved")
    assert [each for each in browser.requests if not each.startswith("GET blob:")] == []


def test_what_does_not_belong_together_is_refused(desk: Desk, visit: NewVisit, page_file: Path, tmp_path: Path) -> None:
    """Another link, a file that was altered, a file that is none: nothing is saved."""
    link, other = desk.link(sent := desk.send(b"x" * 100_000, "a.txt")), desk.link(sent)
    keys = visit("memory")
    keys.open(page_file.as_uri())
    keys.page.fill("#whole", link.url)
    keys.page.click("#address")
    keys.page.locator("#fetch").wait_for()
    fetching = visit()
    fetching.open(str(keys.page.get_attribute("#fetch", "href")))
    fetching.see("Save the sealed file")
    sealed = fetching.save("#files button")
    for url, content, words in (
        (other.url, sealed, "does not open this file"),
        (link.url, b"no container at all, whatever it is called", "no sealed file, or it is damaged"),
        (link.url, sealed[:-1], "not what the sender sealed"),
        (link.url[:-1], sealed, "not a whole link"),
        (link.url.partition("#")[0], sealed, "not a whole link"),
        ("https://host.example/", sealed, "not a whole link"),
    ):
        (tmp_path / "file.sealed").write_bytes(content)
        keys.page.fill("#whole", url)
        keys.page.set_input_files("#sealed", tmp_path / "file.sealed")
        keys.page.click("#open .main")
        keys.page.locator("#problem p", has_text=words).wait_for()
        assert "server" not in keys.problem
    (tmp_path / "file.sealed").write_bytes(sealed[:5_000] + bytes([sealed[5_000] ^ 1]) + sealed[5_001:])
    keys.page.fill("#whole", link.url)
    keys.page.set_input_files("#sealed", tmp_path / "file.sealed")
    keys.page.click("#open .main")
    keys.see("a.txt")
    keys.page.click("#save")
    keys.see("could not be saved")
    assert "not what the sender sealed" in keys.problem


def test_a_wrong_password_is_said_to_be_one(desk: Desk, visit: NewVisit, page_file: Path, tmp_path: Path) -> None:
    """The link may be wrong as well, nothing shows which; without a password it is asked for."""
    link = desk.link(desk.send(b"x" * 1_000, "a.txt"), password="open sesame")
    browser, at_server = visit("memory"), visit()
    browser.open(page_file.as_uri())
    browser.page.fill("#whole", link.url)
    browser.page.click("#address")
    browser.page.locator("#problem p", has_text="This link needs its password").wait_for()
    browser.page.fill("#password", "open sesame")
    browser.page.click("#address")
    browser.page.locator("#fetch").wait_for()
    at_server.open(str(browser.page.get_attribute("#fetch", "href")))
    at_server.see("Save the sealed file")
    (tmp_path / "a.sealed").write_bytes(at_server.save("#files button"))
    browser.page.set_input_files("#sealed", tmp_path / "a.sealed")
    for password, words in (("open barley", "The password is wrong, or this link"), ("", "needs its password")):
        browser.page.fill("#password", password)
        browser.page.click("#open .main")
        browser.page.locator("#problem p", has_text=words).wait_for()
    browser.page.fill("#password", "open sesame")
    browser.page.click("#open .main")
    browser.see("a.txt")
