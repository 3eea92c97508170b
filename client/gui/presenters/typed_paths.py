"""Paths as people type, paste and drop them; most text is none."""

from pathlib import Path


def path_here(text: str) -> Path | None:
    """What is there under that name; None where there is nothing, or the text can't be a name at all."""
    try:
        path = Path(text).expanduser()
        path.stat()
    except (OSError, ValueError, RuntimeError):  # too long, with a zero in it, or of a person that nobody knows
        return None
    return path


def is_a_file(text: str) -> bool:
    path = path_here(text)
    return path is not None and path.is_file()
