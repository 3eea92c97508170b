"""Somebody's Firefox, and all that it did; in the words in which conftest.py tells of a Chromium."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.chromium import TELLS_POLICY, WAYS
from tests.browser.firefox import SECONDS, Firefox, Tab
from tests.support.waiting import until


@dataclass(frozen=True, slots=True)
class Ended:
    """A download of Firefox's that is over. `path` is None where it was not carried to its end."""

    path: Path | None


class Fox(Tab):
    """Open while it is used as a context."""

    def __init__(self, firefox: Firefox, downloads: Path, way: str, locale: str = "en-US") -> None:
        """`way` is one of `WAYS`: how it can save."""
        self.downloads = downloads
        self.requests: list[str] = []
        """Method and address of each."""
        self.referrers: list[str] = []
        self.complaints: list[str] = []
        """What broke the pages' own policy, and errors that nobody caught."""
        self.ended: list[Ended] = []
        firefox.listeners.append(self._heard)
        super().__init__(firefox, downloads, locale=locale, script=WAYS[way] + TELLS_POLICY)

    def close(self) -> None:
        super().close()
        self.firefox.listeners.remove(self._heard)

    def see(self, text: str) -> None:
        """Waits until the page's head says so."""
        self.see_in("#title", text)

    def see_in(self, selector: str, text: str) -> None:
        shows = "(selector, text) => document.querySelector(selector)?.innerText.includes(text)"
        self.wait(shows, selector, text, what=f"{text!r} in {selector}")

    def saved(self, button: str = "#save") -> tuple[str, bytes]:
        """Clicks, and waits for the file that Firefox puts into its downloads: its name there, and what is in it."""
        before = len(self.ended)
        self.click(button)
        path = self.end_of_download(before).path
        assert path is not None
        return path.name, path.read_bytes()

    def end_of_download(self, before: int) -> Ended:
        """Waits until one more download is over than there were."""
        until(lambda: self.evaluate("() => true") and len(self.ended) > before, "an end of the download", SECONDS)
        return self.ended[before]

    def files(self) -> dict[str, int]:
        """What lies among its downloads, and how large it is; unfinished ones aside."""
        return {each.name: each.stat().st_size for each in self.downloads.iterdir() if each.suffix != ".part"}

    @property
    def problem(self) -> str:
        return self.text("#problem")

    def _heard(self, event: str, what: dict[str, Any]) -> None:
        if event == "network.beforeRequestSent":
            request = what["request"]
            self.requests.append(f"{request['method']} {request['url']}")
            names = {each["name"].lower(): each["value"]["value"] for each in request["headers"]}
            self.referrers.append(names.get("referer", ""))
        elif event == "browsingContext.downloadEnd":
            whole = what["status"] == "complete"
            self.ended.append(Ended(Path(what["filepath"]) if whole else None))
        elif event == "log.entryAdded" and (what["type"] == "javascript" or "policy" in what["text"]):
            self.complaints.append(what["text"])
