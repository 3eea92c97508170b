"""Our own widgets over CustomTkinter: what it lacks for keyboards, long lists and scaling is mended here.

Each is imported when a view first asks for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from client.gui.widgets.button import Button as Button
    from client.gui.widgets.button import LinkButton as LinkButton
    from client.gui.widgets.button import Look as Look
    from client.gui.widgets.chips import Chip as Chip
    from client.gui.widgets.chips import Chips as Chips
    from client.gui.widgets.choices import CheckBox as CheckBox
    from client.gui.widgets.choices import Segmented as Segmented
    from client.gui.widgets.dialog import Dialog as Dialog
    from client.gui.widgets.empty import Empty as Empty
    from client.gui.widgets.entry import Entry as Entry
    from client.gui.widgets.files import choose_file as choose_file
    from client.gui.widgets.files import choose_folder as choose_folder
    from client.gui.widgets.files import choose_target as choose_target
    from client.gui.widgets.flow import Flow as Flow
    from client.gui.widgets.icons import icon as icon
    from client.gui.widgets.labels import Box as Box
    from client.gui.widgets.labels import Card as Card
    from client.gui.widgets.labels import Label as Label
    from client.gui.widgets.menu import Item as Item
    from client.gui.widgets.menu import Menu as Menu
    from client.gui.widgets.page import Page as Page
    from client.gui.widgets.progress import Progress as Progress
    from client.gui.widgets.qr import Qr as Qr
    from client.gui.widgets.select import Select as Select
    from client.gui.widgets.select import Stepper as Stepper
    from client.gui.widgets.table import Column as Column
    from client.gui.widgets.table import Row as Row
    from client.gui.widgets.table import Table as Table
    from client.gui.widgets.tile import Tile as Tile
    from client.gui.widgets.tooltip import tip as tip
    from client.gui.widgets.wrong import Wrong as Wrong

_ROOMS = {
    "button": (
        "Button",
        "LinkButton",
        "Look",
    ),
    "chips": (
        "Chip",
        "Chips",
    ),
    "choices": (
        "CheckBox",
        "Segmented",
    ),
    "dialog": ("Dialog",),
    "empty": ("Empty",),
    "entry": ("Entry",),
    "files": (
        "choose_file",
        "choose_folder",
        "choose_target",
    ),
    "flow": ("Flow",),
    "icons": ("icon",),
    "labels": (
        "Box",
        "Card",
        "Label",
    ),
    "menu": (
        "Item",
        "Menu",
    ),
    "page": ("Page",),
    "progress": ("Progress",),
    "qr": ("Qr",),
    "select": (
        "Select",
        "Stepper",
    ),
    "table": (
        "Column",
        "Row",
        "Table",
    ),
    "tile": ("Tile",),
    "tooltip": ("tip",),
    "wrong": ("Wrong",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


if not TYPE_CHECKING:  # or a misspelt name would have a type

    def __getattr__(name: str) -> object:
        if (room := _ROOM_OF.get(name)) is None:
            raise AttributeError(f"there is no widget {name}")
        value: object = getattr(import_module(f"{__name__}.{room}"), name)
        globals()[name] = value
        return value
