"""`sealcase-server admin`: every command of the operator, in one list."""

import click

from server.admin.checks import print_openapi, verify
from server.admin.sign_in import login_code, mail_test, totp_off


@click.group()
def admin() -> None:
    """Commands for the operator, on the server's machine."""


for _command in (login_code, mail_test, totp_off, verify, print_openapi):
    admin.add_command(_command)
