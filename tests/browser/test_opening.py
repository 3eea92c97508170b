"""A link is opened by somebody who has nothing installed: what is seen, what is saved, byte for byte."""

import hashlib
import io
import secrets
import zipfile
from pathlib import Path

import pytest

from shared.crypto.content import SealOptions
from tests.browser.chromium import WITHOUT_ED25519
from tests.browser.conftest import NewVisit
from tests.browser.sending import Desk

pytestmark = pytest.mark.slow
PART = 8 << 20


@pytest.mark.parametrize("way", ["disk", "stream", "memory"])
def test_a_file_is_saved_byte_for_byte(desk: Desk, visit: NewVisit, way: str) -> None:
    """By each of the three ways to the disk; looking uses nothing up, and the download counts once."""
    data = secrets.token_bytes(3 * PART + 12_345)
    link = desk.link(desk.send(data, "holiday.tar", comment="Have a look"))
    browser = visit(way)
    browser.open(link.url)
    browser.see("holiday.tar")
    assert browser.page.inner_text("#note") == "Have a look"
    assert desk.downloads(link) == 0
    if way == "disk":
        browser.page.click("#save")
        browser.see("Saved")
        assert browser.on_disk() == {"holiday.tar": hashlib.sha256(data).hexdigest()}
    else:
        assert browser.saved() == ("holiday.tar", data)
        browser.see("Saved")
    desk.until_counted(link)


@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, PART - 1, PART, PART + 1, 2 * PART])
def test_every_length_arrives(desk: Desk, visit: NewVisit, size: int) -> None:
    """Nothing, a byte, and the borders of chunks and parts."""
    data = secrets.token_bytes(size)
    link = desk.link(desk.send(data, "data.bin"))
    browser = visit("disk")
    browser.open(link.url)
    browser.see("data.bin")
    browser.page.click("#save")
    browser.see("Saved")
    assert browser.on_disk() == {"data.bin": hashlib.sha256(data).hexdigest()}


def test_what_was_compressed_and_padded_is_as_it_was(desk: Desk, visit: NewVisit) -> None:
    """gzip is undone by the browser, padding is taken off."""
    data = b"The quick brown fox. " * 1_500_000
    sent = desk.send(data, "fox.txt", options=SealOptions())
    assert sent.manifest.body_size < len(data) / 5
    browser = visit()
    browser.open(desk.link(sent).url)
    browser.see("fox.txt")
    assert browser.save() == data


def test_a_password_is_asked_for(desk: Desk, visit: NewVisit) -> None:
    """A wrong one is told, uses nothing up and shows nothing; the right one opens, however it was composed."""
    link = desk.link(desk.send(b"secret", "salaries.txt"), password="café ①", download_limit=1)
    browser = visit()
    browser.open(link.url)
    browser.see("Password")
    browser.page.fill("#password", "cafe 1")
    browser.page.press("#password", "Enter")
    browser.page.locator("#problem p").wait_for()
    assert "not the password" in browser.problem
    assert "salaries" not in browser.page.content()
    assert desk.downloads(link) == 0
    browser.page.fill("#password", "cafe\u0301 1")  # NFKC makes both the same
    browser.page.press("#password", "Enter")
    browser.see("salaries.txt")
    assert browser.save() == b"secret"
    browser.see("Saved")
    desk.until_counted(link)


def test_a_folder_comes_as_a_zip_archive(desk: Desk, visit: NewVisit) -> None:
    """With its paths and empty folders, or one file of it alone; all of it is one download."""
    files = {"a.txt": b"first", "deep/er/b.bin": secrets.token_bytes(PART + 5), "deep/ü 😀.txt": b""}
    link = desk.link(*desk.send_folder("Trip", files, empty=["nothing here"]))
    browser = visit()
    browser.open(link.url)
    browser.see("Trip")
    assert "Folder with 3 files" in browser.page.inner_text("#lead")
    assert browser.page.inner_text("#note") == "From the trip"
    name, archive = browser.saved()
    assert name == "Trip.zip"
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        found = {each.filename: opened.read(each) for each in opened.infolist()}
    assert found == {"Trip/nothing here/": b"", **{f"Trip/{path}": data for path, data in files.items()}}
    desk.until_counted(link)
    assert browser.saved('button[aria-label="Save a.txt"]') == ("a.txt", b"first")


def test_files_that_belong_to_nothing_come_together(desk: Desk, visit: NewVisit) -> None:
    """Two of the same name are both there."""
    link = desk.link(desk.send(b"one", "same.txt"), desk.send(b"two", "same.txt"))
    browser = visit()
    browser.open(link.url)
    browser.see("2 files")
    name, archive = browser.saved()
    assert name == "files.zip"
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert {each: opened.read(each) for each in opened.namelist()} == {"same.txt": b"one", "same (2).txt": b"two"}


def test_folders_and_files_come_together(desk: Desk, visit: NewVisit) -> None:
    """All that the link leads to is in the archive, each folder whole: nothing is left behind by a single download."""
    first, second = desk.send_folder("Trip", {"a.txt": b"1"}), desk.send_folder("Work", {"b.txt": b"2"}, empty=["c"])
    link = desk.link(*first, desk.send(b"3", "plan.txt"), *second, download_limit=1)
    browser = visit()
    browser.open(link.url)
    browser.see("Trip and 2 more")
    assert [each.split("\n")[0] for each in browser.page.locator("#files li").all_inner_texts()] == [
        "Trip/a.txt",
        "plan.txt",
        "Work/b.txt",
    ]
    name, archive = browser.saved()
    assert name == "files.zip"
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert {each: opened.read(each) for each in opened.namelist()} == {
            "Trip/a.txt": b"1",
            "plan.txt": b"3",
            "Work/b.txt": b"2",
            "Work/c/": b"",
        }
    assert desk.downloads(link) == 1


def test_a_limit_counts_once_a_person(desk: Desk, visit: NewVisit) -> None:
    """The second of two visitors to a link for one download is told so."""
    link = desk.link(desk.send(b"only once", "once.txt"), download_limit=1)
    first, second = visit(), visit()
    for browser in (first, second):
        browser.open(link.url)
        browser.see("once.txt")
    assert first.save() == b"only once"
    first.see("Saved")
    desk.until_counted(link)
    second.page.click("#save")
    second.see("could not be saved")
    assert "as often as its sender allowed" in second.problem
    late = visit()
    late.open(link.url)
    late.see("does not open")
    assert "as often as its sender allowed" in late.problem


def test_who_sent_it_is_said_honestly(desk: Desk, visit: NewVisit) -> None:
    """A signature that holds is no proof of a person; without one, that is said."""
    browser = visit()
    browser.open(desk.link(desk.send(b"x", "signed.txt")).url)
    browser.see("signed.txt")
    facts = browser.page.inner_text("#facts")
    assert "ada@example.org (so says the server)" in facts
    assert "comparing its fingerprint with ada@example.org" in facts
    browser.open(desk.link(desk.send(b"x", "nobody.txt", signed=False)).url)
    browser.see("nobody.txt")
    assert "nothing shows who made this" in browser.page.inner_text("#facts")


def test_a_browser_that_can_not_check_signatures_says_so(desk: Desk, visit: NewVisit) -> None:
    """It opens the file all the same, and claims nothing about who signed it."""
    browser = visit()
    browser.context.add_init_script(WITHOUT_ED25519)
    browser.open(desk.link(desk.send(b"x", "signed.txt")).url)
    browser.see("signed.txt")
    facts = browser.page.inner_text("#facts")
    assert "can’t check the signature (it lacks Ed25519)" in facts
    assert "Valid" not in facts
    assert browser.save() == b"x"


def test_what_no_memory_holds_is_said_before_a_click(desk: Desk, visit: NewVisit, tmp_path: Path) -> None:
    """Where the browser can write nowhere: with the limit, and what opens it instead. Elsewhere it can be saved."""
    source = tmp_path / "zeros.bin"
    with source.open("wb") as file:
        file.truncate((1 << 30) + 1)
    link = desk.link(desk.send(source, "zeros.bin", options=SealOptions()))
    small, large = visit("memory"), visit("stream")
    small.open(link.url)
    small.see("zeros.bin")
    assert "more than this browser can keep (1 GiB in memory)" in small.page.inner_text("#how").replace("\u00a0", " ")
    assert small.page.inner_text("#command") == "sealcase get LINK"
    assert small.page.is_hidden("#save")
    large.open(link.url)
    large.see("zeros.bin")
    assert large.page.is_visible("#save")


def test_it_speaks_the_browsers_language(desk: Desk, visit: NewVisit) -> None:
    """German where that is asked for, English for everybody else."""
    link = desk.link(desk.send(b"x", "brief.txt"))
    for locale, word in (("de-AT", "Speichern"), ("fr-FR", "Save")):
        browser = visit(locale=locale)
        browser.open(link.url)
        browser.see("brief.txt")
        assert browser.page.inner_text("#save") == word
        assert browser.page.get_attribute("html", "lang") == locale[:2].replace("fr", "en")


def test_half_a_link_is_asked_for_the_rest(desk: Desk, visit: NewVisit) -> None:
    """As after reloading, when the key has left the address bar."""
    link = desk.link(desk.send(b"x", "late.txt"))
    browser = visit()
    browser.open(link.url)
    browser.see("late.txt")
    assert browser.page.url == link.url.partition("#")[0]
    browser.page.reload()
    browser.see("not complete")
    browser.page.fill("#whole", link.url)
    browser.page.click("#paste .main")
    browser.see("late.txt")


def test_a_cancelled_save_leaves_nothing(desk: Desk, visit: NewVisit) -> None:
    """Neither a file nor a download that was used up."""
    link = desk.link(desk.send(secrets.token_bytes(4 * PART), "long.bin"), download_limit=1)
    browser = visit("disk")
    browser.page.route("**/content", lambda route: None)  # never answered
    browser.open(link.url)
    browser.see("long.bin")
    browser.page.click("#save")
    browser.see("Saving")
    browser.page.click("#cancel")
    browser.see("Cancelled")
    assert browser.on_disk() == {}
    browser.page.unroute_all(behavior="ignoreErrors")
    browser.page.click("#save")
    browser.see("Saved")
    desk.until_counted(link)


def test_files_one_by_one_are_one_download(desk: Desk, visit: NewVisit) -> None:
    """Also where one of them is broken off in between: the page goes on offering them, and they can be had."""
    files = [desk.send(secrets.token_bytes(4 * PART), name) for name in ("a.bin", "b.bin")]
    link = desk.link(*files, download_limit=1)
    browser = visit("disk")
    browser.open(link.url)
    browser.see("2 files")
    browser.page.click('button[aria-label="Save a.bin"]')
    browser.see("Saved")
    browser.page.route("**/content", lambda route: None)  # never answered
    browser.page.click('button[aria-label="Save b.bin"]')
    browser.see("Saving")
    browser.page.click("#cancel")
    browser.see("Cancelled")
    desk.until_counted(link)
    browser.page.unroute_all(behavior="ignoreErrors")
    browser.page.click('button[aria-label="Save b.bin"]')
    browser.see("Saved")
    assert set(browser.on_disk()) == {"a.bin", "b.bin"}
    assert desk.downloads(link) == 1


def test_after_one_of_several_files_the_page_offers_what_it_offered(desk: Desk, visit: NewVisit) -> None:
    """Once all were saved, all can be saved again; after one that was saved, or failed, nothing is renamed."""
    link = desk.link(desk.send(b"one", "a.txt"), desk.send(b"two", "b.txt"))
    browser = visit()
    browser.open(link.url)
    browser.see("2 files")
    for _ in range(2):
        assert browser.saved('button[aria-label="Save a.txt"]') == ("a.txt", b"one")
        browser.see("Saved")
        assert browser.page.inner_text("#save") == "Save all as a ZIP file"
    assert browser.saved()[0] == "files.zip"
    browser.see("Saved")
    assert browser.page.inner_text("#save") == "Save again"
    assert browser.saved()[0] == "files.zip"
    browser.page.route("**/content", lambda route: route.fulfill(status=410, body='{"code": "gone"}'))
    browser.page.click('button[aria-label="Save b.txt"]')
    browser.see("could not be saved")
    assert browser.page.inner_text("#save") == "Save all as a ZIP file"
    browser.page.click("#save")
    browser.see("could not be saved")
    assert browser.page.is_hidden("#save")
