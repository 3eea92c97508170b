"""`login`, `logout`, `whoami`, `account`."""

import socket
import sys
from pathlib import Path

import click

from client.actions import account
from client.actions.keys import OTHERS_SEE_OTHER_KEYS, Standing, keys_here
from client.actions.person import Person
from client.cli.kit import WAYS_TO_KEYS, ask_words, restore_from_words
from client.cli.reminder import NO_KIT
from client.cli.terminal import JsonValue, ask_line, ask_no, ask_secret, has_reader, note, result, result_json
from client.errors import ClientError, NeedsInput
from client.local.outputs import PIPE, is_pipe, open_stream
from client.local.paths import Paths
from client.local.session import require_session
from shared.api.limits import MAX_DEVICE_NAME_CHARS
from shared.crypto.safety import fingerprint


@click.command("login")
@click.option("--server", metavar="URL", help="The server's address; asked for if missing.")
@click.option("--email", help="Your email address; asked for if missing.")
@click.option("--code", help="The code, if you have one already; else one is mailed to you.")
@click.option("--totp", metavar="CODE", help="The second factor's code, or a recovery code; asked for if needed.")
@click.option(
    "--rsa-bits",
    type=click.Choice(["2048", "3072", "4096"]),
    default="3072",
    show_default=True,
    help="RSA size, where keys are made.",
)
@click.option("--device", metavar="NAME", help="What to call this machine in `device ls`; else its host name.")
@click.option("--allow-http", is_flag=True, help="Sign in without encryption on the way, on a network you trust.")
def login_command(
    server: str | None,
    email: str | None,
    code: str | None,
    totp: str | None,
    rsa_bits: str,
    device: str | None,
    allow_http: bool,
) -> None:
    """Sign in to a server with a code that it mails to you.

    The first time, your keys are made. They are protected by the operating system's keyring where there is one, else
    by a passphrase: asked for once, or read from the file that SEALCASE_PASSPHRASE_FILE names.
    """
    paths = Paths.default()
    previous = account.session_before(paths)  # whose answers to suggest
    server = server or _ask("Server", previous.server if previous else None)
    email = email or _ask("Email", previous.email if previous else None)
    signed_in = account.sign_in(
        paths,
        server,
        email,
        lambda: _ask_code(email),
        ask_secret,
        code=code,
        totp=totp,
        ask_totp=_ask_totp if sys.stdin.isatty() else None,
        allow_http=allow_http,
        rsa_bits=int(rsa_bits),
        device=(socket.gethostname() if device is None else device)[:MAX_DEVICE_NAME_CHARS],
    )
    note(f"Signed in as {signed_in.person.email} at {signed_in.person.session.server}.")
    _say_where_keys_are(signed_in)


@click.command("logout")
def logout_command() -> None:
    """End this session, here and on the server. Keys and contacts stay on this machine."""
    paths = Paths.default()
    session = require_session(paths)
    try:
        account.sign_out(paths)
    except ClientError as error:
        note(f"Signed out on this machine; the server could not be told ({error}).")
    else:
        note(f"Signed out {session.email} at {session.server}.")


@click.command("whoami")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def whoami_command(as_json: bool) -> None:
    """Show who is signed in, and where."""
    person = Person.signed_in(Paths.default(), ask_secret)
    session = person.session
    here = keys_here(person) if person.vault.has(person.email) else None
    name = None if here is None else fingerprint(here.card.signing_key)
    if as_json:
        who: dict[str, JsonValue] = {"email": session.email, "user_id": session.user_id, "server": session.server}
        result_json({**who, "fingerprint": name, "recovery_kit": here is not None and here.kit_ready})
        return
    result(f"{session.email} at {session.server}")
    note("your keys are not on this machine" if name is None else f"key fingerprint {name}")
    if here is not None and not here.kit_ready:
        note(NO_KIT)


@click.group("account")
def account_command() -> None:
    """The account itself."""


@account_command.command("export")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True), default=PIPE)
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
def account_export(output: Path, force: bool) -> None:
    """Print everything that the server holds about me, as JSON: what it can read, and no content of any file."""
    person = Person.signed_in(Paths.default(), ask_secret)
    if is_pipe(output):
        with open_stream(output) as write:
            for chunk in person.api.account_export():
                write(memoryview(chunk))
        return
    account.save_export(person, output, force=force)
    result(str(output))


@account_command.command("delete")
@click.option("--code", help="The code, if you have one already; else one is mailed to you.")
def account_delete(code: str | None) -> None:
    """Delete my account on the server: files, keys' cards, sessions, tokens. Nobody can bring it back.

    Files that others sent me are theirs and stay. Keys on this machine stay too.
    """
    paths = Paths.default()
    person = Person.signed_in(paths, ask_secret)
    if code is None:
        note(f"This deletes the account of {person.email} at {person.session.server} and all its files, for good.")
        person.api.request_deletion_code()
        code = _ask_code(person.email)
    account.delete_account(person, code)
    note(f"The account of {person.email} is deleted.")


def _say_where_keys_are(signed_in: account.SignedIn) -> None:
    person = signed_in.person
    match signed_in.keys:
        case Standing.MADE:
            note(f"Your keys were made and are kept in {person.vault.path_of(person.email)}.")
            note(NO_KIT)
        case Standing.ELSEWHERE:
            note(f"{person.email} has keys already, on another machine; files sealed for them open only with those.")
            note(WAYS_TO_KEYS)
            if has_reader() and ask_no("Restore them from your recovery kit now?"):
                restore_from_words(person, ask_words())
            elif has_reader() and ask_no("Get them from another machine of yours now?"):
                from client.cli.device import add_this_device  # once in a machine's life

                add_this_device(person)
        case Standing.CHANGED_ELSEWHERE:
            note("Your keys were changed on another device since: what is sealed for the new ones does not open here.")
            note("Bring them here: sealcase device add, or sealcase key restore with your recovery kit.")
        case Standing.NOT_SHOWN:
            note("WARNING: the server shows others an older card of yours, or none, and does not take the newest one.")
            note("Perhaps it was restored from an old backup: tell whoever runs it. Keep your earlier keys meanwhile.")
        case Standing.REPLACED:
            note(f"WARNING: {OTHERS_SEE_OTHER_KEYS}")
        case Standing.HERE if person.vault.label(person.email).begun:
            note("A change of your keys was interrupted. Continue it: sealcase key rotate --resume")


def _ask_totp() -> str:
    return ask_line("The code that your authenticator app shows, or a recovery code")


def _ask(what: str, default: str | None) -> str:
    if not sys.stdin.isatty():
        raise NeedsInput(f"--{what.lower()} is missing, and there is no terminal to ask at")
    answer: str = click.prompt(what, default=default, err=True)
    return answer


def _ask_code(email: str) -> str:
    if not sys.stdin.isatty():
        raise NeedsInput(
            f"a code was mailed to {email}, and there is no terminal to ask for it: run this again with --code CODE"
        )
    answer: str = click.prompt(f"Code mailed to {email} (look into the spam folder too)", err=True)
    return answer
