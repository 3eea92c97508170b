"""The page works where the server lies below a path of somebody else's, behind a proxy."""

import secrets
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser

from tests.browser.chromium import WAYS, trusting
from tests.browser.sending import Desk
from tests.services.nginx import SAMPLE, missing, nginx
from tests.support.ports import free_port
from tests.support.server import live_server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(missing() is not None, reason=missing() or ""),
    pytest.mark.skipif(shutil.which("certutil") is None, reason="certutil is not installed (libnss3-tools)"),
]
SUB_PATH = SAMPLE.with_name("sub-path.conf")


@pytest.mark.parametrize("way", ["disk", "stream", "memory"])
def test_a_link_opens_below_a_path(chromium: Browser, tmp_path: Path, way: str) -> None:
    """Scripts, API, the service worker and the page about it lie below the path; nothing beside it is asked for."""
    port, anchor, data = free_port(), "    location = /metrics {", secrets.token_bytes(9 << 20)
    changes = {anchor: f"{SUB_PATH.read_text()}\n{anchor}"}
    with (
        nginx(tmp_path / "nginx", [f"127.0.0.1:{port}"], changes=changes) as front,
        live_server(tmp_path / "data", port=str(port), trusted_proxies="1", workers=1) as server,
        trusting(chromium, front.ca_file, tmp_path / "home") as browser,
    ):
        desk = Desk(server, tmp_path)
        link = desk.link(desk.send(data, "below.bin"), password="p w")
        context = browser.new_context(locale="en-US", accept_downloads=True)
        context.add_init_script(WAYS[way])
        asked: list[str] = []
        context.on("request", lambda each: asked.append(each.url))
        page = context.new_page()
        page.goto(link.url.replace(server.url, f"{front.url}/sealcase"))
        page.fill("#password", "p w")
        page.press("#password", "Enter")
        page.locator("#title", has_text="below.bin").wait_for()
        if way == "disk":
            page.click("#save")
        else:
            with page.expect_download() as coming:
                page.click("#save")
            assert coming.value.path().read_bytes() == data
            wanted = f"{front.url}/sealcase/web/stream/" if way == "stream" else f"blob:{front.url}/"
            assert coming.value.url.startswith(wanted)
        page.locator("#title", has_text="Saved").wait_for()
        about = page.get_attribute("#about", "href")
        assert requests.get(f"{front.url}/sealcase/s/{about}", timeout=30, verify=str(front.ca_file)).ok
        paths = {urlsplit(each).path for each in asked if each.startswith("http")}
        assert paths
        assert all(each.startswith("/sealcase/") for each in paths), paths
