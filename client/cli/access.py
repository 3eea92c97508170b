"""`sessions`, `totp` and `token`: who may act as me, and with what."""

import click

from client.actions.person import Person
from client.cli.device import show_devices
from client.cli.duration import Duration
from client.cli.terminal import JsonValue, ask_line, ask_secret, date_text, note, result, result_json
from client.errors import ClientError
from client.local.names import shown
from client.local.paths import Paths
from shared.api import limits
from shared.api.models import TokenItem, TokenRequest
from shared.api.scopes import Scope

_HOURS_A_DAY = 24


@click.command("sessions")
@click.option("--end", "session_id", metavar="ID", help="End this session, at once.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sessions_command(session_id: str | None, as_json: bool) -> None:
    """Show where I am signed in, or end a session."""
    api = _me().api
    if session_id is not None:
        api.end_session(session_id.lower())
        note("That session has ended.")
        return
    show_devices(api.sessions(), as_json=as_json)


@click.group("totp")
def totp_command() -> None:
    """A second factor: codes of an authenticator app, asked for at every sign-in."""


@totp_command.command("on")
def totp_on() -> None:
    """Set up an authenticator app, and turn the second factor on."""
    api = _me().api
    if api.second_factor().on:
        raise ClientError(
            "the second factor is on already. To set up another app, turn it off first: sealcase totp off"
        )
    enrolment = api.begin_second_factor()
    note("Put this into your authenticator app: the whole line, or only the secret in it.")
    result(enrolment.uri)
    codes = api.confirm_second_factor(ask_line("The code that the app shows now"))
    note(
        "The second factor is on. Keep these recovery codes: each replaces the app once, and they are not shown again."
    )
    for code in codes:
        result(code)


@totp_command.command("off")
@click.option("--code", help="A current code or a recovery code; asked for if missing.")
def totp_off(code: str | None) -> None:
    """Turn the second factor off."""
    _me().api.turn_second_factor_off(code or ask_line("The code that the app shows now, or a recovery code"))
    note("The second factor is off.")


@click.group("token")
def token_command() -> None:
    """Access tokens for scripts; used with SEALCASE_TOKEN and SEALCASE_SERVER."""


@token_command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="Repeat it.",
)
@click.option(
    "--expires",
    type=Duration(limits.MAX_TOKEN_EXPIRY_HOURS),
    default=f"{limits.DEFAULT_TOKEN_EXPIRY_HOURS // _HOURS_A_DAY}d",
    show_default=True,
    help="How long it is good for.",
)
def token_create(name: str, scopes: tuple[str, ...], expires: int) -> None:
    """Make a token called NAME; prints it, this one time."""
    wanted = TokenRequest(name=name, scopes=sorted({Scope(scope) for scope in scopes}), expires_hours=expires)
    made = _me().api.create_token(wanted)
    result(made.token)
    note(f"Its id is {made.token_id}. It is not shown again; keep it like a password.")


@token_command.command("ls")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def token_ls(as_json: bool) -> None:
    """List my tokens, the newest first."""
    tokens = _me().api.tokens()
    if as_json:
        result_json([_token_record(each) for each in tokens])
        return
    for each in tokens:
        result(_token_line(each))


@token_command.command("rm")
@click.argument("token_ids", metavar="ID...", nargs=-1, required=True)
def token_rm(token_ids: tuple[str, ...]) -> None:
    """Revoke tokens, at once."""
    api = _me().api
    for token_id in map(str.lower, token_ids):
        api.revoke_token(token_id)
        result(token_id)


def _me() -> Person:
    return Person.signed_in(Paths.default(), ask_secret)


def _token_line(token: TokenItem) -> str:
    until = "until revoked" if token.expires_at is None else f"until {date_text(token.expires_at)}"
    used = "never used" if token.last_used_at is None else f"last used {date_text(token.last_used_at)}"
    return f"{token.token_id}  {until}  {used}  {','.join(token.scopes)}  {shown(token.name)}"


def _token_record(token: TokenItem) -> dict[str, JsonValue]:
    return {**token.model_dump(exclude={"scopes"}), "scopes": [scope.value for scope in token.scopes]}
