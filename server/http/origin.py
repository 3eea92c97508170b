"""Where a request comes from: the network that is remembered, the address that is counted by."""

import ipaddress
from functools import lru_cache

from flask import Request

from server.domain import Origin

MAX_CLIENT_CHARS = 80
_IPV6 = 6
_OF_PROXIES = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
_REMEMBERED = (24, 48)
_COUNTED = (32, 64)
"""Whoever has one address of IPv6 has a whole /64 of them."""


def origin_of(request: Request) -> Origin:
    """What activity remembers of the sender."""
    client = "".join(char for char in request.headers.get("User-Agent", "") if " " <= char <= "~")
    return Origin(_network(request.remote_addr, _REMEMBERED), client[:MAX_CLIENT_CHARS])


def counted_address(request: Request) -> str:
    """What stands for the sender in limits."""
    return _network(request.remote_addr, _COUNTED)


def is_loopback(request: Request) -> bool:
    """Whether the sender is on this machine; a proxy there speaks for others."""
    address = _address(request.remote_addr)
    return address is not None and address.is_loopback and not any(name in request.headers for name in _OF_PROXIES)


@lru_cache(maxsize=4_096)
def _network(text: str | None, lengths: tuple[int, int]) -> str:
    address = _address(text)
    if address is None:
        return ""
    return str(ipaddress.ip_network((address, lengths[address.version == _IPV6]), strict=False))


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for what is no address: a socket in the file system has none."""
    try:
        address = ipaddress.ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
