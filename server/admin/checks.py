"""Whether what is kept is as it was, and what the server's interface is."""

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from server.admin.asking import FOUND, json_option, say, settings_and_services
from server.app import operation_groups
from server.http import openapi
from server.settings import Settings
from server.wiring import services, wire


@click.command("verify")
@click.option("--deep", is_flag=True, help="Read every byte of every file, and compare it with its record.")
@json_option
def verify(deep: bool, as_json: bool) -> None:
    """Check the chain of activity, and that every file has its bytes. May run beside the server.

    Exit code 0: nothing is wrong. 1: something is, and each finding is a line.
    """
    _, everything = settings_and_services()
    count = 0
    for finding in everything.inspection.findings(deep=deep):
        count += 1
        say(asdict(finding), f"{finding.where}: {finding.message}", as_json=as_json)
    click.echo(f"{count or 'No'} finding{'' if count == 1 else 's'}.", err=True)
    sys.exit(FOUND if count else 0)


@click.command("openapi")
def print_openapi() -> None:
    """Print the OpenAPI document. It does not depend on settings or data."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        click.echo(openapi.document(operation_groups(services(settings, wire(settings)), settings)), nl=False)
