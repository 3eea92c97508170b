"""Our own widgets over CustomTkinter: what it lacks for keyboards, long lists and scaling is mended here."""

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
from client.gui.widgets.icons import icon as icon
from client.gui.widgets.labels import Box as Box
from client.gui.widgets.labels import Card as Card
from client.gui.widgets.labels import Label as Label
from client.gui.widgets.menu import Item as Item
from client.gui.widgets.menu import Menu as Menu
from client.gui.widgets.page import Page as Page
from client.gui.widgets.progress import Progress as Progress
from client.gui.widgets.table import Column as Column
from client.gui.widgets.table import Row as Row
from client.gui.widgets.table import Table as Table
from client.gui.widgets.tooltip import tip as tip
