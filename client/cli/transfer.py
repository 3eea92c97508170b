"""`send` and `get`."""

from collections.abc import Callable
from pathlib import Path

import click

from client.actions.folder_outcomes import ReceivedFolder, SentFolder
from client.actions.receive import Received
from client.actions.receive_any import receive
from client.actions.send import Sent, Terms, Unfinished, send_file
from client.cli import folders
from client.cli.duration import Duration
from client.cli.exit_codes import KNOWN_ERRORS, exit_code_of
from client.cli.faces import faces
from client.cli.file_name import FileName
from client.cli.keys import private_keys_of
from client.cli.person import give_waiting_files, signed_in_person
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
    result_path,
    size_text,
)
from client.cli.trust import sender_text
from client.errors import words_of
from client.local.names import shown
from client.local.outputs import PIPE
from shared.api import limits
from shared.crypto.content import SealOptions

_DOWNLOADS = click.IntRange(1, limits.MAX_DOWNLOAD_LIMIT)
_PATH = click.Path(path_type=Path, allow_dash=True)


@click.command("send")
@click.argument("sources", metavar="FILE|DIR...", type=_PATH, nargs=-1, required=True)
@click.option(
    "--to", "recipients", metavar="EMAIL|PEM|@GROUP", multiple=True, required=True, help="A recipient; repeat it."
)
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
@click.option("--resume", is_flag=True, help="Continue where an earlier try was interrupted.")
@click.option("--no-compress", is_flag=True, help="Store the content as it is.")
@click.option("--no-pad", is_flag=True, help="Let the sealed size tell the exact size.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--events", "as_events", is_flag=True, help="Print what happens while it does, as a line of JSON each.")
def send_command(
    sources: tuple[Path, ...],
    recipients: tuple[str, ...],
    inviting: bool,
    expires: int,
    downloads: int | None,
    allow: tuple[str, ...],
    name: str | None,
    resume: bool,
    no_compress: bool,
    no_pad: bool,
    as_json: bool,
    as_events: bool,
) -> int:
    """Seal files and folders, and send them to people by email address, or to the holders of public key files.

    Prints the id of each. A file that fails does not stop the others; the exit code is that of the last failure.
    """
    _refuse_json_and_events(as_json, as_events)
    if name and len(sources) > 1:
        raise click.UsageError("--name is for one file or folder.")
    person = signed_in_person()
    person.unlock_soon()
    named = find_named(person, recipients, invite=inviting)
    allowed = tuple(email.lower() for email in allow)
    warn_of_differences(named, allowed)
    terms = Terms((*allowed, *named.invited), downloads)
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
        if named.invited:
            from client.cli.invited import keep

            keep(person, named.invited, file.file_id)
        if not as_json and not as_events:
            result(file.file_id)
        if isinstance(file, SentFolder):
            folders.tell_sent(file, str(source))
            exit_code = folders.code_of(file) or exit_code
        elif not as_json and not as_events:
            note(f"Sent {shown(file.name)} ({size_text(file.size)}), kept until {date_text(file.expires_at)}.")
    if as_json:
        result_json([_sent_record(file, named) for file in sent])
    if named.invited and sent:
        from client.cli.invited import invite  # mostly everybody has keys

        invite(person, named.invited)
    give_waiting_files(person)
    return exit_code


@click.command("get")
@click.argument("file_ids", metavar="ID...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="OUT", type=_PATH, help="A file, a folder, or - for standard output.")
@click.option("--key", metavar="PEM", type=_PATH, help="My private key, if the file was sealed for a PEM key.")
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--events", "as_events", is_flag=True, help="Print what happens while it does, as a line of JSON each.")
def get_command(
    file_ids: tuple[str, ...], output: Path | None, key: Path | None, force: bool, as_json: bool, as_events: bool
) -> int:
    """Receive files and folders by id, and open them. Prints where each was saved.

    Nothing appears under a final name before all of it was verified.
    """
    if len(file_ids) > 1 and output is not None and not output.is_dir():
        raise click.UsageError("Several files need a folder: -o DIR.")
    _refuse_json_and_events(as_json, as_events)
    if (as_json or as_events) and output == PIPE:
        raise click.UsageError("Standard output takes the file or the JSON, not both.")
    person = signed_in_person()
    if key is None:
        person.unlock_soon()
    keys = private_keys_of(key) if key else None
    received: list[Received | ReceivedFolder] = []
    exit_code = 0
    for file_id in map(str.lower, file_ids):
        try:
            with faces("Receiving", as_events=as_events) as tell:
                file = receive(person, file_id, output, keys=keys, force=force, tell=tell)
        except KNOWN_ERRORS as error:
            note(f"sealcase: {shown(file_id)}: {words_of(error)}")
            exit_code = exit_code_of(error)
            continue
        received.append(file)
        if not as_json and not as_events and file.target != PIPE:
            result_path(file.target)
        if isinstance(file, ReceivedFolder):
            folders.tell_received(file, _sender_text(file, file.name))
            exit_code = folders.code_of(file) or exit_code
        else:
            note(_sender_text(file, file.metadata.name))
    if as_json:
        result_json([_received_record(file) for file in received])
    give_waiting_files(person)
    return exit_code


def _sender_of(source: Path) -> Callable[..., Sent | SentFolder]:
    """What sends `source`: a folder file by file."""
    if source == PIPE or not source.is_dir():
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


def _refuse_json_and_events(as_json: bool, as_events: bool) -> None:
    if as_json and as_events:
        raise click.UsageError("Standard output takes the events or the JSON, not both.")


def _sender_text(file: Received | ReceivedFolder, name: str) -> str:
    who = sender_text(file.trust, file.from_email, file.sender_fingerprint)
    return f"{shown(name)}: {who}."


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


def _received_record(file: Received | ReceivedFolder) -> dict[str, JsonValue]:
    if isinstance(file, ReceivedFolder):
        return folders.received_record(file)
    return {
        "file_id": file.file_id,
        "path": str(file.target),
        "name": file.metadata.name,
        "size": file.metadata.size,
        "from": file.from_email,
        "sender": file.trust.value,
        "sender_fingerprint": file.sender_fingerprint,
    }
