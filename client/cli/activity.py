"""`activity` and `stats`: what happened to what is mine, and how much there is."""

import sys
import time

import click

from client.actions.activity import activity_of
from client.actions.person import Person
from client.cli.duration import Duration
from client.cli.terminal import ask_secret, date_text, note, result, result_json, size_text
from client.local.names import shown
from client.local.paths import Paths
from shared.api import activity_csv
from shared.api.models import ActivityItem

_TEN_YEARS_HOURS = 10 * 365 * 24
_SENTENCES = {
    "sign_in": "{who} signed in",
    "sign_in_failed": "somebody tried to sign in, and failed",
    "sign_out": "{who} signed out",
    "session_ended": "a session of {whose} ended",
    "upload": "{who} sent {file}",
    "download": "{who} fetched {file}",
    "share": "{who} shared {file} with somebody more",
    "revoke": "{who} took access to {file} away",
    "delete": "{who} deleted {file}",
    "file_changed": "{who} changed {file}",
    "token_created": "{who} made an access token",
    "token_revoked": "{who} revoked an access token",
    "second_factor_on": "{who} turned the second factor on",
    "second_factor_off": "the second factor of {whose} was turned off",
    "key_changed": "{who} published a key",
    "link_made": "{who} made a link to {file}",
    "link_changed": "{who} changed a link to {file}",
    "link_revoked": "{who} took a link to {file} back",
    "invitation": "{who} invited somebody by mail",
    "device_waits": "a device of {whose} asked for the keys",
    "device_approved": "{who} gave the keys to a device",
    "recovery_stored": "{who} stored a sealed copy of the keys",
    "recovery_removed": "{who} removed the sealed copy of the keys",
    "account_deleted": "{who} deleted the account",
}


@click.command("activity")
@click.option("--since", type=Duration(_TEN_YEARS_HOURS), metavar="TIME", help="Only the last 12h, 7d or 4w.")
@click.option("--kind", type=click.Choice(list(_SENTENCES)), metavar="KIND", help="Only this, such as download.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for a spreadsheet.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def activity_command(since: int | None, kind: str | None, as_csv: bool, as_json: bool) -> None:
    """Show what happened to my account and my files, newest first."""
    person = Person.signed_in(Paths.default(), ask_secret)
    items = activity_of(person, kind, None if since is None else int(time.time()) - since * 3_600)
    if as_csv:
        sys.stdout.writelines(line.replace("\r\n", "\n") for line in activity_csv.lines(items))
    elif as_json:
        result_json([item.model_dump() for item in items])
    else:
        count = 0
        for count, item in enumerate(items, 1):  # noqa: B007  # told below
            result(_sentence(item, person.email))
        if not count:
            note("Nothing of that kind has happened.")


@click.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def stats_command(as_json: bool) -> None:
    """Show how many files I have on the server, and how large they are together."""
    stats = Person.signed_in(Paths.default(), ask_secret).api.stats()
    if as_json:
        result_json(stats.model_dump())
        return
    files = "1 file" if stats.total_files == 1 else f"{stats.total_files} files"
    result(f"{files}, {size_text(stats.total_size)} sealed, {stats.activity_count} entries of activity")


def _sentence(item: ActivityItem, my_email: str) -> str:
    mine = item.actor_email == my_email
    nobody = "somebody with a link" if item.kind == "download" and item.actor is None else "somebody"
    who = "you" if mine else shown(item.actor_email or nobody)
    file = f"file {item.file_id}" if item.file_id else "a file"
    form = _SENTENCES.get(item.kind, f"{{who}}: {shown(item.kind)}")
    place = f" (from {shown(item.ip_prefix)}, {shown(item.client or 'unknown program')})" if item.ip_prefix else ""
    detail = f": {shown(item.detail)}" if item.detail else ""
    sentence = form.format(who=who, whose="yours" if mine else who, file=file)
    return f"{date_text(item.at)}  {sentence}{detail}{place}"
