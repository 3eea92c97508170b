"""`sealcase-server` and `python -m server`: serve, and what an operator does on the server's machine."""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from server.app import operation_groups
from server.domain import OPERATOR
from server.errors import Invalid, Unavailable
from server.http import openapi
from server.serve import serve as run_server
from server.services.user_ids import normalize_email
from server.settings import Settings, SettingsError, load_settings
from server.wiring import services, smtp_mailer, wire

CANT_START = 2
"""Exit code: the settings are wrong, and the message says which."""
FOUND = 1
"""Exit code of `admin verify`: something is wrong."""


@click.group()
def cli() -> None:
    """Sealcase's server. Settings come from the environment and from .env; see .env.example."""


@cli.command()
def serve() -> None:
    """Serve until interrupted."""
    run_server(load_settings())


@cli.group()
def admin() -> None:
    """Commands for the operator, on the server's machine."""


@admin.command("login-code")
@click.argument("email")
def login_code(email: str) -> None:
    """Print a fresh sign-in code for EMAIL, so that no mail server is needed to get in."""
    settings = load_settings()
    try:
        code = services(settings, wire(settings)).accounts.code_for_operator(email)
    except Invalid:
        raise click.BadParameter("this is not an email address", param_hint="EMAIL") from None
    click.echo("Valid for 10 minutes, once:", err=True)
    click.echo(code)


@admin.command("mail-test")
@click.option("--to", "email", required=True, metavar="EMAIL", help="Who gets the test mail.")
def mail_test(email: str) -> None:
    """Send a test mail through SMTP_HOST, and explain what fails."""
    settings = load_settings()
    mailer = smtp_mailer(settings)
    if mailer is None:
        raise click.ClickException("No mail server is set. Set SMTP_HOST and MAIL_FROM; see .env.example.")
    try:
        mailer.send_test(normalize_email(email))
    except Invalid:
        raise click.BadParameter("this is not an email address", param_hint="--to") from None
    except Unavailable as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{settings.smtp_host} took the mail. Look into the inbox, and into the spam folder.")


@admin.command("totp-off")
@click.argument("email")
def totp_off(email: str) -> None:
    """Turn EMAIL's second factor off, for somebody who lost telephone and recovery codes. Make sure who asks."""
    settings = load_settings()
    everything = services(settings, wire(settings))
    try:
        user_id = everything.accounts.user_id_of(email)
    except Invalid:
        raise click.BadParameter("this is not an email address", param_hint="EMAIL") from None
    if not everything.second_factors.state(user_id).on:
        raise click.ClickException("This account has no second factor.")
    everything.second_factors.remove(user_id, OPERATOR)
    click.echo("The second factor is off.")


@admin.command("verify")
@click.option("--deep", is_flag=True, help="Read every byte of every file, and compare it with its record.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a finding.")
def verify(deep: bool, as_json: bool) -> None:
    """Check the chain of activity, and that every file has its bytes. May run beside the server.

    Exit code 0: nothing is wrong. 1: something is, and each finding is a line.
    """
    settings = load_settings()
    count = 0
    for finding in services(settings, wire(settings)).inspection.findings(deep=deep):
        count += 1
        click.echo(json.dumps(asdict(finding)) if as_json else f"{finding.where}: {finding.message}")
    click.echo(f"{count or 'No'} finding{'' if count == 1 else 's'}.", err=True)
    sys.exit(FOUND if count else 0)


@admin.command("openapi")
def print_openapi() -> None:
    """Print the OpenAPI document. It does not depend on settings or data."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        click.echo(openapi.document(operation_groups(services(settings, wire(settings)), settings)), nl=False)


def main() -> None:
    """The console script."""
    try:
        cli(prog_name="sealcase-server")
    except SettingsError as error:
        click.echo(f"The server can't start.\n{error}", err=True)
        sys.exit(CANT_START)


if __name__ == "__main__":
    main()
