"""`device`: give my keys to another machine of mine, list machines, remove them."""

from __future__ import annotations  # so that a wire model is built when it is needed

from collections.abc import Callable
from pathlib import Path

import click

from client.actions import devices
from client.actions.keys import Standing, make_known
from client.actions.pairing import Arrived, Waiting, chosen, device_in_picture, get_keys, give_keys, waiting_devices
from client.actions.person import Person
from client.cli.terminal import (
    ask_no,
    ask_secret,
    date_text,
    has_reader,
    note,
    recent_text,
    result,
    result_json,
)
from client.errors import ClientError, NeedsInput, NotFound
from client.local.names import shown
from client.local.paths import Paths
from shared.api import models
from shared.crypto.pairing import chooser


@click.group("device")
def device_command() -> None:
    """My machines: give my keys to a new one, list them, remove one that is gone."""


@device_command.command("add")
def device_add() -> None:
    """Get my keys from another machine of mine. Sign in first; run `sealcase device approve` on the other one.

    Contacts come with them. The server sees nothing of it, and can't get in between unless you say yes to digits that
    differ.
    """
    add_this_device(Person.signed_in(Paths.default(), ask_secret))


@device_command.command("approve")
@click.argument("code", nargs=-1)
@click.option("--scan", metavar="IMAGE", type=click.Path(path_type=Path), help="A photograph of its QR code.")
def device_approve(code: tuple[str, ...], scan: Path | None) -> None:
    """Give my keys to a new machine that shows CODE, and waits. Both show six digits: compare them."""
    if code and scan:
        raise click.UsageError("CODE and --scan are two ways for the same; choose one.")
    _require_reader()
    person = Person.signed_in(Paths.default(), ask_secret)
    waiting = _chosen(person, device_in_picture(scan) if scan else chooser(" ".join(code)) if code else None)
    name = shown(waiting.name) or "A machine"
    note(f"{name} asks for your keys, since {recent_text(waiting.since)}, with code {waiting.code}.")
    person.unlock_soon()
    give_keys(person, waiting, lambda digits: _same(digits, "new"))
    note("Your keys and contacts are on their way. If the new machine still asks about the digits, say yes there too.")


@device_command.command("ls")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def device_ls(as_json: bool) -> None:
    """List the machines that I am signed in at, the one used last first."""
    show_devices(Person.signed_in(Paths.default(), ask_secret).api.sessions(), as_json=as_json)


@device_command.command("rename")
@click.argument("device")
@click.argument("name")
def device_rename(device: str, name: str) -> None:
    """Call DEVICE, a name or the beginning of an id, NAME from now on."""
    person = Person.signed_in(Paths.default(), ask_secret)
    person.api.rename_session(devices.device(person, device).session_id, name)


@device_command.command("rm")
@click.argument("names", metavar="DEVICE...", nargs=-1, required=True)
def device_rm(names: tuple[str, ...]) -> None:
    """Sign machines out, at once. What is on them stays there: nobody can call keys back."""
    person = Person.signed_in(Paths.default(), ask_secret)
    for name in names:
        result(devices.remove(person, name).session_id)
    note("It is signed out, and can fetch nothing any more. What it has it keeps: files, and your keys if it had them.")
    note("If it is lost or not yours any more, change them, so that what is sealed from now on stays closed to it:")
    note("sealcase key rotate")


def add_this_device(person: Person) -> None:
    """Raises what `get_keys` raises."""
    _require_reader()
    arrived = get_keys(person, _show_code, lambda digits: _same(digits, "other"))
    _say_arrived(person, arrived)


def show_devices(sessions: list[models.SessionItem], *, as_json: bool) -> None:
    """Sessions, one a line, or as JSON."""
    if as_json:
        result_json([each.model_dump() for each in sessions])
        return
    for each in sessions:
        result(_line(each))


def _line(session: models.SessionItem) -> str:
    here = "  (this one)" if session.current else ""
    used = f"since {date_text(session.created_at)}  last used {date_text(session.last_used_at)}"
    where = f"{shown(session.ip_prefix)}  {shown(session.client)}"
    return f"{session.session_id}  {used}  {where}  {shown(session.name) or '-'}{here}"


def _require_reader() -> None:
    if not has_reader():
        raise NeedsInput("two machines show digits that a person must compare, and there is no terminal to ask at")


def _show_code(code: str, qr: str) -> None:
    from client.local.qr import qr_for_terminal  # slow to import

    click.echo(qr_for_terminal(qr), err=True)
    note("On a machine that has your keys, run this, or scan the picture there:")
    note(f"  sealcase device approve {code}")
    note("Waiting for it; ten minutes at most, and Ctrl-C ends it.")


def _same(digits: str, other: str) -> bool:
    note(f"This machine shows  {digits}")
    return ask_no(f"Does the {other} machine show the same six digits?")


def _say_arrived(person: Person, arrived: Arrived) -> None:
    note(f"Your keys are on this machine now: {person.vault.path_of(person.email)}")
    if not arrived.contacts:
        note("No contacts came with them.")
    for email in arrived.differing:
        note(f"WARNING: your two machines know {email} by different keys. Compare: sealcase contacts verify {email}")
    if make_known(person) is not Standing.HERE:
        note("WARNING: the server shows others another card of yours than your own machines have. Ask whoever runs it.")


def _chosen(person: Person, fits: Callable[[bytes], bool] | None) -> Waiting:
    """The device that was meant; if none was, the only one that waits. Raises `NotFound`, `ClientError`."""
    waiting = [each for each in waiting_devices(person) if not each.answered]
    if fits:
        return chosen(waiting, fits)
    if not waiting:
        raise NotFound("no machine of yours waits for keys. On the new one: sealcase login, then sealcase device add")
    if len(waiting) > 1:
        lines = "".join(f"\n  {each.code}  {shown(each.name)}, since {recent_text(each.since)}" for each in waiting)
        raise ClientError(f"several machines wait; name the one that you mean by its code:{lines}")
    return waiting[0]
