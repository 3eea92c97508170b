"""What `link` and `send --link` can be told about a link."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from client.cli.terminal import ask_secret
from client.errors import FileProblem
from client.local.outputs import refuse_existing
from client.local.secrets import first_line

_PATH = click.Path(path_type=Path)
F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Shown:
    """How a link is shown, beside its text."""

    in_terminal: bool
    files: tuple[Path, ...]


def password_options(command: F) -> F:
    """Where a password comes from: never from an argument, which everybody on this machine can read."""
    file = click.option("--password-file", metavar="FILE", type=_PATH, help="The password is the first line of FILE.")
    ask = click.option("--ask-password", is_flag=True, help="Ask for the password.")
    return file(ask(command))


def link_options(command: F) -> F:
    """Password, mail and pictures."""
    notify = click.option("--notify", is_flag=True, help="Mail me at the first download.")
    return password_options(notify(link_pictures(command)))


def link_pictures(command: F) -> F:
    """How an address is drawn."""
    qr = click.option("--qr", is_flag=True, help="Draw the link here, to be read by a telephone.")
    png = click.option("--png", metavar="FILE", type=_PATH, help="Draw the link into a PNG file.")
    svg = click.option("--svg", metavar="FILE", type=_PATH, help="Draw the link into an SVG file.")
    return qr(png(svg(command)))


def password_of(file: Path | None, *, ask: bool, what: str = "link") -> str | None:
    """A new link's (or drop box's) password; None for none. Raises `FileProblem`, `NeedsInput`."""
    if file is not None and ask:
        raise click.UsageError("--password-file and --ask-password contradict each other.")
    if file is not None:
        return first_line(file)
    return ask_secret(f"Password of the {what}", True) if ask else None


def shown_of(*, qr: bool, png: Path | None, svg: Path | None, as_json: bool) -> Shown:
    """Looked at before anything is made. Raises `FileProblem` for pictures that can't be written."""
    if qr and as_json:
        raise click.UsageError("--qr draws for people, --json prints for programs; use --png or --svg.")
    files = []
    for path, suffix in ((png, ".png"), (svg, ".svg")):
        if path is not None:
            if path.suffix.lower() != suffix:
                raise FileProblem(f"{path}: the name of this picture must end in {suffix}")
            refuse_existing(path, force=False)
            files.append(path)
    return Shown(qr, tuple(files))
