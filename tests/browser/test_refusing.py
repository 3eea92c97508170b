"""What is not as it was sealed is refused, and nothing is saved; what goes away midway is told."""

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Download

from tests.browser.conftest import NewVisit, Visit
from tests.browser.sending import Desk, Sent
from tests.hostile.cheat import Cheat, cheating
from tests.support.network import Answer, Wire, wire_to

pytestmark = pytest.mark.slow
PART = 8 << 20
NO_TIME = 10  # seconds: a line that is dead is found out after thirty
SLOWLY = 120
Harm = Callable[[Path], None]


def flip_last_byte(body: Path) -> None:
    with body.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))


def swap_parts(body: Path) -> None:
    raw = body.read_bytes()
    part = PART + 56 + 16 * (PART // 16_384 + 1)
    body.write_bytes(raw[part : 2 * part] + raw[:part] + raw[2 * part :])


@pytest.mark.parametrize("way", ["disk", "stream"])
@pytest.mark.parametrize("harm", [flip_last_byte, swap_parts])
def test_an_altered_part_is_refused(desk: Desk, visit: NewVisit, harm: Harm, way: str) -> None:
    """By a byte, or by two parts in each other's place: nothing is saved."""
    sent = desk.send(secrets.token_bytes(2 * PART + 99), "plan.bin")
    link = desk.link(sent)
    harm(desk.blob(sent))
    browser = visit(way)
    browser.open(link.url)
    browser.see("plan.bin")
    saves_nothing(browser, way)
    assert "not what the sender sealed" in browser.problem
    assert "Nothing was kept" in browser.problem


@pytest.mark.parametrize("length", [0, 1_000, PART])
def test_a_body_that_was_cut_is_never_a_shorter_file(desk: Desk, visit: NewVisit, length: int) -> None:
    """The server has lost the end, and calls what it has all there is: no file, and no word of success."""
    link = desk.link(desk.send(secrets.token_bytes(2 * PART), "cut.bin"))
    with cheating(desk.server) as cheat:
        cheat.instead("GET", "/links/.*/content", Answer(206, bytes(length)))
        browser = visit("disk")
        browser.open(at(cheat, desk, link.url))
        browser.see("cut.bin")
        saves_nothing(browser, "disk")
        assert "not what the sender sealed" in browser.problem


def test_a_body_of_which_the_server_has_lost_bytes(desk: Desk, visit: NewVisit) -> None:
    """Said at once, with whom to tell, and not tried again for ten minutes; it uses nothing up."""
    sent = desk.send(secrets.token_bytes(PART + 99), "lost.bin")
    link = desk.link(sent, download_limit=1)
    body = desk.blob(sent)
    os.truncate(body, body.stat().st_size - 1)
    browser = visit("disk")
    browser.open(link.url)
    browser.see("lost.bin")
    saves_nothing(browser, "disk")
    assert "copy of this file is damaged" in browser.problem
    assert "tell whoever runs this server" in browser.problem


def test_what_is_taken_back_midway_is_told(desk: Desk, visit: NewVisit) -> None:
    """The parts that had arrived are no file."""
    sent = desk.send(secrets.token_bytes(6 * PART), "regret.bin")
    link = desk.link(sent)
    with wire_to(desk.server.url) as wire:
        wire.cut_down_after = 4 << 20
        browser = visit("disk")
        browser.open(at(wire, desk, link.url))
        browser.see("regret.bin")
        browser.page.click("#save")
        browser.page.locator("#rate", has_text="network is away").wait_for()
        desk.revoke(link)
        browser.see("could not be saved")
    assert "taken this link back" in browser.problem
    assert browser.on_disk() == {}


@pytest.mark.parametrize("way", ["disk", "stream"])
def test_a_network_that_comes_back_is_waited_for(desk: Desk, visit: NewVisit, way: str) -> None:
    """It goes on where it was: what had arrived does not travel again."""
    data = secrets.token_bytes(6 * PART)
    link = desk.link(desk.send(data, "far.bin"), download_limit=1)
    with wire_to(desk.server.url) as wire:
        wire.cut_down_after, wire.trouble_ends_after = 5 << 20, 3
        browser = visit(way)
        browser.open(at(wire, desk, link.url))
        browser.see("far.bin")
        if way == "disk":
            browser.page.click("#save")
        else:
            assert browser.save() == data
        browser.see("Saved")
        assert wire.troubles >= 1
        assert wire.passed_down < 2 * len(data)
    desk.until_counted(link)


def test_cancelling_takes_no_time_where_nothing_gets_through(desk: Desk, visit: NewVisit) -> None:
    """While a place is asked for, and while the word that it is free stands still: the page waits for neither."""
    link = desk.link(desk.send(secrets.token_bytes(PART), "stuck.bin"), download_limit=1)
    with wire_to(desk.server.url) as wire:
        browser = visit("disk")
        browser.open(at(wire, desk, link.url))
        browser.see("stuck.bin")
        wire.stall_up_after = 0
        wire.break_all()
        browser.page.click("#save")
        browser.see("Saving")
        browser.page.click("#cancel")
        browser.see("Cancelled", seconds=NO_TIME)
        wire.stall_up_after, wire.stall_down_after = None, 1 << 20
        wire.break_all()
        browser.page.click("#save")
        browser.page.locator("#amount", has_text=re.compile(r"[1-9]\d*\s.iB of")).wait_for()
        wire.stall_up_after = 0
        browser.page.click("#cancel")
        browser.see("Cancelled", seconds=NO_TIME)
        assert browser.on_disk() == {}
        wire.stall_up_after = wire.stall_down_after = None
        wire.break_all()
        browser.page.click("#save")
        browser.see("Saved", seconds=SLOWLY)
        assert browser.problem == ""
    desk.until_counted(link)


def test_a_link_that_did_not_open_just_now_is_tried_again(desk: Desk, visit: NewVisit) -> None:
    """With the key that has left the address bar: a failure that passes costs nobody the link."""
    link = desk.link(desk.send(b"x", "patient.txt"))
    browser = visit()
    browser.page.route("**/open", lambda route: route.abort())
    browser.open(link.url)
    browser.see("does not open")
    assert "can’t be reached" in browser.problem
    browser.page.unroute_all()
    browser.page.route("**/open", lambda route: route.fulfill(status=503, body="a proxy's page"))
    browser.page.click("#problem button")
    browser.page.locator("#problem p", has_text="could not do it just now").wait_for()
    browser.page.unroute_all()
    browser.page.click("#problem button")
    browser.see("patient.txt")
    assert browser.problem == ""
    assert browser.save() == b"x"


def test_a_password_can_be_given_again_when_the_network_is_back(desk: Desk, visit: NewVisit) -> None:
    """The form stays, with what was typed; so it does where there were too many tries."""
    link = desk.link(desk.send(b"x", "patient.txt"), password="p w")
    browser = visit()
    browser.page.route("**/open", lambda route: route.abort())
    browser.open(link.url)
    browser.see("Password")
    browser.page.fill("#password", "p w")
    browser.page.click("#ask .main")
    browser.page.locator("#problem p", has_text="can’t be reached").wait_for()
    browser.page.unroute_all()
    too_many = {"status": 429, "headers": {"Retry-After": "7"}, "body": '{"code": "too_many"}'}
    browser.page.route("**/open", lambda route: route.fulfill(**too_many))
    browser.page.click("#ask .main")
    browser.page.locator("#problem p", has_text="Wait 7 seconds").wait_for()
    browser.page.unroute_all()
    browser.page.click("#ask .main")
    browser.see("patient.txt")


def test_links_that_are_none_any_more_say_so(desk: Desk, visit: NewVisit) -> None:
    """Taken back, deleted, never made: each in its own words, and only to whoever has the key."""
    sent = desk.send(b"x", "gone.txt")
    revoked, deleted = desk.link(sent), desk.link(desk.send(b"x"))
    desk.revoke(revoked)
    browser = visit()
    browser.open(revoked.url)
    browser.see("does not open")
    assert "taken this link back" in browser.problem
    browser.open(deleted.url.partition("#")[0] + "#" + revoked.url.partition("#")[2])
    browser.see("not complete")
    unknown = desk.link(desk.send(b"x"), password="p")
    browser.open(unknown.url.removesuffix(".p"))  # without the password, the door stays shut
    browser.see("does not open")
    assert "no such link" in browser.problem


def test_a_hostile_name_never_becomes_one(desk: Desk, visit: NewVisit) -> None:
    """`../../evil` is saved under a name of ours, and the page says so."""
    browser = visit()
    browser.open(desk.link(desk.send(b"x", "../../.bashrc")).url)
    browser.see("../../.bashrc")
    assert "could do harm" in browser.page.inner_text("#how")
    assert browser.saved() == ("sealcase-file", b"x")


def test_a_hostile_path_never_gets_into_an_archive(desk: Desk, visit: NewVisit) -> None:
    """Of such a folder there is no archive; its files can be saved one by one."""
    browser = visit()
    browser.open(desk.link(*desk.send_folder("Trip", {"../../evil.txt": b"x", "good.txt": b"y"})).url)
    browser.see("Trip")
    assert browser.page.is_disabled("#save")
    assert browser.saved('button[aria-label="Save good.txt"]') == ("good.txt", b"y")


def test_a_server_that_keeps_a_file_of_a_folder_back_is_found_out(desk: Desk, visit: NewVisit) -> None:
    """The sealed list says what belongs to it: an archive without it is not called the folder."""
    listing, first, _second = desk.send_folder("Trip", {"a.txt": b"1", "b.txt": b"2"})
    browser = visit("disk")
    browser.open(desk.link(listing, first).url)
    browser.see("Trip")
    saves_nothing(browser, "disk")
    assert "not there any more" in browser.problem


def test_a_file_of_another_place_is_not_taken_for_one_of_the_folder(desk: Desk, visit: NewVisit) -> None:
    """Even where it is the sender's own: it says of itself that it belongs elsewhere."""
    stray = desk.send(b"2", "b.txt", path="Other/b.txt")
    listing = list_of(desk, "Trip", {"b.txt": stray})
    browser = visit("disk")
    browser.open(desk.link(listing, stray).url)
    browser.see("Trip")
    saves_nothing(browser, "disk")
    assert "not what the sender sealed" in browser.problem


def list_of(desk: Desk, name: str, files: dict[str, Sent]) -> Sent:
    from client.actions.folder_list import MEDIA_TYPE, FolderList, ListedFile

    listed = tuple(ListedFile(path, each.file_id, each.size) for path, each in files.items())
    return desk.send(FolderList(name, listed).encode(), name, media_type=MEDIA_TYPE)


def saves_nothing(browser: Visit, way: str) -> None:
    """A click on Save ends with a problem, and with no file."""
    if way == "disk":
        browser.page.click("#save")
        browser.see("could not be saved")
        assert browser.on_disk() == {}
    else:
        begun: list[Download] = []
        browser.page.on("download", lambda each: begun.append(each))
        browser.page.click("#save")
        browser.see("could not be saved")
        assert all(each.failure() for each in begun)  # none at all, if no part was right


def at(between: Wire | Cheat, desk: Desk, url: str) -> str:
    return url.replace(desk.server.url, between.url)
