"""`share` and `show`: who gets a file that was sent already."""

import click

from client.actions import sharing
from client.actions.about_file import AboutFile, about_file
from client.actions.access import Access, Reader
from client.actions.folder_list import note_of
from client.actions.invitations import give_waiting, stop_waiting, waiting_files
from client.actions.library import IN_BUCKET, IN_IPFS, ON_DISK
from client.actions.people import KnownKeys
from client.actions.person import Person
from client.api.wire import FileDetail
from client.cli.exit_codes import KNOWN_ERRORS, exit_code_of
from client.cli.invited import invite, keep, tell_outcomes
from client.cli.note import note_text
from client.cli.person import give_waiting_files, signed_in_person
from client.cli.recipients import find_named
from client.cli.terminal import JsonValue, date_text, note, result, result_json, size_text
from client.cli.trust import POST_QUANTUM, contact_text, sender_text
from client.errors import NotFound, words_of
from client.local.addresses import normal_email
from client.local.names import shown, shown_email
from shared.sealed.grant import Grant, is_post_quantum


@click.command("share")
@click.argument("file_id", metavar="ID", required=False)
@click.option("--to", "recipients", metavar="EMAIL|PEM|@GROUP", multiple=True, help="Who shall get it, too; repeat it.")
@click.option("--remove", "removed", metavar="EMAIL", multiple=True, help="Who shall not get it any more; repeat it.")
@click.option("--invite", "inviting", is_flag=True, help="Invite those who have no account, without asking.")
@click.option("--pending", is_flag=True, help="Give waiting files to people whom I invited, and list who still waits.")
def share_command(
    file_id: str | None, recipients: tuple[str, ...], removed: tuple[str, ...], inviting: bool, pending: bool
) -> int:
    """Give a file or folder of mine to more people, without sending it again, or take it away from some.

    Taking away stops the server from serving it. What somebody has fetched can't be called back.
    """
    if pending:
        if file_id or recipients or removed:
            raise click.UsageError("--pending is about everything that waits; name no file and nobody.")
        return _give_pending(signed_in_person())
    if file_id is None or not (recipients or removed):
        raise click.UsageError("Say which file, and --to whom or --remove whom.")
    person = signed_in_person()
    person.unlock_soon()
    named = find_named(person, recipients, invite=inviting)
    own = sharing.open_own(person, file_id.lower())
    exit_code = 0
    for email in map(normal_email, removed):
        try:
            _take_away(person, own, email)
        except KNOWN_ERRORS as error:
            note(f"sealcase: {words_of(error)}")
            exit_code = exit_code_of(error)
    if named.people or named.keys:
        sharing.share(person, own, named.people, named.keys)
        for recipient in named.people:
            note(f"{recipient.email} can open {shown(own.name)} now.")
    if named.invited:
        keep(person, named.invited, own.file_id)
        sharing.allow(person, own, named.invited)
        invite(person, named.invited)
    result(own.file_id)
    return exit_code


@click.command("show")
@click.argument("file_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_command(file_id: str, as_json: bool) -> None:
    """Show all about a file: who sent it, how well it is sealed and, if it is mine, who gets it."""
    person = signed_in_person()
    person.unlock_soon()
    give_waiting_files(person)
    about = about_file(person, file_id.lower())
    detail, grants, opened, access = about.detail, list(about.grants), about.opened, about.access
    trust = about.trust
    if as_json:
        result_json(_record(person, about))
        return
    signer, name = about.signer, about.name
    result(f"id            {detail.file_id}")
    result(f"name          {'(not for the keys on this machine)' if name is None else shown(name)}")
    result(f"size          {size_text(detail.size if opened is None else opened.metadata.size)}")
    who = KnownKeys.of(person).sender_of(detail)
    result(f"sender        {'unknown' if trust is None else sender_text(trust, who, signer)}")
    if opened is not None and (words := note_of(opened.metadata)):
        result(note_text("note          ", words))
    result(f"sent          {date_text(detail.uploaded_at)}")
    result(f"kept until    {date_text(detail.expires_at)}")
    result(f"post-quantum  {_post_quantum_text(detail, grants)}")
    if (kept := _storage_text(detail.storage, detail.cid)) is not None:
        result(f"storage       {kept}")
    if access is not None:
        _show_access(person, access)


def _storage_text(storage: str | None, cid: str | None) -> str | None:
    """Where the server says that it keeps a file, which it does to the owner; None where it says nothing known."""
    places = {
        ON_DISK: "the server's own disk",
        IN_BUCKET: "S3",
        IN_IPFS: f"IPFS, {shown(cid or '?')}; copies of other nodes can't be recalled",
    }
    return places.get(storage or "")


def _give_pending(person: Person) -> int:
    given = tell_outcomes(give_waiting(person))
    waiting = waiting_files(person)
    for each in waiting:
        result(f"{each.file_id}  {shown(each.email)}")
    if waiting:
        note("These wait for people who have no keys yet.")
    elif not given:
        note("Nothing waits for anybody.")
    return 0


def _take_away(person: Person, own: sharing.OwnFile, email: str) -> None:
    waited = stop_waiting(person, own.file_id, email)
    try:
        sharing.unshare(person, own, email)
    except NotFound:
        if not waited:
            raise
    note(
        f"The server gives {shown(own.name)} to {email} no more. If they have fetched it already, they keep it: "
        "that can't be called back."
    )


def _post_quantum_text(detail: FileDetail, grants: list[Grant]) -> str:
    if detail.format == 1 and is_post_quantum(grants):
        return POST_QUANTUM
    weak = len([grant for grant in grants if not is_post_quantum([grant])])
    return "no: " + (f"{weak} of {len(grants)} keys are of RSA alone" if grants else "the old format knows only RSA")


def _show_access(person: Person, access: Access) -> None:
    for reader in access.readers:
        result(f"recipient     {_reader_text(person, reader)}")
    if access.other_keys:
        result(f"recipient     {access.other_keys} more of key files, or of people who may not fetch it")
    if access.differs:
        note(
            "WARNING: those who may fetch it and those who can open it are not the same people. "
            "`sealcase share` changes both."
        )


def _reader_text(person: Person, reader: Reader) -> str:
    if reader.email is None:
        return "somebody without keys at the server may fetch it, and CAN NOT open it"
    if reader.invited:
        return f"{shown_email(reader.email)}, invited; can't open it yet, for they have no keys"
    contact = person.contacts.find(reader.email)
    if contact is None:
        known = "not met on this machine"
    elif _has_known_key(person, reader):
        known = contact_text(contact)
    else:
        known = "WARNING: so the server says, with another key than the one you know"
    return f"{shown_email(reader.email)}, {known}{'' if reader.can_open else '; may fetch it, but CAN NOT open it'}"


def _has_known_key(person: Person, reader: Reader) -> bool | None:
    """Whether the key that the server shows as theirs is the one that we know; None for whom we have not met."""
    contact = None if reader.email is None else person.contacts.find(reader.email)
    return None if contact is None else reader.signing_key == contact.signing_key


def _record(person: Person, about: AboutFile) -> dict[str, JsonValue]:
    detail, grants, opened, access = about.detail, list(about.grants), about.opened, about.access
    return {
        "file_id": detail.file_id,
        "name": detail.filename if opened is None else opened.metadata.name,
        "size": None if opened is None else opened.metadata.size,
        "sealed_size": detail.size,
        "from": detail.from_email if detail.box_id is None else None,
        "box_id": detail.box_id,
        "sender": None if about.trust is None else about.trust.value,
        "sender_fingerprint": about.signer,
        "note": (None if opened is None else note_of(opened.metadata)) or None,
        "uploaded_at": detail.uploaded_at,
        "expires_at": detail.expires_at,
        "downloads": detail.downloads,
        "download_limit": detail.download_limit,
        "post_quantum": detail.format == 1 and is_post_quantum(grants),
        "storage": detail.storage,
        "cid": detail.cid,
        "recipients": None
        if access is None
        else [
            {
                "email": reader.email,
                "may_fetch": True,
                "can_open": reader.can_open,
                "known_key": _has_known_key(person, reader),
            }
            for reader in access.readers
        ],
        "other_keys": None if access is None else access.other_keys,
    }
