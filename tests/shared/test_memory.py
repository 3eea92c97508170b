"""Memory does not grow with the file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.sealed.geometry import MIB

PROGRAM = """
import json, sys
from io import FileIO
from shared.crypto.container import Container, seal_to_file
from shared.crypto.content import Content, SealOptions
from shared.crypto.open import open_file, restore_file, restore_stream
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import FixedLanes
from tests.shared.vectors import private_keys

source, sealed, target, compress = sys.argv[1:]
alice = private_keys("alice", rsa_only=True)

def peak():
    # Of this program alone: getrusage would count what the test's own process held before it became this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

with FileIO(source) as read, FileIO(sealed, "w+") as written:
    file = PositionalFile(read)
    content = Content("source", file, file.size)
    options = SealOptions(compress=compress == "yes")
    seal_to_file(content, [alice.public], PositionalFile(written), options=options, threads=2)
after_sealing = peak()
with FileIO(sealed) as read, FileIO(target, "w+") as written:
    container = Container.read(PositionalFile(read))
    opened = open_file(container.manifest.raw, container.grants, alice)
    restore_file(opened, container.part_hashes, container, PositionalFile(written), lanes=FixedLanes(2))
    restore_stream(opened, container.part_hashes, container, lambda piece: None, lanes=FixedLanes(2))
print(json.dumps([after_sealing, peak()]))
"""


def peaks(size: int, compress: bool, folder: Path) -> tuple[int, int]:
    """Peak memory in bytes after sealing, and after opening as well, of a process of its own."""
    source, sealed, target = folder / "source", folder / "sealed", folder / "target"
    with source.open("wb") as file:
        file.truncate(size)
    arguments = [sys.executable, "-c", PROGRAM, str(source), str(sealed), str(target), "yes" if compress else "no"]
    output = subprocess.run(arguments, check=True, capture_output=True, cwd=Path(__file__).parents[2]).stdout
    assert target.stat().st_size == size
    for path in (source, sealed, target):
        path.unlink()
    after_sealing, after_opening = json.loads(output)
    return after_sealing, after_opening


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's peak memory")
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_memory_is_flat(compress: bool, tmp_path: Path) -> None:
    """Sealing and opening 512 MiB takes at most 10 MB more than 64 MiB, and below 120 MB in all."""
    small, large = peaks(64 * MIB, compress, tmp_path), peaks(512 * MIB, compress, tmp_path)
    for before, after in zip(small, large, strict=True):
        assert after - before < 10_000_000
        assert after < 120_000_000
