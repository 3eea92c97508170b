"""Where an IPFS node's RPC is, from a multiaddr or a URL (https://github.com/multiformats/multiaddr)."""

import ipaddress
import re
from urllib.parse import urlsplit

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_API_PATH = "/api/v0"
_MAX_PORT = 65_535
_FORM = "it must be like /ip4/127.0.0.1/tcp/5001 or http://127.0.0.1:5001"


def rpc_url(text: str) -> str:
    """The base that `/api/v0/...` is appended to, without a slash at its end. Raises `ValueError`, without `text`."""
    return _of_multiaddr(text) if text.startswith("/") else _of_url(text)


def _of_multiaddr(text: str) -> str:
    match text.strip("/").split("/"):
        case ["ip4", host, "tcp", port, *rest]:
            host = str(_address(ipaddress.IPv4Address, host))
        case ["ip6", host, "tcp", port, *rest]:
            host = f"[{_address(ipaddress.IPv6Address, host)}]"
        case ["dns" | "dns4" | "dns6", host, "tcp", port, *rest] if _HOST_NAME.fullmatch(host):
            pass
        case _:
            raise ValueError(_FORM)
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _MAX_PORT):
        raise ValueError(f"{_FORM}; the port is a number up to {_MAX_PORT}")
    match rest:
        case [] | ["http"]:
            return f"http://{host}:{port}"
        case ["https"] | ["tls", "http"]:
            return f"https://{host}:{port}"
    raise ValueError(f"{_FORM}; behind the port there is nothing, http or https")


def _of_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise ValueError(_FORM)
    if url.username is not None or url.password is not None:
        raise ValueError("it must not hold a password; IPFS_AUTH is for that")
    _ = url.port  # raises `ValueError` for one that is none
    return text.rstrip("/").removesuffix(_API_PATH).rstrip("/")


def _address(
    kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address], text: str
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(_FORM) from None
