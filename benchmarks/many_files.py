"""A folder of many small files, sent and received, against `rclone copy` with a crypt remote over WebDAV."""

import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks import tools, workplace
from benchmarks.figures import Measurement, time_figure
from benchmarks.peers import rclone_environment
from benchmarks.people import two_people
from benchmarks.processes import output_of, run
from benchmarks.progress import tell
from benchmarks.scale import Scale
from benchmarks.servers import rclone_dav, sealcase_server

FILE_BYTES = 4_096
TARGET = 0.7
_PER_FOLDER = 100
_DISK_PER_FILE = 16_384
"""Bytes, in each place that a file passes: blocks, and records beside it."""

Times = tuple[float, float]
"""Seconds to send, and to receive."""


def measure(scale: Scale) -> list[Measurement]:
    """Ours run by run; then all runs of rclone side by side, since it spends its time waiting between two calls.

    (Its WebDAV backend lets 10 ms pass from one call to the next: 10,000 files take seven minutes, and no processor.)
    """
    with workplace.folder(_DISK_PER_FILE * scale.files * (2 + scale.runs)) as folder:
        plain = _folder_of_files(folder / "plain", scale.files)
        ours = _ours(folder, plain, scale.runs)
        theirs = _rclone(folder, plain, scale.runs)
    samples: dict[str, list[float]] = {}
    for name, times in (("sealcase", ours), ("rclone", theirs)):
        samples[name] = [sent + received for sent, received in times]
        samples[f"{name}, send"] = [sent for sent, _ in times]
        samples[f"{name}, receive"] = [received for _, received in times]
    figure = time_figure(f"{scale.files:,} files of 4 KiB against rclone copy", samples, "rclone", TARGET)
    return [Measurement("folder", {"files": scale.files, "each": FILE_BYTES}, samples, "s", [figure])]


def _ours(folder: Path, plain: Path, runs: int) -> list[Times]:
    times: list[Times] = []
    for number in range(runs):
        tell(f"sealcase, run {number + 1} of {runs} ...")
        times.append(_sealcase_once(folder / f"sealcase-{number}", plain))
    return times


def _sealcase_once(folder: Path, plain: Path) -> Times:
    with sealcase_server(folder) as server:
        sender, receiver = two_people(folder, server)
        target = folder / "received"
        target.mkdir()
        sent, folder_id = sender.send(plain, receiver.email)
        received = receiver.get(folder_id, target)
        _compare(plain, target / plain.name)
    shutil.rmtree(folder)
    return sent.seconds, received.seconds


def _rclone(folder: Path, plain: Path, runs: int) -> list[Times]:
    tell(f"rclone, {runs} runs side by side ...")
    with ThreadPoolExecutor(runs) as pool:
        return list(pool.map(lambda number: _rclone_once(folder / f"rclone-{number}", plain), range(runs)))


def _rclone_once(folder: Path, plain: Path) -> Times:
    rclone = tools.peer("rclone")
    with ExitStack() as stack:
        environment = rclone_environment(folder, stack.enter_context(rclone_dav(folder)))
        target = folder / "received"
        sent = run((rclone, "copy", plain, "crypt:folder"), environment=environment)
        received = run((rclone, "copy", "crypt:folder", target), environment=environment)
        _compare(plain, target)
    shutil.rmtree(folder)
    return sent.seconds, received.seconds


def _compare(plain: Path, received: Path) -> None:
    output_of("diff", "-r", plain, received)


def _folder_of_files(folder: Path, count: int) -> Path:
    for number in range(count):
        path = folder / f"{number // _PER_FOLDER:03}" / f"{number:06}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(secrets.token_bytes(FILE_BYTES))
    return folder
