"""`get -o -`: verified part by part, in order; nothing unverified ever flows, and a pipe that breaks is no success."""

import os
import subprocess

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
