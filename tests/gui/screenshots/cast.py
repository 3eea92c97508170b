"""Who is in the pictures: people with accounts on a real server, and the files that they have sent each other."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from client.local.paths import Paths
from tests.support.cli import Cli
from tests.support.server import LiveServer, live_server

PASSPHRASE = "violet harbour seven lanterns"
ADA, BEN, MIRA, JONAS = (f"{name}@example.org" for name in ("ada.marsh", "ben.okafor", "mira.lind", "jonas.weber"))
_KIB, _MIB = 1 << 10, 1 << 20

_SENT: Sequence[tuple[str, int, Sequence[str], Sequence[str]]] = (
    ("Annual report 2026.pdf", 3 * _MIB, (BEN, MIRA), ("--expires", "30d", "--note", "Final, as agreed on Tuesday")),
    ("Floor plan, second floor.dwg", 7 * _MIB, (BEN,), ()),
    ("Interview with the mayor.m4a", 24 * _MIB, (MIRA,), ("--expires", "14d")),
    ("Contract, signed.pdf", 840 * _KIB, (BEN,), ("--downloads", "1", "--expires", "3d")),
    ("Budget 2027.xlsx", 210 * _KIB, (BEN, MIRA, JONAS), ("--expires", "90d")),
    ("Lab results 4471.csv", 96 * _KIB, (JONAS,), ("--expires", "20h")),
    ("Logo, all sizes.zip", 12 * _MIB, (BEN,), ()),
    ("Minutes of 12 November.docx", 64 * _KIB, (BEN, JONAS), ()),
)
"""By Ada: name, bytes, to whom, on which terms."""
_FETCHED_BY_BEN = ("Annual report 2026.pdf", "Contract, signed.pdf", "Budget 2027.xlsx")
_RECEIVED: Sequence[tuple[str, str, int, Sequence[str]]] = (
    (
        BEN,
        "Invoice 2026-118.pdf",
        180 * _KIB,
        (
            "--note",
            "Thank you for the quick answer",
        ),
    ),
    (BEN, "Drone footage, river bank.mp4", 36 * _MIB, ("--expires", "5d")),
    (MIRA, "Translation, chapters 1 to 4.odt", 420 * _KIB, ()),
    (JONAS, "Scan of the old deed.tiff", 9 * _MIB, ("--downloads", "3")),
    (MIRA, "Questions for Thursday.txt", 3 * _KIB, ("--expires", "2d")),
)
CLASH = "Questions for Thursday.txt"
"""There is another file of that name among Ada's downloads."""
DOUBTFUL = "New bank details.pdf"
"""From Jonas, with other keys than those that Ada knows."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there. `ada` is the one whose window it is."""

    server: LiveServer
    ada: Cli
    ben: Cli
    laptop: Cli
    """Ada's other machine, which has no keys."""
    folder: Path
    """With files in it that can be sent."""


@contextmanager
def cast(folder: Path) -> Iterator[Cast]:
    """A server, four people, what they have sent; all of it gone afterwards but for what lies in `folder`."""
    with live_server(folder / "server", workers=1) as server:
        emails = (ADA, BEN, MIRA, JONAS)
        with ThreadPoolExecutor(2) as pool:
            people = dict(zip(emails, pool.map(lambda email: _sign_up(email, server, folder), emails), strict=True))
        ada, ben = people[ADA], people[BEN]
        ids = {name: _send(ada, name, size, to, terms) for name, size, to, terms in _SENT}
        _send_folder(ada)
        for name in _FETCHED_BY_BEN:
            ben.ok("get", ids[name], "-o", ben.folder)
        for sender, name, size, terms in _RECEIVED:
            _send(people[sender], name, size, (ADA,), terms)
        downloads = ada.home / "Downloads"
        downloads.mkdir()
        (downloads / CLASH).write_text("Those of last week\n")
        _begin_anew(people[JONAS])
        _send(people[JONAS], DOUBTFUL, 74 * _KIB, (ADA,), ())
        yield Cast(server, ada, ben, _another_machine(ada, server, folder), ada.folder)


def _sign_up(email: str, server: LiveServer, folder: Path) -> Cli:
    name = email.partition("@")[0]
    secret = folder / f"{name}.passphrase"
    secret.touch(mode=0o600)
    secret.write_text(f"{PASSPHRASE}\n")
    cli = Cli(folder / name / "files", folder / name, {"SEALCASE_PASSPHRASE_FILE": str(secret)})
    cli.ok(
        "login", "--server", server.url, "--email", email, "--code", server.request_code(email), "--device", "Studio"
    )
    return cli


def _another_machine(ada: Cli, server: LiveServer, folder: Path) -> Cli:
    laptop = Cli(folder / "laptop" / "files", folder / "laptop", ada.settings)
    code = server.request_code(ADA)
    laptop.ok("login", "--server", server.url, "--email", ADA, "--code", code, "--device", "Travel laptop")
    return laptop


def _begin_anew(person: Cli) -> None:
    """As after a machine was lost that alone had the keys."""
    for path in Paths(person.data).identities.iterdir():
        path.unlink()
    person.ok("key", "new", "--yes")


def _send(sender: Cli, name: str, size: int, to: Sequence[str], terms: Sequence[str]) -> str:
    """The file's id."""
    path = sender.folder / name
    path.write_bytes(random.Random(name).randbytes(size))
    recipients = [word for email in to for word in ("--to", email)]
    return sender.ok("send", path, *recipients, *terms).lines[-1]


def _send_folder(sender: Cli) -> None:
    folder = sender.folder / "Site photos"
    folder.mkdir()
    for number in range(6):
        (folder / f"IMG_{4_410 + number}.jpg").write_bytes(random.Random(number).randbytes(300 * _KIB))
    sender.ok("send", folder, "--to", BEN, "--to", JONAS)
