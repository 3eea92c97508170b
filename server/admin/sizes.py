"""Sizes in bytes, as people write and read them."""

import re
from decimal import Decimal

import click

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGTP]?)(i?)B?", re.IGNORECASE)


class Bytes(click.ParamType[int]):
    """`500MB`, `20GiB`, `1048576`."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = _WRITTEN.fullmatch(str(value).strip())
        if match is None:
            self.fail("this is not a size like 20GiB", param, ctx)
        number, unit, binary = match.groups()
        power = " KMGTP".index(unit.upper() or " ")
        return int(Decimal(number) * (_STEP if binary else 1000) ** power)


def human(size: int) -> str:
    """`size` in the largest unit that leaves a digit before the point."""
    amount = float(size)
    for unit in _UNITS:
        if amount < _STEP or unit == _UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= _STEP
    raise AssertionError("units end with a return")
