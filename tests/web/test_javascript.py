"""The pages' JavaScript: its own tests on Node's WebCrypto, and what holds for its sources."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from server.http.web import DROP_PAGE, FOLDER, LINK_PAGE, Site, imports
from tests.web import offline_page

HERE = Path(__file__).parent
NODE = shutil.which("node")
_CATALOGUE = re.compile(r"^(?:export )?const \w*TEXTS =", re.MULTILINE)
_ENTRY = re.compile(r'^  (\w+): ".*\n', re.MULTILINE)
"""A line of a catalogue."""
PAGES = {"link.html": LINK_PAGE, "drop.html": DROP_PAGE, "offline.html": ("offline_page.js",)}


@pytest.mark.skipif(NODE is None, reason="there is no node here: apt install nodejs (version 20 or newer)")
def test_its_own_tests_hold() -> None:
    """The shared vectors, the published ones of Cobblestone-256, and all around them; about five seconds."""
    assert NODE is not None
    tests = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    done = subprocess.run([NODE, "--test", *tests], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout[-8_000:]
    assert int(re.findall(r"^# pass (\d+)$", done.stdout, re.MULTILINE)[0]) >= 20


@pytest.mark.skipif(NODE is None, reason="there is no node here: apt install nodejs (version 20 or newer)")
def test_archives_beyond_4_gib_can_be_read(tmp_path: Path) -> None:
    """Sizes and offsets that need ZIP64 are where another reader looks for them."""
    assert NODE is not None
    target = tmp_path / "large.zip"
    subprocess.run([NODE, HERE / "write_zip64.mjs", target], check=True, timeout=60)
    with zipfile.ZipFile(target) as archive:
        big, behind = archive.infolist()
        assert (big.filename, big.file_size) == ("big.bin", 2**32 + 2**26)
        assert behind.header_offset > 2**32
        assert archive.read(behind) == b"\xff"


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_text_of_a_page_is_there_and_used(page: str) -> None:
    """What its modules and its HTML ask for exists, and nothing stands in a catalogue of its own that nobody says."""
    modules = [FOLDER / "js" / name for name in imports(FOLDER / "js", *PAGES[page])]
    catalogues = [path for path in modules if _CATALOGUE.search(path.read_text(encoding="utf-8"))]
    spoken = [*modules, FOLDER / page, *(FOLDER.glob("pieces/*.html") if page != "offline.html" else ())]
    sources = "\n".join(_ENTRY.sub("", path.read_text(encoding="utf-8")) for path in spoken)
    known = {path.name: _keys(path) for path in catalogues}
    asked = set(re.findall(r'data-say="(\w+)"|\bsay\("(\w+)"', sources))
    assert {first or second for first, second in asked} <= set().union(*known.values())
    if page != "offline.html":
        for name, keys in known.items():
            assert [key for key in sorted(keys) if not re.search(rf'"{key}"|\b{key}: \[?say', sources)] == [], name


def _keys(catalogue: Path) -> set[str]:
    return set(_ENTRY.findall(catalogue.read_text(encoding="utf-8")))


def test_nothing_but_our_own_modules_is_loaded_or_spelled_as_markup() -> None:
    """No other host, no markup made of text, no code made of text, nothing kept in the browser."""
    markup, code, kept = (
        r"(inner|outer)HTML|insertAdjacent|document\.write",
        r"\beval\(|new Function",
        r"Storage|indexedDB",
    )
    forbidden = f"{markup}|{code}|{kept}"
    for path in (*FOLDER.glob("js/*.js"), *FOLDER.rglob("*.html"), *FOLDER.glob("*.css")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(forbidden, text), path.name
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), path.name


def test_every_module_is_served_and_wanted() -> None:
    """The folder holds what the pages load, and no more; each page names every module of its own."""
    late = re.findall(r'\bimport\("\./(\w+\.js)"\)', (FOLDER / "js" / "link_page.js").read_text(encoding="utf-8"))
    wanted = {*imports(FOLDER / "js", *LINK_PAGE, *DROP_PAGE, *late, "offline_page.js"), "sw.js"}
    assert {path.name for path in FOLDER.glob("js/*.js")} == wanted
    site = Site.load()
    for entries, page in ((LINK_PAGE, site.link_page), (DROP_PAGE, site.drop_page)):
        named = re.findall(rf'rel="modulepreload" href="../web/{site.version}/(\w+\.js)"', page.body.decode())
        assert tuple(named) == imports(FOLDER / "js", *entries)


def test_the_page_for_ones_own_disk_is_the_same_everywhere(tmp_path: Path) -> None:
    """In another folder, at another time, in another language: its SHA-256 is the one that is published."""
    for each in ("server", "shared", "tests/web"):
        shutil.copytree(HERE.parents[1] / each, tmp_path / each)
    (tmp_path / "tests" / "__init__.py").touch()
    command = [sys.executable, "-m", "tests.web.offline_page"]
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=tmp_path, env=elsewhere, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{hashlib.sha256(offline_page.build()).hexdigest()}  {offline_page.NAME}\n", done.stderr
    assert done.stdout == offline_page.PUBLISHED.read_text(encoding="utf-8"), "make offline-page writes it anew"


def test_the_page_for_ones_own_disk_may_connect_to_nothing() -> None:
    """Its policy names its one script and its one style, and no connection."""
    page = offline_page.build()
    policy = re.search(rb'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith(b"default-src 'none'; script-src 'sha256-")
    assert b"connect-src" not in policy[1]
    assert os.linesep.encode() in page
