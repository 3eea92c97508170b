"""Addresses of servers and people, as they are typed."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from client.errors import ClientError, NetworkError, Unencrypted

_MAX_EMAIL_CHARS = 254


def normal_server(server: str, *, allow_http: bool) -> str:
    """The address without a slash at the end. Raises `NetworkError` for what is none, `Unencrypted` for bare http."""
    try:
        url = urlsplit(server if "://" in server else f"{_usual_scheme(server)}://{server}")
        valid = url.scheme in ("http", "https") and url.hostname and (url.port is None or url.port > 0)
        valid = valid and not any(letter.isspace() for letter in server)
    except ValueError:
        url, valid = urlsplit(""), None
    if not valid or url.query or url.fragment or url.username is not None:
        raise NetworkError(f"{server!r} is not the address of a server; one looks like https://files.example.org")
    if url.scheme == "http" and not allow_http and not is_this_machine(url.hostname or ""):
        raise Unencrypted(
            f"{server} is not encrypted on the way: whoever is between could sign in as you. Use https:// "
            "(or, on a network you trust, --allow-http)"
        )
    return f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"


def normal_email(email: str) -> str:
    """The one spelling of an address, all lower case. Raises `ClientError` for what is none."""
    email = email.strip().lower()
    name, at, host = email.rpartition("@")
    if not (name and at and host) or len(email) > _MAX_EMAIL_CHARS:
        raise ClientError(f"{email!r} is not an email address")
    return email


def _usual_scheme(server: str) -> str:
    """What is meant where none was typed: a server on this very machine has no certificate."""
    host = urlsplit(f"//{server}").hostname or ""
    return "http" if is_this_machine(host) else "https"


def is_this_machine(host: str) -> bool:
    """Whether a host is this one: what goes there goes over no network."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
