"""`keygen`, `seal`, `open`, `inspect`: sealing without any server, with plain PEM files or the vault's identity."""

import sys
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import click

from client.actions import offline
from client.actions.events import Encrypting, Receiving
from client.cli.faces import counted, faces
from client.cli.file_name import FileName
from client.cli.keys import private_keys_of
from client.cli.terminal import (
    JsonValue,
    ask_secret,
    date_text,
    note,
    result,
    result_json,
    result_path,
    size_text,
)
from client.local.inputs import size_of
from client.local.names import shown
from client.local.outputs import PIPE
from client.local.secrets import passphrase
from shared.crypto.content import SealOptions
from shared.crypto.grants import Reader
from shared.crypto.keys import PrivateKeys
from shared.crypto.safety import fingerprint
from shared.sealed.encoding import b64u

if TYPE_CHECKING:
    from shared.crypto.identity import Identity

_PATH = click.Path(path_type=Path, allow_dash=True)


@click.command("keygen")
@click.option(
    "--bits", type=click.Choice(["2048", "3072", "4096"]), default="3072", show_default=True, help="RSA size."
)
@click.option("--out", "folder", type=_PATH, required=True, help="Folder for private_key.pem and public_key.pem.")
@click.option("--no-passphrase", is_flag=True, help="Leave the private key unprotected on disk.")
@click.option("--force", is_flag=True, help="Replace keys that are there already.")
def keygen_command(bits: str, folder: Path, no_passphrase: bool, force: bool) -> None:
    """Make a key pair as PEM files: public_key.pem to give away, private_key.pem (mode 0600) to keep.

    The passphrase is asked for, or read from the file that SEALCASE_PASSPHRASE_FILE names.
    """
    secret = None if no_passphrase else passphrase(ask_secret, "New passphrase for the private key", twice=True)
    pair = offline.generate_key_pair(folder, int(bits), secret, force=force)
    result_path(pair.private_key)
    result_path(pair.public_key)
    note(f"Give {pair.public_key} to those who send you files. Never give {pair.private_key} to anybody.")


@click.command("seal")
@click.argument("source", metavar="FILE", type=_PATH)
@click.option(
    "--to", "recipients", metavar="PEM", type=_PATH, multiple=True, help="A recipient's public key; repeat it."
)
@click.option("--to-self", is_flag=True, help="Also for my own identity in the vault.")
@click.option("-o", "--output", metavar="FILE", type=_PATH, help="Default: FILE.sealed; - is standard output.")
@click.option("--name", type=FileName(), help="Another name inside the sealed file; with FILE - the name it gets.")
@click.option("--no-compress", is_flag=True, help="Store the content as it is.")
@click.option("--no-pad", is_flag=True, help="Let the sealed size tell the exact size.")
@click.option("--sign", is_flag=True, help="Sign with my identity, so that recipients see who sealed it.")
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
def seal_command(
    source: Path,
    recipients: tuple[Path, ...],
    to_self: bool,
    output: Path | None,
    name: str | None,
    no_compress: bool,
    no_pad: bool,
    sign: bool,
    force: bool,
) -> None:
    """Seal FILE (- is standard input) for the holders of the named keys."""
    if not recipients and not to_self:
        raise click.UsageError("Name at least one recipient: --to public_key.pem (or --to-self).")
    to = [offline.load_recipient(path) for path in recipients]
    identity = _identity() if sign or to_self else None
    if identity is not None and to_self:
        to.append(identity.keys.public)
    if source == PIPE and output is None:
        output = PIPE
    if output == PIPE and sys.stdout.isatty():
        raise click.UsageError("A sealed file is not for a terminal: name a file with -o, or pipe it somewhere.")
    with faces("Sealing") as tell:
        _, target = offline.seal(
            source,
            to,
            output,
            name=name,
            signer=identity.signing_key if identity is not None and sign else None,
            options=SealOptions(compress=not no_compress, pad=not no_pad),
            force=force,
            progress=counted(tell, Encrypting, str(source), source.name, size_of(source)),
        )
    if target != PIPE:
        result_path(target)


@click.command("open")
@click.argument("source", metavar="FILE.sealed", type=_PATH)
@click.option("--key", metavar="PEM", type=_PATH, help="My private key. Default: my identity in the vault.")
@click.option("-o", "--output", metavar="OUT", type=_PATH, help="A file, a folder, or - for standard output.")
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
def open_command(source: Path, key: Path | None, output: Path | None, force: bool) -> None:
    """Open a sealed file (- is standard input). Nothing appears under the final name before all of it was verified."""
    keys, me = _opening_keys(key)
    with faces("Opening") as tell:
        opened = offline.unseal(
            source,
            keys,
            output,
            me=me,
            force=force,
            progress_for=lambda metadata: counted(tell, Receiving, str(source), metadata.name, metadata.size),
        )
    if opened.target != PIPE:
        result_path(opened.target)
    note(_sender_text(opened.sender, me))


@click.command("inspect")
@click.argument("source", metavar="FILE.sealed", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def inspect_command(source: Path, as_json: bool) -> None:
    """Show what anybody can see of a sealed file (- is standard input); no key is needed."""
    inspection = offline.inspect(source)
    if as_json:
        result_json(_inspection_record(inspection))
        return
    result("\n".join(_inspection_lines(inspection)))


def _inspection_record(inspection: offline.Inspection) -> dict[str, JsonValue]:
    manifest, grants = inspection.container.manifest, inspection.container.grants
    return {
        "format": "sealcase/1",
        "file_id": str(manifest.file_id),
        "created_at": manifest.created_at,
        "sender": None if manifest.sender is None else b64u(manifest.sender),
        "file_size": inspection.file_size,
        "body_size": manifest.body_size,
        "stored_size": manifest.geometry.stored_size,
        "part_size": manifest.part_size,
        "parts": manifest.geometry.part_count,
        "parts_digest": b64u(manifest.parts_digest),
        "key_commitment": b64u(manifest.key_commitment),
        "metadata_size": len(manifest.metadata),
        "grants": [
            {"type": grant.type.value, "recipient": b64u(grant.recipient), "signed": grant.signature is not None}
            for grant in grants
        ],
    }


def _inspection_lines(inspection: offline.Inspection) -> list[str]:
    manifest, grants = inspection.container.manifest, inspection.container.grants
    sender = "anonymous: nobody signed it" if manifest.sender is None else fingerprint(manifest.sender)
    return [
        f"file id    {manifest.file_id}",
        f"sealed     {date_text(manifest.created_at, UTC)} UTC, by the sender's clock",
        f"sender     {sender}",
        f"size       {size_text(inspection.file_size)} sealed; padding hides the exact size of the content",
        f"parts      {manifest.geometry.part_count} of at most {size_text(manifest.part_size)}",
        *(
            f"grant      {grant.type} to {b64u(grant.recipient)}, {'unsigned' if grant.signature is None else 'signed'}"
            for grant in grants
        ),
        "Name, type and content are visible to recipients only.",
    ]


def _opening_keys(key: Path | None) -> tuple[PrivateKeys, Reader | None]:
    if key is None:
        identity = _identity()
        return identity.keys, identity.reader
    return private_keys_of(key), None


def _identity() -> "Identity":
    """My identity: the one that is signed in, else the only one here."""
    from client.local.paths import Paths
    from client.local.session import Session
    from client.local.vault import Vault

    paths = Paths.default()
    vault = Vault(paths, ask_secret)
    session = Session.load(paths)
    return vault.unlock(session.email if session else vault.only_email())


def _sender_text(sender: bytes | None, me: Reader | None) -> str:
    if sender is None:
        return "Sender: unsigned. Nobody can say who sealed this file."
    if me is not None and sender == me.signing_key:
        return "Sender: you."
    from client.local.contacts import Contacts, Trust  # nobody else's sealed files need them
    from client.local.paths import Paths

    name = fingerprint(sender)
    if (owner := Contacts(Paths.default()).owner_of(sender)) is None:
        return f"Sender: {Trust.UNCHECKED.value} ({name})."
    email, contact = owner
    return f"Sender: {shown(email)}, {contact.trust_in(sender).value} ({name})."
