"""`admin doctor`: looks at one thing after the other, each with an end to its patience, and says what to do."""

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict

import click

from server.admin.asking import FOUND, json_option, say
from server.admin.doctor import inside, outside
from server.admin.doctor.findings import Checked
from server.ports import Damaged
from server.settings import Settings, SettingsError, load_settings
from server.wiring import services, wire

_MARKS = {"ok": "ok     ", "warning": "WARNING", "error": "ERROR  ", "skipped": "-      "}
_LONGEST_SECONDS = 90


@click.command("doctor")
@click.option(
    "--pause",
    type=click.FloatRange(0, 300),
    default=5.0,
    show_default=True,
    help="Seconds that a sender stands still in the middle of a part, to try the proxy's patience.",
)
@json_option
def doctor(pause: float, as_json: bool) -> None:
    """Try out all that the server leans on, and PUBLIC_URL from outside. Prints what is wrong, and the fix.

    Exit code 0: nothing is wrong, though there may be warnings. 1: something is.
    """
    settings = load_settings()
    errors = warnings = 0
    for look in (lambda: inside.look(settings), *_of_a_server(settings, pause)):
        for checked in _patiently(look, _LONGEST_SECONDS + pause):
            errors += checked.level == "error"
            warnings += checked.level == "warning"
            fix = f"\n        {checked.fix}." if checked.fix and checked.level in ("error", "warning") else ""
            text = f"{_MARKS[checked.level]} {checked.what}: {checked.message}{fix}"
            say(asdict(checked), text, as_json=as_json)
    click.echo(f"{errors} errors, {warnings} warnings.", err=True)
    sys.exit(FOUND if errors else 0)


def _of_a_server(settings: Settings, pause: float) -> Iterator[Callable[[], Iterator[Checked]]]:
    """What is looked at where a server could start on these settings; else why it could not."""
    try:
        wiring = wire(settings)
        everything = services(settings, wiring)
    except (SettingsError, Damaged) as error:
        message = str(error)
        yield lambda: inside.keeps_from_starting(message)
        return
    yield lambda: inside.try_out(wiring)
    yield lambda: outside.look(settings, everything, pause)


def _patiently(look: Callable[[], Iterator[Checked]], seconds: float) -> Iterator[Checked]:
    """What `look` finds; what does not come to an end within `seconds` is left behind and said."""
    found: queue.Queue[Checked | None] = queue.Queue()

    def go() -> None:
        try:
            for checked in look():
                found.put(checked)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding, and what was found before counts
            found.put(Checked("doctor", "error", f"What came next failed: {type(error).__name__}: {error}"))
        finally:
            found.put(None)

    threading.Thread(target=go, name="doctor", daemon=True).start()
    ends_at = time.monotonic() + seconds
    while True:
        try:
            checked = found.get(timeout=max(0.0, ends_at - time.monotonic()))
        except queue.Empty:
            yield Checked("doctor", "error", f"What came next gave no answer within {seconds:.0f} seconds.")
            return
        if checked is None:
            return
        yield checked
