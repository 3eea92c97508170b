"""How people get in: codes without mail, mail tried out, a lost second factor."""

import click

from server.admin.asking import address, json_option, say, settings_and_services
from server.domain import OPERATOR
from server.errors import Unavailable
from server.settings import load_settings
from server.wiring import smtp_mailer
from shared.api import limits


@click.command("login-code")
@click.argument("email")
@json_option
def login_code(email: str, as_json: bool) -> None:
    """Print a fresh sign-in code for EMAIL, so that no mail server is needed to get in."""
    email = address(email)
    _, everything = settings_and_services()
    code = everything.accounts.code_for_operator(email)
    if not as_json:
        click.echo("Valid for 10 minutes, once:", err=True)
    say({"email": email, "code": code, "seconds": limits.SIGN_IN_CODE_SECONDS}, code, as_json=as_json)


@click.command("mail-test")
@click.option("--to", "email", required=True, metavar="EMAIL", help="Who gets the test mail.")
@json_option
def mail_test(email: str, as_json: bool) -> None:
    """Send a test mail through SMTP_HOST, and explain what fails."""
    settings = load_settings()
    mailer = smtp_mailer(settings)
    if mailer is None:
        raise click.ClickException("No mail server is set. Set SMTP_HOST and MAIL_FROM; see .env.example.")
    try:
        to = address(email, "--to")
        mailer.send_test(to)
    except Unavailable as error:
        raise click.ClickException(str(error)) from None
    text = f"{settings.smtp_host} took the mail. Look into the inbox, and into the spam folder."
    say({"to": to, "taken_by": settings.smtp_host}, text, as_json=as_json)


@click.command("totp-off")
@click.argument("email")
@json_option
def totp_off(email: str, as_json: bool) -> None:
    """Turn EMAIL's second factor off, for somebody who lost telephone and recovery codes. Make sure who asks."""
    email = address(email)
    _, everything = settings_and_services()
    user_id = everything.accounts.user_id_of(email)
    if not everything.second_factors.state(user_id).on:
        raise click.ClickException("This account has no second factor.")
    everything.second_factors.remove(user_id, OPERATOR)
    say({"email": email, "second_factor": False}, "The second factor is off.", as_json=as_json)
