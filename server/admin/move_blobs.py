"""Files from one storage to another, while the server serves them."""

import sys
import time
from collections import Counter
from dataclasses import asdict

import click

from server.admin.asking import FOUND, json_option, say, settings_and_services
from server.admin.sizes import human
from server.domain import Backend
from server.errors import SealcaseError
from server.services.moving import Moved, Outcome, Plan

_BACKENDS = click.Choice([each.value for each in Backend])
_PROGRESS_SECONDS = 5.0
_WORDS = {
    Outcome.MOVED: "moved",
    Outcome.GONE: "deleted meanwhile",
    Outcome.BUSY: "in use for too long; the next run takes it",
    Outcome.DAMAGED: "NOT MOVED: its bytes or its record are damaged (admin verify --deep)",
}


@click.command("move-blobs")
@click.option("--from", "source", type=_BACKENDS, required=True, help="Where files lie now.")
@click.option("--to", "target", type=_BACKENDS, required=True, help="Where they are to lie.")
@click.option("--dry-run", is_flag=True, help="Only say what there is to move.")
@click.option("--no-read-back", is_flag=True, help="Trust what the new storage says it has, without reading it again.")
@json_option
def move_blobs(source: str, target: str, dry_run: bool, no_read_back: bool, as_json: bool) -> None:
    """Move the bytes of all files from one storage to another.

    The server goes on meanwhile. Each file is compared with the hashes in its record, then its record names the new
    place, then the old bytes are deleted. Stop it whenever you like; run again, it goes on where it was. New files go
    where STORAGE says.
    """
    if source == target:
        raise click.UsageError("--from and --to are the same storage.")
    _, everything = settings_and_services()
    moving = everything.moving
    plan = moving.plan(Backend(source))
    if dry_run:
        say({"from": source, "to": target, **asdict(plan)}, _plan_text(plan, source), as_json=as_json)
        return
    progress = _Progress(plan)
    found: Counter[Outcome] = Counter()
    size = 0
    try:
        for each in moving.move(Backend(source), Backend(target), progress.copied, read_back=not no_read_back):
            found[each.outcome] += 1
            size += each.size * (each.outcome is Outcome.MOVED)
            _say_moved(each, as_json=as_json)
    except SealcaseError as error:
        click.echo(f"Stopped: {error} What has moved stays moved; run the same again to go on.", err=True)
        sys.exit(FOUND)
    record = {"from": source, "to": target, "bytes": size, **{each.value: found[each] for each in Outcome}}
    text = f"{found[Outcome.MOVED]} files moved from {source} to {target}, {human(size)}."
    if plan.uploads:
        text += f" {plan.uploads} unfinished uploads stay in {source}: run it again when they are files."
    say(record, text, as_json=as_json)
    sys.exit(FOUND if found[Outcome.DAMAGED] or found[Outcome.BUSY] else 0)


class _Progress:
    """A line on standard error now and then, where somebody looks at it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._copied = 0
        self._told_at = time.monotonic()

    def copied(self, size: int) -> None:
        """So many bytes more."""
        self._copied += size
        if sys.stderr.isatty() and time.monotonic() - self._told_at >= _PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            click.echo(f"{human(self._copied)} of {human(self._plan.size)} copied", err=True)


def _plan_text(plan: Plan, source: str) -> str:
    text = f"{plan.files} files lie in {source}, {human(plan.size)}."
    if plan.uploads:
        text += f" {plan.uploads} unfinished uploads would stay there."
    if plan.damaged:
        text += f" {plan.damaged} records can't be read."
    return text


def _say_moved(moved: Moved, *, as_json: bool) -> None:
    record = {"file_id": str(moved.file_id), "size": moved.size, "outcome": moved.outcome.value}
    say(record, f"{moved.file_id}  {human(moved.size):>10}  {_WORDS[moved.outcome]}", as_json=as_json)
