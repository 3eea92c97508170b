"""`--to` of several commands: people by email or group, key files, and people who are still to be invited."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from client.actions.offline import load_recipient
from client.actions.people import NoCard, Recipient, find_recipient
from client.actions.person import Person
from client.cli.terminal import ask_yes, has_reader, note
from client.cli.trust import new_contact_text
from client.local.addresses import normal_email
from client.local.groups import Groups
from client.local.inputs import size_of
from client.local.names import shown
from shared.crypto.keys import RecipientKey


@dataclass(frozen=True, slots=True)
class Named:
    """Who was named."""

    people: list[Recipient]
    keys: list[RecipientKey]
    """Of key files."""
    invited: list[str]
    """Emails of those who have no keys yet."""


def find_named(person: Person, names: Iterable[str], *, invite: bool) -> Named:
    """Emails and @groups by their cards, everything else as PEM files; says who is new.

    Who has no keys yet is invited where that is wanted, or where somebody is there to say so. Raises `NoCard`.
    """
    named = Named([], [], [])
    for name in _without_groups(person, names):
        if _is_file(name):
            named.keys.append(load_recipient(Path(name)))
            note(
                f"{shown(name)}: from a file, not verified. Whoever holds its private key can open what you send, "
                "but only people named by email can fetch it from the server."
            )
            continue
        email = normal_email(name)
        if size_of(Path(name)) is not None:
            note(f"There is also a file called {shown(name)} here. If you mean the key in it: --to ./{shown(name)}")
        try:
            recipient = find_recipient(person, email)
        except NoCard as error:
            if not (invite or _wants_to_invite(person, email)):
                raise NoCard(f"{error}. Or invite them: --invite") from None
            named.invited.append(email)
            continue
        if recipient.is_new:
            note(new_contact_text(recipient.email, recipient.fingerprint))
        named.people.append(recipient)
    return named


def warn_of_differences(named: Named, allowed: Iterable[str]) -> None:
    """Says who could fetch what they can't open, and the other way round."""
    known = {recipient.email for recipient in named.people} | {*named.invited}
    strangers = [email for email in allowed if email not in known]
    if strangers and not named.keys:
        note(
            f"{', '.join(strangers)} may fetch it, but it is sealed for none of their keys: they can't open it. "
            "Name them with --to as well, or their key file."
        )
    if named.keys and not known and not strangers:
        note("Nobody but you may fetch it: say with --allow EMAIL who holds the private key.")


def _without_groups(person: Person, names: Iterable[str]) -> list[str]:
    """Each name once, members in place of their groups."""
    members: list[str] = []
    for name in names:
        members.extend(Groups(person.paths).members(name[1:]) if name.startswith("@") else [name])
    return list(dict.fromkeys(members))


def _is_file(name: str) -> bool:
    """An address never means a file, whatever lies here: somebody may have sent one that is called like it."""
    return "@" not in name or "/" in name or os.sep in name or name.lower().endswith(".pem")


def _wants_to_invite(person: Person, email: str) -> bool:
    if not has_reader():
        return False
    return ask_yes(
        f"{email} has no keys at {person.session.server} yet. Invite them by mail? They can open what you send once "
        "they have signed in, and you have used Sealcase again after that."
    )
