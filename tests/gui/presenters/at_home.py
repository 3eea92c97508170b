"""Somebody who is signed in and has keys, on this machine alone: for presenters whose server is made up."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest

from client.gui.jobs import Job
from client.gui.presenters import listing
from client.gui.presenters.house import House
from client.gui.presenters.listing import FileLine
from client.local.contact import Trust
from client.local.paths import Paths
from client.local.private_files import write_private
from client.local.secrets import nobody_to_ask
from client.local.session import Session
from client.local.vault import Vault
from shared.crypto import vault_file
from shared.crypto.identity import Identity
from tests.gui.clock import FakeClock

EMAIL = "ada@example.org"
SERVER = "https://files.example.org"
PASSPHRASE = "correct horse battery staple"
NOW = 1_800_000_000
DAY = 86_400


@cache
def _vault() -> bytes:
    return vault_file.lock(Identity.create(EMAIL, 2048), PASSPHRASE, vault_file.Cost(19_456, 2, 1))


def settle(paths: Paths) -> None:
    """From now on that is who is signed in here."""
    write_private(Vault(paths, nobody_to_ask).path_of(EMAIL), _vault())
    Session(SERVER, EMAIL, "u1", "t", "r", 1 << 50).save(paths)


def unlock(house: House, clock: FakeClock) -> None:
    """The keys are in memory."""
    settle(house.paths)
    house.shell.look_again()
    house.keys.with_keys(lambda _person: None)
    clock.until(lambda: house.keys.state.asking)
    house.keys.try_passphrase(PASSPHRASE)
    clock.until(lambda: house.keys.state.unlocked)


def line(number: int, **changes: object) -> FileLine:
    """A file of mine, sent `number` minutes after the others."""
    plain = FileLine(
        file_id=f"{number:08x}-e29b-41d4-a716-446655440000",
        name=f"file {number}.pdf",
        opened=True,
        altered=False,
        size=1_000 * number,
        folder_files=None,
        in_folder=False,
        from_email="bob@example.org",
        trust=Trust.UNCHECKED,
        post_quantum=True,
        old_format=False,
        note="",
        uploaded_at=NOW - DAY + 60 * number,
        expires_at=NOW + 6 * DAY,
        downloads=0,
        download_limit=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # names and types are those of the calls


ListOf = Callable[[Sequence[FileLine]], None]


def list_them(monkeypatch: pytest.MonkeyPatch) -> ListOf:
    """What the server lists, from now on."""
    lines: list[FileLine] = []

    def listed(job: Job, _person: object, _cache: object, *, received: bool) -> frozenset[str]:
        del received
        for start in range(0, len(lines), 200):
            job.report(listing._Slice(tuple(lines[start : start + 200])))
        return frozenset(each.file_id for each in lines)

    def change(to: Sequence[FileLine]) -> None:
        lines[:] = to

    monkeypatch.setattr(listing, "_listed", listed)
    monkeypatch.setattr("client.gui.presenters.files.time.time", lambda: float(NOW))
    return change
