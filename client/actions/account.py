"""Signing in and out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from client.actions.people import publish_card
from client.actions.person import Person
from client.api.api import Api
from client.api.http import Http
from client.errors import ClientError, NetworkError, NotFound
from client.local.paths import Paths
from client.local.secrets import Ask
from client.local.session import Session, forget_session, require_session


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The outcome of a sign-in."""

    person: Person
    new_keys: bool
    """Whether the identity was made just now."""


def sign_in(
    paths: Paths,
    server: str,
    email: str,
    ask_code: Callable[[], str],
    ask: Ask,
    *,
    code: str | None = None,
    allow_http: bool = False,
) -> SignedIn:
    """Signs in with an emailed code; makes keys and publishes their card where there are none yet.

    Asks for a code to be mailed unless `code` is given. Raises `NetworkError`, `NotSignedIn` or what keys raise.
    """
    server = normal_server(server, allow_http=allow_http)
    api = Api(Http(server))
    api.health()
    if code is None:
        api.request_otp(email)
        code = ask_code()
    tokens = api.login(email, code.strip())
    expires_at = int(time.time()) + tokens.expires_in
    email = email.strip().lower()
    session = Session(server, email, tokens.user_id, tokens.token, tokens.refresh_token, expires_at)
    session.save(paths)
    person = Person(paths, session, ask)
    return SignedIn(person, new_keys=_ensure_keys(person))


def sign_out(paths: Paths) -> Session:
    """Ends the session here in any case, and on the server if it can be reached. Returns what it was."""
    session = require_session(paths)
    try:
        Person.signed_in(paths, _never_ask).api.logout()
    finally:
        forget_session(paths)
    return session


def normal_server(server: str, *, allow_http: bool) -> str:
    """The address without a slash at the end. Raises `NetworkError` for what is none, and for bare http elsewhere."""
    url = urlsplit(server if "://" in server else f"https://{server}")
    try:
        valid = url.scheme in ("http", "https") and url.hostname and (url.port is None or url.port > 0)
    except ValueError:
        valid = False
    if not valid or url.query or url.fragment or url.username is not None:
        raise NetworkError(f"{server!r} is not the address of a server; one looks like https://files.example.org")
    if url.scheme == "http" and not allow_http and not _is_this_machine(url.hostname or ""):
        raise NetworkError(
            f"{server} is not encrypted on the way: whoever is between could sign in as you. Use https:// "
            "(or, on a network you trust, --allow-http)"
        )
    return f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"


def _ensure_keys(person: Person) -> bool:
    """Keys for this address on this machine, and their card on the server. True if they were made just now."""
    if person.vault.has(person.email):
        publish_card(person.api, person.identity)
        return False
    try:
        person.api.card_of(person.email)
    except NotFound:
        identity = person.vault.create(person.email)
        publish_card(person.api, identity)
        return True
    raise ClientError(
        f"{person.email} has keys already, on another machine, and files sealed for them open only with those. "
        f"Copy the identity file from there to {person.vault.path_of(person.email)} and sign in again."
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _never_ask(_prompt: str, _twice: bool) -> str:
    raise AssertionError("signing out needs no secret")
