"""Chromium without a test driver's eyes on its network, for speed and memory as people have them.

Whoever watches a page's network through the browser's developer tools, as Playwright always does, makes the page keep
copies of what comes in, up to some hundred megabytes, and pays for making them. This one is told where to go and what
to press, over a pipe, and nothing else is switched on.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from typing import Any

from tests.browser.chromium import CHROMIUM, NoChromium, switches

_SWITCHES = ("--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-extensions", "--disable-sync")
_ON_3_AND_4 = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
for target, end in zip((3, 4), ends):
    os.dup2(end, target)
    os.close(end)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""A browser talks over its descriptors 3 and 4; a shell knows no number of ours above 9."""
_MORE = 1 << 16
_SECONDS = 60


class Trouble(Exception):
    """The browser, or a page in it, did not do as it was told; the message is what it said."""


@dataclass
class Tab:
    """A page that is open."""

    browser: "Unwatched"
    session: str

    def value_of(self, expression: str) -> Any:
        """What JavaScript makes of it, as if somebody had just clicked. Raises `Trouble`."""
        options = {"expression": expression, "returnByValue": True, "awaitPromise": True, "userGesture": True}
        answer = self.browser.ask("Runtime.evaluate", self.session, **options)
        if "exceptionDetails" in answer:
            raise Trouble(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def until(self, expression: str, seconds: float) -> None:
        """Waits until it is true. Raises `Trouble` with what the page shows if it never is."""
        deadline = time.monotonic() + seconds
        while not self.value_of(f"!!({expression})"):
            if time.monotonic() > deadline:
                raise Trouble(f"never came true: {expression}\nThe page says: {self.text}")
            self.browser.listen(0.05)

    def choose(self, selector: str, file: Path) -> None:
        """In a field for files, as the browser's dialog would."""
        found = self.browser.ask("Runtime.evaluate", self.session, expression=f"document.querySelector({selector!r})")
        field = found["result"]["objectId"]
        self.browser.ask("DOM.setFileInputFiles", self.session, objectId=field, files=[str(file)])

    @property
    def text(self) -> str:
        return str(self.value_of("document.body.innerText"))

    def close(self) -> None:
        self.browser.ask("Page.close", self.session)


@dataclass
class Unwatched:
    """A browser that runs, and how its downloads go."""

    process: subprocess.Popen[bytes]
    downloads: Path
    """Where finished ones are, under names that nobody chose."""
    _to: int
    _from: int
    _asked: int = 0
    _heard: bytes = b""
    _answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    _states: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of downloads, by their ids: the last that was told, and the address."""

    def open(self, url: str, script: str = "") -> Tab:
        """A page of a person of their own; `script` runs before the page's own do. Raises `Trouble`."""
        person = self.ask("Target.createBrowserContext")["browserContextId"]
        keep: dict[str, Any] = {"behavior": "allowAndName", "downloadPath": str(self.downloads), "eventsEnabled": True}
        self.ask("Browser.setDownloadBehavior", browserContextId=person, **keep)
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=person)["targetId"]
        tab = Tab(self, self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        if script:
            self.ask("Page.enable", tab.session)
            self.ask("Page.addScriptToEvaluateOnNewDocument", tab.session, source=script)
        self.ask("Page.navigate", tab.session, url=url)
        tab.until("location.href !== 'about:blank' && document.readyState !== 'loading'", _SECONDS)
        return tab

    def downloaded(self, seconds: float) -> tuple[Path, str]:
        """Waits for one more download to end: its file, and the address that it came from. Raises `Trouble`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for identity, state in self._states.items():
                if state.get("state") == "canceled":
                    raise Trouble(f"the browser's download was given up: {state['url']}")
                if state.get("state") == "completed":
                    del self._states[identity]
                    return self.downloads / identity, state["url"]
            self.listen(0.5)
        raise Trouble(f"no download ended: {self._states}")

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """What the browser answers. Raises `Trouble`."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        os.write(self._to, json.dumps({**message, **({"sessionId": session} if session else {})}).encode() + b"\0")
        while self._asked not in self._answers:
            self.listen(_SECONDS, what=method)
        answer = self._answers.pop(self._asked)
        if "error" in answer:
            raise Trouble(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def listen(self, seconds: float, what: str = "") -> None:
        """Takes what the browser says within that time, once. With `what`, silence raises `Trouble`."""
        if not select([self._from], [], [], seconds)[0]:
            if what:
                raise Trouble(f"no answer to {what}")
            return
        heard = os.read(self._from, _MORE)
        if not heard:
            raise Trouble("the browser is gone")
        *messages, self._heard = (self._heard + heard).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            elif message["method"] in ("Browser.downloadWillBegin", "Browser.downloadProgress"):
                told = message["params"]
                self._states.setdefault(told["guid"], {}).update(told)


@contextmanager
def unwatched(folder: Path) -> Iterator[Unwatched]:
    """Its profile and downloads lie in `folder`. Raises `NoChromium`."""
    if CHROMIUM is None:
        raise NoChromium("There is no Chromium here. On Debian: apt install chromium")
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    arguments = [*_SWITCHES, *switches(), f"--user-data-dir={folder / 'profile'}"]
    process = subprocess.Popen(
        [sys.executable, "-c", _ON_3_AND_4, str(theirs_in), str(theirs_out), CHROMIUM, *arguments],
        pass_fds=(theirs_in, theirs_out),
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Unwatched(process, downloads, ours_out, ours_in)
    finally:
        os.close(ours_out)  # which it takes for the end
        os.close(ours_in)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
