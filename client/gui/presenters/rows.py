"""Rows of long lists: made by presenters, drawn by `client.gui.widgets.Table` as they are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`tone` colours its text, beside a word in it that says the same."""

    key: str
    cells: tuple[str, ...]
    tone: str = ""
