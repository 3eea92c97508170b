"""One server, one Chromium, one Firefox, and somebody who sends, for all tests; a page of its own for each."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Download, Page

from tests.browser import chromium as browsers
from tests.browser import firefox as firefoxes
from tests.browser.fox import Fox
from tests.browser.sending import Desk
from tests.support.people import Person, sign_up
from tests.support.server import LiveServer, live_server

SECONDS = 30


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("pages") / "data", workers=1, log_level="INFO") as server:
        yield server


@pytest.fixture(scope="session")
def desk(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(server, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def olga(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody with keys, who has drop boxes."""
    return sign_up("olga", server, tmp_path_factory.mktemp("olga"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    try:
        with browsers.chromium() as browser:
            yield browser
    except browsers.NoChromium as error:
        pytest.skip(str(error))


@dataclass
class Visit:
    """Somebody's browser, and all that it did."""

    page: Page
    context: BrowserContext
    folder: Path
    requests: list[str] = field(default_factory=list)
    """Method and address of each."""
    referrers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What broke the pages' own policy, and errors that nobody caught."""

    def heard(self, message: ConsoleMessage) -> None:
        if "policy" in message.text.lower():
            self.complaints.append(message.text)

    def open(self, url: str) -> None:
        self.page.goto(url)

    def see(self, text: str, seconds: float = SECONDS) -> None:
        """Waits until the page's head says so: "Saved" is not in "could not be saved"."""
        self.page.locator("#title", has_text=re.compile(re.escape(text))).wait_for(timeout=seconds * 1000)

    def save(self, button: str = "#save") -> bytes:
        """Clicks, and waits for the file that the browser puts into its downloads."""
        return self.saved(button)[1]

    def saved(self, button: str = "#save") -> tuple[str, bytes]:
        with self.page.expect_download(timeout=SECONDS * 1000) as coming:
            self.page.click(button)
        download: Download = coming.value
        target = self.folder / "download"
        download.save_as(target)
        return download.suggested_filename, target.read_bytes()

    def choose(self, *files: Path | tuple[str, bytes]) -> None:
        """Chooses files of this machine, or some that are made up, in the page of a drop box."""
        made_up = [
            each if isinstance(each, Path) else {"name": each[0], "mimeType": "", "buffer": each[1]} for each in files
        ]
        with self.page.expect_file_chooser() as asked:
            self.page.click("#choose")
        asked.value.set_files(made_up)  # type: ignore[arg-type]

    def leave(self, *files: Path | tuple[str, bytes], says: str = "arrived") -> None:
        """Chooses files, sends them, and waits until the page's head says so."""
        self.choose(*files)
        self.page.click("#send")
        self.see(says)

    @property
    def problem(self) -> str:
        return self.page.inner_text("#problem")

    def on_disk(self) -> dict[str, str]:
        """What lies behind the dialog's stand-in: names, and the SHA-256 of what is in them."""
        found: dict[str, str] = self.page.evaluate(
            """async () => {
                const found = {};
                for await (const [name, handle] of await navigator.storage.getDirectory()) {
                    const hash = await crypto.subtle.digest("SHA-256", await (await handle.getFile()).arrayBuffer());
                    found[name] = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
                }
                return found;
            }"""
        )
        return found


NewVisit = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser, tmp_path: Path) -> Iterator[NewVisit]:
    """Opens browsers of strangers; `way` is how they can save. At the end, none of their pages complained."""
    visits: list[Visit] = []

    def begin(way: str = "stream", *, tolerant: bool = False, **options: object) -> Visit:
        context = chromium.new_context(**{"locale": "en-US", "accept_downloads": True, **options})  # type: ignore[arg-type]
        context.add_init_script(browsers.WAYS[way] + browsers.TELLS_POLICY)
        visit = Visit(context.new_page(), context, tmp_path)
        visit.page.set_default_timeout(SECONDS * 1000)
        visit.page.on("filechooser", lambda _: None)  # from the first on: a chooser that comes before that is lost
        context.on("request", lambda each: visit.requests.append(f"{each.method} {each.url}"))
        context.on("request", lambda each: visit.referrers.append(each.headers.get("referer", "")))
        context.on("weberror", lambda each: visit.complaints.append(str(each.error)))
        context.on("console", visit.heard)
        if not tolerant:
            visits.append(visit)
        return visit

    yield begin
    for each in visits:
        assert each.complaints == []
    for context in chromium.contexts:
        context.close()


NewFox = Callable[..., Fox]


@pytest.fixture(scope="session")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[firefoxes.Firefox]:
    try:
        with firefoxes.firefox(tmp_path_factory.mktemp("firefox")) as running:
            yield running
    except firefoxes.NoFirefox as error:
        pytest.skip(str(error))


@pytest.fixture
def fox(firefox: firefoxes.Firefox, tmp_path: Path) -> Iterator[NewFox]:
    """As `visit`, in Firefox."""
    foxes: list[Fox] = []

    def begin(way: str = "stream", **options: str) -> Fox:
        downloads = tmp_path / f"downloads-{len(foxes)}"
        downloads.mkdir()
        foxes.append(Fox(firefox, downloads, way, **options))
        return foxes[-1]

    yield begin
    for each in foxes:
        each.close()
    for each in foxes:
        assert each.complaints == []
