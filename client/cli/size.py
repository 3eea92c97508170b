"""Amounts of data as people type them: 500M, 2.5G."""

import re

import click

_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([KMGT]?)B?", re.IGNORECASE)
_FACTORS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class Size(click.ParamType[int]):
    """Bytes, in decimal units; at least one."""

    name = "size"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = _SIZE.fullmatch(str(value).strip())
        size = round(float(match[1]) * _FACTORS[match[2].upper()]) if match else 0
        if size < 1:
            self.fail(f"{value!r} is not a size: give bytes, such as 500M or 2.5G", param, ctx)
        return size
