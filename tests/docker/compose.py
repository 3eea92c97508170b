"""What a compose file would start, for tests that start the very same processes without an engine."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


class NotGiven(Exception):
    """A variable without which the file can't be used."""


@dataclass(frozen=True)
class Service:
    """One service, as far as it makes a process."""

    name: str
    command: list[str]
    environment: dict[str, str]
    depends_on: dict[str, str]
    """Condition by the name of what has to be there first."""


def services(name: str, given: dict[str, str]) -> dict[str, Service]:
    """Those of docker/`name`, with the variables that somebody gives. Raises `NotGiven`."""
    text = (ROOT / "docker" / name).read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(_filled(text, given))
    return {
        each: Service(
            each,
            list(row.get("command") or []),
            {key: "" if value is None else str(value) for key, value in (row.get("environment") or {}).items()},
            {other: rule["condition"] for other, rule in (row.get("depends_on") or {}).items()},
        )
        for each, row in document["services"].items()
    }


def in_order(found: dict[str, Service]) -> list[str]:
    """The names, each behind those that it waits for."""
    ordered: list[str] = []

    def add(name: str) -> None:
        for other in found[name].depends_on:
            add(other)
        if name not in ordered:
            ordered.append(name)

    for name in found:
        add(name)
    return ordered


def _filled(text: str, given: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if given.get(name):
            return given[name]
        if kind == "?":
            raise NotGiven(rest)
        return str(rest or "")

    return _VARIABLE.sub(value, text).replace("$$", "$")
