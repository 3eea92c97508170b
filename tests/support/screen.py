"""A screen that nobody sees, for the window: `with virtual_screen() as display: ...`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.waiting import until

if TYPE_CHECKING:
    from PIL.Image import Image

PROGRAMS = ("Xvfb", "xdotool")
INSTALL = "apt install xvfb xdotool"
_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 30.0


def missing_programs() -> list[str]:
    """Of those that put up a screen and press keys on it."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def other_program(display: str, *arguments: str) -> Iterator[None]:
    """Python with these arguments on the same screen, from when it says that it is ready; ended afterwards."""
    command, environment = [sys.executable, *arguments], {**os.environ, "DISPLAY": display}
    with subprocess.Popen(command, env=environment, cwd=_ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


@contextmanager
def virtual_screen(size: str = "1400x1000") -> Iterator[str]:
    """An X server on a free display, such as `:5`; ended afterwards."""
    ours, theirs = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(theirs), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=(theirs,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    try:
        with os.fdopen(ours) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield f":{number}"
    finally:
        process.terminate()
        process.wait(_SECONDS)


def xdotool(display: str, *arguments: str) -> str:
    """What it prints. Raises `CalledProcessError`, `TimeoutExpired`."""
    done = subprocess.run(
        ["xdotool", *arguments],
        env={**os.environ, "DISPLAY": display},
        check=True,
        timeout=_SECONDS,
        capture_output=True,
        text=True,
    )
    return done.stdout


def windows_of(display: str) -> list[str]:
    """The windows of Sealcase that are to be seen there."""
    try:
        return xdotool(display, "search", "--onlyvisible", "--class", "Sealcase").split()
    except subprocess.CalledProcessError:  # none
        return []


def quit_windows(display: str, over: Callable[[], object], seconds: float) -> None:
    """By the keyboard, as often as it takes: without a window manager it is nowhere before a new window asks for it."""

    def is_over() -> bool:
        for window in windows_of(display):
            with suppress(subprocess.CalledProcessError):  # gone meanwhile, or not yet to be seen
                xdotool(display, "windowfocus", window, "key", "ctrl+q")
        return bool(over())

    until(is_over, "an end of the window", seconds)


def picture_of(display: str, box: tuple[int, int, int, int] | None = None) -> "Image":
    """What is on it right now: all, or a box of (left, top, right, bottom) pixels."""
    from PIL import ImageGrab

    return ImageGrab.grab(bbox=box, xdisplay=display)
