"""What the IPFS adapter says to a node and makes of its answers, in the shapes that Kubo documents.

No Kubo can be had here: a small HTTP server gives the answers of its RPC reference and of its source. A real node that
speaks the same, js-ipfs, is for the contract suite and `test_ipfs`.
"""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from server.adapters.blobs.kubo import Kubo
from server.errors import StorageFull, StoreUnavailable
from server.multiaddr import rpc_url

CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"


@dataclass
class Heard:
    """One request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answers:
    """A node of our own words: what it answers next, in order, and what it was asked."""

    url: str = ""
    next: list[tuple[int, bytes]] = field(default_factory=list)
    cut_after: int | None = None
    """The answer breaks off after so many bytes, once."""
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def speaking() -> Iterator[Answers]:
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the base class's name
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answers.heard.append(Heard(url.path, dict(parse_qsl(url.query)), dict(self.headers), body))
            status, text = answers.next.pop(0)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if answers.cut_after is not None:
                text, answers.cut_after = text[: answers.cut_after], None
                self.close_connection = True
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    answers.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def node() -> Iterator[Answers]:
    with speaking() as answers:
        yield answers


def refusal(message: str, status: int = 500) -> tuple[int, bytes]:
    return status, json.dumps({"Message": message, "Code": 0, "Type": "error"}).encode()


def test_what_is_added_is_one_file_with_cid_version_1_raw_leaves_and_a_pin(node: Answers) -> None:
    """As multipart/form-data with its length; the last line names the CID, sizes are text."""
    content = bytes(range(256)) * 5_000
    node.next.append((200, f'{{"Name":"sealed","Hash":"{CID}","Size":"1280123"}}\n'.encode()))
    assert Kubo(node.url).add(io.BytesIO(content), len(content)) == CID
    (heard,) = node.heard
    assert heard.path == "/api/v0/add"
    wanted = {"pin": "true", "cid-version": "1", "raw-leaves": "true", "cid-base": "base32", "progress": "false"}
    assert wanted.items() <= heard.query.items()
    boundary = heard.headers["Content-Type"].removeprefix("multipart/form-data; boundary=").encode()
    head, _, rest = heard.body.partition(b"\r\n\r\n")
    assert head.startswith(b"--" + boundary + b"\r\nContent-Disposition: form-data;")
    assert rest == content + b"\r\n--" + boundary + b"--\r\n"
    assert "Authorization" not in heard.headers


@pytest.mark.parametrize(
    ("auth", "header"),
    [("basic:ada:se:cret", "Basic YWRhOnNlOmNyZXQ="), ("bearer:se:cret", "Bearer se:cret"), ("", None)],
)
def test_who_asks_says_who_it_is(node: Answers, auth: str, header: str | None) -> None:
    """In a header, as Kubo's API.Authorizations has it."""
    node.next.append((200, b'{"Version":"0.39.0","Commit":"","Repo":"18","System":"amd64/linux","Golang":"go1.25"}'))
    assert Kubo(node.url, auth).version() == "0.39.0"
    assert node.heard[0].headers.get("Authorization") == header


def test_a_range_is_asked_for_by_offset_and_length(node: Answers) -> None:
    node.next.append((200, b"content"))
    with Kubo(node.url).cat(CID, 5, 12) as body:
        assert body.tell() == 5
        assert body.read() == b"content"
    assert node.heard[0].query == {"arg": CID, "offset": "5", "length": "7"}
    with Kubo(node.url).cat(CID, 5, 5) as body:
        assert body.read() == b""
    assert len(node.heard) == 1, "nothing is asked for nothing"


def test_an_answer_that_breaks_off_is_asked_for_again(node: Answers) -> None:
    """From where it came; whoever reads does not notice."""
    node.next += [(200, b"0123456789"), (200, b"456789")]
    node.cut_after = 4
    with Kubo(node.url).cat(CID, 0, 10) as body:
        assert body.read() == b"0123456789"
    assert [each.query["offset"] for each in node.heard] == ["0", "4"]


def test_a_node_that_ends_early_again_and_again_is_told(node: Answers) -> None:
    """Bytes that do not come are an error, never the end of the file."""
    node.next += [(200, b"0123")] + [(200, b"")] * 9
    with Kubo(node.url).cat(CID, 0, 10) as body, pytest.raises(StoreUnavailable, match="Nothing is lost"):
        body.read()


@pytest.mark.parametrize(
    ("answer", "pinned"),
    [
        ((200, json.dumps({"Keys": {CID: {"Type": "recursive", "Name": ""}}}).encode()), True),
        (refusal(f"path '{CID}' is not pinned"), False),
    ],
)
def test_whether_it_is_pinned(node: Answers, answer: tuple[int, bytes], pinned: bool) -> None:
    node.next.append(answer)
    assert Kubo(node.url).is_pinned(CID) is pinned


@pytest.mark.parametrize(
    "answer", [(200, json.dumps({"Pins": [CID]}).encode()), refusal("not pinned or pinned indirectly")]
)
def test_what_is_not_pinned_is_unpinned_already(node: Answers, answer: tuple[int, bytes]) -> None:
    node.next.append(answer)
    Kubo(node.url).unpin(CID)
    assert node.heard[0].query["arg"] == CID


def test_garbage_is_collected_to_the_end_of_the_answer(node: Answers) -> None:
    """A line for each block."""
    node.next.append((200, b"".join(b'{"Key":{"/":"%s"}}\n' % CID.encode() for _ in range(3))))
    Kubo(node.url).collect_garbage()
    assert node.heard[0].path == "/api/v0/repo/gc"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal("write /data/ipfs/blocks/x: no space left on device"), StorageFull),
        (refusal("maximum storage limit exceeded. Try to unpin some files"), StorageFull),
        (refusal("context canceled"), StoreUnavailable),
        ((403, b"403 - Forbidden"), StoreUnavailable),
        ((200, b""), StoreUnavailable),
        ((200, b'{"Name":"sealed","Bytes":262144}\n'), StoreUnavailable),
        ((200, b'{"Hash":"../../x"}\n'), StoreUnavailable),
        ((200, b"<html>"), StoreUnavailable),
        ((302, b""), StoreUnavailable),
    ],
)
def test_a_failed_add_is_told_without_details(
    node: Answers, answer: tuple[int, bytes], error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    """What was stored is kept, says the caller's text; the log knows more, and no secret."""
    node.next.append(answer)
    with pytest.raises(error) as told:
        Kubo(node.url, "bearer:se-cret").add(io.BytesIO(b"x"), 1)
    assert "/data" not in str(told.value)
    assert "is kept" in str(told.value) or "IPFS_API" in str(told.value)
    assert "se-cret" not in caplog.text


def test_a_node_that_is_not_there(node: Answers) -> None:
    """Nobody listens: 503 for the caller."""
    with speaking() as gone:
        url = gone.url
    with pytest.raises(StoreUnavailable, match="does not answer"):
        Kubo(url).add(io.BytesIO(b"x"), 1)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("/ip4/127.0.0.1/tcp/5001", "http://127.0.0.1:5001"),
        ("/ip4/127.0.0.1/tcp/5001/http", "http://127.0.0.1:5001"),
        ("/ip6/::1/tcp/5001", "http://[::1]:5001"),
        ("/dns4/ipfs.example.org/tcp/443/https", "https://ipfs.example.org:443"),
        ("/dns/ipfs/tcp/443/tls/http", "https://ipfs:443"),
        ("http://127.0.0.1:5001", "http://127.0.0.1:5001"),
        ("http://127.0.0.1:5001/api/v0/", "http://127.0.0.1:5001"),
        ("https://proxy.example.org/ipfs/", "https://proxy.example.org/ipfs"),
    ],
)
def test_a_node_is_named_by_multiaddr_or_url(text: str, url: str) -> None:
    assert rpc_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        *("/ip4/127.0.0.1", "/ip4/127.0.0.1/udp/5001", "/ip4/999.0.0.1/tcp/5001", "/ip4/127.0.0.1/tcp/x"),
        *("/ip4/127.0.0.1/tcp/70000", "/ip4/127.0.0.1/tcp/5001/ws", "/dns/-x/tcp/1", "/unix/tmp/x", "localhost:5001"),
        *("ftp://x", "http://", "http://a:b@x:5001", "http://x:5001/?a=b", "http://x:port"),
    ],
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"it must|port|Port"):
        rpc_url(text)
