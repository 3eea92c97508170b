"""The names that people choose for what they seal and send."""

import click

from client.local.names import shown, why_unsafe


class FileName(click.ParamType[str]):
    """A name that every recipient can save the file under."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if reason := why_unsafe(value):
            self.fail(f"{shown(value)!r}, {reason}: recipients could not save it.", param, ctx)
        return value
