"""Boxes that do not open, servers that cheat, and limits: said in plain words, nothing is sent amiss."""

import secrets
from pathlib import Path

import pytest

from shared.crypto.identity import Identity
from shared.sealed.encoding import b64u
from tests.browser.boxes import box_of, closed, received
from tests.browser.chromium import WITHOUT_ED25519
from tests.browser.conftest import NewVisit
from tests.hostile.cheat import cheating, edited
from tests.support.network import Answer
from tests.support.people import Person
from tests.support.server import LiveServer

pytestmark = pytest.mark.slow
PART = 8 << 20


@pytest.mark.parametrize(
    "lie", ["another's card", "the owner's keys in another's card", "altered", "signed by another"]
)
def test_a_swapped_card_is_refused(server: LiveServer, olga: Person, visit: NewVisit, lie: str) -> None:
    """Whoever has the address knows whose key is right. Nothing can be chosen, and nothing is sent."""
    url = box_of(olga)
    mallory = Identity.create(olga.email, 2048)

    def swap(box: dict[str, object]) -> None:
        if lie == "altered":
            box["card"] = str(box["card"])[:-4] + "AAAA"
        elif lie == "the owner's keys in another's card":
            forged = mallory.card.raw.replace(b64u(mallory.card.signing_key).encode(), url[-43:].encode())
            box.update(card=b64u(forged), signature=b64u(mallory.card_signature))
        elif lie == "signed by another":
            box["signature"] = b64u(mallory.card_signature)
        else:
            box.update(card=b64u(mallory.card.raw), signature=b64u(mallory.card_signature))

    with cheating(server) as cheat:
        cheat.lie("GET", r"/boxes/.*/open", edited(swap))
        browser = visit()
        browser.open(url.replace(server.url, cheat.url))
        browser.see("does not open")
        assert "not those of this drop box’s owner" in browser.problem
        assert browser.page.is_hidden("#leave")
        assert cheat.changes() == []


def test_without_ed25519_nothing_can_be_left(olga: Person, visit: NewVisit) -> None:
    """The browser could not tell whose card it is: it says so, and does not ask the server for anything."""
    browser = visit()
    browser.context.add_init_script(WITHOUT_ED25519)
    browser.open(box_of(olga))
    browser.see("does not open")
    assert "lacks Ed25519" in browser.problem
    assert browser.page.is_hidden("#leave")
    assert not [each for each in browser.requests if "/boxes/" in each]


def test_one_that_does_not_fit_keeps_nobody_from_the_next(olga: Person, visit: NewVisit) -> None:
    """Said before anything is sent; who sends all the same, is told which one the box did not take."""
    browser = visit()
    browser.open(box_of(olga, "--max-size", "100K"))
    browser.see("Files for")
    browser.choose(("large.bin", bytes(200_000)), ("small.bin", bytes(1_000)))
    assert "has room for 97.7" in browser.problem.replace("\u00a0", " ")
    browser.page.click("#send")
    browser.see("1 of 2 files have arrived")
    assert "no room left for this file" in browser.page.inner_text("li.failed")
    assert browser.page.inner_text("li.sent .mark") == "arrived"
    assert "small.bin" in received(olga)
    assert "large.bin" not in received(olga)


def test_a_full_box_says_so_and_takes_nothing(olga: Person, visit: NewVisit) -> None:
    """Also where it became full while somebody was choosing."""
    url = box_of(olga, "--max-files", "1")
    late, browser = visit(), visit()
    for each in (late, browser):
        each.open(url)
        each.see("Files for")
    browser.leave(("only.txt", b"x"))
    late.leave(("late.txt", b"x"), says="Nothing has arrived")
    assert "no room left" in late.page.inner_text("li.failed")
    late.page.locator("#problem", has_text="is full").wait_for()
    browser.open("about:blank")
    browser.open(url)
    browser.see("Files for")
    assert "is full" in browser.problem
    assert browser.page.is_hidden("#zone")


def test_boxes_that_are_over_say_so(olga: Person, visit: NewVisit) -> None:
    """Closed, never made, half an address, a wrong password left out: each in its own words."""
    url, other = box_of(olga), box_of(olga)
    browser = visit()
    browser.open(url)
    browser.see("Files for")
    closed(olga, url)
    browser.leave(("late.txt", b"x"), says="Nothing has arrived")
    assert "closed this drop box" in browser.page.inner_text("li.failed")
    for address, title, problem in (
        (url, "does not open", "closed this drop box"),
        (url.partition("#")[0] + "#" + other.partition("#")[2], "not complete", "no such drop box"),
        (url.partition("#")[0], "not complete", ""),
        (other[:-1], "not complete", "no such drop box"),
    ):
        browser.open("about:blank")
        browser.open(address)
        browser.see(title)
        assert problem in browser.problem
    browser.page.fill("#whole", other)
    browser.page.click("#paste .main")
    browser.see("Files for")


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (413, "too_large", "takes no files as large"),
        (507, "storage_full", "no room left just now"),
        (410, "expired", "has expired"),
    ],
)
def test_what_the_server_refuses_is_said(
    server: LiveServer, olga: Person, visit: NewVisit, status: int, code: str, says: str
) -> None:
    """In words, and at once: none of it is waited for."""
    with cheating(server) as cheat:
        problem = f'{{"code": "{code}"}}'.encode()
        refusal = Answer(status, problem, {"Content-Type": "application/problem+json"})
        cheat.instead("POST", r"/boxes/.*/uploads$", refusal)
        browser = visit()
        browser.open(box_of(olga).replace(server.url, cheat.url))
        browser.see("Files for")
        browser.leave(("any.txt", b"x"), says="Nothing has arrived")
    assert says in browser.page.inner_text("li.failed")


def test_a_part_that_an_earlier_try_overwrote_is_sent_again(
    server: LiveServer, olga: Person, visit: NewVisit, tmp_path: Path
) -> None:
    """A try that was given up may arrive after the one that followed it: the file is complete all the same."""
    from tests.browser.boxes import opened

    path, data = tmp_path / "twice.bin", secrets.token_bytes(PART + 1_000)
    path.write_bytes(data)
    with cheating(server) as cheat:
        failed = []

        def once(asked: object, truth: Answer) -> Answer:
            failed.append(asked)
            problem = b'{"code": "digest_mismatch"}'
            return truth if len(failed) > 1 else Answer(422, problem, {"Content-Type": "application/problem+json"})

        cheat.lie("POST", r"/boxes/.*/complete", once)
        browser = visit()
        browser.open(box_of(olga).replace(server.url, cheat.url))
        browser.see("Files for")
        browser.leave(path)
        assert len(failed) == 2
    assert opened(olga, "twice.bin", tmp_path / "found")[0] == data


def test_a_file_that_changes_while_it_is_sent_is_refused(olga: Person, visit: NewVisit, tmp_path: Path) -> None:
    """Half of the one and half of the other is no file; the others arrive."""
    path, good = tmp_path / "changing.txt", tmp_path / "good.txt"
    path.write_bytes(b"before")
    good.write_bytes(b"good")
    browser = visit()
    browser.open(box_of(olga))
    browser.see("Files for")
    browser.choose(path, good)
    path.write_bytes(b"something else, and longer")
    browser.page.click("#send")
    browser.see("1 of 2 files have arrived")
    assert "was changed or moved" in browser.page.inner_text("li.failed")
    assert "changing.txt" not in received(olga)


@pytest.mark.parametrize("password", [None, "p w of this box"])
def test_a_box_that_did_not_open_just_now_is_tried_again(
    olga: Person, visit: NewVisit, tmp_path: Path, password: str | None
) -> None:
    """With the keys that have left the address bar, and with the password that was typed."""
    secret = tmp_path / "password"
    secret.write_text(password or "")
    browser = visit()
    browser.page.route("**/open", lambda route: route.abort())
    browser.open(box_of(olga, "--password-file", secret) if password else box_of(olga))
    if password:
        browser.see("Password")
        browser.page.fill("#password", password)
        browser.page.click("#ask .main")
    browser.page.locator("#problem p", has_text="can’t be reached").wait_for()
    browser.page.unroute_all()
    browser.page.click("#ask .main" if password else "#problem button")
    browser.see("Files for")
    assert browser.problem == ""
    assert browser.page.is_visible("#choose")
