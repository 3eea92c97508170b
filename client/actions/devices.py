"""My devices: each is a session, called as its owner likes."""

from __future__ import annotations  # so that a wire model is built when it is needed

from client.actions.person import Person
from client.errors import NotFound, Refused
from shared.api import models

SHORTEST_ID = 6


def device(person: Person, text: str) -> models.SessionItem:
    """The device of that name, or whose id begins so. Raises `NotFound`; `Refused` where several fit."""
    devices = person.api.sessions()
    named = [each for each in devices if each.name.casefold() == text.casefold()]
    begun = [each for each in devices if len(text) >= SHORTEST_ID and each.session_id.startswith(text.lower())]
    found = named or begun
    if not found:
        raise NotFound(f"you have no device called {text!r}; `sealcase device ls` shows them")
    if len(found) > 1:
        raise Refused(f"several devices of yours are called {text!r}; say it by its id, as `sealcase device ls` does")
    return found[0]


def remove(person: Person, text: str) -> models.SessionItem:
    """Ends a device's session, at once. Raises what `device` raises; `Refused` for the one that we are at."""
    found = device(person, text)
    if found.current:
        raise Refused("that is this machine; to sign out here: sealcase logout")
    person.api.end_session(found.session_id)
    return found
