"""`admin users`: who is here, what they have, and what the operator settles for one of them."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime

import click

from server.admin.asking import FOUND, address, json_option, say, settings_and_services
from server.admin.sizes import Bytes, human
from server.services.overview import Person
from server.wiring import Services


@click.group()
def users() -> None:
    """Accounts: list, show, close, limit and delete them."""


@users.command("ls")
@json_option
def ls(as_json: bool) -> None:
    """List every account, with what it holds."""
    _, everything = settings_and_services()
    for person in sorted(everything.overview.people(), key=lambda each: each.email):
        closed = "  closed" if person.disabled_at is not None else ""
        text = f"{person.email:40} {person.files:7} files {human(person.bytes):>9}{closed}"
        say(_record(person), text, as_json=as_json)


@users.command("show")
@click.argument("email")
@json_option
def show(email: str, as_json: bool) -> None:
    """Show one account: what it holds, where it is signed in, what is settled for it."""
    email = address(email)
    _, everything = settings_and_services()
    person = _account(everything, email)
    sessions = everything.sessions.of(person.user_id)
    tokens = everything.access_tokens.of(person.user_id)
    factor = everything.second_factors.state(person.user_id).on
    record = {**_record(person), "sessions": len(sessions), "access_tokens": len(tokens), "second_factor": factor}
    lines = (
        person.email,
        f"  id             {person.user_id}",
        f"  since          {_day(person.created_at)}",
        f"  state          {'open' if person.disabled_at is None else f'closed since {_day(person.disabled_at)}'}",
        f"  files          {person.files}{_of(person.quota_files or None)}",
        f"  bytes          {human(person.bytes)}{_of(human(person.quota_bytes) if person.quota_bytes else None)}",
        f"  signed in      {len(sessions)} time{'' if len(sessions) == 1 else 's'}",
        f"  access tokens  {len(tokens)}",
        f"  second factor  {'on' if factor else 'off'}",
    )
    say(record, "\n".join(lines), as_json=as_json)


@users.command("disable")
@click.argument("email")
@click.option("--undo", is_flag=True, help="Open the account again.")
@json_option
def disable(email: str, undo: bool, as_json: bool) -> None:
    """Close EMAIL's account: sessions end now, sign-ins and access tokens are refused with the reason.

    Nothing is removed: files stay until they expire, and those who received them can fetch them. An address without an
    account can be closed too; then nobody makes one with it.
    """
    email = address(email)
    _, everything = settings_and_services()
    user_id = everything.accounts.user_id_of(email)
    if undo:
        everything.standing.enable(user_id)
    else:
        everything.standing.disable(user_id)
    say({"email": email, "disabled": not undo}, f"{email} is {'open' if undo else 'closed'}.", as_json=as_json)


@users.command("quota")
@click.argument("email")
@click.option("--bytes", "size", type=Bytes(), help="Sealed bytes that they may keep, like 20GiB; 0: no limit.")
@click.option("--files", type=click.IntRange(min=0), help="Files that they may keep; 0: no limit.")
@click.option("--usual", is_flag=True, help="What everybody has: QUOTA_BYTES and QUOTA_FILES.")
@json_option
def quota(email: str, size: int | None, files: int | None, usual: bool, as_json: bool) -> None:
    """Give EMAIL another share of the store than everybody has. What they hold beyond it stays, nothing is added."""
    email = address(email)
    if not usual and size is None and files is None:
        raise click.UsageError("Say --bytes, --files or both; or --usual.")
    _, everything = settings_and_services()
    user_id = everything.accounts.user_id_of(email)
    kept = everything.standing.terms(user_id)
    if usual:
        everything.standing.limit(user_id, None, None)
    else:
        everything.standing.limit(
            user_id,
            kept.quota_bytes if size is None else size,
            kept.quota_files if files is None else files,
        )
    share = everything.standing.share(user_id)
    record: dict[str, object] = {"email": email, "quota_bytes": share.max_bytes, "quota_files": share.max_files}
    bytes_text = human(share.max_bytes) if share.max_bytes else "any number of bytes"
    files_text = f"{share.max_files} files" if share.max_files else "any number of files"
    say(record, f"{email} may keep {bytes_text} in {files_text}.", as_json=as_json)


@users.command("delete")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def delete(email: str, yes: bool, as_json: bool) -> None:
    """Delete EMAIL's account with all of its files, keys, tokens and sessions. Nobody can undo this."""
    email = address(email)
    _, everything = settings_and_services()
    person = _account(everything, email)
    if not yes:
        click.confirm(f"Delete {email} with {person.files} files ({human(person.bytes)}) for good?", abort=True)
    everything.leaving.delete_by_operator(person.user_id)
    say({**_record(person), "deleted": True}, f"{email} is deleted, with {person.files} files.", as_json=as_json)


def _account(everything: Services, email: str) -> Person:
    person = everything.overview.person(everything.accounts.user_id_of(email))
    if person is None:
        click.echo(f"There is no account of {email}.", err=True)
        sys.exit(FOUND)
    return person


def _record(person: Person) -> dict[str, object]:
    return asdict(person)


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _of(limit: object) -> str:
    return "" if limit is None else f" of {limit}"
