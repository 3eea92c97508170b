"""`contacts`: whose keys I know, whether I checked them, and groups of people."""

import sys
from pathlib import Path

import click

from client.actions import contacts
from client.actions.contacts import Comparison
from client.cli.person import signed_in_person
from client.cli.terminal import JsonValue, ask_no, date_text, has_reader, note, result, result_json, result_path
from client.cli.trust import checked_text, contact_text, refused_text
from client.errors import ClientError, FileProblem, NotFound, UntrustedKey
from client.local.addresses import normal_email
from client.local.contact import Contact
from client.local.contacts import Contacts
from client.local.groups import Groups
from client.local.names import shown
from client.local.paths import Paths
from client.local.qr import qr_for_terminal, save_qr
from shared.crypto.safety import fingerprint

_PATH = click.Path(path_type=Path)
_MAX_CHECKPOINT_CHARS = 65_536


@click.group("contacts")
def contacts_command() -> None:
    """Whose keys I know, and whether I have checked that they are theirs."""


@contacts_command.command("ls")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def contacts_ls(as_json: bool) -> None:
    """List everybody whose key is known here, with its fingerprint."""
    everybody = Contacts(Paths.default()).everybody()
    if as_json:
        result_json([_record(email, contact) for email, contact in everybody.items()])
        return
    if not everybody:
        note("Nobody yet: whom you send a file to, or get one from, becomes a contact.")
    for email, contact in everybody.items():
        result(f"{shown(email)}  {fingerprint(contact.signing_key)}  {contact_text(contact)}")


@contacts_command.command("show")
@click.argument("email")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def contacts_show(email: str, as_json: bool) -> None:
    """Show what is known of a person: their keys, since when, and the safety number with them."""
    person = signed_in_person()
    contact = person.contacts.find(email)
    if contact is None:
        raise NotFound(f"{email} is none of your contacts; `sealcase contacts ls` shows them")
    email = email.casefold()
    number = contacts.known_number(person, email, contact)
    if as_json:
        result_json({**_record(email, contact), "safety_number": number})
        return
    result(f"email          {email}")
    result(f"fingerprint    {fingerprint(contact.signing_key)}")
    result(f"known since    {date_text(contact.first_met)}")
    result(f"trust          {checked_text(contact.verified_at)}")
    result(f"safety number  {number}")
    for key in contact.earlier:
        until = f"{date_text(key.first_met)} to {date_text(key.until)}"
        result(f"earlier key    {fingerprint(key.signing_key)}, {until}, {checked_text(key.verified_at)}")
    if contact.refused is not None:
        result(f"refused        {refused_text(contact)}, first shown {date_text(contact.refused.seen_at)}")


@contacts_command.command("verify")
@click.argument("email")
@click.option("--number", metavar="DIGITS", help="The number that they see, to be compared here.")
@click.option("--scan", metavar="IMAGE", type=_PATH, help="A photograph of the QR code that they see.")
@click.option("--qr", "picture", metavar="FILE", type=_PATH, help="Write my QR code into a PNG or SVG file, too.")
@click.option("--force", is_flag=True, help="Replace that file if it exists.")
def contacts_verify(email: str, number: str | None, scan: Path | None, picture: Path | None, force: bool) -> None:
    """Compare safety numbers with a person, on a way that is not this server: eye to eye, or by telephone.

    If both see the same 60 digits, nobody sits between, and the key is marked as verified. A key that changed is taken
    for theirs by that, too.
    """
    if number is not None and scan is not None:
        raise click.UsageError("--number and --scan are two ways for the same; choose one.")
    person = signed_in_person()
    comparison = contacts.compare(person, normal_email(email))
    _say_change(comparison)
    if picture is not None:
        save_qr(comparison.code, picture, force=force)
        result_path(picture)
    if number is not None:
        contacts.check_number(comparison, number)
    elif scan is not None:
        contacts.check_scan(comparison, scan)
    else:
        _show(comparison)
        if not has_reader():
            note(f"Compare this with what {comparison.email} sees, then run this again with --number or --scan.")
            return
        if not ask_no("Do the numbers match?"):
            raise contacts.mismatch(comparison)
    contacts.confirm_verified(person, comparison)
    note(f"{comparison.email} is verified.")


@contacts_command.command("accept")
@click.argument("email")
@click.option("--fingerprint", "told", metavar="HEX", help="The new fingerprint as they told it: no question then.")
def contacts_accept(email: str, told: str | None) -> None:
    """Take a changed key for that of its owner without comparing numbers; it stays not checked.

    Only if you know why it changed. `sealcase contacts verify` is the safe way.
    """
    person = signed_in_person()
    comparison = contacts.compare(person, normal_email(email))
    if not comparison.changed:
        note(f"The key of {comparison.email} is the one you know ({comparison.fingerprint}); nothing to accept.")
        return
    _say_change(comparison)
    if told is not None:
        _check_told(comparison, told)
    elif not has_reader():
        raise ClientError("accepting a changed key needs a yes at a terminal, or --fingerprint with the new one")
    elif not ask_no(_question(comparison)):
        raise ClientError(f"nothing was changed; sending to {comparison.email} stays refused")
    contacts.confirm_unseen(person, comparison)
    if comparison.is_other_card:
        note(f"{comparison.email}: the other card is accepted.")
    else:
        note(f"{comparison.email}: the new key is accepted, not checked.")


@contacts_command.command("forget")
@click.argument("emails", metavar="EMAIL...", nargs=-1, required=True)
def contacts_forget(emails: tuple[str, ...]) -> None:
    """Forget people and their keys. Whatever key the server shows for them next is taken as new."""
    known = Contacts(Paths.default())
    for email in emails:
        known.forget(email)
        result(email.casefold())


@contacts_command.command("audit")
@click.option("--checkpoint", metavar="FILE|TEXT", help="A friend's checkpoint to compare with; - for standard input.")
@click.option("--accept", is_flag=True, help="Take the log as it is now, because you know why it is not as it was.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def contacts_audit(checkpoint: str | None, accept: bool, as_json: bool) -> None:
    """Check the server's log of all keys: that it only grows, is what others see, and has no false keys of mine.

    Prints the log's checkpoint, signed by the server: give it to a friend who uses the same server, on a way that is
    not this server. They compare it with what they see: --checkpoint.
    """
    from client.actions.log_audit import audit  # rarely asked for

    found = audit(signed_in_person(), None if checkpoint is None else _text_of(checkpoint), accept=accept)
    if as_json:
        result_json(
            {
                "checkpoint": found.note,
                "entries": found.entries,
                "my_cards": found.my_cards,
                "not_mine": list(found.not_mine),
                "missing": found.missing,
                "accepted": list(found.accepted),
                "friends_entries": found.friends_entries,
            }
        )
    else:
        result(found.note.removesuffix("\n"))
        note(f"Entries in the server's key log: {found.entries}. Cards of yours among them: {found.my_cards}.")
        if found.accepted:
            places = ", ".join(map(str, found.accepted))
            note(f"Cards under your address that are taken for yours from now on: entries {places}.")
        if found.friends_entries is not None:
            note(f"It is the log that your friend saw when it had {found.friends_entries} entries.")
    if found.trouble:
        raise UntrustedKey(found.trouble)


@contacts_command.command("group")
@click.argument("name", required=False)
@click.option("--add", metavar="EMAIL", multiple=True, help="Put somebody into it; repeat it.")
@click.option("--remove", metavar="EMAIL", multiple=True, help="Take somebody out of it; repeat it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def contacts_group(name: str | None, add: tuple[str, ...], remove: tuple[str, ...], as_json: bool) -> None:
    """Show the members of a group, or change them; without NAME, list all groups.

    `--to @NAME` sends to everybody in it. Groups are known on this machine only.
    """
    groups = Groups(Paths.default())
    if name is None:
        if add or remove:
            raise click.UsageError("Name the group.")
        everything = groups.all()
        if as_json:
            result_json({each: list(members) for each, members in everything.items()})
            return
        for each, members in everything.items():
            result(f"{each}  {', '.join(members)}")
        return
    name = name.removeprefix("@")
    members = groups.change(name, map(normal_email, add), remove) if add or remove else groups.members(name)
    if as_json:
        result_json(list(members))
        return
    for email in members:
        result(email)


def _text_of(argument: str) -> str:
    """The argument itself if it has several lines, as a checkpoint has; else what stands in the file of that name."""
    if "\n" in argument:
        return argument
    try:
        with click.open_file(argument, encoding="utf-8", errors="replace") as file:
            return str(file.read(_MAX_CHECKPOINT_CHARS))
    except OSError as error:
        raise FileProblem(f"can't read {argument}: {error.strerror}") from None


def _say_change(comparison: Comparison) -> None:
    known = comparison.known
    if not comparison.changed or known is None:
        return
    if comparison.is_other_card:
        note(
            f"The server shows a card of {comparison.email} that does not follow the one you knew. It is number "
            f"{comparison.card.sequence + 1}, made {date_text(comparison.card.created_at)}; you knew number "
            f"{known.sequence + 1}. Their key is the same."
        )
        return
    since = f"known since {date_text(known.first_met)}, {checked_text(known.verified_at)}"
    note(
        f"The key of {comparison.email} is not the one you knew.\n"
        f"It was  {fingerprint(known.signing_key)}, {since}.\n"
        f"It is   {comparison.fingerprint}"
    )


def _question(comparison: Comparison) -> str:
    if comparison.is_other_card:
        return f"Send {comparison.email} files with the encryption keys on this card all the same?"
    return f"Is {comparison.fingerprint} the key of {comparison.email}?"


def _show(comparison: Comparison) -> None:
    groups = comparison.number.split()
    for start in range(0, len(groups), 4):
        result(" ".join(groups[start : start + 4]))
    if sys.stdout.isatty():
        click.echo(qr_for_terminal(comparison.code))


def _check_told(comparison: Comparison, told: str) -> None:
    if "".join(told.split()).lower() != comparison.fingerprint.replace(" ", ""):
        raise UntrustedKey(
            f"the key that the server shows for {comparison.email} has another fingerprint than that. Nothing was "
            "changed; send them nothing through this server until you know why."
        )


def _record(email: str, contact: Contact) -> dict[str, JsonValue]:
    refused = contact.refused
    return {
        "email": email,
        "fingerprint": fingerprint(contact.signing_key),
        "known_since": contact.first_met,
        "verified_at": contact.verified_at,
        "refused": None
        if refused is None
        else {"fingerprint": fingerprint(refused.signing_key), "first_shown_at": refused.seen_at},
        "earlier": [
            {
                "fingerprint": fingerprint(key.signing_key),
                "known_since": key.first_met,
                "verified_at": key.verified_at,
                "until": key.until,
            }
            for key in contact.earlier
        ],
    }
