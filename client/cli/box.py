"""`box`: files from people without an account, and files for whoever has a drop box."""

import time
from pathlib import Path

import click

from client.actions import boxes as my_boxes
from client.actions.boxes import BoxTerms, MadeBox, find_box, state_of
from client.cli.duration import Duration
from client.cli.exit_codes import KNOWN_ERRORS, exit_code_of
from client.cli.link_options import link_pictures, password_of, password_options, shown_of
from client.cli.note import Note
from client.cli.person import signed_in_person
from client.cli.size import Size
from client.cli.terminal import JsonValue, ask_secret, date_text, note, result, result_json, size_text
from client.local.boxes import MAX_NAME
from client.local.names import shown, shown_email
from client.local.qr import qr_for_terminal, save_qr
from client.local.secrets import first_line
from shared.api import limits
from shared.api.models import BoxChange, BoxItem

_EXPIRES = Duration(limits.MAX_EXPIRY_HOURS)
_FILES = click.IntRange(1, limits.MAX_BOX_FILES)
_BOX = "NAME|BOX"


@click.group("box")
def box_command() -> None:
    """Drop boxes: whoever has the address of one leaves files that only I can open, in a browser or with `box leave`.

    Files land in my inbox (`ls --received`), unsigned: whoever has the address may have sent them.
    """


@box_command.command("make")
@click.argument("name", metavar="NAME")
@click.option("--expires", type=_EXPIRES, default="7d", show_default=True, help="How long it takes files in.")
@click.option("--keep", type=_EXPIRES, default="7d", show_default=True, help="How long each file is kept.")
@click.option("--max-files", metavar="N", type=_FILES, help="How many files it takes in.")
@click.option("--max-size", metavar="SIZE", type=Size(), help="How much in all, as 500M or 2G.")
@click.option(
    "--note", "words", metavar="TEXT", type=Note(), default="", help="Shown to visitors; the server reads it."
)
@click.option("--notify", is_flag=True, help="Mail me how many files arrived.")
@password_options
@link_pictures
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def make_command(
    name: str,
    expires: int,
    keep: int,
    max_files: int | None,
    max_size: int | None,
    words: str,
    notify: bool,
    password_file: Path | None,
    ask_password: bool,
    qr: bool,
    png: Path | None,
    svg: Path | None,
    as_json: bool,
) -> None:
    """Make a drop box; prints its address, for any browser. NAME is what I call it; nobody else is told."""
    if not name.strip() or len(name) > MAX_NAME:
        raise click.UsageError(f"A name has 1 to {MAX_NAME} characters.")
    if len(words) > limits.MAX_BOX_NOTE:
        raise click.UsageError(f"This note is shown to strangers, and has at most {limits.MAX_BOX_NOTE} characters.")
    pictures = shown_of(qr=qr, png=png, svg=svg, as_json=as_json)
    password = password_of(password_file, ask=ask_password, what="drop box")
    person = signed_in_person()
    person.unlock_soon()
    terms = BoxTerms(expires, keep, max_files, max_size, words, notify)
    made = my_boxes.make_box(person, name.strip(), password, terms)
    for path in pictures.files:
        save_qr(made.url, path)
    _tell(made, in_terminal=pictures.in_terminal, as_json=as_json)


@box_command.command("ls")
@click.option("--all", "also_over", is_flag=True, help="Also those that are over.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(also_over: bool, as_json: bool) -> None:
    """List my drop boxes, newest first."""
    person = signed_in_person()
    names = my_boxes.names_of(person)
    now = time.time()
    items = [item for item in my_boxes.boxes_of(person) if also_over or state_of(item, now) in ("open", "full")]
    if as_json:
        result_json([_record(item, names.get(item.box_id)) for item in items])
        return
    for item in items:
        result(f"{item.box_id[:12]}  {shown(names.get(item.box_id, '(made on another machine)'))}: {_state_text(item)}")
    if not items:
        note("You have no drop box. Make one: sealcase box make NAME")


@box_command.command("show")
@click.argument("box", metavar=_BOX)
@click.option("--qr", is_flag=True, help="Draw it here, to be read by a telephone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_command(box: str, qr: bool, as_json: bool) -> None:
    """Show the address of a drop box of mine again, on the machine that made it."""
    person = signed_in_person()
    item = find_box(person, box)
    person.unlock_soon()
    _tell(my_boxes.show_box(person, item), in_terminal=qr, as_json=as_json)


@box_command.command("edit")
@click.argument("box", metavar=_BOX)
@click.option("--expires", type=_EXPIRES, help="How long it takes files in, from now on.")
@click.option("--max-files", metavar="N", type=_FILES, help="How many files it takes in, in all.")
@click.option("--max-size", metavar="SIZE", type=Size(), help="How much in all, as 500M or 2G.")
@click.option("--note", "words", metavar="TEXT", type=Note(), help="Shown to visitors; the server reads it.")
@click.option("--notify/--no-notify", default=None, help="Whether I get a mail when files arrived.")
def edit_command(
    box: str,
    expires: int | None,
    max_files: int | None,
    max_size: int | None,
    words: str | None,
    notify: bool | None,
) -> None:
    """Change how long a drop box of mine is open, how much it takes, or what it says."""
    asked = {
        "expires_hours": expires,
        "max_files": max_files,
        "max_bytes": max_size,
        "note": words,
        "notify": notify,
    }
    change = {name: value for name, value in asked.items() if value is not None}
    if not change:
        raise click.UsageError("Say what to change: --expires 3d, --max-files 20, --max-size 2G, --note or --notify.")
    person = signed_in_person()
    item = my_boxes.change_box(person, find_box(person, box), BoxChange.model_validate(change))
    result(item.box_id)
    note(f"{_state_text(item)}.")


@box_command.command("close")
@click.argument("boxes", metavar=f"{_BOX}...", nargs=-1, required=True)
def close_command(boxes: tuple[str, ...]) -> None:
    """Close drop boxes of mine, at once and for good. What was left in them stays."""
    person = signed_in_person()
    for item in [find_box(person, box) for box in boxes]:
        result(my_boxes.close_box(person, item).box_id)


@box_command.command("leave")
@click.argument("sources", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--address-file", metavar="FILE", type=click.Path(path_type=Path), help="The address is the first line of FILE."
)
@click.option("--note", "words", metavar="TEXT", type=Note(), default="", help="To the owner, sealed like the file.")
@click.option("--password-file", metavar="FILE", type=click.Path(path_type=Path), help="The password is in FILE.")
@click.option("--allow-http", is_flag=True, help="Although the server's address is not encrypted.")
@click.option("--events", "as_events", is_flag=True, help="Progress as JSON, a line an event, for programs.")
def leave_command(
    sources: tuple[Path, ...],
    address_file: Path | None,
    words: str,
    password_file: Path | None,
    allow_http: bool,
    as_events: bool,
) -> int:
    """Leave files in somebody's drop box. No account is needed; they are sealed for its owner, and signed by nobody.

    The address is asked for, or read from a file: it holds a key, and what stands in arguments others can read.
    """
    from client.actions.leave import leave_file, open_box
    from client.cli.faces import faces
    from shared.crypto.drop_box import parse_box

    address = parse_box(
        ask_secret("Address of the drop box", False) if address_file is None else first_line(address_file)
    )
    password = None
    if address.has_password:
        password = ask_secret("Password of the drop box", False) if password_file is None else first_line(password_file)
    box = open_box(address, password, allow_http=allow_http)
    note(f"A drop box of {shown_email(box.terms.email)}, whose key is the one in the address.")
    exit_code = 0
    with faces("Sending", as_events=as_events) as tell:
        for source in sources:
            try:
                file_id = leave_file(box, source, words, tell)
            except KNOWN_ERRORS as error:
                note(f"sealcase: {shown(str(source))}: {error}")
                exit_code = exit_code_of(error)
            else:
                if not as_events:
                    result(file_id)
    box.api.done()
    return exit_code


def _tell(made: MadeBox, *, in_terminal: bool, as_json: bool) -> None:
    if as_json:
        result_json({**_record(made.item, made.name), "url": made.url})
        return
    result(made.url)
    if in_terminal:
        click.echo(qr_for_terminal(made.url), err=True)
    note(f"{_state_text(made.item)}.{' Tell the password by another way.' if made.item.password else ''}")


def _record(item: BoxItem, name: str | None) -> dict[str, JsonValue]:
    """A drop box without its key, for scripts."""
    return {**item.model_dump(), "name": name, "state": state_of(item, time.time())}


def _state_text(item: BoxItem) -> str:
    state = state_of(item, time.time())
    of_files = "" if item.max_files is None else f" of {item.max_files:,}"
    of_bytes = "" if item.max_bytes is None else f" of {size_text(item.max_bytes)}"
    held = f"{item.files:,}{of_files} files, {size_text(item.bytes)}{of_bytes}"
    until = f" until {date_text(item.expires_at)}" if state in ("open", "full") else ""
    return f"{state}{until}, {held}{', with a password' if item.password else ''}"
