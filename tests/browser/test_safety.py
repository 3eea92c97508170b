"""The page against those who send hostile texts, frame it, listen, or renew the server beneath it."""

import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, expect

from server.http.web import FOLDER
from tests.browser.conftest import NewVisit
from tests.browser.renewing import with_web_in
from tests.browser.sending import Desk
from tests.support.network import Answer, web_server
from tests.support.ports import free_port
from tests.support.server import live_server

pytestmark = pytest.mark.slow
MARKUP = "<img src=x onerror=document.title='pwned'><script>document.title='pwned'</script>"


def test_markup_in_names_notes_and_addresses_stays_text(desk: Desk, visit: NewVisit) -> None:
    """Whoever sends can't run anything in the page, whatever they put where; nor fake what is read."""
    browser = visit()
    evil = desk.send(b"x", MARKUP, comment=f"{MARKUP}\n\u202eexe.fdp")
    one, many = desk.link(evil), desk.link(evil, evil_twin := desk.send(b"y", f"2{MARKUP}"))
    assert evil_twin.name
    browser.page.route(
        "**/open",
        lambda route: route.fulfill(json={**route.fetch().json(), "from_email": f"{MARKUP}@example.org"}),
    )
    browser.open(one.url)
    browser.see("onerror")
    assert MARKUP in browser.page.inner_text("#note")
    assert "\u202e" not in browser.page.content()
    assert MARKUP in browser.page.inner_text("#facts")
    browser.open(many.url)
    browser.see("2 files")
    assert MARKUP in browser.page.inner_text("#files")
    assert browser.page.locator("main img, main script").count() == 0
    assert browser.page.title() != "pwned"


def test_nothing_goes_anywhere_else_and_the_key_goes_nowhere(desk: Desk, visit: NewVisit) -> None:
    """One host is asked; neither the key nor the password is in a request, a Referer or the server's log."""
    link = desk.link(desk.send(b"secret content", "a.txt"), password="open sesame")
    browser = visit()
    bodies: list[str] = []
    browser.context.on("request", lambda each: bodies.append(f"{each.all_headers()} {each.post_data}"))
    browser.open(link.url)
    browser.see("Password")
    browser.page.fill("#password", "open sesame")
    browser.page.click("#ask .main")
    browser.see("a.txt")
    browser.save()
    browser.see("Saved")
    browser.page.click("#about")
    browser.page.wait_for_event("popup") if len(browser.context.pages) == 1 else None
    host = urlsplit(desk.server.url).netloc
    assert {urlsplit(each.split(" ", 1)[1]).netloc for each in browser.requests} == {host}
    assert set(browser.referrers) == {""}
    key = link.url.partition("#")[2].removesuffix(".p")
    said = "\n".join([*browser.requests, *bodies, *desk.server.lines])
    assert f"/s/{link.link_id}" in said
    assert key not in said
    assert key[:20] not in said
    assert "sesame" not in said
    assert browser.page.evaluate("location.href") == link.url.partition("#")[0]


def test_the_page_is_the_same_for_every_link(desk: Desk) -> None:
    """Live, revoked, made up: the same bytes and headers; HEAD does no harm, and nothing counts."""
    live, dead = desk.link(desk.send(b"x")), desk.link(desk.send(b"x"))
    desk.revoke(dead)
    answers = [
        requests.request(method, f"{desk.server.url}/s/{link_id}", timeout=30)
        for method in ("GET", "HEAD")
        for link_id in (live.link_id, dead.link_id, "A" * 43)
    ]
    own = ("Date", "X-Request-Id")
    seen = [{name: value for name, value in each.headers.items() if name not in own} for each in answers]
    assert all(each.status_code == 200 for each in answers)
    assert all(each == seen[0] for each in seen)
    assert len({each.content for each in answers[:3]}) == 1
    assert {each.content for each in answers[3:]} == {b""}
    assert desk.downloads(live) == 0


def test_its_policy_allows_exactly_what_it_needs(desk: Desk) -> None:
    """No inline script or style, no other host, no frame around it, no Referer, no cookie."""
    answer = requests.get(f"{desk.server.url}/s/{'A' * 43}", timeout=30)
    policy = dict(each.strip().split(" ", 1) for each in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert {policy[each] for each in policy if each.endswith("-src") and each != "default-src"} == {"'self'"}
    assert policy["require-trusted-types-for"] == "'script'"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Set-Cookie" not in answer.headers
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", answer.text)


@pytest.mark.parametrize("path", ["s", "d"])
def test_another_site_can_not_frame_it(desk: Desk, visit: NewVisit, path: str) -> None:
    """Clickjacking, of links and of drop boxes: what a frame shows is the browser's refusal."""
    url = f"{desk.server.url}/{path}/{'A' * 43}#{'A' * 43}"
    frame = f'<iframe id="victim" src="{url}" width="600" height="600"></iframe>'.encode()
    with web_server(lambda _: Answer(200, frame, {"Content-Type": "text/html"})) as (site, _):
        browser = visit(tolerant=True)
        browser.open(site)
        victim = browser.page.frame_locator("#victim")
        expect(victim.locator("#title")).to_have_count(0)
        assert [each for each in browser.page.frames if each.url.startswith("chrome-error:")]


def test_an_old_page_outlives_a_new_server(
    chromium: Browser, visit: NewVisit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that was opened before an upgrade goes on to save after it, and asks for none of the old files."""
    port = str(free_port())
    with live_server(tmp_path / "data", workers=1, port=port) as old:
        desk = Desk(old, tmp_path)
        link = desk.link(desk.send(b"from before", "old.txt"))
        folder = desk.link(*desk.send_folder("Before", {"a.txt": b"a"}), password="p w")
        browser, asked_for_password = visit(), visit()
        browser.open(link.url)
        browser.see("old.txt")
        asked_for_password.open(folder.url)
        asked_for_password.see("Password")
        asked_for_password.page.wait_for_load_state("networkidle")
        before = requests.get(f"{old.url}/s/{link.link_id}", timeout=30).text
    renewed = tmp_path / "renewed"
    shutil.copytree(FOLDER, renewed)
    (renewed / "js" / "bytes.js").write_text((FOLDER / "js" / "bytes.js").read_text() + "// renewed\n")
    with live_server(tmp_path / "data", workers=1, port=port, inside=with_web_in(renewed)) as new:
        after = requests.get(f"{new.url}/s/{link.link_id}", timeout=30).text
        assert before != after
        asked = len(browser.requests)
        assert browser.save() == b"from before"
        browser.see("Saved")
        assert not [each for each in browser.requests[asked:] if each.endswith((".js", ".css"))]
        asked = len(asked_for_password.requests)
        asked_for_password.page.fill("#password", "p w")
        asked_for_password.page.press("#password", "Enter")
        asked_for_password.see("Before")
        assert asked_for_password.saved()[0] == "Before.zip"
        assert not [each for each in asked_for_password.requests[asked:] if each.endswith((".js", ".css"))]
        for address in re.findall(r'(?:href|src)="\.\./(web/[0-9a-f]{16}/[^"]+)"', before):
            answer = requests.get(f"{new.url}/{address}", timeout=30)  # a page that is just being loaded
            assert answer.ok
            assert answer.headers["Cache-Control"] == "no-store"
