"""`sealcase-server` and `python -m server`: serve, and what an operator does on the server's machine."""

import sys
import tempfile
from pathlib import Path

import click

from server.app import operation_groups
from server.errors import Invalid
from server.http import openapi
from server.serve import serve as run_server
from server.settings import Settings, SettingsError, load_settings
from server.wiring import services, wire

CANT_START = 2
"""Exit code: the settings are wrong, and the message says which."""


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


@admin.command("openapi")
def print_openapi() -> None:
    """Print the OpenAPI document. It does not depend on settings or data."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        click.echo(openapi.document(operation_groups(services(settings, wire(settings)))), nl=False)


def main() -> None:
    """The console script."""
    try:
        cli(prog_name="sealcase-server")
    except SettingsError as error:
        click.echo(f"The server can't start.\n{error}", err=True)
        sys.exit(CANT_START)


if __name__ == "__main__":
    main()
