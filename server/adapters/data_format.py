"""Which form the data folder has: a number in DATA_DIR/format, so that older code never writes into newer data.

1 is the form of every folder before there was such a file. Whoever changes what is kept so that the code before could
not read it raises CURRENT, and says below what brings a folder of the number before to it.
"""

from pathlib import Path

from server.adapters import durable

CURRENT = 1
_NAME = "format"
_RESTORING = "restoring"


class UnusableFolder(Exception):
    """The folder is not one that this code may write into. The message says what to do."""


def settle(folder: Path) -> None:
    """Note the number of a folder that has none. Raises `UnusableFolder` for newer data and unfinished restores."""
    if (folder / _RESTORING).exists():
        raise UnusableFolder(
            f"{folder} is being restored, or a restore into it was cut short. Wait for it; or empty the folder and "
            "run `sealcase-server admin restore` again"
        )
    found = number(folder)
    if found > CURRENT:
        raise UnusableFolder(
            f"{folder} was written by a newer Sealcase (data format {found}; this one knows {CURRENT}). Nothing was "
            "changed. Start the newer version again, or restore a backup that was made before the upgrade"
        )
    if not (folder / _NAME).exists():
        durable.create(folder / _NAME, b"%d\n" % CURRENT)


def is_there(folder: Path) -> bool:
    """Whether a server has ever kept anything in `folder`."""
    return any((folder / name).exists() for name in (_NAME, "secrets", "records"))


def number(folder: Path) -> int:
    """The format of the data in `folder`. Raises `UnusableFolder` for a file that holds none."""
    try:
        text = (folder / _NAME).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return 1
    except UnicodeDecodeError:
        text = ""
    if not text.isdigit():
        raise UnusableFolder(f"{folder / _NAME} holds no number. Restore it from a backup; {CURRENT} is today's")
    return int(text)


def begin_restore(folder: Path) -> None:
    """Nobody serves from `folder` until `end_restore`."""
    durable.touch(folder / _RESTORING)


def end_restore(folder: Path) -> None:
    durable.remove(folder / _RESTORING)
