"""What every command of the operator needs: the server's services, and a way to say things for people or machines."""

import json
import os
from collections.abc import Callable, Mapping
from typing import TypeVar

import click

from server.adapters import data_format
from server.errors import Invalid
from server.services.user_ids import normalize_email
from server.settings import Settings, load_settings
from server.wiring import Services, services, wire

F = TypeVar("F", bound=Callable[..., object])

FOUND = 1
"""Exit code: something is wrong, or is not there."""
_WHERE = (
    "Nothing was done. This wants the server's own user and settings, DATA_DIR above all. With systemd: "
    "sudo sealcase-admin ...; with Docker: docker compose exec server sealcase-server admin ... (docs/self-hosting.md)"
)


def json_option(command: F) -> F:
    """`--json`: the command gets `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line.")(command)


def settings_of_server() -> Settings:
    """Those of a server that is there; ends the command where it would look at no data, or as root spoil them.

    Raises `SettingsError`.
    """
    settings = load_settings()
    folder = settings.data_dir
    try:
        if settings.records == "json" and not data_format.is_there(folder):
            raise click.ClickException(f"There is no server's data in {folder.absolute()}. {_WHERE}")
        if folder.exists() and (owner := folder.stat()).st_uid != 0 and hasattr(os, "geteuid") and os.geteuid() == 0:
            raise click.ClickException(
                f"{folder.absolute()} belongs to user {owner.st_uid}; what root writes there, the server can't read. "
                f"Put this in front: setpriv --reuid={owner.st_uid} --regid={owner.st_gid} --clear-groups. {_WHERE}"
            )
    except PermissionError:
        raise click.ClickException(f"Only others can look into {folder.absolute()}. {_WHERE}") from None
    return settings


def settings_and_services() -> tuple[Settings, Services]:
    """Those of the server of this machine. Raises `SettingsError`."""
    settings = settings_of_server()
    return settings, services(settings, wire(settings))


def address(email: str, where: str = "EMAIL") -> str:
    """The address as the server writes it; ends the command for what is none."""
    try:
        return normalize_email(email)
    except Invalid:
        raise click.BadParameter("this is not an email address", param_hint=where) from None


def say(record: Mapping[str, object], text: str, *, as_json: bool) -> None:
    """One line on standard output: `record` for machines, `text` for people."""
    click.echo(json.dumps(record) if as_json else text)
