"""`sealcase-server admin backup` against `cp -r` of the same folder, each with all of it on disk at its end."""

import shutil
import time
import uuid
from pathlib import Path

from benchmarks import tools, workplace
from benchmarks.figures import Measurement, time_figure
from benchmarks.processes import run
from benchmarks.scale import Scale
from benchmarks.servers import sealcase_server, server_environment
from benchmarks.small_requests import listed_file
from server.adapters.records.json_files import JsonRecords

FILES = 8
TARGET = 2.0
"""At most twice the time of `cp`, which knows nothing of what it copies."""
_COPIES = 3


def measure(scale: Scale) -> list[Measurement]:
    """The same bytes, one after the other, and again; every copy is removed before the next."""
    size = scale.size // FILES * FILES
    with workplace.folder(_COPIES * size) as folder:
        _fill(folder, size)
        data, seconds = folder / "server" / "data", dict[str, list[float]]()
        commands: dict[str, tuple[str | Path, ...]] = {
            "sealcase": (tools.ours("sealcase-server"), "admin", "backup", "--to", folder / "kept"),
            "cp": ("sh", "-c", 'cp -r "$0" "$1" && sync', data, folder / "copy"),
        }
        environment = server_environment(folder / "server")
        for number in range(scale.runs + 1):
            for name, command in commands.items():
                took = run(command, environment=environment).seconds
                if number:  # the first warms the page cache
                    seconds.setdefault(name, []).append(took)
                for copy in ("kept", "copy"):
                    shutil.rmtree(folder / copy, ignore_errors=True)
    figure = time_figure("backup against cp", seconds, "cp", TARGET)
    return [Measurement("backup", {"content": size, "files": FILES}, seconds, "s", [figure])]


def _fill(folder: Path, size: int) -> None:
    """A server's folder with files as clients would have sent them."""
    with sealcase_server(folder / "server"):
        pass
    data = folder / "server" / "data"
    records = JsonRecords(data / "records")
    one = workplace.random_file(folder / "one", size // FILES)
    for _ in range(FILES):
        file = listed_file(uuid.uuid4().hex, time.time())
        records.add_file(file)
        blob = data / "blobs" / str(file.file_id)[:2] / str(file.file_id)
        blob.parent.mkdir(exist_ok=True, parents=True)
        shutil.copyfile(one, blob)
    one.unlink()
