"""Which way leads to a server: straight, or through a proxy that the environment (or the system) names."""

import os
import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from client.errors import NetworkError

_PORTS = {"http": 80, "https": 443}
_LONGEST_LABEL = 63


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy."""

    host: str
    port: int
    headers: Mapping[str, str] = field(repr=False)
    """What it wants to see: its user's name and password, where its address names them."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a server is, and how to get there."""

    server: str
    """The address as people know it, without a slash at the end."""
    tls: bool
    host: str
    port: int
    path: str
    """What comes before the path of every request."""
    proxy: Proxy | None

    @property
    def prefix(self) -> str:
        """What comes before the path in a request's first line: a proxy that reads it must be told the server."""
        if self.proxy is None or self.tls:
            return self.path
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS["http"] else f":{self.port}"  # as in `Host`, which some requests sign
        return f"http://{host}{port}{self.path}"


def route_to(server: str) -> Route:
    """Raises `NetworkError` for what is no address, and for a proxy of a kind that can't be used."""
    try:
        parts = urlsplit(server)
        port = parts.port or _PORTS[parts.scheme]
        host = (parts.hostname or "").encode("idna" if not server.isascii() else "ascii").decode("ascii")
    except (ValueError, KeyError):
        raise NetworkError(f"{server} is not an address of a server") from None
    if not all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split(".")):
        raise NetworkError(f"{server} is not an address of a server")
    return Route(
        server, parts.scheme == "https", host, port, parts.path.rstrip("/"), _proxy_for(parts.scheme, host, port)
    )


def _proxy_for(scheme: str, host: str, port: int) -> Proxy | None:
    if sys.platform not in ("win32", "darwin") and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # slow to import, and mostly there is none

    proxies = getproxies()
    url = proxies.get(scheme) or proxies.get("all")
    if (
        not url
        or proxy_bypass(host)
        or proxy_bypass(f"{host}:{port}")
        or _in_no_proxy_network(host, proxies.get("no", ""))
    ):
        return None
    return _parsed(urlsplit(url if "://" in url else f"http://{url}"))


def _parsed(url: SplitResult) -> Proxy:
    try:
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if url.scheme != "http" or not host:
        raise NetworkError("the environment names a proxy that can't be used: its address must be http://HOST:PORT")
    headers = {}
    if url.username is not None:
        secret = f"{unquote(url.username)}:{unquote(url.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {b64encode(secret.encode()).decode()}"
    return Proxy(host, port or _PORTS["http"], headers)


def _in_no_proxy_network(host: str, no_proxy: str) -> bool:
    """Whether an IP address lies in one of the networks (such as 10.0.0.0/8) that `no_proxy` names."""
    import ipaddress

    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for name in no_proxy.split(","):
        try:
            if "/" in name and address in ipaddress.ip_network(name.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False
