"""`sealcase-server admin`: every command of the operator, in one list."""

import click

from server.admin.backup.commands import backup, restore
from server.admin.checks import print_openapi, verify
from server.admin.database import db
from server.admin.doctor.command import doctor
from server.admin.keeping import gc, stats
from server.admin.move_blobs import move_blobs
from server.admin.moving import migrate
from server.admin.s3_check import s3_check
from server.admin.sign_in import login_code, mail_test, totp_off
from server.admin.users import users


@click.group()
def admin() -> None:
    """Commands for the operator, on the server's machine."""


_COMMANDS = (
    *(doctor, users, login_code, mail_test, totp_off),
    *(stats, gc, verify, move_blobs, s3_check),
    *(db, migrate, backup, restore, print_openapi),
)
for _command in _COMMANDS:
    admin.add_command(_command)
