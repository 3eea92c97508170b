"""Rates as people type them: 500K, 2.5M."""

import click

from client.api.throttle import parse_rate


class Rate(click.ParamType[int]):
    """Bytes a second; 0 for no limit."""

    name = "rate"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return parse_rate(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
