"""The page works where the server lies below a path of somebody else's, behind a proxy."""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import WAYS
from tests.browser.sending import Desk
from tests.services.nginx import SAMPLE, missing, nginx
from tests.support.ports import free_port
from tests.support.server import live_server

pytestmark = [pytest.mark.slow, pytest.mark.skipif(missing() is not None, reason=missing() or "")]
SUB_PATH = SAMPLE.with_name("sub-path.conf")


@pytest.mark.parametrize("way", ["disk", "memory"])
def test_a_link_opens_below_a_path(chromium: Browser, tmp_path: Path, way: str) -> None:
    """Scripts, API and the page about it lie below the path; nothing beside it is asked for.

    Not the way through a service worker: with this certificate, which the browser only overlooks, it registered none.
    """
    port, anchor, data = free_port(), "    location = /metrics {", secrets.token_bytes(9 << 20)
    changes = {anchor: f"{SUB_PATH.read_text()}\n{anchor}"}
    with (
        nginx(tmp_path / "nginx", [f"127.0.0.1:{port}"], changes=changes) as front,
        live_server(tmp_path / "data", port=str(port), trusted_proxies="1", workers=1) as server,
    ):
        desk = Desk(server, tmp_path)
        link = desk.link(desk.send(data, "below.bin"), password="p w")
        context = chromium.new_context(locale="en-US", accept_downloads=True, ignore_https_errors=True)
        context.add_init_script(WAYS[way])
        asked: list[str] = []
        context.on("request", lambda each: asked.append(each.url))
        page = context.new_page()
        page.goto(link.url.replace(server.url, f"{front.url}/sealcase"))
        page.fill("#password", "p w")
        page.press("#password", "Enter")
        page.locator("#title", has_text="below.bin").wait_for()
        if way == "memory":
            with page.expect_download() as coming:
                page.click("#save")
            assert coming.value.path().read_bytes() == data
        else:
            page.click("#save")
        page.locator("#title", has_text="Saved").wait_for()
        about = page.get_attribute("#about", "href")
        assert page.request.get(f"{front.url}/sealcase/s/{about}").ok
        paths = {urlsplit(each).path for each in asked if each.startswith("http")}
        assert paths
        assert all(each.startswith("/sealcase/") for each in paths), paths
        context.close()
