"""`key`: my own keys. Nobody needs it from day to day."""

import sys
from pathlib import Path

import click

from client.actions import keys as own_keys
from client.actions.person import Person
from client.actions.rotation import DrawKey, change_keys, destroy_earlier_keys, finish_change
from client.actions.wrapping_again import TellTally, files_on_earlier_keys, wrap_files_again
from client.cli.keys import private_keys_of
from client.cli.kit import backup_command, restore_command
from client.cli.reminder import NO_KIT
from client.cli.terminal import (
    ask_no,
    ask_secret,
    date_text,
    has_reader,
    note,
    result,
    result_json,
    result_path,
)
from client.errors import NeedsInput, Refused
from client.local.key_files import refuse_key_files
from client.local.paths import Paths
from client.local.secrets import first_line, passphrase
from shared.crypto.identity import DEFAULT_RSA_BITS, Identity
from shared.crypto.pem import generate_rsa
from shared.crypto.safety import fingerprint

_PATH = click.Path(path_type=Path)
_BITS = click.option(
    "--bits",
    type=click.Choice(["2048", "3072", "4096"]),
    default=str(DEFAULT_RSA_BITS),
    show_default=True,
    help="RSA size.",
)


@click.group("key")
def key_command() -> None:
    """My own keys: recovery kit, change, passphrase; for other tools, PEM files."""


key_command.add_command(backup_command)
key_command.add_command(restore_command)


@key_command.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_command(as_json: bool) -> None:
    """Show what my keys are, and how safe they are from being lost."""
    here = own_keys.keys_here(_person())
    card, name = here.card, fingerprint(here.card.signing_key)
    if as_json:
        result_json(
            {
                "email": card.email,
                "fingerprint": name,
                "rsa_bits": here.rsa_bits,
                "post_quantum": card.mlkem_key is not None,
                "card": card.sequence,
                "created_at": card.created_at,
                "recovery_kit": here.kit_ready,
                "earlier_keys": here.earlier,
                "change_interrupted": here.begun,
            }
        )
        return
    result(f"person       {card.email}")
    result(f"fingerprint  {name}")
    safe = "safe against future quantum computers" if card.mlkem_key else "not safe against future quantum computers"
    result(f"encryption   RSA {here.rsa_bits}{' with ML-KEM-768' if card.mlkem_key else ''}: {safe}")
    result(f"card         number {card.sequence + 1}, of {date_text(card.created_at)}")
    result(f"recovery kit {'made' if here.kit_ready else 'none'}")
    if here.earlier:
        result(f"earlier keys {here.earlier}, for files that are not wrapped for the new ones")
    if here.begun:
        note("A change of your keys was interrupted. Continue it: sealcase key rotate --resume")
    if not here.kit_ready:
        note(NO_KIT)


@key_command.command("export")
@click.option("--out", "folder", type=_PATH, required=True, help="Folder for private_key.pem and public_key.pem.")
@click.option("--no-passphrase", is_flag=True, help="Leave the private key unprotected on disk.")
@click.option("--force", is_flag=True, help="Replace keys that are there already.")
def export_command(folder: Path, no_passphrase: bool, force: bool) -> None:
    """Write my RSA key as PEM files, for other tools. They open what is sealed for RSA alone.

    The passphrase of the file is asked for, or read from the file that SEALCASE_PASSPHRASE_FILE names.
    """
    refuse_key_files(folder, force=force)
    person = _person()
    person.unlock_soon()
    secret = None if no_passphrase else passphrase(ask_secret, "New passphrase for the private key", twice=True)
    pair = own_keys.export_rsa(person, folder, secret, force=force)
    result_path(pair.private_key)
    result_path(pair.public_key)
    note(f"Never give {pair.private_key} to anybody. It is not all of your keys: for those, sealcase key backup.")


@key_command.command("import")
@click.argument("pem", metavar="PEM", type=_PATH)
@click.option("--yes", is_flag=True, help="Don't ask.")
def import_command(pem: Path, yes: bool) -> None:
    """Make the RSA key in a PEM file that of my identity, from now on: a change of keys, as by `rotate`."""
    private = private_keys_of(pem)
    note("A key that other programs use as well is as safe as the weakest of them; a fresh one is better.")
    _confirm("Use this key all the same?", yes=yes)
    _change(_person(), private.rsa.key_size, lambda: private.rsa)


@key_command.command("rotate")
@_BITS
@click.option("--resume", is_flag=True, help="Only finish a change that was interrupted, and wrap files again.")
@click.option("--destroy-old", is_flag=True, help="Destroy the keys that I had before. No change is made.")
@click.option("--force", is_flag=True, help="Destroy them although files still depend on them.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def rotate_command(bits: str, resume: bool, destroy_old: bool, force: bool, yes: bool) -> None:
    """Change my encryption keys. I stay who I am: nobody has to check my key again.

    Then the keys of all my files on the server are wrapped for the new ones; stopped, it goes on with --resume. The
    old keys stay for reading, until --destroy-old.
    """
    if resume and destroy_old:
        raise click.UsageError("--resume and --destroy-old contradict each other.")
    if force and not destroy_old:
        raise click.UsageError("--force belongs to --destroy-old.")
    person = _person()
    if destroy_old:
        _destroy(person, force=force, yes=yes)
    elif resume:
        _wrap_again(person, finish_change(person))
    else:
        _change(person, int(bits), lambda: generate_rsa(int(bits)))


@key_command.command("passphrase")
@click.option("--new-file", metavar="FILE", type=_PATH, help="A file (mode 0600) whose first line is the new one.")
def passphrase_command(new_file: Path | None) -> None:
    """Change the passphrase of my keys on this machine. Keys in the system's keyring get one of their own."""
    person = _person()
    own_keys.keys_here(person)
    prompt = f"New passphrase for the keys of {person.email}"
    own_keys.change_passphrase(person, lambda: first_line(new_file) if new_file else ask_secret(prompt, True))
    note("From now on the new passphrase unlocks your keys on this machine. Backups of the old file keep the old one.")


@key_command.command("new")
@_BITS
@click.option("--yes", is_flag=True, help="Don't ask.")
def new_command(bits: str, yes: bool) -> None:
    """Begin anew with new keys, where all old ones are lost: no machine has them, and there is no recovery kit."""
    person = _person()
    own_keys.refuse_if_keys_are_here(person)
    note(f"The old keys of {person.email} are lost for good then: files sealed for them stay closed for everybody.")
    note("Their senders can share them with you again. Whoever knows you is warned until they check your new key.")
    _confirm("Make new keys?", yes=yes)
    own_keys.make_new_identity(person, int(bits))
    note(f"Your keys were made and are kept in {person.vault.path_of(person.email)}.")
    note("Ask those who sent you files to share them again: sealcase share ID --to " + person.email)
    note(NO_KIT)


def _change(person: Person, bits: int, draw: DrawKey) -> None:
    identity = change_keys(person, draw)
    note(f"Your keys are changed (RSA {bits}); others seal to the new ones from now on. Nobody has to check again.")
    _wrap_again(person, identity)


def _wrap_again(person: Person, identity: Identity) -> None:
    tally = wrap_files_again(person, identity, _progress(), _say_waiting)
    _clear()
    note(f"{_files(tally.wrapped)} wrapped for your new keys; {_files(tally.looked_at)} looked at.")
    if tally.earlier:
        note(f"{_files(tally.earlier)} can't be wrapped again (of the old format, or refused); the old keys open them.")
    if tally.closed:
        note(f"{_files(tally.closed)} open with none of your keys. Their senders can share them with you again.")
    if identity.keys.earlier:
        note("The old keys are kept for reading. When you no longer want them: sealcase key rotate --destroy-old")


def _destroy(person: Person, *, force: bool, yes: bool) -> None:
    identity = finish_change(person)
    if not identity.keys.earlier:
        note("There are no earlier keys to destroy.")
        return
    tally = files_on_earlier_keys(person, identity, _progress())
    if tally.earlier and not force:
        raise Refused(
            f"{_files(tally.earlier)} on the server open with your earlier keys only, so nothing was destroyed. "
            "Wrap them again (sealcase key rotate --resume), or give them up (--force)"
        )
    _clear()
    note("After this nobody can open what is sealed for your earlier keys alone:")
    note(f"{_files(tally.earlier)} on the server, and every .sealed file for them that you keep elsewhere.")
    _confirm("Destroy the earlier keys?", yes=yes)
    destroy_earlier_keys(person, identity)
    copy = " and in the recovery copy" if own_keys.keys_here(person).kit_ready else ""
    note(f"The earlier keys are destroyed on this machine{copy}. Backups may hold them.")


def _confirm(question: str, *, yes: bool) -> None:
    """Raises `NeedsInput` where nobody can be asked, `click.Abort` for a no."""
    if yes:
        return
    if not has_reader():
        raise NeedsInput("this is asked for at a terminal, and there is none: run it again with --yes if you are sure")
    if not ask_no(question):
        raise click.Abort


def _person() -> Person:
    return Person.signed_in(Paths.default(), ask_secret)


def _progress() -> TellTally:
    if not sys.stderr.isatty():
        return lambda _: None
    return lambda tally: click.echo(
        f"\r{tally.looked_at} files looked at, {tally.wrapped} wrapped again", nl=False, err=True
    )


def _clear() -> None:
    """The line of the progress."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)


def _say_waiting(reason: str, seconds: float) -> None:
    _clear()
    note(f"{reason}; next try in {seconds:.0f} s")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
