"""Signing in and out."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from client.actions.keys import Standing, make_known
from client.actions.person import Person
from client.api.api import Api
from client.api.http import Http
from client.errors import ClientError, NotFound, NotSignedIn, SecondFactorRequired
from client.local.addresses import normal_email, normal_server
from client.local.outputs import new_file
from client.local.paths import Paths
from client.local.secrets import Ask
from client.local.session import Session, forget_session, require_session, session_here
from client.local.vault import ChooseKeyring
from shared.api.limits import SIGN_IN_CODE_DIGITS
from shared.api.models import SignedIn as SignedInAnswer
from shared.crypto.identity import DEFAULT_RSA_BITS


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The outcome of a sign-in."""

    person: Person
    keys: Standing


@dataclass(frozen=True, slots=True)
class Server:
    """A Sealcase server that answers."""

    url: str
    """Without a slash at the end."""

    @property
    def name(self) -> str:
        """Its host, with the port where that is not the usual one."""
        return self.url.partition("://")[2]

    @property
    def encrypted(self) -> bool:
        """Whether the way to it is."""
        return self.url.startswith("https:")


def find_server(address: str, *, allow_http: bool = False) -> Server:
    """Whoever answers at an address that was typed. Raises `NetworkError`, `Unencrypted`."""
    server = Server(normal_server(address, allow_http=allow_http))
    Api(Http(server.url)).health()
    return server


def mail_code(server: str, email: str) -> str:
    """Lets a server mail a sign-in code; returns the address as it is written. Raises `ClientError`, `TooMany`."""
    email = normal_email(email)
    Api(Http(server)).request_otp(email)
    return email


def sign_in(
    paths: Paths,
    server: str,
    email: str,
    ask_code: Callable[[], str],
    ask: Ask,
    *,
    code: str | None = None,
    totp: str | None = None,
    ask_totp: Callable[[], str] | None = None,
    allow_http: bool = False,
    rsa_bits: int = DEFAULT_RSA_BITS,
    device: str = "",
    choose_keyring: ChooseKeyring | None = None,
) -> SignedIn:
    """Signs in with an emailed code; makes keys and publishes their card where the account has none yet.

    The session is called `device`. Asks for a code to be mailed unless `code` is given, and for the second factor's
    where the account has one and `totp` is missing. Raises `NetworkError`, `NotSignedIn` or what keys raise.
    """
    server = normal_server(server, allow_http=allow_http)
    email = normal_email(email)
    api = Api(Http(server))
    api.health()
    if code is None:
        api.request_otp(email)
        code = ask_code()
    tokens = _login(api, email, _normal_code(code), totp, ask_totp, device)
    expires_at = int(time.time()) + tokens.expires_in
    session = Session(server, email, tokens.user_id, tokens.token, tokens.refresh_token, expires_at)
    person = Person(paths, session, ask, choose_keyring=choose_keyring)
    before = session_before(paths)
    session.save(paths)
    if before is not None and before.continues(session):  # or this machine would be listed twice
        with suppress(ClientError):
            Api(Http(server, before)).logout()
    try:
        return SignedIn(person, make_known(person, rsa_bits))
    except BaseException:  # a session whose keys are in an unknown state would be of no use
        _take_back(person)
        raise


def session_before(paths: Paths) -> Session | None:
    """What a sign-in will replace; None for one that is damaged, too."""
    return session_here(paths)


def sign_out(paths: Paths) -> Session:
    """Ends the session here in any case, and on the server if it can be reached. Returns what it was."""
    session = require_session(paths)
    try:
        Person(paths, session, _never_ask).api.logout()
    finally:
        forget_session(paths)
    return session


def sign_out_everywhere(person: Person) -> int:
    """Ends every session of mine, the one here last; how many others there were.

    Raises what the network raises: then the session here is kept, so that it can be tried again.
    """
    others = [each for each in person.api.sessions() if not each.current]
    for each in others:
        with suppress(NotFound):  # it has ended meanwhile
            person.api.end_session(each.session_id)
    sign_out(person.paths)
    return len(others)


def delete_account(person: Person, code: str) -> None:
    """Ends the account on the server, with everything of it, and the session here. Raises `Refused`."""
    person.api.delete_account(_normal_code(code))
    here = Session.load(person.paths)
    if here is not None and here.continues(person.session):
        forget_session(person.paths)


def save_export(person: Person, target: Path, *, force: bool) -> None:
    """Writes all that the server holds about me, as JSON. Raises `TargetExists`, `FileProblem`."""
    with new_file(target, force=force) as file:
        write = file.appender(0)
        for chunk in person.api.account_export():
            write(memoryview(chunk))


def _login(
    api: Api, email: str, code: str, totp: str | None, ask_totp: Callable[[], str] | None, device: str
) -> SignedInAnswer:
    try:
        return api.login(email, code, totp, device)
    except SecondFactorRequired:
        if totp is not None or ask_totp is None:
            raise
        return api.login(email, code, ask_totp(), device)


def _take_back(person: Person) -> None:
    with suppress(ClientError):
        person.api.logout()
    forget_session(person.paths)


def _normal_code(code: str) -> str:
    """The digits of a code, however people space them."""
    code = "".join(code.split())
    if len(code) != SIGN_IN_CODE_DIGITS or not (code.isascii() and code.isdigit()):
        raise NotSignedIn(f"a sign-in code has {SIGN_IN_CODE_DIGITS} digits, and this is none")
    return code


def _never_ask(_prompt: str, _twice: bool) -> str:
    raise AssertionError("signing out needs no secret")
