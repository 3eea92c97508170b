"""Somebody's Firefox, and all that it did; in the words in which conftest.py tells of a Chromium."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.chromium import TELLS_POLICY, WAYS
from tests.browser.firefox import SECONDS, Firefox, Tab
from tests.support.waiting import until

_REQUEST = "network.beforeRequestSent"


class Fox(Tab):
    """A page of somebody's, their downloads, and what was complained of."""

    def __init__(self, firefox: Firefox, downloads: Path, way: str, locale: str = "en-US") -> None:
        """`way` is one of `WAYS`: how it can save."""
        self.downloads = downloads
        self.requests: list[str] = []
        """Method and address of each, while they were `watched`."""
        self.referrers: list[str] = []
        self._complaints: list[str] = []
        self._forgiven: list[str] = []
        self.ended: list[Path | None] = []
        """Downloads of Firefox's that are over; None for one that was not carried to its end."""
        firefox.listeners.append(self._heard)
        super().__init__(firefox, downloads, locale=locale, script=WAYS[way] + TELLS_POLICY)

    def close(self) -> None:
        super().close()
        self.firefox.listeners.remove(self._heard)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Notes what is requested. Firefox keeps in memory all that passes meanwhile."""
        subscription = self.firefox.ask("session.subscribe", events=[_REQUEST])["subscription"]
        try:
            yield
        finally:
            self.firefox.ask("session.unsubscribe", subscriptions=[subscription])

    def see(self, text: str) -> None:
        """Waits until the page's head says so."""
        self.see_in("#title", text)

    def see_in(self, selector: str, text: str) -> None:
        shows = "(selector, text) => document.querySelector(selector)?.innerText.includes(text)"
        self.wait(shows, selector, text, what=f"{text!r} in {selector}")

    def saved(self, button: str = "#save") -> tuple[str, bytes]:
        """Clicks, and waits for the file that Firefox puts into its downloads: its name there, and what is in it."""
        before = len(self.whole())
        self.click(button)
        until(lambda: len(self.whole()) > before, "a whole download", SECONDS)
        path = self.whole()[before]
        return path.name, path.read_bytes()

    def whole(self) -> list[Path]:
        """The downloads that were carried to their end, so far."""
        self.evaluate("() => true")  # events are heard with an answer
        return [each for each in self.ended if each is not None]

    def files(self) -> dict[str, int]:
        """What lies among its downloads, and how large it is; unfinished ones aside."""
        return {each.name: each.stat().st_size for each in self.downloads.iterdir() if each.suffix != ".part"}

    def forgive(self, words: str) -> None:
        """Firefox's own report that a download was given up is no complaint about the page, whenever it comes."""
        self._forgiven.append(words)

    @property
    def complaints(self) -> list[str]:
        """What broke the pages' own policy, and errors that nobody caught; without what is forgiven."""
        return [each for each in self._complaints if not any(words in each for words in self._forgiven)]

    @property
    def problem(self) -> str:
        return self.text("#problem")

    def _heard(self, event: str, what: dict[str, Any]) -> None:
        if event == _REQUEST:
            request = what["request"]
            self.requests.append(f"{request['method']} {request['url']}")
            names = {each["name"].lower(): each["value"]["value"] for each in request["headers"]}
            self.referrers.append(names.get("referer", ""))
        elif event == "browsingContext.downloadEnd":
            self.ended.append(Path(what["filepath"]) if what["status"] == "complete" else None)
        elif event == "log.entryAdded" and (what["type"] == "javascript" or "policy" in what["text"]):
            self._complaints.append(what["text"])
