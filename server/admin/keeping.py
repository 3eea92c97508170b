"""How much there is, and housekeeping at once instead of within the hour."""

import shutil
from dataclasses import asdict

import click

from server.admin.asking import json_option, say, settings_and_services
from server.admin.sizes import human


@click.command("stats")
@json_option
def stats(as_json: bool) -> None:
    """Count accounts, files and bytes. Reads every record, and may run beside the server."""
    settings, everything = settings_and_services()
    totals = everything.overview.totals()
    disk = shutil.disk_usage(settings.data_dir)
    record = {**asdict(totals), "disk_free": disk.free, "disk_total": disk.total}
    lines = (
        f"accounts   {totals.users}" + (f" ({totals.disabled} closed)" if totals.disabled else ""),
        f"files      {totals.files}, {human(totals.bytes)}, the largest {human(totals.largest)}",
        f"unfinished {totals.uploads} upload{'' if totals.uploads == 1 else 's'}",
        f"expired    {totals.expired}, not yet removed",
        f"damaged    {totals.damaged} record{'' if totals.damaged == 1 else 's'}",
        f"disk       {human(disk.free)} of {human(disk.total)} free",
    )
    say(record, "\n".join(lines), as_json=as_json)


@click.command("gc")
@json_option
def gc(as_json: bool) -> None:
    """Remove what has expired or belongs to nothing, now. The server does so every hour, with expired files at once."""
    _, everything = settings_and_services()
    before = everything.overview.totals()
    expired = everything.housekeeping.remove_expired()
    everything.housekeeping.sweep()
    everything.housekeeping.reclaim()
    after = everything.overview.totals()
    uploads = before.uploads - after.uploads
    record = {"expired_files": expired, "idle_uploads": uploads, "bytes": before.bytes - after.bytes}
    text = f"Removed {expired} expired files and {uploads} idle uploads; {human(after.bytes)} are kept."
    say(record, text, as_json=as_json)
