"""Talking to the person: results on stdout, everything else on stderr."""

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import click

from client.errors import NeedsInput
from client.local.names import shown
from client.local.secrets import nobody_to_ask
from client.words import date_text as date_text
from client.words import duration_text as duration_text
from client.words import recent_text as recent_text
from client.words import size_text as size_text

_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e]")
JsonValue = str | int | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]


def result(line: str) -> None:
    """One result, for people and scripts."""
    click.echo(line)


def result_json(value: JsonValue) -> None:
    """As readable as UTF-8 allows: only what could do something at a terminal is written in JSON's own escapes."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    click.echo(_NOT_PLAIN.sub(lambda match: _harmless(match[0]), text))


def _harmless(character: str) -> str:
    return character if shown(character) == character else json.dumps(character)[1:-1]


def result_path(path: Path) -> None:
    """A path as a result: its very bytes, whether or not they are UTF-8."""
    click.echo(os.fsencode(path))


def note(text: str) -> None:
    """Something that the person should know, and a script need not. May quote a server, which must not fake output."""
    click.echo("\n".join(shown(line) for line in text.split("\n")), err=True)


def ask_secret(prompt: str, twice: bool) -> str:
    """Asks at the terminal, unseen, also while standard input is a pipe. Raises `NeedsInput` where there is none."""
    if not (sys.stdin.isatty() or _has_terminal()):
        return nobody_to_ask(prompt, twice)
    answer: str = click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
    return answer


def ask_line(question: str) -> str:
    """Asks for something short that may be seen. Raises `NeedsInput` where there is no terminal."""
    if not sys.stdin.isatty():
        raise NeedsInput(f"this is asked for at a terminal, and there is none: {question}")
    answer: str = click.prompt(question, err=True)
    return answer


def ask_yes(question: str) -> bool:
    """Asks a question that is mostly answered with yes. Only where `has_reader`."""
    answer: bool = click.confirm(question, default=True, err=True)
    return answer


def ask_no(question: str) -> bool:
    """Asks a question that must not be answered with yes by habit. Only where `has_reader`."""
    answer: bool = click.confirm(question, default=False, err=True)
    return answer


def has_reader() -> bool:
    """Whether somebody sits at the terminal, to read a question and answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _has_terminal() -> bool:
    """Whether there is somebody to ask, wherever standard input comes from."""
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        return True
    return False
