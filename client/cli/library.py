"""`ls` and `rm`."""

import sys

import click

from client.actions.library import Entry, list_files, remove_file
from client.actions.person import Person
from client.cli.exit_codes import KNOWN_ERRORS, exit_code_of
from client.cli.terminal import JsonValue, ask_secret, date_text, note, result, result_json, size_text
from client.local.names import shown
from client.local.paths import Paths


@click.command("ls")
@click.option("--received", is_flag=True, help="Files that others sent me, instead of my own.")
@click.option("--long", "as_table", is_flag=True, help="A table also where the output is not a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def ls_command(received: bool, as_table: bool, as_json: bool) -> None:
    """List my files, or the ones I received; newest first.

    A table on a terminal; an id a line in a pipe.
    """
    person = Person.signed_in(Paths.default(), ask_secret)
    if as_json:
        result_json([_record(entry) for entry in list_files(person, received=received)])
    elif as_table or sys.stdout.isatty():
        _print_table(list(list_files(person, received=received)), received=received)
    else:
        for item in person.api.files("received" if received else "owned"):
            result(item.file_id)


@click.command("rm")
@click.argument("file_ids", metavar="ID...", nargs=-1, required=True)
def rm_command(file_ids: tuple[str, ...]) -> int:
    """Delete my files from the server, at once and for good. What others have fetched can't be called back."""
    person = Person.signed_in(Paths.default(), ask_secret)
    exit_code = 0
    for file_id in map(str.lower, file_ids):
        try:
            remove_file(person, file_id)
        except KNOWN_ERRORS as error:
            note(f"sealcase: {shown(file_id)}: {error}")
            exit_code = exit_code_of(error)
        else:
            result(file_id)
    return exit_code


def _print_table(entries: list[Entry], *, received: bool) -> None:
    if not entries:
        note(
            "Nobody has sent you a file yet."
            if received
            else "You have not sent a file yet: sealcase send FILE --to EMAIL"
        )
        return
    for entry in entries:
        item, metadata = entry.item, entry.metadata
        unreadable = "(altered: does not open)" if entry.altered else "(not for the keys on this machine)"
        name = shown(metadata.name) if metadata else unreadable
        size = size_text(metadata.size if metadata else item.size)
        who = f"  {shown(item.from_email)}" if received else f"  {item.downloads} downloads"
        result(f"{item.file_id}  {size:>9}  until {date_text(item.expires_at)}{who}  {name}")


def _record(entry: Entry) -> dict[str, JsonValue]:
    item, metadata = entry.item, entry.metadata
    return {
        "file_id": item.file_id,
        "name": metadata.name if metadata else None,
        "size": metadata.size if metadata else None,
        "sealed_size": item.size,
        "from": item.from_email,
        "uploaded_at": item.uploaded_at,
        "expires_at": item.expires_at,
        "downloads": item.downloads,
    }
