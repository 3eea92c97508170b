"""The Activity tab: a table of sentences, filters, and a file of it for a spreadsheet."""

import tkinter
from pathlib import Path

from client.gui import theme
from client.gui.presenters.activity import Activity, ActivityState, kinds, spans
from client.gui.presenters.house import House
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.base import View
from client.gui.widgets import (
    Button,
    Column,
    Empty,
    Flow,
    Label,
    LinkButton,
    Page,
    Row,
    Select,
    Table,
    Wrong,
    choose_target,
)
from client.gui.widgets.page import WIDE
from client.gui.widgets.table import LEAST_ROWS


def build(parent: tkinter.Misc, house: House) -> View:
    return ActivityView(parent, house)


class ActivityView(View):
    def __init__(self, master: tkinter.Misc, house: House) -> None:
        super().__init__(master)
        self._house = house
        self._activity = Activity(house)
        page = Page(self, widest=WIDE, fills=True)
        page.pack(fill="both", expand=True)
        body = page.body
        body.grid_rowconfigure(2, weight=1)
        side = theme.units(4)
        Label(body, _("Activity"), theme.DISPLAY).grid(row=0, column=0, sticky="w", padx=side, pady=(side, 0))
        self._bar(body).grid(row=1, column=0, sticky="ew", padx=side, pady=(theme.units(2), theme.units(2)))
        self._table = Table(
            body,
            _("Activity"),
            (
                Column("when", _("When"), 140, sorts=False),
                Column("what", _("What"), 320, grows=True, sorts=False),
                Column("where", _("With what, and from where"), 240, sorts=False, rank=1),
            ),
            near_end=self._activity.load_more,
            several=False,
            least_rows=LEAST_ROWS,
        )
        self._table.grid(row=2, column=0, sticky="nsew", padx=side)
        self._nothing = Empty(
            body,
            "activity",
            _("Nothing yet"),
            _("Whoever downloads a file of yours, every sign-in and every change of your account will be here."),
        )
        self._said = Label(body, "", theme.SMALL, Palette.muted, wrap=True)
        self._said.role = "status"
        self._said.grid(row=3, column=0, sticky="ew", padx=side, pady=(theme.units(1), theme.units(2)))
        self._wrong = Wrong(body, house.clipboard.copy_details)
        self._wrong.grid(row=4, column=0, sticky="ew", padx=side)
        self._activity.watch(self._render)

    def shown(self) -> None:
        self._activity.shown()
        self._table.focus_set()

    def shortcut(self, name: str) -> bool:
        if name == "refresh":
            self._activity.reload()
        return name == "refresh"

    def _bar(self, owner: tkinter.Misc) -> Flow:
        bar = Flow(owner)
        self._kind = Select(bar, _("Kind"), kinds(), self._activity.choose_kind, width=200)
        self._kind.grid(row=0, column=0, padx=(0, theme.units(1)))
        self._span = Select(bar, _("Time"), spans(), self._activity.choose_span)
        self._span.grid(row=0, column=1, padx=(0, theme.units(1)))
        self._names = LinkButton(
            bar, _("Show file names"), self._activity.show_names, hint=_("Unlocks your keys: nobody else can read them")
        )
        self._export = Button(bar, _("Export CSV …"), self._save)
        self._export.grid(row=0, column=2, padx=(0, theme.units(1)))
        return bar

    def _save(self) -> None:
        target = choose_target(
            self,
            _("Save activity"),
            "sealcase-activity.csv",
            ((_("CSV for spreadsheets"), "*.csv"),),
            str(Path.home()),
        )
        self._activity.export(target)

    def _render(self, state: ActivityState) -> None:
        self._kind.show_chosen(state.kind)
        self._span.show_chosen(state.span)
        self._export.show(
            text=_("Exporting …") if state.exporting else _("Export CSV …"),
            enabled=state.can_export and not state.exporting,
        )
        if state.can_name:
            self._names.grid(row=0, column=3)
        else:
            self._names.grid_remove()
        self._table.show(
            [
                Row(row.key, (row.when, row.sentence, row.place), "warning" if row.stands_out else "")
                for row in state.rows
            ]
        )
        if state.rows or state.loading or state.problem:
            self._nothing.grid_remove()
            self._table.grid()
        else:
            self._table.grid_remove()
            self._nothing.title.show(state.empty or _("Nothing to see yet"))
            self._nothing.text.show(self._invitation(state))
            self._nothing.grid(row=2, column=0, sticky="nsew")
        self._said.show(_("Loading …") if state.loading else "")
        self._wrong.show(state.problem)

    @staticmethod
    def _invitation(state: ActivityState) -> str:
        if not state.signed_in:
            return _("Sign in, and what happens to your files will be here.")
        if state.kind or state.span:
            return _("Choose another kind, or a longer time.")
        return _("Whoever downloads a file of yours, every sign-in and every change of your account will be here.")
