"""What every command of the operator needs: the server's services, and a way to say things for people or machines."""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

import click

from server.errors import Invalid
from server.services.user_ids import normalize_email
from server.settings import Settings, load_settings
from server.wiring import Services, services, wire

F = TypeVar("F", bound=Callable[..., object])

FOUND = 1
"""Exit code: something is wrong, or is not there."""


def json_option(command: F) -> F:
    """`--json`: the command gets `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line.")(command)


def settings_and_services() -> tuple[Settings, Services]:
    """Those of the server of this machine. Raises `SettingsError`."""
    settings = load_settings()
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
