"""The person who is signed in: session, keys, contacts and server, put together once a command."""

import os
from dataclasses import dataclass, replace
from functools import cached_property

from client.actions.way import Way, via_server_by_environment
from client.api.api import Api
from client.api.http import Http
from client.api.throttle import Throttle
from client.api.tokens import Keeper
from client.errors import NotSignedIn
from client.local.addresses import normal_server
from client.local.contacts import Contacts
from client.local.paths import Paths
from client.local.secrets import Ask, access_token
from client.local.session import Session, require_session, session_of_token
from client.local.vault import ChooseKeyring, Unlocking, Vault
from shared.crypto.identity import Identity

SERVER_VARIABLE = "SEALCASE_SERVER"


@dataclass(frozen=True)
class Person:
    """Who acts. Nothing is unlocked or asked before it is needed."""

    paths: Paths
    session: Session
    ask: Ask
    head_start: Unlocking | None = None
    """Keys, mine or not, whose unlocking began before it was known who acts."""
    throttle: Throttle | None = None
    """The limit that all transfers share."""
    choose_keyring: ChooseKeyring | None = None
    """Asked before a new secret of mine goes into the operating system's keyring."""
    via_server: bool = False
    """Nothing goes straight to a store, or comes from there."""

    @classmethod
    def signed_in(
        cls,
        paths: Paths,
        ask: Ask,
        head_start: Unlocking | None = None,
        throttle: Throttle | None = None,
        *,
        via_server: bool = False,
    ) -> "Person":
        """Whoever SEALCASE_TOKEN speaks for, else whoever signed in here. Raises `NotSignedIn`, `NetworkError`."""
        token = access_token()
        session = require_session(paths) if token is None else _session_of(token)
        return cls(paths, session, ask, head_start, throttle, via_server=via_server)

    @property
    def is_guest(self) -> bool:
        """Whether it is somebody with a link, who needs no account here."""
        return False

    @property
    def email(self) -> str:
        return self.session.email

    @cached_property
    def api(self) -> Api:
        if not self.session.refresh_token:
            return Api(Http(self.session.server, self.session, throttle=self.throttle))
        keeper = Keeper(save=lambda session: session.save(self.paths), reload=lambda: Session.load(self.paths))
        return Api(Http(self.session.server, self.session, keeper, self.throttle))

    @cached_property
    def way(self) -> Way:
        """Whether content goes straight to and from the server's store, where it has one. Raises `ClientError`."""
        return Way(via_server=self.via_server or via_server_by_environment())

    def unlock_soon(self) -> None:
        """Gets the passphrase now, if it is going to be needed: nobody should be asked in the middle of something.

        Raises what `Vault.begin_unlocking` raises.
        """
        self._unlocking  # noqa: B018  (made at the first look)

    @cached_property
    def identity(self) -> Identity:
        """My keys, unlocked. Raises what `Vault.unlock` raises."""
        return self._unlocking.identity()

    @cached_property
    def _unlocking(self) -> Unlocking:
        if self.head_start and self.head_start.email == self.email:
            return self.head_start
        return self.vault.begin_unlocking(self.email)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.paths)

    @property
    def vault(self) -> Vault:
        return Vault(self.paths, self.ask, self.choose_keyring)


def _session_of(token: str) -> Session:
    """Asks the server who the token speaks for: it goes nowhere but to the server that was named with it."""
    server = os.environ.get(SERVER_VARIABLE)
    if not server:
        raise NotSignedIn(f"SEALCASE_TOKEN is set, but {SERVER_VARIABLE} does not name the server that it is for")
    session = session_of_token(normal_server(server, allow_http=False), token)
    account = Api(Http(session.server, session)).account()
    return replace(session, email=account.email, user_id=account.user_id)
