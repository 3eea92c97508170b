"""The person who is signed in: session, keys, contacts and server, put together once a command."""

from dataclasses import dataclass
from functools import cached_property

from client.api.api import Api
from client.api.http import Http, Keeper
from client.local.contacts import Contacts
from client.local.paths import Paths
from client.local.secrets import Ask
from client.local.session import Session, require_session
from client.local.vault import Vault
from shared.crypto.identity import Identity


@dataclass(frozen=True)
class Person:
    """Who acts. Nothing is unlocked or asked before it is needed."""

    paths: Paths
    session: Session
    ask: Ask

    @classmethod
    def signed_in(cls, paths: Paths, ask: Ask) -> "Person":
        """Raises `NotSignedIn`."""
        return cls(paths, require_session(paths), ask)

    @property
    def email(self) -> str:
        return self.session.email

    @cached_property
    def api(self) -> Api:
        keeper = Keeper(save=lambda session: session.save(self.paths), reload=lambda: Session.load(self.paths))
        return Api(Http(self.session.server, self.session, keeper))

    @cached_property
    def identity(self) -> Identity:
        """My keys, unlocked. Raises what `Vault.unlock` raises."""
        return self.vault.unlock(self.session.email)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.paths)

    @property
    def vault(self) -> Vault:
        return Vault(self.paths, self.ask)
