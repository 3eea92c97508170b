"""To whom: a field, what it may mean, and a chip for each person."""

import tkinter
from collections.abc import Callable
from tkinter import filedialog

from client.gui import theme
from client.gui.presenters.upload import Upload
from client.gui.presenters.upload_people import Addressee, Finding, PeopleState, Suggestion
from client.gui.text import _
from client.gui.theme import Color, Palette
from client.gui.widgets import Box, Button, Card, Chip, Chips, Entry, Label, LinkButton
from client.gui.widgets.table import TONES

_MOST = 6


class PeopleCard(Card):
    def __init__(self, master: tkinter.Misc, upload: Upload) -> None:
        super().__init__(master)
        self._upload = upload
        self._people = upload.people
        self.grid_columnconfigure(0, weight=1)
        pad, gap = theme.units(2), theme.units(1)
        head = Box(self)
        head.grid(row=0, column=0, sticky="ew", padx=pad, pady=(pad, 0))
        head.grid_columnconfigure(0, weight=1)
        Label(head, _("To"), theme.STRONG).grid(row=0, column=0, sticky="w")
        LinkButton(
            head,
            _("Key file …"),
            self._choose_keys,
            hint=_("A public key in a PEM file, of somebody who uses other tools"),
        ).grid(row=0, column=1)
        self._chips = Chips(self, self._people.remove)
        self._entry = Entry(
            self,
            _("To"),
            placeholder=_("Email address, @group or a contact's name"),
            on_change=self._typed,
            on_submit=self._submit,
            show_label=False,
        )
        self._entry.grid(row=2, column=0, sticky="ew", padx=pad, pady=(gap, 0))
        inner = self._entry.field._entry
        inner.bind("<BackSpace>", self._backspace, add=True)
        inner.bind("<FocusOut>", lambda _event: self.after_idle(self._left), add=True)
        for key in ("comma", "semicolon", "space"):
            inner.bind(f"<Key-{key}>", self._separated)
        inner.bind("<Down>", lambda _event: self._to_suggestions())
        self._list = Box(self)
        self._suggestions: list[LinkButton] = []
        self._shown: tuple[Suggestion, ...] = ()
        self._asking = _Strip(self)
        self._changed = _Strip(self)
        self._asking.act(_("Invite"), self._people.invite)
        self._asking.act(_("Remove"), lambda: self._people.remove(self._people.state.stranger), 1)
        self._changed.act(_("Check the key"), upload.show_contact)
        self._changed.act(_("Remove"), lambda: self._people.remove(self._people.state.changed), 1)
        self._warning = Label(self, "", theme.BODY, Palette.warning, wrap=True)
        Box(self).grid(row=8, column=0, pady=(0, pad))

    def render(self, state: PeopleState) -> None:
        gap = theme.units(1)
        self._chips.show([_chip(each) for each in state.people])
        _place(self._chips, bool(state.people), row=1, pady=(gap, 0))
        self._entry.show(error=state.error)
        self._show_suggestions(state.suggestions)
        self._asking.show(state.question)
        _place(self._asking, bool(state.question), row=4, pady=(gap, 0))
        text = ""
        if state.changed:
            text = _(
                "The server shows another key for {who} than the one you know. Nothing is sealed for it before you "
                "have checked it."
            ).format(who=state.changed)
        self._changed.show(text)
        _place(self._changed, bool(text), row=5, pady=(gap, 0))
        self._warning.show(f"⚠ {state.warning}" if state.warning else "")
        _place(self._warning, bool(state.warning), row=6, pady=(gap, 0))

    def focus_set(self) -> None:
        self._entry.focus_set()

    def _show_suggestions(self, suggestions: tuple[Suggestion, ...]) -> None:
        if suggestions == self._shown:
            return
        self._shown = suggestions
        while len(self._suggestions) < min(len(suggestions), _MOST):
            at = len(self._suggestions)
            button = LinkButton(self._list, "", lambda at=at: self._take(at))  # type: ignore[misc]  # mypy can't type the default of a lambda
            self._suggestions.append(button)
        for at, button in enumerate(self._suggestions):
            if at < len(suggestions):
                button.show(text=f"{suggestions[at].text}   {suggestions[at].words}")
                button.grid(row=at, column=0, sticky="w")
            else:
                button.grid_remove()
        _place(self._list, bool(suggestions), row=3)

    def _take(self, at: int) -> None:
        if at < len(self._shown):
            value = self._shown[at].value
            self._entry.set_text("")
            self._people.add(value)
            self._entry.focus_set()

    def _typed(self, text: str) -> None:
        """Several at once were pasted, or one is being typed."""
        if any(each in text.strip() for each in ",;\n ") and "@" in text and "<" not in text:
            self._submit()
        else:
            self._people.typed(text)

    def _submit(self) -> None:
        text = self._entry.text
        if text.strip() and self._people.add(text):
            self._entry.set_text("")

    def _separated(self, _event: object) -> str | None:
        if "@" in self._entry.text.strip() and "<" not in self._entry.text:
            self._submit()
            return "break"
        return None

    def _backspace(self, _event: object) -> None:
        if not self._entry.text:
            self._people.remove_last()

    def _left(self) -> None:
        """What stands in the field when it is left is meant, if it is an address."""
        focus = self.focus_get()
        if focus is not None and str(focus).startswith(str(self._list)):
            return
        text = self._entry.text.strip()
        if "@" in text and not text.startswith("@"):
            self._submit()
        self._people.typed("")

    def _to_suggestions(self) -> str:
        if self._shown:
            self._suggestions[0].focus_set()
        return "break"

    def _choose_keys(self) -> None:
        chosen = filedialog.askopenfilenames(
            parent=self.winfo_toplevel(),
            title=_("Public key files"),
            filetypes=[(_("Keys"), ("*.pem", "*.pub")), (_("All files"), ("*",))],
        )
        self._people.add_key_files(tuple(str(path) for path in chosen or ()))


class _Strip(Box):
    """A question with its answers."""

    def __init__(self, master: tkinter.Misc) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        self._text = Label(self, "", theme.BODY, Palette.warning, wrap=True)
        self._text.role = "status"
        self._text.grid(row=0, column=0, sticky="ew")

    def act(self, text: str, do: Callable[[], object], at: int = 0) -> None:
        Button(self, text, do).grid(row=0, column=1 + at, padx=(theme.units(1), 0))

    def show(self, text: str) -> None:
        self._text.show(f"⚠ {text}" if text else "")


def _chip(each: Addressee) -> Chip:
    text = f"{each.text} · {each.words.short}"
    color: Color = TONES.get(each.words.tone, Palette.text)
    if each.finding is Finding.LOOKING:
        color = Palette.muted
    return Chip(each.key, text, each.words.sign, color, each.words.sentence)


def _place(widget: tkinter.Grid, on: bool, *, row: int, pady: tuple[int, int] = (0, 0)) -> None:
    if on:
        widget.grid(row=row, column=0, sticky="ew", padx=theme.units(2), pady=pady)
    else:
        widget.grid_remove()
