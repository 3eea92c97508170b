"""Times as people type them: 12h, 7d, 4w."""

import re

import click

_HOURS = {"h": 1, "d": 24, "w": 7 * 24}


class Duration(click.ParamType[int]):
    """12h, 7d or 4w, in hours."""

    name = "duration"

    def __init__(self, most_hours: int) -> None:
        self._most_hours = most_hours

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = re.fullmatch(r"(\d{1,5})([hdw])", str(value))
        hours = int(match[1]) * _HOURS[match[2]] if match else 0
        if not 1 <= hours <= self._most_hours:
            self.fail(f"give a time from 1h to {self._most_hours // 24}d, such as 12h, 7d or 4w", param, ctx)
        return hours
