"""`python -m tests.upgrade.make v1`: a data folder as today's server leaves it, with two people's clients beside it.

Run once for each data format, and kept for ever: every later version has to open it. Its secrets, keys and passphrases
are for these tests only, and in everybody's hands. Files in it expire in the year 2200.
"""

import gzip
import io
import json
import shutil
import sys
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

import requests

from server.adapters.records.json_files import JsonRecords
from shared.sealed.geometry import MIB
from tests.server.samples import sample
from tests.support.people import Person, sign_up
from tests.support.server import LiveServer, live_server

HERE = Path(__file__).resolve().parent
PEOPLE = ("ada", "bob")
NEVER = 7_258_118_400
"""The year 2200."""
SECRETS = {
    "secret_key": "for tests only: a fixed secret key that everybody knows",
    "jwt_secret": "for tests only: a fixed secret of tokens that everybody knows",
}
CONTENTS = {
    "letter.txt": b"What was sealed with version 1 opens for ever.\n" * 40,
    "empty": b"",
    "picture.bin": bytes(range(256)) * 4_200,
}


def main() -> None:
    (name,) = sys.argv[1:]
    target = HERE / f"{name}.tar.gz"
    if target.exists():
        sys.exit(f"{target} is there: what was kept for ever is not made anew.")
    with tempfile.TemporaryDirectory() as folder:
        _make(Path(folder))
        target.write_bytes(_packed(Path(folder)))
    print(f"{target}: {target.stat().st_size} bytes")


def _make(folder: Path) -> None:
    data = folder / "data"
    (data / "secrets").mkdir(parents=True, mode=0o700)
    for name, text in SECRETS.items():
        (data / "secrets" / name).write_text(f"{text}\n")
    expected: dict[str, object] = {}
    with live_server(data, workers=1) as server:
        ada, bob = (sign_up(name, server, folder, f"{name}@example.org") for name in PEOPLE)
        expected["files"] = {name: _sent(ada, bob, name, content) for name, content in CONTENTS.items()}
        tree = ada.cli.folder / "tree"
        (tree / "inner").mkdir(parents=True)
        (tree / "inner" / "deep.txt").write_bytes(b"deep")
        expected["folder"] = ada.cli.ok("send", tree, "--to", bob.email).lines[-1]
        expected["begun"] = _begun(server)
    records = JsonRecords(data / "records")
    for file_id in list(records.file_ids()):
        if (file := records.file(file_id)) is not None:
            records.replace_file(file, replace(file, expires_at=NEVER))
    shutil.rmtree(data / "ephemeral")
    shutil.rmtree(data / "counters")
    (folder / "expected.json").write_text(json.dumps(expected, indent=2, sort_keys=True))


def _sent(sender: Person, reader: Person, name: str, content: bytes) -> str:
    (sender.cli.folder / name).write_bytes(content)
    return sender.cli.ok("send", name, "--to", reader.email, "--note", f"this is {name}").lines[-1]


def _begun(server: LiveServer) -> str:
    """An unfinished upload, with one part."""
    token = {"Authorization": f"Bearer {server.sign_in('ada@example.org')['token']}"}
    one = sample(2 * MIB)
    requests.post(f"{server.url}/uploads", json=one.start(), headers=token, timeout=30).raise_for_status()
    url = f"{server.url}/uploads/{one.file_id}/parts/0"
    requests.put(url, data=bytes(len(one.parts[0])), headers=token, timeout=30).raise_for_status()
    return str(one.file_id)


def _packed(folder: Path) -> bytes:
    """The same bytes for the same files."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w|") as archive,
    ):
        for path in sorted(folder.rglob("*")):
            member = archive.gettarinfo(str(path), path.relative_to(folder).as_posix())
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mtime = 0
            with path.open("rb") if path.is_file() else io.BytesIO() as content:
                archive.addfile(member, content)
    return packed.getvalue()


if __name__ == "__main__":
    main()
