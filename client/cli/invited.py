"""What is said of people who were invited: that their files wait, and that they got them."""

from collections.abc import Iterable, Sequence

from client.actions.invitations import Given, Gone, Outcome, Stuck, give_waiting, keep_for
from client.actions.person import Person
from client.cli.exit_codes import KNOWN_ERRORS
from client.cli.terminal import note
from client.cli.trust import new_contact_text
from client.errors import words_of
from client.local.names import shown

_MOST_PEOPLE = 20
"""Whose cards are asked for by the way."""


def keep(person: Person, emails: Sequence[str], file_id: str) -> None:
    """Remembers for whom a file waits that has just been sent."""
    for email in emails:
        try:
            keep_for(person, file_id, email)
        except KNOWN_ERRORS as error:
            note(
                f"It could not be noted that {file_id} is for {email}, too: {words_of(error)} "
                f"Once they have signed in: sealcase share {file_id} --to {email}"
            )


def invite(person: Person, emails: Sequence[str]) -> None:
    """Mails an invitation to people without keys, and says what happens next."""
    for email in emails:
        try:
            person.api.invite(email)
        except KNOWN_ERRORS as error:
            note(f"{email} could not be invited: {words_of(error)} Tell them yourself to sign in.")
        else:
            note(f"{email} was invited.")
        note(
            f"{email} can open it once they have signed in, and you have used Sealcase again after that "
            "(any send, ls or get, or `sealcase share --pending`)."
        )


def give_by_the_way(person: Person) -> None:
    """For commands that talk to the server anyway: whoever has appeared gets their files. Failing, it can wait."""
    try:
        tell_outcomes(give_waiting(person, _MOST_PEOPLE))
    except KNOWN_ERRORS as error:
        note(f"Files for people whom you invited still wait: {words_of(error)}")


def tell_outcomes(outcomes: Iterable[Outcome]) -> int:
    """Says what became of files that waited; returns how many were given."""
    given = 0
    for outcome in outcomes:
        match outcome:
            case Given():
                given += 1
                if outcome.recipient.is_new:
                    note(new_contact_text(outcome.recipient.email, outcome.recipient.fingerprint))
                note(f"{outcome.recipient.email} has keys now and can open {shown(outcome.name)} ({outcome.file_id}).")
            case Gone():
                note(f"{outcome.email} came too late for {outcome.file_id}: it has expired, or was deleted.")
            case Stuck():
                note(f"Files for {outcome.email} still wait: {words_of(outcome.error)}")
    return given
