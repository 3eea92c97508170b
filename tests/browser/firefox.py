"""Firefox as tests run it: Debian's own, without a screen, spoken to in WebDriver BiDi (w3.org/TR/webdriver-bidi)."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import ClientConnection, connect

from tests.support.waiting import until

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
SECONDS = 120
_EVENTS = ("browsingContext.downloadEnd", "log.entryAdded")
# What Firefox itself would ask of its makers ends at a port where nobody listens; this machine is reached as always.
_PREFERENCES = {
    "network.proxy.type": 1,
    "network.proxy.socks": "127.0.0.1",
    "network.proxy.socks_port": 9,
    "network.captive-portal-service.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
}
Listener = Callable[[str, dict[str, Any]], None]


class NoFirefox(Exception):
    """The message says what to install."""


class Refusal(Exception):
    """Firefox could not do what was asked, or a script in the page failed."""


class Firefox:
    """A running Firefox, and the one connection to it. Events are heard whenever it is asked for anything."""

    def __init__(self, connection: ClientConnection, process: int) -> None:
        self._connection = connection
        self._process = psutil.Process(process)
        self._number = 0
        self.listeners: list[Listener] = []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=list(_EVENTS))

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command's result. Raises `Refusal`."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(timeout=SECONDS))
            if message["type"] == "event":
                for listener in self.listeners:
                    listener(message["method"], message["params"])
            elif message["id"] == self._number:
                if message["type"] == "error":
                    raise Refusal(f"{method}: {message['error']}: {message['message']}")
                return dict(message["result"])

    def memory(self) -> int:
        """Bytes of all its processes (private ones: what they share was there before)."""
        total = 0
        for process in (self._process, *self._process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += process.memory_full_info().uss
        return total


class Tab:
    """A page of somebody who was never here: with cookies, service workers and downloads of their own."""

    def __init__(self, firefox: Firefox, downloads: Path, *, locale: str, script: str) -> None:
        """`script` runs in each document before its own scripts do."""
        self.firefox = firefox
        self._user = firefox.ask("browser.createUserContext")["userContext"]
        mine: dict[str, Any] = {"userContexts": [self._user]}
        behaviour = {"type": "allowed", "destinationFolder": str(downloads)}
        firefox.ask("browser.setDownloadBehavior", downloadBehavior=behaviour, **mine)
        firefox.ask("emulation.setLocaleOverride", locale=locale, **mine)
        firefox.ask("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}", **mine)
        self._context = firefox.ask("browsingContext.create", type="tab", userContext=self._user)["context"]

    def close(self) -> None:
        """With all that it kept."""
        self.firefox.ask("browsingContext.close", context=self._context)
        self.firefox.ask("browser.removeUserContext", userContext=self._user)

    def open(self, url: str) -> None:
        """Goes there, and waits until all of it is loaded."""
        self.firefox.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def widen(self, width: int, height: int) -> None:
        """To so many pixels, or down to them."""
        viewport = {"width": width, "height": height}
        self.firefox.ask("browsingContext.setViewport", context=self._context, viewport=viewport)

    def evaluate(self, function: str, *texts: str) -> Any:
        """What a JavaScript function, which may be async, gives as JSON. Raises `Refusal` for what it throws."""
        answer = self.firefox.ask(
            "script.callFunction",
            functionDeclaration=f"async (...texts) => JSON.stringify(await ({function})(...texts))",
            arguments=[{"type": "string", "value": text} for text in texts],
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise Refusal(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    def wait(self, function: str, *texts: str, what: str) -> None:
        """Until `function` gives something true; what is asked while a page makes room for another does not count."""

        def holds() -> bool:
            with suppress(Refusal):
                return bool(self.evaluate(function, *texts))
            return False

        until(holds, what, SECONDS)

    def text(self, selector: str) -> str:
        """What is read there."""
        return str(self.evaluate("(selector) => document.querySelector(selector).innerText", selector))

    def click(self, selector: str) -> None:
        """With the pointer, once it can be seen."""
        visible = "(selector) => document.querySelector(selector)?.checkVisibility()"
        self.wait(visible, selector, what=f"a visible {selector}")
        self.evaluate("(selector) => document.querySelector(selector).scrollIntoView({ block: 'center' })", selector)
        origin = {"type": "element", "element": {"sharedId": self._shared(selector)}}
        steps = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": steps})

    def type(self, selector: str, text: str) -> None:
        """Puts `text` in the place of what is in a field, key by key."""
        self.click(selector)
        self.evaluate("(selector) => document.querySelector(selector).select()", selector)
        keys = [{"type": kind, "value": each} for each in text for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": keys})

    def upload(self, selector: str, *files: Path) -> None:
        """Chooses files in a field for them, as its dialog would."""
        element = {"sharedId": self._shared(selector)}
        self.firefox.ask("input.setFiles", context=self._context, element=element, files=[str(each) for each in files])

    def _act(self, source: dict[str, Any]) -> None:
        self.firefox.ask("input.performActions", context=self._context, actions=[source])

    def _shared(self, selector: str) -> str:
        locator = {"type": "css", "value": selector}
        (node,) = self.firefox.ask("browsingContext.locateNodes", context=self._context, locator=locator)["nodes"]
        return str(node["sharedId"])


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """Firefox with a new profile in `folder`, and nothing of whoever runs it. Raises `NoFirefox`."""
    if FIREFOX is None:
        raise NoFirefox("There is no Firefox here. On Debian: apt install firefox-esr")
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines))
    command = [FIREFOX, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(profile)]
    environment = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
    try:
        with connect(_address(profile, process), max_size=None, compression=None, proxy=None) as connection:
            yield (running := Firefox(connection, process.pid))
            running.ask("browser.close")
            process.wait(SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where it listens; it chooses the port itself, and writes it into its profile."""
    where = profile / "WebDriverBiDiServer.json"

    def is_said() -> bool:
        assert process.poll() is None, f"Firefox ended at once: {(profile.parent / 'log').read_text()}"
        return where.exists() and where.read_text().rstrip().endswith("}")

    until(is_said, "a Firefox that listens", SECONDS)
    said = json.loads(where.read_text())
    return f"ws://{said['ws_host']}:{said['ws_port']}/session"
