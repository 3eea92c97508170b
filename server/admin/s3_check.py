"""`sealcase-server admin s3-check`: whether the bucket does all that files need, and what to do where it does not."""

import sys
from dataclasses import asdict

import click

from server.adapters.blobs.s3_client import S3Clients
from server.adapters.blobs.s3_probe import Probe, Step, origin_of
from server.admin.asking import FOUND, json_option, say
from server.domain import Backend
from server.s3_bucket import s3_target
from server.settings import Settings, load_settings
from server.wiring import services, wire


@click.command("s3-check")
@click.option("--claim", is_flag=True, help="Mark the bucket as this server's: what its records do not know is swept.")
@json_option
def s3_check(claim: bool, as_json: bool) -> None:
    """Try out the S3 bucket: as the server uses it, and as clients do through the public address; and whose it is.

    Exit code 0: all that is needed works. 1: something does not, and each failure says what to do.
    """
    settings = load_settings()
    if not settings.s3_bucket:
        raise click.ClickException("No bucket is set. Set S3_BUCKET and the settings beside it; see docs/storage.md.")
    target = s3_target(settings)
    origin = origin_of(settings.public_url or f"http://{settings.host}:{settings.port}")
    failed = 0
    for step in Probe(S3Clients(target), target, origin, direct=settings.s3_direct).steps():
        failed += not step.ok and step.needed
        say(asdict(step), _text(step), as_json=as_json)
    if not failed:
        step = _owner(settings, claim=claim)
        failed += not step.ok
        say(asdict(step), _text(step), as_json=as_json)
    sys.exit(FOUND if failed else 0)


def _owner(settings: Settings, *, claim: bool) -> Step:
    ownership = services(settings, wire(settings)).ownership
    if claim:
        ownership.claim(Backend.S3)
    trouble = ownership.trouble(Backend.S3)
    if trouble is None:
        return Step("owner", True, True, "", "")
    message, _, fix = trouble.partition(". ")
    return Step("owner", False, True, message, fix)


def _text(step: Step) -> str:
    if step.ok:
        return f"ok      {step.name}"
    word = "FAILED" if step.needed else "note  "
    return f"{word}  {step.name}: {step.message}.\n        {step.fix}"
