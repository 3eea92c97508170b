"""The page of a drop box where the server lies below a path of somebody else's, and where it is renewed beneath it."""

import re
import secrets
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser

from server.http.web import FOLDER
from tests.browser.boxes import box_of, opened
from tests.browser.conftest import NewVisit
from tests.browser.renewing import with_web_in
from tests.services.nginx import SAMPLE, missing, nginx
from tests.support.people import sign_up
from tests.support.ports import free_port
from tests.support.server import live_server

pytestmark = pytest.mark.slow
SUB_PATH = SAMPLE.with_name("sub-path.conf")


@pytest.mark.skipif(missing() is not None, reason=missing() or "")
def test_files_are_left_below_a_path(chromium: Browser, tmp_path: Path) -> None:
    """Scripts, API and the page about it lie below the path; nothing beside it is asked for."""
    port, anchor, data = free_port(), "    location = /metrics {", secrets.token_bytes(9 << 20)
    changes = {anchor: f"{SUB_PATH.read_text()}\n{anchor}"}
    with (
        nginx(tmp_path / "nginx", [f"127.0.0.1:{port}"], changes=changes) as front,
        live_server(tmp_path / "data", port=str(port), trusted_proxies="1", workers=1) as server,
    ):
        olga = sign_up("olga", server, tmp_path)
        context = chromium.new_context(locale="en-US", ignore_https_errors=True)
        asked: list[str] = []
        context.on("request", lambda each: asked.append(each.url))
        page = context.new_page()
        page.goto(box_of(olga).replace(server.url, f"{front.url}/sealcase"))
        page.locator("#title", has_text="Files for").wait_for()
        page.set_input_files("#input", {"name": "below.bin", "mimeType": "", "buffer": data})
        page.click("#send")
        page.locator("#title", has_text="has arrived").wait_for(timeout=120_000)
        assert opened(olga, "below.bin", tmp_path / "found")[0] == data
        about = page.get_attribute("#about", "href")
        assert page.request.get(f"{front.url}/sealcase/d/{about}").ok
        paths = {urlsplit(each).path for each in asked if each.startswith("http")}
        assert len(paths) > 20
        assert all(each.startswith("/sealcase/") for each in paths), paths
        context.close()


def test_an_old_page_outlives_a_new_server(chromium: Browser, visit: NewVisit, tmp_path: Path) -> None:
    """A page that was opened before an upgrade goes on to send after it, and asks for none of the old files."""
    port = str(free_port())
    with live_server(tmp_path / "data", workers=1, port=port) as old:
        olga = sign_up("olga", old, tmp_path)
        url, browser = box_of(olga), visit()
        browser.open(url)
        browser.see("Files for")
        browser.page.wait_for_load_state("networkidle")
        before = requests.get(url.partition("#")[0], timeout=30).text
    renewed = tmp_path / "renewed"
    shutil.copytree(FOLDER, renewed)
    (renewed / "js" / "bytes.js").write_text((FOLDER / "js" / "bytes.js").read_text() + "// renewed\n")
    with live_server(tmp_path / "data", workers=1, port=port, inside=with_web_in(renewed)) as new:
        assert requests.get(url.partition("#")[0], timeout=30).text != before
        asked = len(browser.requests)
        browser.leave(("late.txt", b"from before"))
        assert not [each for each in browser.requests[asked:] if each.endswith((".js", ".css"))]
        assert opened(olga, "late.txt", tmp_path / "found")[0] == b"from before"
        for address in re.findall(r'(?:href|src)="\.\./(web/[0-9a-f]{16}/[^"]+)"', before):
            answer = requests.get(f"{new.url}/{address}", timeout=30)  # a page that is just being loaded
            assert answer.ok
            assert answer.headers["Cache-Control"] == "no-store"
