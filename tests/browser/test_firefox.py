"""The same pages in Firefox, which saves through a service worker or, without one, by way of its memory."""

import filecmp
import hashlib
import io
import secrets
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.boxes import box_of, opened, received
from tests.browser.conftest import NewFox
from tests.browser.firefox import SECONDS, Firefox
from tests.browser.fox import Fox
from tests.browser.looking import assert_open_to_all_in_firefox
from tests.browser.sending import Desk
from tests.browser.test_refusing import PART, Harm, flip_last_byte, swap_parts
from tests.support.network import wire_to
from tests.support.people import Person
from tests.support.waiting import until

pytestmark = pytest.mark.slow
WAYS = pytest.mark.parametrize("way", ["stream", "memory"])
NAME = "Größe 日本 'x' (1);.bin"
LARGE = 768 << 20
MOST = 600 << 20
"""Parts on their way, sealed and opened, and what Firefox leaves to its collectors; half of that is usual."""


@WAYS
def test_a_file_is_saved_byte_for_byte(desk: Desk, fox: NewFox, way: str) -> None:
    """Of several parts. Looking uses nothing up, the download counts once, and the signature is checked."""
    data = secrets.token_bytes(2 * PART + 12_345)
    link = desk.link(desk.send(data, NAME, comment="Have a look"))
    browser = fox(way)
    browser.open(link.url)
    browser.see(NAME)
    assert browser.text("#note") == "Have a look"
    assert "Valid. Whoever holds the sender’s key" in browser.text("#facts")
    assert ("It goes to your downloads" in browser.text("#how")) == (way == "stream")
    assert desk.downloads(link) == 0
    name, saved = browser.saved()
    assert name == NAME
    assert hashlib.sha256(saved).digest() == hashlib.sha256(data).digest()
    browser.see("Saved")
    assert browser.files() == {NAME: len(data)}
    desk.until_counted(link)


@WAYS
def test_an_empty_file_is_one(desk: Desk, fox: NewFox, way: str) -> None:
    """Nothing arrives, which is all of it."""
    browser = fox(way)
    browser.open(desk.link(desk.send(b"", "empty.txt")).url)
    browser.see("empty.txt")
    assert browser.saved() == ("empty.txt", b"")
    browser.see("Saved")


def test_a_password_is_asked_for(desk: Desk, fox: NewFox) -> None:
    """A wrong one is told, uses nothing up and shows nothing; the right one opens the only download there is."""
    link = desk.link(desk.send(b"secret", "salaries.txt"), password="café", download_limit=1)
    browser = fox()
    browser.open(link.url)
    browser.see("Password")
    browser.type("#password", "cafe")
    browser.click("#ask .main")
    browser.see_in("#problem", "not the password")
    assert "salaries" not in browser.evaluate("() => document.documentElement.outerHTML")
    assert desk.downloads(link) == 0
    browser.type("#password", "café")
    browser.click("#ask .main")
    browser.see("salaries.txt")
    assert browser.saved() == ("salaries.txt", b"secret")
    browser.see("Saved")
    desk.until_counted(link)


def test_a_folder_comes_as_a_zip_archive(desk: Desk, fox: NewFox) -> None:
    """With its paths and empty folders, or one file of it alone."""
    files = {"a.txt": b"first", "deep/er/b.bin": secrets.token_bytes(PART + 5), "deep/ü 😀.txt": b""}
    browser = fox()
    browser.open(desk.link(*desk.send_folder("Trip", files, empty=["nothing here"])).url)
    browser.see("Trip")
    name, archive = browser.saved()
    assert name == "Trip.zip"
    with zipfile.ZipFile(io.BytesIO(archive)) as inside:
        assert inside.testzip() is None
        found = {each.filename: inside.read(each) for each in inside.infolist()}
    assert found == {"Trip/nothing here/": b"", **{f"Trip/{path}": data for path, data in files.items()}}
    browser.see("Saved")
    assert browser.saved('button[aria-label="Save a.txt"]') == ("a.txt", b"first")


@pytest.mark.parametrize(("way", "harm"), [("stream", flip_last_byte), ("stream", swap_parts), ("memory", swap_parts)])
def test_an_altered_part_is_refused(desk: Desk, fox: NewFox, way: str, harm: Harm) -> None:
    """No file comes of it. Firefox keeps what its failed download had got, which is nothing but what was checked."""
    data = secrets.token_bytes(3 * PART + 99)
    link = desk.link(sent := desk.send(data, "plan.bin"))
    harm(desk.blob(sent))
    browser = fox(way)
    browser.open(link.url)
    browser.see("plan.bin")
    browser.click("#save")
    browser.see("could not be saved")
    assert "not what the sender sealed" in browser.problem
    assert "Nothing was kept" in browser.problem
    assert ("remove it there" in browser.problem) == (way == "stream")
    if browser.evaluate("() => document.querySelector('iframe') !== null"):  # which began a download
        until(lambda: browser.whole() or browser.ended, "an end of the download", SECONDS)
        assert browser.ended == [None]
        assert browser.files().get("plan.bin", 0) == 0  # the place that Firefox holds for it
        assert all(data.startswith(each.read_bytes()) for each in browser.downloads.glob("*.part"))
        browser.forgive("A ServiceWorker intercepted")
    else:
        assert list(browser.downloads.iterdir()) == []


def test_nothing_goes_anywhere_else_and_the_key_goes_nowhere(desk: Desk, fox: NewFox) -> None:
    """One host is asked, no request names what is behind the #, and the address bar has lost it."""
    link = desk.link(desk.send(b"secret content", "a.txt"))
    browser = fox()
    with browser.watched():
        browser.open(link.url)
        browser.see("a.txt")
        browser.saved()
        browser.see("Saved")
    assert browser.evaluate("() => [location.href, history.length]") == [link.url.partition("#")[0], 1]
    assert {urlsplit(each.partition(" ")[2]).netloc for each in browser.requests} == {urlsplit(desk.server.url).netloc}
    assert any(each.endswith("/done") for each in browser.requests)
    assert set(browser.referrers) == {""}
    key = link.url.partition("#")[2]
    assert [each for each in browser.requests if key in each.partition("#")[0]] == []
    assert key not in "\n".join(desk.server.lines)


def test_a_network_that_comes_back_is_waited_for(desk: Desk, fox: NewFox) -> None:
    """The download that the service worker feeds goes on where it was."""
    data = secrets.token_bytes(4 * PART)
    link = desk.link(desk.send(data, "far.bin"), download_limit=1)
    with wire_to(desk.server.url) as wire:
        wire.cut_down_after, wire.trouble_ends_after = 5 << 20, 3
        browser = fox()
        browser.open(link.url.replace(desk.server.url, wire.url))
        browser.see("far.bin")
        assert browser.saved() == ("far.bin", data)
        browser.see("Saved")
        assert wire.troubles >= 1
    desk.until_counted(link)


def test_a_cancelled_save_leaves_no_file(desk: Desk, fox: NewFox) -> None:
    """Nor a download that was used up, nor a window of Firefox's that reports a failure: the next one is whole."""
    data = secrets.token_bytes(3 * PART)
    link = desk.link(desk.send(data, "long.bin"), download_limit=1)
    browser = fox()
    with wire_to(desk.server.url) as wire:
        browser.open(link.url.replace(desk.server.url, wire.url))
        browser.see("long.bin")
        wire.stall_down_after = 1 << 20
        wire.break_all()  # Firefox keeps connections that know no trouble
        browser.click("#save")
        browser.see_in("#amount", "iB of")
        browser.click("#cancel")
        browser.see("Cancelled")
        assert "remove it there" in browser.text("#lead")
        assert list(browser.downloads.iterdir()) == []  # not one part was there
        wire.stall_down_after = None
        wire.break_all()
        assert browser.saved()[1] == data
        browser.see("Saved")
    desk.until_counted(link)


@pytest.mark.timeout(600)  # under load
def test_a_large_file_does_not_fill_the_memory(desk: Desk, firefox: Firefox, fox: NewFox, tmp_path: Path) -> None:
    """At no time more than some parts of it, in all processes together; every byte arrives."""
    source = sparse(tmp_path / "sparse")
    browser = fox()
    browser.open(desk.link(desk.send(source, "film.mkv")).url)
    browser.see("film.mkv")
    before, most = firefox.memory(), 0
    browser.click("#save")
    while "Saved" not in browser.text("#title"):
        assert "could not" not in browser.text("#title"), browser.problem
        most = max(most, firefox.memory() - before)
        browser.evaluate("() => new Promise((go) => setTimeout(go, 200))")  # looking costs as much as downloading
    until(browser.whole, "a whole download", SECONDS)
    (path,) = browser.whole()
    assert filecmp.cmp(path, source, shallow=False)
    assert most < MOST
    path.unlink()
    source.unlink()


def sparse(path: Path) -> Path:
    """A file of `LARGE` bytes, of which the disk has a few."""
    with path.open("wb") as file:
        file.truncate(LARGE)
        for position in range(0, LARGE, 50_000_001):
            file.seek(position)
            file.write(b"here")
    return path


def test_files_left_in_a_drop_box_arrive(olga: Person, fox: NewFox, tmp_path: Path) -> None:
    """Empty, and of several parts: opened by the box's owner; how strongly they were sealed is said as it is."""
    contents = {"empty by fox.txt": b"", "Größe by fox 日本.bin": secrets.token_bytes(PART + 12_345)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    browser = fox()
    browser.open(box_of(olga, name="Taxes of the fox"))
    browser.see(f"Files for {olga.email}")
    assert ("safe against quantum computers" in browser.text("#facts")) == has_mlkem_and_sha3(browser)
    assert browser.evaluate("() => location.hash") == ""
    browser.upload("#input", *(tmp_path / name for name in contents))
    browser.see_in("#files", "empty by fox.txt")
    browser.type("#comment", "by fox")
    browser.click("#send")
    browser.see("All 2 files have arrived")
    for name, content in contents.items():
        assert received(olga)[name]["sender"] == "unsigned, via your drop box"
        found, said = opened(olga, name, tmp_path / "found")
        assert found == content
        assert "left in your drop box “Taxes of the fox”, signed by nobody" in said
        assert "by fox" in said


def has_mlkem_and_sha3(browser: Fox) -> bool:
    return bool(
        browser.evaluate(
            """async () => {
                const { subtle } = crypto;
                const digests = await subtle.digest("SHA3-256", new Uint8Array()).then(() => true, () => false);
                return digests && "encapsulateBits" in subtle;
            }"""
        )
    )


@pytest.mark.parametrize("width", [320, 1200])
def test_nothing_is_in_the_way_of_anybody(desk: Desk, olga: Person, fox: NewFox, width: int) -> None:
    """axe-core finds nothing in the states that people meet, on a phone and at a desk; nothing is too wide."""
    single = desk.link(desk.send(b"x", "file.txt", comment="A note"))
    folder = desk.link(*desk.send_folder("A folder", {"a.txt": b"1", "b.txt": b"2"}))
    locked, gone = desk.link(desk.send(b"x"), password="p"), desk.link(desk.send(b"x"))
    desk.revoke(gone)
    browser = fox()
    browser.widen(width, 800)
    box = box_of(olga, "--note", "Scans as PDF, please", name=f"Taxes at {width}")
    for url, title in ((folder.url, "A folder"), (locked.url, "Password"), (gone.url, "open"), (box, "Files for")):
        browser.open("about:blank")
        browser.open(url)
        browser.see(title)
        assert_open_to_all_in_firefox(browser)
    browser.open(single.url)
    browser.see("file.txt")
    assert_open_to_all_in_firefox(browser)
    browser.saved()
    browser.see("Saved")
    assert_open_to_all_in_firefox(browser)
    browser.open(f"{desk.server.url}/web/about")
    assert_open_to_all_in_firefox(browser)
