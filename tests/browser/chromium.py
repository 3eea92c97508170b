"""Chromium as tests, pictures, demo and benchmark run it: without a screen, and with a way to save that they choose."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# The browser's own dialog can't be answered without a screen; the page's way through it is tested with a file in the
# browser's private file system, which has the very same interface.
_PICKER = """
window.picked = [];
window.showSaveFilePicker = async ({ suggestedName }) => {
  const folder = await navigator.storage.getDirectory();
  window.picked.push(suggestedName);
  return folder.getFileHandle(suggestedName, { create: true });
};
"""
_NO_PICKER = "delete window.showSaveFilePicker;"
_NO_WORKER = f"{_NO_PICKER} delete Navigator.prototype.serviceWorker;"
WAYS = {"disk": _PICKER, "stream": _NO_PICKER, "memory": _NO_WORKER}
"""Scripts that leave a page one way to the disk."""
WITHOUT_ED25519 = """
const { importKey } = SubtleCrypto.prototype;
SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...more) {
  if (algorithm === "Ed25519") return Promise.reject(new DOMException("no", "NotSupportedError"));
  return importKey.call(this, format, key, algorithm, ...more);
};
"""
"""A script that makes a page's browser an older one."""
TELLS_POLICY = """
document.addEventListener("securitypolicyviolation", (each) =>
  console.error(`policy: ${each.violatedDirective} ${each.blockedURI}`));
"""
"""A script that says in the console what broke the page's policy."""


class NoChromium(Exception):
    """The message says what to install."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raises `NoChromium`."""
    if CHROMIUM is None:
        raise NoChromium("There is no Chromium here. On Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=switches())
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def trusting(browser: Browser, ca_file: Path, home: Path) -> Iterator[Browser]:
    """Another one like it, of somebody who lives in `home` and trusts that authority.

    Overlooking a certificate is not enough: Chromium registers no service worker on a page whose certificate it doubts.
    Raises `NoChromium`.
    """
    if shutil.which("certutil") is None:
        raise NoChromium("There is no certutil here. On Debian: apt install libnss3-tools")
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for order in (["-N", "--empty-password"], ["-A", "-n", "test", "-t", "C,,", "-i", str(ca_file)]):
        subprocess.run(["certutil", *order, "-d", f"sql:{store}"], check=True, capture_output=True, timeout=60)
    environment: dict[str, str | float | bool] = {**os.environ, "HOME": str(home)}
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=switches(), env=environment)
    try:
        yield other
    finally:
        other.close()


def switches() -> list[str]:
    """What it needs on the command line: root has no sandbox."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
