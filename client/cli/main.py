"""`sealcase`: finds the command, runs it, and turns every error into one clear line and an exit code."""

import gc
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from client.cli.exit_codes import KNOWN_ERRORS, ExitCode, exit_code_of
from client.cli.terminal import note
from client.errors import what_stays, words_of

_COMMANDS = {
    "keygen": "client.cli.offline",
    "seal": "client.cli.offline",
    "open": "client.cli.offline",
    "inspect": "client.cli.offline",
    "login": "client.cli.account",
    "logout": "client.cli.account",
    "whoami": "client.cli.account",
    "send": "client.cli.send",
    "get": "client.cli.get",
    "ls": "client.cli.library",
    "show": "client.cli.share",
    "share": "client.cli.share",
    "link": "client.cli.link",
    "links": "client.cli.link",
    "box": "client.cli.box",
    "edit": "client.cli.library",
    "rm": "client.cli.library",
    "contacts": "client.cli.contacts",
    "key": "client.cli.key",
    "device": "client.cli.device",
    "activity": "client.cli.activity",
    "stats": "client.cli.activity",
    "sessions": "client.cli.access",
    "totp": "client.cli.access",
    "token": "client.cli.access",
    "account": "client.cli.account",
}
_SHORT_HELP = {
    "keygen": "Make a key pair as PEM files.",
    "seal": "Seal a file for public keys, without a server.",
    "open": "Open a sealed file, without a server.",
    "inspect": "Show what anybody can see of a sealed file.",
    "login": "Sign in to a server with an emailed code.",
    "logout": "End this session, here and on the server.",
    "whoami": "Show who is signed in, and where.",
    "send": "Seal files and send them to people.",
    "get": "Receive files and open them.",
    "ls": "List my files, or the ones I received.",
    "show": "Show all about a file, and who gets it.",
    "share": "Give a file to more people, or take it away from some.",
    "link": "Make a link to files, for people without an account.",
    "links": "List my links.",
    "box": "Have files sent by people without an account, or send some into a drop box.",
    "edit": "Change how long a file is kept, or how often it can be fetched.",
    "rm": "Delete my files from the server.",
    "contacts": "Show whose keys I know, and check that they are theirs.",
    "key": "Back up, restore, change or show my own keys.",
    "device": "Add a machine of mine, list or remove them.",
    "activity": "Show what happened to my account and my files.",
    "stats": "Show how much I have on the server.",
    "sessions": "Show where I am signed in, or end a session.",
    "totp": "Turn the second factor on or off.",
    "token": "Make, list and revoke access tokens for scripts.",
    "account": "Delete my account and everything of it.",
}


_NEED_KEYS = frozenset(("send", "get", "link"))
_REMINDING = frozenset(("send", "get", "ls", "share", "link"))


class _Commands(click.Group):
    """Imports a command's module when it is called for, so that `seal` does not wait for what `send` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in _NEED_KEYS and not any("://" in arg for arg in args):  # a link needs none
            from client.cli.person import head_start

            ctx.obj = head_start(args[1:])
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        with _no_garbage_collection():
            module = importlib.import_module(_COMMANDS[cmd_name])
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_SHORT_HELP.items()))


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """What is imported stays: looking through it again and again for garbage would take a fifth of the start-up."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"sealcase {version('sealcase')}")
        ctx.exit()


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version."
)
def sealcase() -> None:
    """End-to-end encrypted files: sealed on this machine, opened by whom you name, unreadable to everybody else.

    Exit codes: 0 ok, 1 other, 2 usage, 3 not signed in, 4 not found or no access, 5 expired, 6 altered or wrong key,
    7 untrusted key, 8 network, 9 refused (quota, rate, size).
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script; always ends by raising `SystemExit`."""
    # Asked to end (by a shutdown, by `kill`, by a terminal that is closed), it cleans up as after Ctrl-C; 143 and 129
    # are what shells expect then. Under `nohup` a terminal asks nothing.
    for asked in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(asked) == signal.SIG_DFL:
            signal.signal(asked, lambda number, _frame: sys.exit(128 + number))
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # none is ours, and looking for them takes time
    raise SystemExit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    try:
        outcome = sealcase.main(args=arguments, prog_name="sealcase", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as stop:
        note(f"\nStopped. {words_of(stop.__cause__ or stop) or 'Nothing unfinished was left behind.'}")
        return 130
    except SystemExit as end:  # asked to end, see `main`
        if kept := what_stays(end):
            note(kept)
        raise
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.OTHER
    except KNOWN_ERRORS as error:
        note(f"sealcase: {words_of(error)}")
        return exit_code_of(error)
    except OSError as error:  # of this machine, at a place where nobody expected one
        note(f"sealcase: {error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        return ExitCode.OTHER
    _remind(sys.argv[1:] if arguments is None else arguments)
    return outcome if isinstance(outcome, int) else ExitCode.OK


def _remind(arguments: Sequence[str]) -> None:
    """Of what is missing, where somebody reads it who has just used their keys."""
    if arguments and arguments[0] in _REMINDING and sys.stderr.isatty():
        from client.cli.reminder import remind_of_kit

        remind_of_kit()


def _silence_stdout() -> None:
    """The reader of our pipe left; Python must not complain about it once more when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
