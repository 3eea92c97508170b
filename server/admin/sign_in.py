"""How people get in: codes without mail, mail tried out, a lost second factor."""

import click

from server.admin.asking import address, settings_and_services
from server.domain import OPERATOR
from server.errors import Unavailable
from server.settings import load_settings
from server.wiring import smtp_mailer


@click.command("login-code")
@click.argument("email")
def login_code(email: str) -> None:
    """Print a fresh sign-in code for EMAIL, so that no mail server is needed to get in."""
    email = address(email)
    _, everything = settings_and_services()
    code = everything.accounts.code_for_operator(email)
    click.echo("Valid for 10 minutes, once:", err=True)
    click.echo(code)


@click.command("mail-test")
@click.option("--to", "email", required=True, metavar="EMAIL", help="Who gets the test mail.")
def mail_test(email: str) -> None:
    """Send a test mail through SMTP_HOST, and explain what fails."""
    settings = load_settings()
    mailer = smtp_mailer(settings)
    if mailer is None:
        raise click.ClickException("No mail server is set. Set SMTP_HOST and MAIL_FROM; see .env.example.")
    try:
        mailer.send_test(address(email, "--to"))
    except Unavailable as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{settings.smtp_host} took the mail. Look into the inbox, and into the spam folder.")


@click.command("totp-off")
@click.argument("email")
def totp_off(email: str) -> None:
    """Turn EMAIL's second factor off, for somebody who lost telephone and recovery codes. Make sure who asks."""
    email = address(email)
    _, everything = settings_and_services()
    user_id = everything.accounts.user_id_of(email)
    if not everything.second_factors.state(user_id).on:
        raise click.ClickException("This account has no second factor.")
    everything.second_factors.remove(user_id, OPERATOR)
    click.echo("The second factor is off.")
