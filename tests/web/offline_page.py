"""`make offline-page`: the page for one's own disk as a single file, which asks no server for anything.

Modules become functions that return what they export, in the order in which they need each other; nothing else in them
changes. The policy in the file's head names its one script and its one style by hash, and allows no connection at all.
"""

import base64
import hashlib
import re
import sys
from pathlib import Path

from server.http.web import FOLDER, imports

NAME = "sealcase-open.html"
PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "offline-page.sha256"
_ENTRY = "offline_page.js"
_IMPORT = re.compile(r'^import (?:\* as (\w+)|\{([^}]*)\}) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)


def build(folder: Path = FOLDER) -> bytes:
    """The page. The same sources give the same bytes, wherever and whenever it is built."""
    script = "\n".join(_as_function(folder / "js" / name) for name in imports(folder / "js", _ENTRY)) + "\n"
    style = (folder / "page.css").read_text(encoding="utf-8")
    allowed = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    page = (folder / "offline.html").read_text(encoding="utf-8")
    for mark, filling in (("{policy}", policy), ("{style}", style), ("{script}", script)):
        page = page.replace(mark, filling)
    return page.encode()


def main() -> int:
    """Prints its SHA-256 as `sha256sum --check` reads it; with a folder, writes the page there and the line to docs."""
    page = build()
    line = f"{hashlib.sha256(page).hexdigest()}  {NAME}\n"
    sys.stdout.write(line)
    for target in map(Path, sys.argv[1:]):
        target.mkdir(parents=True, exist_ok=True)
        (target / NAME).write_bytes(page)
        if PUBLISHED.exists() and PUBLISHED.read_text(encoding="utf-8") != line:
            sys.stderr.write("These sources are not those of docs/offline-page.sha256, which is written anew.\n")
        PUBLISHED.write_text(line, encoding="utf-8", newline="\n")
    return 0


def _as_function(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    exported = ", ".join(_EXPORT.findall(text))
    body = _EXPORT.sub("", _IMPORT.sub(_binding, text))
    if re.search(r"^(?:import|export)\b|</script", body, re.MULTILINE):
        raise ValueError(f"{path.name} has an import, an export or a word that can't be put into one file")
    return f"const module_{path.stem} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"


def _binding(match: re.Match[str]) -> str:
    names = match[1] or "{" + match[2].replace(" as ", ": ") + "}"
    return f"const {names} = module_{match[3]};"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


if __name__ == "__main__":
    sys.exit(main())
