"""Saving content that was opened: under the name of the recipient's choice, whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

from client.local.names import safe_name
from client.local.outputs import is_folder, is_pipe, new_file, open_stream
from shared.crypto.open import Opened, SealedBody, restore_file, restore_stream
from shared.crypto.workers import FixedLanes, Lanes, Progress, no_progress, nobody_waits


def worker_threads() -> int:
    """Sealing, hashing and disk overlap from two threads on; beyond four there is nothing left to gain."""
    return max(2, min(4, os.cpu_count() or 1))


def choose_target(target: Path | None, name: str) -> Path:
    """Where a file called `name` goes. Raises `UnsafeName` where that name is needed and is none."""
    if target is None:
        return Path(safe_name(name))
    return target / safe_name(name) if is_folder(target) else target


def save(
    opened: Opened,
    part_hashes: bytes,
    body: SealedBody,
    target: Path,
    *,
    force: bool,
    lanes: Lanes | None = None,
    progress: Progress = no_progress,
    wake: Callable[[], None] = nobody_waits,
) -> None:
    """Writes the content to `target`: whole or not at all, unless it is a pipe, which gets verified parts in order.

    `wake` is called when that ends early: whoever waits in `body` should give up.
    """
    lanes = lanes or FixedLanes(worker_threads())
    if is_pipe(target):
        with open_stream(target) as write:
            restore_stream(opened, part_hashes, body, write, lanes=lanes, progress=progress, wake=wake)
        return
    with new_file(target, force=force) as file:
        restore_file(opened, part_hashes, body, file, lanes=lanes, spool_folder=target.parent, progress=progress)
