"""Notes that travel with a file, written here and shown there."""

import click

from client.local.names import shown

MOST_CHARACTERS = 4_000


class Note(click.ParamType[str]):
    """A few lines to the recipients."""

    name = "note"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if len(value) > MOST_CHARACTERS:
            self.fail(
                f"{len(value):,} characters are too many for a note; send a file with them, or at most 4,000",
                param,
                ctx,
            )
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            self.fail("it is not UTF-8, so nobody could read it", param, ctx)
        return value.strip()


def note_text(label: str, text: str) -> str:
    """What a sender wrote, each line behind the label's column, without what could fake output of ours."""
    first, *rest = (shown(line) for line in text[:MOST_CHARACTERS].split("\n"))
    return "\n".join([f"{label}{first}", *(f"{' ' * len(label)}{line}" for line in rest)])
