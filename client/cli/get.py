"""`get`."""

import sys
from pathlib import Path

import click

from client.actions.folder_list import note_of
from client.actions.folder_outcomes import ReceivedFolder
from client.actions.receive import Received
from client.actions.receive_any import receive
from client.cli import folders
from client.cli.exit_codes import KNOWN_ERRORS, exit_code_of
from client.cli.faces import faces, refuse_json_and_events
from client.cli.keys import private_keys_of
from client.cli.link_options import password_options
from client.cli.note import note_text
from client.cli.person import give_waiting_files, signed_in_person
from client.cli.rate import Rate
from client.cli.terminal import JsonValue, note, result_json, result_path
from client.cli.trust import sender_text
from client.errors import words_of
from client.local.names import shown
from client.local.outputs import PIPE, is_folder
from client.local.secrets import first_line
from shared.crypto.link import looks_like_link

_PATH = click.Path(path_type=Path, allow_dash=True)


@click.command("get")
@click.argument("file_ids", metavar="ID|LINK...", nargs=-1)
@click.option("-o", "--output", metavar="OUT", type=_PATH, help="A file, a folder, or - for standard output.")
@click.option("--key", metavar="PEM", type=_PATH, help="My private key, if the file was sealed for a PEM key.")
@click.option("--link-file", metavar="FILE", type=_PATH, help="The link is the first line of FILE, or of - (stdin).")
@password_options
@click.option("--allow-http", is_flag=True, help="Follow a link whose address is not encrypted, on a network I trust.")
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
@click.option("--limit-rate", metavar="RATE", type=Rate(), help="Bytes a second at most, such as 500K or 2M.")
@click.option("--via-server", is_flag=True, help="Fetch nothing straight from the server's store.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--events", "as_events", is_flag=True, help="Print what happens while it does, as a line of JSON each.")
def get_command(
    file_ids: tuple[str, ...],
    output: Path | None,
    key: Path | None,
    link_file: Path | None,
    password_file: Path | None,
    ask_password: bool,
    allow_http: bool,
    force: bool,
    limit_rate: int | None,
    via_server: bool,
    as_json: bool,
    as_events: bool,
) -> int:
    """Receive files and folders by id, or by a link, and open them. Prints where each was saved.

    Nothing appears under a final name before all of it was verified. A link needs no account; its password is asked
    for where it has one.
    """
    if link_file is not None:
        file_ids = (*file_ids, _link_in(link_file))
    if not file_ids:
        raise click.UsageError("Say what to get: an id, a link, or --link-file FILE.")
    if ask_password and password_file is not None:
        raise click.UsageError("--password-file and --ask-password contradict each other.")
    if len(file_ids) > 1 and output is not None and not is_folder(output):
        raise click.UsageError("Several files need a folder: -o DIR.")
    refuse_json_and_events(as_json, as_events)
    if (as_json or as_events) and output == PIPE:
        raise click.UsageError("Standard output takes the file or the JSON, not both.")
    links = [text for text in file_ids if looks_like_link(text)]
    person = signed_in_person(limit_rate, via_server=via_server) if len(links) < len(file_ids) else None
    if key is None and person is not None:
        person.unlock_soon()
    keys = private_keys_of(key) if key else None
    received: list[Received | ReceivedFolder] = []
    exit_code = 0
    for wanted in file_ids:
        try:
            if person is None or wanted in links:
                from client.cli.get_link import get_link  # most of what is received comes by id

                files = get_link(
                    wanted,
                    output,
                    password_file,
                    force=force,
                    limit_rate=limit_rate,
                    allow_http=allow_http,
                    as_events=as_events,
                )
            else:
                with faces("Receiving", as_events=as_events) as tell:
                    files = [receive(person, wanted.lower(), output, keys=keys, force=force, tell=tell)]
        except KNOWN_ERRORS as error:
            what = wanted.partition("#")[0] if wanted in links else wanted  # behind the # is the key
            note(f"sealcase: {shown(what)}: {words_of(error)}")
            exit_code = exit_code_of(error)
            continue
        received += files
        for file in files:
            exit_code = _tell(file, print_path=not as_json and not as_events) or exit_code
    if as_json:
        result_json([_received_record(file) for file in received])
    if person is not None:
        give_waiting_files(person)
    return exit_code


def _link_in(file: Path) -> str:
    """The link in a file, or on standard input: so that it stands in no list of arguments."""
    return sys.stdin.readline().strip() if file == PIPE else first_line(file)


def _tell(file: Received | ReceivedFolder, *, print_path: bool) -> int:
    """For people; the exit code of what failed of a folder."""
    if print_path and file.target != PIPE:
        result_path(file.target)
    if isinstance(file, ReceivedFolder):
        folders.tell_received(file, _sender_text(file, file.name))
    else:
        note(_sender_text(file, file.metadata.name))
    if file.doubt:
        note(f"WARNING: whether it is theirs could not be made sure of: {file.doubt}")
    return folders.code_of(file) if isinstance(file, ReceivedFolder) else 0


def _sender_text(file: Received | ReceivedFolder, name: str) -> str:
    who = sender_text(file.trust, file.from_email, file.sender_fingerprint)
    text = f"{shown(name)}: {who}."
    words = _note_of(file)
    return f"{text}\n{note_text('Note: ', words)}" if words else text


def _note_of(file: Received | ReceivedFolder) -> str:
    return file.note if isinstance(file, ReceivedFolder) else note_of(file.metadata)


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
        "doubt": file.doubt or None,
        "sender_fingerprint": file.sender_fingerprint,
        "note": _note_of(file) or None,
    }
