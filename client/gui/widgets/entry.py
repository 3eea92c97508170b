"""A field with its label above it, and what is wrong with it below."""

import tkinter
from collections.abc import Callable

import customtkinter as ctk

from client.gui import theme
from client.gui.problem import FINE, Failure
from client.gui.text import _
from client.gui.theme import Font, Palette
from client.gui.widgets.button import LinkButton
from client.gui.widgets.described import Described
from client.gui.widgets.labels import Box, Label

_HIDDEN = "•"


class Entry(Described, Box):
    """One line of text. A secret is hidden until somebody wants to see it."""

    role = "textbox"

    def __init__(
        self,
        master: tkinter.Misc,
        label: str,
        *,
        hint: str = "",
        placeholder: str = "",
        secret: bool = False,
        font: Font | None = None,
        on_change: Callable[[str], None] | None = None,
        on_submit: Callable[[], object] | None = None,
        show_label: bool = True,
        copy: Callable[[str], object] | None = None,
    ) -> None:
        """`hint` stands below, where no error stands; `on_submit` is what Return does.

        `copy` puts an error's details on the clipboard.
        """
        super().__init__(master)
        self.label = label
        self._hint = hint
        self._on_change = on_change
        self._error = FINE
        self._copy = None if copy is None else LinkButton(self, _("Copy details"), lambda: copy(self._error.details))
        self._known = ""
        self._usable = True
        self._secret = secret
        self._hidden = secret
        self.grid_columnconfigure(0, weight=1)
        if show_label:
            Label(self, label, theme.STRONG).grid(row=0, column=0, sticky="w", pady=(0, theme.units(0.5)))
        self.field = ctk.CTkEntry(
            self,
            height=theme.CONTROL_HEIGHT + 4,
            corner_radius=theme.RADIUS,
            border_width=1,
            fg_color=Palette.surface,
            border_color=Palette.edge,
            text_color=Palette.text,
            placeholder_text_color=Palette.muted,
            placeholder_text=placeholder or None,
            font=font or theme.BODY.font,
            show=_HIDDEN if secret else "",
        )
        self.field.grid(row=1, column=0, sticky="ew")
        self._eye = LinkButton(self, _("Show"), self._toggle) if secret else None
        if self._eye is not None:
            self._eye.grid(row=1, column=1, padx=(theme.units(0.5), 0))
        self._below = Label(self, hint, theme.SMALL, Palette.muted, wrap=True)
        if hint:
            self._below.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(theme.units(0.5), 0))
        inner = self.field._entry
        inner.bind("<FocusIn>", lambda _event: self._focused(True), add=True)
        inner.bind("<FocusOut>", lambda _event: self._focused(False), add=True)
        inner.bind("<KeyRelease>", lambda _event: self._look(), add=True)
        for event in ("<<Paste>>", "<<Cut>>", "<<Clear>>", "<<Undo>>", "<<PasteSelection>>"):
            inner.bind(event, lambda _event: self.after_idle(self._look), add=True)
        inner.bind("<Control-a>", self._select_all)
        if on_submit is not None:
            for key in ("<Return>", "<KP_Enter>"):
                inner.bind(key, lambda _event: self._submit(on_submit))

    @property
    def text(self) -> str:
        return self.field.get()

    def set_text(self, text: str) -> None:
        """Without telling `on_change`."""
        if self.field.get() != text:
            self.field.delete(0, "end")
            if text:
                self.field.insert(0, text)
        self._known = text
        if not text and self.focus_get() is not self.field._entry:
            self.field._entry.event_generate("<FocusOut>")  # so that the placeholder comes back

    def show(self, *, error: Failure | str | None = None, enabled: bool | None = None) -> None:
        """Draws only what changed."""
        if isinstance(error, str):
            error = Failure(error)
        if error is not None and error != self._error:
            self._error = error
            self._below.show(error.text or self._hint, Palette.danger if error else Palette.muted)
            if self._copy is not None and error.details:
                self._copy.grid(row=3, column=0, sticky="w")
            elif self._copy is not None:
                self._copy.grid_remove()
            if error or self._hint:
                self._below.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(theme.units(0.5), 0))
            else:
                self._below.grid_remove()
            self._edge()
        if enabled is not None and enabled != self._usable:
            self._usable = enabled
            self.field.configure(
                state="normal" if enabled else "disabled", text_color=Palette.text if enabled else Palette.disabled
            )

    def value(self) -> str:
        return _HIDDEN * len(self.text) if self._secret else self.text

    def target(self) -> object:
        return self.field

    def usable(self) -> bool:
        return self._usable

    def focus_set(self) -> None:
        self.field._entry.focus_set()

    def _look(self) -> None:
        text = self.field.get()
        if text != self._known:
            self._known = text
            if self._on_change is not None:
                self._on_change(text)

    def _focused(self, on: bool) -> None:
        self._has_focus = on
        self._look()
        self._edge(focused=on)

    def _edge(self, *, focused: bool | None = None) -> None:
        on = self.focus_get() is self.field._entry if focused is None else focused
        color = Palette.danger if self._error else Palette.edge
        if on:
            color = Palette.accent
        self.field.configure(border_color=color, border_width=theme.RING if on or self._error else 1)

    def _toggle(self) -> None:
        self._hidden = not self._hidden
        self.field.configure(show=_HIDDEN if self._hidden else "")
        if self._eye is not None:
            self._eye.show(text=_("Show") if self._hidden else _("Hide"))

    def _submit(self, submit: Callable[[], object]) -> str:
        self._look()
        submit()
        return "break"

    def _select_all(self, _event: object) -> str:
        self.field._entry.selection_range(0, "end")
        return "break"
