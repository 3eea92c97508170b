"""What is asked before something is received, and the answers that there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui.presenters.trust import sender_words
from client.gui.text import _, ngettext, place, size

if TYPE_CHECKING:
    from client.local.contact import Trust

_MOST_NAMES = 5
"""That a question lists."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that is to be received, as far as it is known before."""

    file_id: str
    name: str
    """As its sender called it."""
    size: int | None
    is_folder: bool
    from_email: str
    trust: "Trust | None"


class About(Enum):
    """What is asked."""

    ALARM = "alarm"
    """Files that nobody whom we know has signed."""
    ROOM = "room"
    CLASH = "clash"
    MERGE = "merge"
    """A folder of that name is there."""
    UNSAFE = "unsafe"
    """The sender's name for it is no plain file name."""


class Choice(Enum):
    GO_ON = "go on"
    """Receive it all the same; into a folder that is there: only what is missing."""
    REPLACE = "replace"
    KEEP_BOTH = "keep both"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question, with its answers in the order in which they are offered; the last is the careful one."""

    about: About
    title: str
    text: str
    choices: tuple[tuple[Choice, str], ...]
    more: int = 0
    """How many further ones of the same kind wait: one answer can do for all."""


@dataclass(slots=True)
class Planned:
    """Something on its way to the queue."""

    wanted: Wanted
    about: About | None = None
    """What has to be asked about it."""
    why: str = ""
    save_as: str = ""
    replace: bool = False
    decided: bool = False


def alarm(alarming: Sequence[Wanted], total: int) -> Ask:
    from client.local.names import shown

    lines = [
        f"{shown(each.name)}: {sender_words(each.trust, shown(each.from_email)).sentence}"
        for each in alarming[:_MOST_NAMES]
    ]
    if len(alarming) > _MOST_NAMES:
        rest = len(alarming) - _MOST_NAMES
        lines.append(ngettext("… and {count} more.", "… and {count} more.", rest))
    lines.append(_("Somebody may have put it there in their name. Ask them by another way before you open it."))
    leave = _("Don't receive it") if total == 1 else _("Leave these out")
    return Ask(
        About.ALARM,
        _("Nobody can say for sure who sent this"),
        "\n\n".join(lines),
        ((Choice.GO_ON, _("Receive all the same")), (Choice.SKIP, leave)),
    )


def no_room(folder: Path, missing: int) -> Ask:
    """`missing` in bytes."""
    text = _("The disk with {folder} has {missing} too little room for it. Make room, or choose another folder.")
    return Ask(
        About.ROOM,
        _("There may not be enough room"),
        text.format(folder=place(str(folder)), missing=size(missing)),
        ((Choice.GO_ON, _("Try all the same")), (Choice.SKIP, _("Cancel"))),
    )


def question(each: Planned, folder: Path, more: int) -> Ask:
    from client.local.names import shown

    name = shown(each.wanted.name)
    if each.about is About.UNSAFE and each.wanted.is_folder:
        text = _("The sender called this folder “{name}”, which is no name for a folder here. Ask them to rename it.")
        return Ask(
            About.UNSAFE, _("This name can't be used"), text.format(name=name), ((Choice.SKIP, _("Skip")),), more
        )
    if each.about is About.UNSAFE:
        text = _("The sender called it “{name}”. That is no name for a file here. It can be saved as {other}.")
        return Ask(
            About.UNSAFE,
            _("This name can't be used"),
            text.format(name=name, other=each.save_as),
            ((Choice.GO_ON, _("Save as {other}").format(other=each.save_as)), (Choice.SKIP, _("Skip"))),
            more,
        )
    if each.about is About.MERGE:
        text = _("There is a folder {name} in {folder}. What is missing in it can be added, and nothing is replaced.")
        return Ask(
            About.MERGE,
            _("There is a folder of that name"),
            text.format(name=name, folder=place(str(folder))),
            (
                (Choice.GO_ON, _("Add what is missing")),
                (Choice.REPLACE, _("Replace files")),
                (Choice.SKIP, _("Skip")),
            ),
            more,
        )
    text = _("There is a file {name} in {folder}. The new one can be saved as {other} beside it.")
    return Ask(
        About.CLASH,
        _("There is a file of that name"),
        text.format(name=name, folder=place(str(folder)), other=each.why),
        ((Choice.KEEP_BOTH, _("Keep both")), (Choice.REPLACE, _("Replace")), (Choice.SKIP, _("Skip"))),
        more,
    )
