"""`sealcase-server` and `python -m server`: serve, and what an operator does on the server's machine."""

import sys

import click

from server.admin.group import admin
from server.errors import SealcaseError
from server.serve import serve as run_server
from server.settings import SettingsError, load_settings

CANT_START = 2
"""Exit code: the settings are wrong, and the message says which."""


@click.group()
def cli() -> None:
    """Sealcase's server. Settings come from the environment and from .env; see .env.example."""


@cli.command()
def serve() -> None:
    """Serve until interrupted."""
    run_server(load_settings())


cli.add_command(admin)


def main() -> None:
    """The console script."""
    try:
        cli(prog_name="sealcase-server")
    except SettingsError as error:
        click.echo(f"The server can't start.\n{error}", err=True)
        sys.exit(CANT_START)
    except SealcaseError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
