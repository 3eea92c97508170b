"""All about one of my files, on a page in place of the list."""

import tkinter
from collections.abc import Callable
from itertools import zip_longest

from client.gui import theme
from client.gui.presenters.file_details import DetailsState, FileDetails
from client.gui.text import _, ngettext
from client.gui.theme import Palette
from client.gui.widgets import Box, Button, Card, Chip, Chips, Entry, Label, LinkButton, Look, Page, Wrong
from client.gui.widgets.table import TONES

_LINK_INSET = LinkButton.inset
"""So that its text stands above those below."""
_MOST_FACTS = 7
_MOST_LINKS = 5
_MOST_DOWNLOADS = 8
"""Lines that are made; the rest is in the Activity tab."""


class DetailsPage(Page):
    def __init__(self, master: tkinter.Misc, details: FileDetails) -> None:
        super().__init__(master)
        self._details = details
        self.is_open = False
        body, side = self.body, theme.units(4)
        self._back = LinkButton(body, _("← My files"), details.close)
        self._back.grid(row=0, column=0, sticky="w", padx=side - _LINK_INSET, pady=(theme.units(3), 0))
        self._title = Label(body, "", theme.TITLE, wrap=True)
        self._title.grid(row=1, column=0, sticky="ew", padx=side, pady=(theme.units(1), 0))
        self._note = Label(body, "", theme.LEAD, Palette.muted, wrap=True)
        self._note.grid(row=2, column=0, sticky="ew", padx=side, pady=(theme.units(0.5), 0))
        for row, card in enumerate((self._facts(), self._people(), self._links(), self._fetched()), 3):
            card.grid(row=row, column=0, sticky="ew", padx=side, pady=(theme.units(2), 0))
        Label(body, "", theme.SMALL).grid(row=7, column=0, pady=theme.units(1))
        tkinter.Misc.bind(self.winfo_toplevel(), "<Escape>", self._escape, add=True)
        details.watch(self._render)

    def begin(self) -> None:
        """It has just come into sight."""
        self.to_top()
        self._entry.set_text("")
        self._back.focus_set()

    def _facts(self) -> Card:
        card = Card(self.body)
        card.grid_columnconfigure(1, weight=1)
        pad = theme.units(2)
        self._names: list[Label] = []
        self._values: list[Label] = []
        for row in range(_MOST_FACTS):
            above = theme.units(2) if not row else theme.units(0.75)
            name = Label(card, "", theme.BODY, Palette.muted)
            name.grid(row=row, column=0, sticky="nw", padx=(pad, theme.units(3)), pady=(above, 0))
            value = Label(card, "", wrap=True)
            value.grid(row=row, column=1, sticky="ew", padx=(0, pad), pady=(above, 0))
            self._names.append(name)
            self._values.append(value)
        self._signed = Label(card, "", wrap=True)
        self._signed.grid(row=_MOST_FACTS, column=0, columnspan=2, sticky="ew", padx=pad, pady=(theme.units(1.5), 0))
        self._problem = Wrong(card, self._details.copy_details)
        self._problem.grid(row=_MOST_FACTS + 1, column=0, columnspan=2, sticky="ew", padx=pad)
        foot = Box(card)
        foot.grid_columnconfigure(0, weight=1)
        foot.grid(row=_MOST_FACTS + 2, column=0, columnspan=2, sticky="ew", padx=pad, pady=(theme.units(1), pad))
        self._id = Label(foot, "", font=theme.mono(theme.SMALL.size), color=Palette.muted)
        self._id.grid(row=0, column=0, sticky="w")
        LinkButton(foot, _("Copy id"), self._details.copy_id).grid(row=0, column=1)
        return card

    def _people(self) -> Card:
        card = Card(self.body)
        card.grid_columnconfigure(0, weight=1)
        pad = theme.units(2)
        Label(card, _("Who gets it"), theme.STRONG).grid(row=0, column=0, sticky="w", padx=pad, pady=(pad, 0))
        self._nobody = Label(card, "", theme.BODY, Palette.muted, wrap=True)
        self._nobody.grid(row=1, column=0, sticky="ew", padx=pad, pady=(theme.units(1), 0))
        self._chips = Chips(card, self._details.remove)
        self._chips.grid(row=2, column=0, sticky="ew", padx=pad, pady=(theme.units(1), 0))
        self._others = Label(card, "", theme.SMALL, Palette.muted, wrap=True)
        self._others.grid(row=3, column=0, sticky="ew", padx=pad)
        self._adding = Box(card)
        self._adding.grid(row=4, column=0, sticky="ew", padx=pad, pady=(theme.units(1.5), 0))
        self._adding.grid_columnconfigure(0, weight=1)
        self._entry = Entry(
            self._adding,
            _("Add people"),
            placeholder=_("Email or @group"),
            on_change=self._details.type_people,
            on_submit=self._details.add_people,
            show_label=False,
            copy=self._details.copy_details,
        )
        self._entry.grid(row=0, column=0, sticky="new", padx=(0, theme.units(1)))
        self._add = Button(self._adding, _("Add"), self._details.add_people, height=theme.CONTROL_HEIGHT + 4)
        self._add.grid(row=0, column=1, sticky="n")
        self._offer = Box(card)
        self._offer.grid_columnconfigure(0, weight=1)
        self._offered = Label(self._offer, "", wrap=True)
        self._offered.grid(row=0, column=0, sticky="ew")
        Button(self._offer, _("Invite"), self._details.invite, look=Look.PRIMARY).grid(
            row=0, column=1, padx=theme.units(1)
        )
        LinkButton(self._offer, _("Not now"), self._details.dont_invite).grid(row=0, column=2)
        hint = _("Whoever is taken away gets it from the server no more. What was fetched can't be called back.")
        Label(card, hint, theme.SMALL, Palette.muted, wrap=True).grid(
            row=6, column=0, sticky="ew", padx=pad, pady=(theme.units(1), pad)
        )
        return card

    def _links(self) -> Card:
        card = Card(self.body)
        card.grid_columnconfigure(0, weight=1)
        pad = theme.units(2)
        Label(card, _("Links"), theme.STRONG).grid(row=0, column=0, sticky="w", padx=pad, pady=(pad, 0))
        self._new_link = LinkButton(card, _("New link …"), self._details.new_link)
        self._new_link.grid(row=0, column=1, columnspan=3, sticky="e", padx=pad, pady=(pad, 0))
        self._no_links = Label(card, "", theme.BODY, Palette.muted, wrap=True)
        self._no_links.grid(row=1, column=0, columnspan=4, sticky="ew", padx=pad, pady=(theme.units(1), 0))
        self._link_rows: list[tuple[Label, LinkButton, LinkButton, LinkButton]] = []
        for row in range(_MOST_LINKS):
            text = Label(card, "", wrap=True)
            text.grid(row=row + 2, column=0, sticky="ew", padx=(pad, 0), pady=(theme.units(0.5), 0))
            show = LinkButton(card, _("Show"), self._with_link(row, self._details.show_link))
            show.grid(row=row + 2, column=1)
            extend = LinkButton(card, _("Extend …"), self._with_link(row, self._details.extend_link))
            extend.grid(row=row + 2, column=2)
            revoke = LinkButton(card, _("Take back"), self._with_link(row, self._details.revoke_link))
            revoke.grid(row=row + 2, column=3, padx=(0, pad))
            self._link_rows.append((text, show, extend, revoke))
        self._more_links = Label(card, "", theme.SMALL, Palette.muted)
        self._more_links.grid(row=_MOST_LINKS + 2, column=0, columnspan=4, sticky="w", padx=pad, pady=(0, pad))
        return card

    def _with_link(self, row: int, act: Callable[[str], None]) -> Callable[[], None]:
        def press() -> None:
            links = self._details.state.links
            if row < len(links):
                act(links[row].link_id)

        return press

    def _render_links(self, state: DetailsState) -> None:
        self._new_link.show(enabled=state.has_people and not state.working)
        for (text, show, extend, revoke), link in zip_longest(self._link_rows, state.links[:_MOST_LINKS]):
            active = link is not None and link.active
            can_change = link is not None and link.can_change
            for widget, on in ((text, link is not None), (show, active), (extend, can_change), (revoke, active)):
                if on:
                    widget.grid()
                else:
                    widget.grid_remove()
            if link is not None:
                text.show(link.text, Palette.text if link.active else Palette.muted)
            for button in (show, extend, revoke):
                button.show(enabled=not state.working)
        if state.links:
            self._no_links.grid_remove()
        else:
            none = _("None. A link is for people without an account: they open it in a browser.")
            self._no_links.show(_("Loading …") if state.loading else none)
            self._no_links.grid()
        more = len(state.links) - _MOST_LINKS
        self._more_links.show(ngettext("and {count} more", "and {count} more", more) if more > 0 else "")

    def _fetched(self) -> Card:
        card = Card(self.body)
        card.grid_columnconfigure(0, weight=1)
        pad = theme.units(2)
        Label(card, _("Who has fetched it"), theme.STRONG).grid(row=0, column=0, sticky="w", padx=pad, pady=(pad, 0))
        self._downloads = Label(card, "", wrap=True)
        self._downloads.grid(row=1, column=0, sticky="ew", padx=pad, pady=(theme.units(1), pad))
        return card

    def _render(self, state: DetailsState) -> None:
        if not state.is_open:
            return
        self._title.show(state.title)
        self._note.show(state.note)
        if state.note:
            self._note.grid()
        else:
            self._note.grid_remove()
        for row in range(_MOST_FACTS):
            name, value = state.facts[row] if row < len(state.facts) else ("", "")
            for label, text in ((self._names[row], name), (self._values[row], value)):
                label.show(text)
                if text:
                    label.grid()
                else:
                    label.grid_remove()
        self._signed.show("" if state.problem else state.signed, TONES.get(state.signed_tone, Palette.text))
        self._problem.show(state.problem)
        self._id.show(state.file_id)
        self._render_people(state)
        self._render_links(state)
        self._render_downloads(state)

    def _render_people(self, state: DetailsState) -> None:
        self._chips.show(
            [
                Chip(each.email, each.text, each.sign, TONES.get(each.tone, Palette.text), each.hint)
                for each in state.readers
            ]
        )
        if state.readers:
            self._nobody.grid_remove()
            self._chips.grid()
        else:
            self._chips.grid_remove()
            self._nobody.show(_("Loading …") if state.loading else _("Nobody but you yet."))
            self._nobody.grid()
        self._others.show(state.others)
        if state.has_people:
            self._adding.grid()
        else:
            self._adding.grid_remove()
        if self._entry.text != state.typed and not state.typed:
            self._entry.set_text("")
        self._entry.show(error=state.people_error, enabled=not state.working)
        self._add.show(text=_("Adding …") if state.working else _("Add"), enabled=state.can_add)
        if state.offer:
            text = _("{people}: no keys at this server yet. Invite them by mail?")
            self._offered.show(text.format(people=", ".join(state.offer)))
            self._offer.grid(row=5, column=0, sticky="ew", padx=theme.units(2), pady=(theme.units(1), 0))
        else:
            self._offer.grid_remove()

    def _render_downloads(self, state: DetailsState) -> None:
        if state.downloads:
            lines = list(state.downloads[:_MOST_DOWNLOADS])
            if len(state.downloads) > len(lines):
                lines.append(_("More of it is in the Activity tab."))
            self._downloads.show("\n".join(lines), Palette.text)
        else:
            self._downloads.show(_("Loading …") if state.loading else _("Nobody yet."), Palette.muted)

    def _escape(self, _event: object) -> None:
        if self.is_open and self.winfo_viewable() and not self.tk.call("grab", "current"):
            self._details.close()
