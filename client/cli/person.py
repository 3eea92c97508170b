"""Who acts in a command; unlocking their keys begins while the rest of the command is still being loaded."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from client.cli.terminal import ask_secret
from client.errors import ClientError
from client.local.paths import Paths
from client.local.secrets import access_token, nobody_to_ask
from client.local.session import Session
from client.local.vault import Unlocking, Vault

if TYPE_CHECKING:
    from client.actions.person import Person


def head_start(arguments: Sequence[str]) -> Unlocking | None:
    """Begins to unlock the keys of whoever signed in here, where that takes no question.

    Whatever is wrong is said later, by the command that needs them.
    """
    if any(argument in ("-h", "--help") for argument in arguments):
        return None
    with suppress(ClientError):
        paths = Paths.default()
        if access_token() is None and (session := Session.load(paths)):
            return Vault(paths, nobody_to_ask).begin_unlocking_silently(session.email)
    return None


def give_waiting_files(person: "Person") -> None:
    """At the end of commands that talk to the server anyway: people whom I invited may have come meanwhile."""
    if person.paths.invitations.exists():
        from client.cli.invited import give_by_the_way  # mostly nobody waits

        give_by_the_way(person)


def signed_in_person(limit_rate: int | None = None, *, via_server: bool = False) -> "Person":
    """`limit_rate`: bytes a second, where the command says so; `via_server`: whether it says that.

    Raises `NotSignedIn`, `NetworkError`, `ClientError`.
    """
    from client.actions.person import Person  # after the head start
    from client.api.throttle import Throttle

    context = click.get_current_context(silent=True)
    throttle = Throttle.from_environment() if limit_rate is None else Throttle(limit_rate)
    unlocking = context.find_object(Unlocking) if context else None
    return Person.signed_in(Paths.default(), ask_secret, unlocking, throttle, via_server=via_server)
