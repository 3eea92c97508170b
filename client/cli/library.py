"""`ls`, `edit` and `rm`."""

import sys

import click

from client.actions.library import Entry, change_file, list_files, remove_file
from client.actions.person import Person
from client.api.wire import FileDetail
from client.cli.duration import Duration
from client.cli.exit_codes import KNOWN_ERRORS, exit_code_of
from client.cli.person import give_waiting_files
from client.cli.terminal import JsonValue, ask_secret, date_text, note, result, result_json, size_text
from client.cli.trust import POST_QUANTUM
from client.local.contact import Trust
from client.local.names import shown, shown_email
from client.local.paths import Paths
from shared.api import limits
from shared.api.models import FileChange, FileItem

_IN_IPFS = (
    "What is deleted lay in IPFS. The server's own node lets go of it; copies that other nodes have made "
    "can't be recalled. They are sealed, as all that the server had."
)
_SORTS = {"uploaded": "uploaded_at", "expires": "expires_at", "size": "size"}


@click.command("ls")
@click.option("--received", is_flag=True, help="Files that others sent me, instead of my own.")
@click.option("--search", metavar="TEXT", default="", help="Part of a name, of the sender's email or of an id.")
@click.option(
    "--sort", type=click.Choice(list(_SORTS)), default="uploaded", help="Newest, last to expire or largest first."
)
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--all", "inside", is_flag=True, help="Also the files that belong to folders, one by one.")
@click.option("--long", "as_table", is_flag=True, help="A table also where the output is not a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def ls_command(
    received: bool, search: str, sort: str, reverse: bool, inside: bool, as_table: bool, as_json: bool
) -> None:
    """List my files, or the ones I received.

    A table on a terminal, where a folder is one line; in a pipe an id a line, of everything that is there.
    """
    person = Person.signed_in(Paths.default(), ask_secret)
    order = "asc" if reverse else "desc"
    if not (search or as_json or as_table or sys.stdout.isatty()):
        for item in person.api.files("received" if received else "owned", _SORTS[sort], order):
            result(item.file_id)
        give_waiting_files(person)
        return
    entries = list(list_files(person, received=received, search=search, sort=_SORTS[sort], order=order, inside=inside))
    if as_json:
        result_json([_record(entry) for entry in entries])
    elif as_table or sys.stdout.isatty():
        _print_table(entries, received=received, search=search, long=as_table)
    else:
        for entry in entries:
            result(entry.item.file_id)
    give_waiting_files(person)


@click.command("edit")
@click.argument("file_id", metavar="ID")
@click.option("--expires", type=Duration(limits.MAX_EXPIRY_HOURS), help="Remove it after so long from now, as 3d.")
@click.option("--downloads", metavar="N", type=click.IntRange(1, limits.MAX_DOWNLOAD_LIMIT), help="How often in all.")
@click.option("--any-downloads", is_flag=True, help="As often as anybody likes: takes the limit away.")
@click.option("--notify/--no-notify", default=None, help="Whether I get a mail when somebody else first fetches it.")
def edit_command(
    file_id: str, expires: int | None, downloads: int | None, any_downloads: bool, notify: bool | None
) -> None:
    """Change how long a file of mine is kept, how often it can be downloaded, or whether I am told of it."""
    if downloads is not None and any_downloads:
        raise click.UsageError("--downloads and --any-downloads contradict each other.")
    change = FileChange()
    if expires is not None:
        change.expires_hours = expires
    if downloads is not None or any_downloads:
        change.download_limit = downloads
    if notify is not None:
        change.notify = notify
    if not change.model_fields_set:
        raise click.UsageError("Say what to change: --expires 3d, --downloads 5, --any-downloads or --notify.")
    person = Person.signed_in(Paths.default(), ask_secret)
    changed = change_file(person, file_id.lower(), change)
    result(changed.file_id)
    note(f"Kept until {date_text(changed.expires_at)}, {_downloads_text(changed)}.")


@click.command("rm")
@click.argument("file_ids", metavar="ID...", nargs=-1, required=True)
def rm_command(file_ids: tuple[str, ...]) -> int:
    """Delete my files and folders from the server, at once and for good. What others have fetched they keep."""
    person = Person.signed_in(Paths.default(), ask_secret)
    exit_code = 0
    gone: set[str] = set()
    told: set[str] = set()
    for file_id in map(str.lower, file_ids):
        if file_id in gone:  # with its folder
            result(file_id)
            continue
        try:
            inside = remove_file(person, file_id, lambda: told.add(_IN_IPFS))
        except KNOWN_ERRORS as error:
            note(f"sealcase: {shown(file_id)}: {error}")
            exit_code = exit_code_of(error)
        else:
            gone.update(inside)
            result(file_id)
            if inside:
                note(f"{file_id}: the folder is deleted, with its {len(inside):,} files.")
    for words in told:
        note(words)
    return exit_code


def _downloads_text(item: FileItem | FileDetail) -> str:
    of = "" if item.download_limit is None else f" of {item.download_limit}"
    return f"{item.downloads}{of} downloads"


def _print_table(entries: list[Entry], *, received: bool, search: str, long: bool) -> None:
    if not entries and search:
        note(f"No file has {shown(search)} in its name, its sender's email or its id.")
    elif not entries:
        note(
            "Nobody has sent you a file yet."
            if received
            else "You have not sent a file yet: sealcase send FILE --to EMAIL"
        )
        return
    for entry in entries:
        item, metadata = entry.item, entry.metadata
        unreadable = "(altered: does not open)" if entry.altered else "(not for the keys on this machine)"
        name = unreadable if entry.name is None else shown(entry.name)
        size = size_text(metadata.size if metadata else item.size)
        if entry.folder is not None:
            files, folder_size = entry.folder
            name, size = f"{name}/  ({files:,} files)", size_text(folder_size)
        sender = shown_email(entry.sent_by) if item.box_id is None else shown(entry.sent_by)
        who = f"  {sender if received else _downloads_text(item)}"
        signed = "" if entry.trust in (None, Trust.OWN) else f", {entry.trust.value}"
        strong = f", {POST_QUANTUM}" if long and entry.post_quantum else ""
        result(f"{item.file_id}  {size:>9}  until {date_text(item.expires_at)}{who}{signed}{strong}  {name}")


def _record(entry: Entry) -> dict[str, JsonValue]:
    item, metadata = entry.item, entry.metadata
    return {
        "file_id": item.file_id,
        "name": entry.name,
        "size": metadata.size if metadata else None,
        "folder": None if entry.folder is None else {"files": entry.folder[0], "size": entry.folder[1]},
        "sealed_size": item.size,
        "from": item.from_email if item.box_id is None else None,
        "drop_box": None if item.box_id is None else {"box_id": item.box_id, "name": entry.sent_by},
        "sender": None if entry.trust is None else entry.trust.value,
        "post_quantum": entry.post_quantum,
        "uploaded_at": item.uploaded_at,
        "expires_at": item.expires_at,
        "downloads": item.downloads,
        "download_limit": item.download_limit,
    }
