"""An IPFS node, over the HTTP RPC of Kubo (https://docs.ipfs.tech/reference/kubo/rpc/); js-ipfs speaks it too.

Content is added as UnixFS with CIDv1 in base32, raw leaves and blocks of 1 MiB: the same bytes get the same CID.
"""

import base64
import json
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from server.adapters.blobs.kubo_reader import KuboReader
from server.errors import StorageFull, StoreUnavailable

log = logging.getLogger(__name__)

CONNECTIONS = 64
_ADD = {
    "cid-version": "1",
    "raw-leaves": "true",
    "chunker": "size-1048576",
    "hash": "sha2-256",
    "cid-base": "base32",
    "progress": "false",  # its lines would pile up while nobody reads them
}
_SEND_BLOCK = 1 << 18
_ADD_BYTES_A_SECOND = 20 << 20
"""How slow a node may be at putting away what it was sent, before it counts as lost."""
_GC_SECONDS = 600.0
_TRIES = 2
"""A connection that the node has just closed is tried again, once."""
_CID = re.compile(r"[A-Za-z0-9]{20,120}")
_NO_ROOM = ("no space left", "maximum storage limit exceeded", "enospc")
_MAX_REASON_CHARS = 200
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


class Kubo:
    """Every method raises `StoreUnavailable` where the node does not answer, or not as it should."""

    def __init__(self, url: str, auth: str = "", stall_seconds: float = 30.0) -> None:
        """`url`: as `rpc_url` makes it. `auth`: `basic:USER:PASSWORD`, `bearer:TOKEN` or nothing."""
        self._api = f"{url}/api/v0"
        self._stall_seconds = stall_seconds
        self._session = requests.Session()
        self._session.auth = _Authorization(auth)  # set always, so that no .netrc is asked
        self._session.headers["User-Agent"] = "Sealcase"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _LargeBlocks(pool_connections=1, pool_maxsize=CONNECTIONS))

    def add(self, body: BinaryIO, size: int, *, only_hash: bool = False) -> str:
        """Add `size` bytes of `body`, from its beginning, and pin them; returns their CID. Raises `StorageFull`.

        `only_hash`: nothing is added, but the CID is the same.
        """
        query = {**_ADD, "pin": "false", "only-hash": "true"} if only_hash else {**_ADD, "pin": "true"}
        boundary = secrets.token_hex(16)

        def form() -> "_Form":
            body.seek(0)
            return _Form(body, size, boundary)

        patience = self._stall_seconds + size / _ADD_BYTES_A_SECOND
        kind = f"multipart/form-data; boundary={boundary}"
        with self._answer("add", query, body=form, media_type=kind, seconds=patience) as answer:
            return _cid_of(answer)

    def cat(self, cid: str, start: int, stop: int) -> BinaryIO:
        """The content from `start` up to `stop`, as it comes."""

        def opened(position: int) -> requests.Response:
            query = {"arg": cid, "offset": str(position), "length": str(stop - position)}
            return self._ask("cat", query)

        return cast("BinaryIO", KuboReader(opened, start, stop))

    def size(self, cid: str) -> int:
        """Bytes of the content; waits for other nodes where this one does not have it."""
        with self._answer("files/stat", {"arg": f"/ipfs/{cid}"}) as answer:
            size = _record(b"".join(_lines(answer))).get("Size")
        if not isinstance(size, int):
            raise StoreUnavailable("The IPFS node of this server does not say how large a content is.")
        return size

    def pin(self, cid: str) -> None:
        """Keep the content; waits for other nodes where this one does not have it."""
        with self._answer("pin/add", {"arg": cid, "progress": "false"}):
            pass

    def is_pinned(self, cid: str) -> bool:
        """Whether the content stays when garbage is collected."""
        try:
            with self._answer("pin/ls", {"arg": cid, "type": "recursive", "cid-base": "base32"}):
                return True
        except _Refused as refused:
            if "not pinned" in refused.reason:
                return False
            raise

    def unpin(self, cid: str) -> None:
        """The content may be collected, if it was kept at all."""
        try:
            with self._answer("pin/rm", {"arg": cid, "cid-base": "base32"}):
                pass
        except _Refused as refused:
            if "not pinned" not in refused.reason:
                raise

    def collect_garbage(self) -> None:
        """Free what nothing pins; returns when it is done, which may take minutes."""
        with self._answer("repo/gc", {}, seconds=_GC_SECONDS) as answer:
            for _ in _lines(answer):
                pass

    def version(self) -> str:
        """What the node says it is."""
        with self._answer("version", {}) as answer:
            return str(_record(b"".join(_lines(answer))).get("Version", ""))

    @contextmanager
    def _answer(
        self,
        command: str,
        query: dict[str, str],
        *,
        body: "Callable[[], _Form] | None" = None,
        media_type: str = "",
        seconds: float | None = None,
    ) -> Iterator[requests.Response]:
        answer = self._ask(command, query, body=body, media_type=media_type, seconds=seconds)
        try:
            yield answer
        except requests.RequestException as error:
            raise _away(command, error) from None
        finally:
            answer.close()

    def _ask(
        self,
        command: str,
        query: dict[str, str],
        *,
        body: "Callable[[], _Form] | None" = None,
        media_type: str = "",
        seconds: float | None = None,
    ) -> requests.Response:
        """A good answer, not read yet; `seconds`: how long it may keep silent."""
        for tries_left in reversed(range(_TRIES)):
            try:
                answer = self._session.post(
                    f"{self._api}/{command}",
                    params=query,
                    data=None if body is None else body(),
                    headers={"Content-Type": media_type} if media_type else {},
                    timeout=(self._stall_seconds, seconds or self._stall_seconds),
                    allow_redirects=False,
                    stream=True,
                )
            except requests.Timeout as error:
                raise _away(command, error) from None
            except requests.ConnectionError as error:
                if not tries_left:
                    raise _away(command, error) from None
            except requests.RequestException as error:
                raise _away(command, error) from None
            else:
                _check(command, answer)
                return answer
        raise AssertionError("the loop ends by an answer or an error")


def is_cid(text: str) -> bool:
    """Whether it has the form of a CID: letters and digits, so that it is a file's name as well."""
    return _CID.fullmatch(text) is not None


class _Refused(StoreUnavailable):
    """The node answered, and said no."""

    def __init__(self, reason: str) -> None:
        super().__init__("The IPFS node of this server refused to do its part. What was stored before is kept.")
        self.reason = reason
        """In the node's words, lower case."""


class _Authorization(AuthBase):
    """Kubo's API.Authorizations; says nothing where nothing is set."""

    def __init__(self, auth: str) -> None:
        kind, _, secret = auth.partition(":")
        basic = base64.b64encode(secret.encode()).decode()
        self._header = {"basic": f"Basic {basic}", "bearer": f"Bearer {secret}"}.get(kind)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._header is not None:
            request.headers["Authorization"] = self._header
        return request


class _LargeBlocks(HTTPAdapter):
    """Bodies are read and sent 256 KiB at a time, not 16."""

    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, **options, blocksize=_SEND_BLOCK)  # type: ignore[arg-type]  # as it comes


class _Form:
    """One file as multipart/form-data (RFC 7578), read as it is sent."""

    def __init__(self, body: BinaryIO, size: int, boundary: str) -> None:
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="sealed"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self._pieces = [head.encode(), f"\r\n--{boundary}--\r\n".encode()]
        self._length = size + sum(map(len, self._pieces))
        self._body = body
        self._left = size

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes of it."""
        if len(self._pieces) == 2 or not self._left:  # what stands before the file, or behind it
            return self._pieces.pop(0) if self._pieces else b""
        data = self._body.read(min(size if size > 0 else _SEND_BLOCK, self._left))
        self._left -= len(data)
        return data


def _check(command: str, answer: requests.Response) -> None:
    """Raises what the node's refusal means."""
    if answer.status_code == requests.codes.ok:
        return
    try:
        reason = str(_record(answer.content).get("Message") or answer.reason)
    except (requests.RequestException, StoreUnavailable):
        reason = str(answer.reason)
    reason = _UNPRINTABLE.sub(" ", reason)[:_MAX_REASON_CHARS]
    if any(word in reason.lower() for word in _NO_ROOM):
        raise StorageFull("The disk of this server's IPFS node is full. What was stored before is kept.")
    if answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
        log.error("the IPFS node refuses %s (%d); check IPFS_AUTH", command, answer.status_code)
    elif "not pinned" not in reason:
        log.warning("the IPFS node refuses %s: %d %s", command, answer.status_code, reason)
    raise _Refused(reason.lower())


def _cid_of(answer: requests.Response) -> str:
    """The CID in the last line; a node that broke off has sent none."""
    record: dict[str, object] = {}
    for line in _lines(answer):
        record = _record(line)
    cid = record.get("Hash")
    if not isinstance(cid, str) or not is_cid(cid):
        log.warning("the IPFS node answered add without a CID (%s)", str(record.get("Message", ""))[:_MAX_REASON_CHARS])
        raise StoreUnavailable("The IPFS node of this server broke off. What was stored before is kept; try again.")
    return cid


def _lines(answer: requests.Response) -> Iterator[bytes]:
    return (line for line in answer.iter_lines() if line.strip())


def _record(text: bytes) -> dict[str, object]:
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise StoreUnavailable("What answers at IPFS_API is no IPFS node. What was stored before is kept.")
    return record


def _away(command: str, error: Exception) -> StoreUnavailable:
    """For the caller without details; those are for the log."""
    log.warning("the IPFS node does not answer %s: %s", command, type(error).__name__)
    return StoreUnavailable("The IPFS node of this server does not answer. What was stored before is kept; try again.")
