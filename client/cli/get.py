"""`get`."""

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
from client.cli.note import note_text
from client.cli.person import give_waiting_files, signed_in_person
from client.cli.rate import Rate
from client.cli.terminal import JsonValue, note, result_json, result_path
from client.cli.trust import sender_text
from client.errors import words_of
from client.local.names import shown
from client.local.outputs import PIPE, is_folder

_PATH = click.Path(path_type=Path, allow_dash=True)


@click.command("get")
@click.argument("file_ids", metavar="ID...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="OUT", type=_PATH, help="A file, a folder, or - for standard output.")
@click.option("--key", metavar="PEM", type=_PATH, help="My private key, if the file was sealed for a PEM key.")
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
@click.option("--limit-rate", metavar="RATE", type=Rate(), help="Bytes a second at most, such as 500K or 2M.")
@click.option("--via-server", is_flag=True, help="Fetch nothing straight from the server's store.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--events", "as_events", is_flag=True, help="Print what happens while it does, as a line of JSON each.")
def get_command(
    file_ids: tuple[str, ...],
    output: Path | None,
    key: Path | None,
    force: bool,
    limit_rate: int | None,
    via_server: bool,
    as_json: bool,
    as_events: bool,
) -> int:
    """Receive files and folders by id, and open them. Prints where each was saved.

    Nothing appears under a final name before all of it was verified.
    """
    if len(file_ids) > 1 and output is not None and not is_folder(output):
        raise click.UsageError("Several files need a folder: -o DIR.")
    refuse_json_and_events(as_json, as_events)
    if (as_json or as_events) and output == PIPE:
        raise click.UsageError("Standard output takes the file or the JSON, not both.")
    person = signed_in_person(limit_rate, via_server=via_server)
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
        if file.doubt:
            note(f"WARNING: whether it is theirs could not be made sure of: {file.doubt}")
    if as_json:
        result_json([_received_record(file) for file in received])
    give_waiting_files(person)
    return exit_code


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
