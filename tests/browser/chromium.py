"""Chromium as tests, pictures, demo and benchmark run it: without a screen, and with a way to save that they choose."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

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
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
