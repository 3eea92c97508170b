"""`send`."""

from collections.abc import Callable
from pathlib import Path

import click

from client.actions.folder_outcomes import SentFolder
from client.actions.send import Sent, Terms, Unfinished, send_file
from client.cli import folders
from client.cli.duration import Duration
from client.cli.exit_codes import KNOWN_ERRORS, exit_code_of
from client.cli.faces import faces, refuse_json_and_events
from client.cli.file_name import FileName
from client.cli.link_options import link_options, password_of, shown_of
from client.cli.note import Note
from client.cli.person import give_waiting_files, signed_in_person
from client.cli.rate import Rate
from client.cli.recipients import Named, find_named, warn_of_differences
from client.cli.terminal import (
    JsonValue,
    ask_yes,
    date_text,
    has_reader,
    note,
    recent_text,
    result,
    result_json,
    size_text,
)
from client.errors import words_of
from client.local.names import shown
from client.local.outputs import PIPE, is_folder
from shared.api import limits
from shared.crypto.content import SealOptions

_DOWNLOADS = click.IntRange(1, limits.MAX_DOWNLOAD_LIMIT)
_PATH = click.Path(path_type=Path, allow_dash=True)


@click.command("send")
@click.argument("sources", metavar="FILE|DIR...", type=_PATH, nargs=-1, required=True)
@click.option("--to", "recipients", metavar="EMAIL|PEM|@GROUP", multiple=True, help="A recipient; repeat it.")
@click.option("--link", "with_link", is_flag=True, help="Make a link to all of it, for people without an account.")
@link_options
@click.option("--invite", "inviting", is_flag=True, help="Invite those who have no account, without asking.")
@click.option(
    "--expires",
    type=Duration(limits.MAX_EXPIRY_HOURS),
    default="7d",
    show_default=True,
    help="When the server removes it.",
)
@click.option("--downloads", metavar="N", type=_DOWNLOADS, help="How often it can be downloaded.")
@click.option("--allow", metavar="EMAIL", multiple=True, help="Who else may fetch it, to open it with a PEM key.")
@click.option("--name", type=FileName(), help="Another name for the recipient; with FILE - the name it gets.")
@click.option(
    "--note", "words", metavar="TEXT", type=Note(), default="", help="A note to the recipients, sealed like the file."
)
@click.option("--resume", is_flag=True, help="Continue where an earlier try was interrupted.")
@click.option("--no-compress", is_flag=True, help="Store the content as it is.")
@click.option("--no-pad", is_flag=True, help="Let the sealed size tell the exact size.")
@click.option("--limit-rate", metavar="RATE", type=Rate(), help="Bytes a second at most, such as 500K or 2M.")
@click.option("--via-server", is_flag=True, help="Send nothing straight to the server's store.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--events", "as_events", is_flag=True, help="Print what happens while it does, as a line of JSON each.")
def send_command(
    sources: tuple[Path, ...],
    recipients: tuple[str, ...],
    with_link: bool,
    password_file: Path | None,
    ask_password: bool,
    notify: bool,
    qr: bool,
    png: Path | None,
    svg: Path | None,
    inviting: bool,
    expires: int,
    downloads: int | None,
    allow: tuple[str, ...],
    name: str | None,
    words: str,
    resume: bool,
    no_compress: bool,
    no_pad: bool,
    limit_rate: int | None,
    via_server: bool,
    as_json: bool,
    as_events: bool,
) -> int:
    """Seal files and folders, and send them to people by email address, or to the holders of public key files.

    Prints the id of each, and a link where one is wanted. A file that fails does not stop the others; the exit code is
    that of the last failure.
    """
    if not recipients and not with_link:
        raise click.UsageError("Missing option '--to' (or '--link').")
    if not with_link and (password_file or ask_password or qr or png or svg):
        raise click.UsageError("This is about a link: add --link.")
    if with_link and as_events:
        raise click.UsageError("--events tells how files travel; make the link afterwards, with sealcase link ID.")
    pictures = shown_of(qr=qr, png=png, svg=svg, as_json=as_json)
    password = password_of(password_file, ask=ask_password)
    refuse_json_and_events(as_json, as_events)
    if name and len(sources) > 1:
        raise click.UsageError("--name is for one file or folder.")
    person = signed_in_person(limit_rate, via_server=via_server)
    person.unlock_soon()
    named = find_named(person, recipients, invite=inviting)
    allowed = tuple(email.lower() for email in allow)
    warn_of_differences(named, allowed)
    # With a link, it is the link that can be used so often; the named recipients have their own copies of the key.
    terms = Terms((*allowed, *named.invited), None if with_link else downloads, words)
    options = SealOptions(compress=not no_compress, pad=not no_pad)
    sent: list[Sent | SentFolder] = []
    exit_code = 0
    for source in sources:
        try:
            with faces("Sending", as_events=as_events) as tell:
                send = _sender_of(source)
                file = send(
                    person,
                    source,
                    named.people,
                    named.keys,
                    expires_hours=expires,
                    name=name,
                    options=options,
                    terms=terms,
                    tell=tell,
                    resume=_always if resume else _ask_to_resume,
                )
        except KNOWN_ERRORS as error:
            note(f"sealcase: {shown(str(source))}: {words_of(error)}")
            exit_code = exit_code_of(error)
            continue
        sent.append(file)
        if notify and not with_link:
            from client.actions.library import change_file
            from shared.api.models import FileChange

            change_file(person, file.file_id, FileChange(notify=True))
        if named.invited:
            from client.cli.invited import keep

            keep(person, named.invited, file.file_id)
        if not as_json and not as_events and not with_link:
            result(file.file_id)
        if isinstance(file, SentFolder):
            folders.tell_sent(file, str(source))
            exit_code = folders.code_of(file) or exit_code
        elif not as_json and not as_events:
            note(f"Sent {shown(file.name)} ({size_text(file.size)}), kept until {date_text(file.expires_at)}.")
    records = [_sent_record(file, named) for file in sent]
    if with_link and len(sent) == len(sources):
        from client.cli.link import link_sent  # most of what is sent goes to people

        ids = [file.file_id for file in sent]
        link_sent(person, ids, password, downloads, pictures, notify=notify, files=records if as_json else None)
    elif with_link and sent:
        note(f"No link was made. What was sent is kept: sealcase link {' '.join(file.file_id for file in sent)}")
    elif as_json:
        result_json(records)
    if named.invited and sent:
        from client.cli.invited import invite  # mostly everybody has keys

        invite(person, named.invited)
    give_waiting_files(person)
    return exit_code


def _sender_of(source: Path) -> Callable[..., Sent | SentFolder]:
    """What sends `source`: a folder file by file."""
    if source == PIPE or not is_folder(source):
        return send_file
    from client.actions.send_folder import send_folder  # most of what is sent is no folder

    return send_folder


def _always(_unfinished: Unfinished) -> bool:
    return True


def _ask_to_resume(unfinished: Unfinished) -> bool:
    """At a terminal; elsewhere a new upload begins, and it is said how to do otherwise."""
    share = unfinished.done / max(1, unfinished.size)
    stopped = (
        f"An earlier upload of {shown(unfinished.name)} stopped at {share:.0%} ({recent_text(unfinished.stopped_at)})"
    )
    if has_reader():
        return ask_yes(f"{stopped}. Continue it?")
    note(f"{stopped} and is given up for a new one; --resume would have continued it.")
    return False


def _sent_record(file: Sent | SentFolder, named: Named) -> dict[str, JsonValue]:
    if isinstance(file, SentFolder):
        record = folders.sent_record(file)
    else:
        record = {
            "file_id": file.file_id,
            "name": file.name,
            "size": file.size,
            "expires_at": file.expires_at,
        }
    return {
        **record,
        "to": [recipient.email for recipient in named.people],
        "invited": list(named.invited),
        "to_key_files": len(named.keys),
    }
