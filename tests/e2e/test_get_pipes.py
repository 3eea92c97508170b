"""`get -o -`: verified part by part, in order; nothing unverified ever flows, and a pipe that breaks is no success."""

import os
import pty
import subprocess
import tempfile

import pytest

from shared.sealed.geometry import DEFAULT_PART_SIZE, MIB
from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_two_people import send
from tests.support.cli import Cli, finish, tree
from tests.support.network import wire_to
from tests.support.server import LiveServer

PARTS = 3


def _random(sender: Person, recipient: Person) -> tuple[str, bytes]:
    data = os.urandom(PARTS * DEFAULT_PART_SIZE - MIB)
    return send(sender, "a", data, recipient.email, options=("--no-compress",)), data


def _alter_last_part(server: LiveServer, file_id: str) -> None:
    (body,) = (path for path in server.data_dir.rglob(file_id) if path.parent.parent.name == "blobs")
    with body.open("r+b") as file:
        file.seek(-1_000, os.SEEK_END)
        file.write(bytes(16))


def _shell(cli: Cli, pipeline: str) -> subprocess.CompletedProcess[bytes]:
    """A pipeline as people write it; $S is our command."""
    command = cli.start("--version")
    finish(command)
    assert isinstance(command.args, list)
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", pipeline],
        cwd=cli.folder,
        env={**cli.environment, "S": str(command.args[0])},
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_tar_from_one_folder_into_another(ada: Person, bob: Person) -> None:
    """tar c . | send -, get -o - | tar x: what comes out is what went in."""
    (ada.cli.folder / "deep/er").mkdir(parents=True)
    for name in ("one", "deep/two", "deep/er/three"):
        (ada.cli.folder / name).write_bytes(os.urandom(5_000_000))
    sent = _shell(ada.cli, f'tar c . | "$S" send - --name backup.tar --to {bob.email}')
    assert sent.returncode == 0, sent.stderr
    got = _shell(bob.cli, f'"$S" get {sent.stdout.decode().strip()} -o - | tar x')
    assert got.returncode == 0, got.stderr
    assert tree(bob.cli.folder) == tree(ada.cli.folder)
    for name in tree(ada.cli.folder):
        assert (bob.cli.folder / name).read_bytes() == (ada.cli.folder / name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("compressible", [False, True], ids=["plain", "compressed"])
def test_a_last_part_that_the_server_altered(ada: Person, bob: Person, server: LiveServer, compressible: bool) -> None:
    """Exit code 6; what came out before is the beginning of the file, and not a byte of the altered part."""
    if compressible:
        data = os.urandom(PARTS * DEFAULT_PART_SIZE - MIB).hex().encode()
        file_id = send(ada, "a", data, bob.email, options=("--no-pad",))
    else:
        file_id, data = _random(ada, bob)
    _alter_last_part(server, file_id)
    result = bob.cli("get", file_id, "-o", "-")
    assert result.code == 6
    assert "not the one that the sender sealed" in result.err
    assert "continues" not in result.err
    assert data.startswith(result.out)
    assert len(data) * (PARTS - 1) // PARTS <= len(result.out) < len(data)
    # Nor does a pipeline hide it from a script that minds its pipes, though the last command was content.
    assert _shell(bob.cli, f'"$S" get {file_id} -o - | cat > b').returncode == 6


def test_a_reader_that_leaves(ada: Person, bob: Person) -> None:
    """`get -o - | head -c 1`: not exit code 0, no traceback, not a word."""
    file_id, _ = _random(ada, bob)
    process = bob.cli.start("get", file_id, "-o", "-")
    assert process.stdout is not None
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(30) == 1
    process.stderr.close()


@pytest.mark.slow
def test_a_wire_with_trouble(ada: Person, new_person: NewPerson, server: LiveServer) -> None:
    """Connections that break off or alter bytes are nothing that a reader could see."""
    bob = new_person("bob")
    file_id, data = _random(ada, bob)
    for trouble in ("cut_down_after", "flip_down_at"):
        with wire_to(server.url) as wire, bob.at(wire.url):
            setattr(wire, trouble, 5 * MIB)
            wire.trouble_ends_after = 2
            assert bob.cli.ok("get", file_id, "-o", "-").out == data
            assert wire.troubles


def test_into_a_named_pipe(ada: Person, bob: Person) -> None:
    """It is written to as it is; neither work file nor journal comes beside it."""
    file_id, data = _random(ada, bob)
    os.mkfifo(bob.cli.folder / "out")
    process = bob.cli.start("get", file_id, "-o", "out")
    assert (bob.cli.folder / "out").read_bytes() == data
    assert finish(process).code == 0
    assert tree(bob.cli.folder) == {"out"}


def test_no_room_where_parts_wait(ada: Person, bob: Person) -> None:
    """Parts of a pipe are large, and wait in a temporary file: it is said which folder has no room, and what to do."""
    data, little = os.urandom(18_000_000), ("prlimit", "--fsize=4000000")
    sent = ada.cli("send", "-", "--to", bob.email, "--no-compress", stdin=data, prefix=little)
    assert sent.code == 1
    words = f"parts wait in {tempfile.gettempdir()}, and it can't be written to (File too large)"
    assert f"sealcase: -: {words}. Make room there, or name another folder with TMPDIR" in sent.err
    file_id = ada.cli.ok("send", "-", "--to", bob.email, "--no-compress", stdin=data).lines[0]
    got = bob.cli("get", file_id, "-o", "-", prefix=little)
    assert (got.code, got.out) == (1, b"")
    assert words in got.err


def test_a_source_that_can_not_be_read_to_its_end(ada: Person, bob: Person) -> None:
    """It fails alone, with a word about the source: what is sent beside it arrives."""
    (ada.cli.folder / "fine").write_bytes(b"fine")
    broken, other_end = pty.openpty()
    os.close(other_end)
    try:
        sent = finish(ada.cli.start("send", "-", "fine", "--to", bob.email, stdin=broken))
    finally:
        os.close(broken)
    assert sent.code == 1
    assert "sealcase: -: can't read what is being sent: Input/output error" in sent.err
    assert len(sent.lines) == 1
