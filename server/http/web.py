"""The browser's pages: files of `server/web`, read once at the start and sent as they are.

The page behind a link is the same bytes for every link, live, dead or made up, and so is that of drop boxes: what
differs happens in the browser, which alone has the key. Scripts and styles lie under a name that follows from their
content, and may be kept for ever.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, request

from server.domain import LINK_ID
from server.errors import NotFound

FOLDER = Path(__file__).resolve().parents[1] / "web"
LINK_PAGE = ("link_page.js", "worker.js")
DROP_PAGE = ("drop_page.js", "drop_worker.js")
"""What a page begins with; the rest follows from that."""
_MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_IMPORT = re.compile(r'^(?:import|export) [^"]*"\./([a-z0-9_]+\.js)";$', re.MULTILINE)
_FOREVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"
_VERSION_CHARS = 16
# Nothing but what this server itself serves, no markup from texts, no frame around it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types sealcase"
)
_PAGE_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
_WORKERS = ("worker.js", "drop_worker.js")
_SCRIPT_OF_WORKER = {"Content-Security-Policy": "default-src 'none'; connect-src 'self'; script-src 'self'"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    packed: bytes
    """The same in gzip. It holds no secret that its length could tell."""
    media_type: str

    @classmethod
    def of(cls, body: bytes, suffix: str) -> "Asset":
        return cls(body, gzip.compress(body, mtime=0), _MEDIA[suffix])


@dataclass(frozen=True, slots=True)
class Site:
    """All files of `server/web`."""

    version: str
    """Follows from their content."""
    assets: dict[str, Asset]
    link_page: Asset
    drop_page: Asset
    about_page: Asset

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Site":
        files = {path.name: path for path in (*folder.glob("*.css"), *folder.glob("*.svg"), *folder.glob("js/*.js"))}
        bodies = {name: path.read_bytes() for name, path in sorted(files.items())}
        digest = hashlib.sha256()
        for name, body in bodies.items():
            digest.update(f"{name}\0{len(body)}\0".encode() + body)
        version = digest.hexdigest()[:_VERSION_CHARS]
        return cls(
            version,
            {name: Asset.of(body, files[name].suffix) for name, body in bodies.items()},
            _page(folder / "link.html", f"../web/{version}", imports(folder / "js", *LINK_PAGE)),
            _page(folder / "drop.html", f"../web/{version}", imports(folder / "js", *DROP_PAGE)),
            _page(folder / "about.html", version, ()),
        )


def imports(folder: Path, *entries: str) -> tuple[str, ...]:
    """The modules `entries` and all that they import, directly or not, each behind those that it needs itself."""
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        for each in _IMPORT.findall((folder / name).read_text(encoding="utf-8")):
            if each not in found:
                visit(each)
        found[name] = None

    for entry in entries:
        visit(entry)
    return tuple(found)


def blueprint(site: Site) -> Blueprint:
    """/s/LINK, /d/BOX, and what they load from /web. Nothing here knows or asks whether a link or a box exists."""
    pages = Blueprint("web", __name__)

    def link_page(link_id: str) -> Response:
        return _sent(site.link_page, _status(link_id), _PAGE_HEADERS)

    def drop_page(box_id: str) -> Response:
        return _sent(site.drop_page, _status(box_id), _PAGE_HEADERS)

    def about_page() -> Response:
        return _sent(site.about_page, HTTPStatus.OK, _PAGE_HEADERS | {"Cache-Control": _ASK_FIRST})

    def service_worker() -> Response:
        headers = _SCRIPT_OF_WORKER | {"Cache-Control": _ASK_FIRST}
        return _sent(site.assets["sw.js"], HTTPStatus.OK, headers)

    def asset(version: str, name: str) -> Response:
        """Of another version, too: a page may have been sent by the server before it was renewed."""
        found = site.assets.get(name)
        if found is None or not re.fullmatch(rf"[0-9a-f]{{{_VERSION_CHARS}}}", version):
            raise NotFound("There is no such file.")
        kept = {"Cache-Control": _FOREVER} if version == site.version else {}
        return _sent(found, HTTPStatus.OK, kept | (_SCRIPT_OF_WORKER if name in _WORKERS else {}))

    pages.add_url_rule("/s/<link_id>", view_func=link_page)
    pages.add_url_rule("/d/<box_id>", view_func=drop_page)
    pages.add_url_rule("/web/about", view_func=about_page)
    pages.add_url_rule("/web/sw.js", view_func=service_worker)
    pages.add_url_rule("/web/<version>/<name>", view_func=asset)
    return pages


def _status(page_id: str) -> HTTPStatus:
    """Of an address that has the shape of one, there is a page."""
    return HTTPStatus.OK if LINK_ID.fullmatch(page_id) else HTTPStatus.NOT_FOUND


def _page(path: Path, web: str, modules: tuple[str, ...]) -> Asset:
    """A page with the pieces that it shares with others, and with the addresses of what it loads, so that the browser
    asks for all of it at once.
    """
    preloads = "\n".join(f'<link rel="modulepreload" href="{web}/{name}">' for name in modules)
    pieces = [(f"{{{each.stem}}}\n", each.read_text(encoding="utf-8")) for each in path.parent.glob("pieces/*.html")]
    text = path.read_text(encoding="utf-8")
    for mark, filling in (*pieces, ("{modules}", preloads), ("{web}", web), ("{about}", "../web/about")):
        text = text.replace(mark, filling)
    return Asset.of(text.encode(), ".html")


def _sent(asset: Asset, status: HTTPStatus, headers: dict[str, str]) -> Response:
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "").lower()
    response = Response(asset.packed if is_packed else asset.body, status, headers, content_type=asset.media_type)
    response.vary.add("Accept-Encoding")
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    return response
