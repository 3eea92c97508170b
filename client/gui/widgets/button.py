"""Buttons: one for what a page is about, plain ones, quiet ones that look like links, and red ones."""

import tkinter
from collections.abc import Callable
from enum import Enum

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Color, Palette
from client.gui.widgets.described import Described
from client.gui.widgets.focus import make_tab_stop, set_tab_stop
from client.gui.widgets.tooltip import tip


class Look(Enum):
    """(ground, ground under the mouse, text)."""

    PRIMARY = (Palette.accent, Palette.accent_strong, Palette.on_accent)
    PLAIN = (Palette.raised, Palette.line, Palette.text)
    LINK = ("transparent", Palette.raised, Palette.accent_text)
    TAB = (Palette.surface, Palette.raised, Palette.text)
    DANGER = (Palette.danger, Palette.danger_strong, Palette.on_danger)


class Button(Described, ctk.CTkButton):
    """Pressed by mouse, Space or Return; shows where the keyboard is."""

    role = "button"
    inset = theme.units(1.5)
    """Left and right of the text, in pixels at 100 %."""

    def __init__(
        self,
        master: tkinter.Misc,
        text: str,
        command: Callable[[], object],
        *,
        look: Look = Look.PLAIN,
        image: ctk.CTkImage | None = None,
        width: int = 0,
        height: int = theme.CONTROL_HEIGHT,
        anchor: str = "center",
        label: str = "",
        hint: str = "",
    ) -> None:
        """`label` is its name where it has no text; `hint` is shown under the mouse."""
        ground, under_mouse, color = look.value
        super().__init__(
            master,
            text=text,
            command=command,
            width=width,
            height=height,
            corner_radius=theme.RADIUS,
            border_width=theme.RING,
            border_spacing=theme.units(0.25),
            fg_color=ground,
            hover_color=under_mouse,
            border_color=self._edge(master, ground),
            text_color=color,
            text_color_disabled=Palette.disabled,
            font=(theme.STRONG if look in (Look.PRIMARY, Look.DANGER) else theme.BODY).font,
            image=image,
            anchor=anchor,
        )
        self.label = label or text
        self._look = look
        self._ground: Color | str = ground
        self._usable = True
        self._shown_text = text
        make_tab_stop(self, self.show_ring, self.invoke)
        if hint or (label and image is not None and not text):
            tip(self, hint or label)

    def show(self, *, text: str | None = None, enabled: bool | None = None) -> None:
        """Draws only what changed."""
        if text is not None and text != self._shown_text:
            self._shown_text = text
            self.label = text or self.label
            self.configure(text=text)
        if enabled is not None and enabled != self._usable:
            self._usable = enabled
            self._paint()
            set_tab_stop(self, enabled)

    def paint(self, ground: Color | str, text: Color, image: ctk.CTkImage | None = None) -> None:
        """Other colours than those of its look, as for a tab that is open."""
        self._ground = ground
        edge = self._edge(self.master, ground)
        if image is None:
            self.configure(fg_color=ground, text_color=text, border_color=edge)
        else:
            self.configure(fg_color=ground, text_color=text, border_color=edge, image=image)

    def usable(self) -> bool:
        return self._usable

    def show_ring(self, on: bool) -> None:
        self.configure(border_color=Palette.ring if on else self._edge(self.master, self._ground))

    def focus_set(self) -> None:
        tkinter.Misc.focus_set(self)

    def _create_grid(self) -> None:
        """With room at both sides of the text, which CustomTkinter gives only above and below as well."""
        super()._create_grid()
        for column in (0, 4):
            self.grid_columnconfigure(column, minsize=round(self.inset * self._get_widget_scaling()))

    def _paint(self) -> None:
        filled = self._look in (Look.PRIMARY, Look.DANGER)
        ground = Palette.raised if filled and not self._usable else self._look.value[0]
        self._ground = ground
        edge = self._edge(self.master, ground)
        self.configure(state="normal" if self._usable else "disabled", fg_color=ground, border_color=edge)

    @staticmethod
    def _edge(master: tkinter.Misc, ground: Color | str) -> Color | str:
        """The ring's place without a ring: as the button itself, or as what is behind it."""
        return ground if ground != "transparent" else ground_of(master)


class LinkButton(Button):
    """For what is beside the point."""

    role = "link"
    inset = theme.units(0.5)

    def __init__(self, master: tkinter.Misc, text: str, command: Callable[[], object], *, hint: str = "") -> None:
        super().__init__(master, text, command, look=Look.LINK, height=theme.units(3.5), hint=hint)


def ground_of(widget: tkinter.Misc | None) -> Color | str:
    """The colour behind what stands in `widget`."""
    each = widget
    while each is not None:
        if isinstance(each, ctk.CTkFrame | ctk.CTk | ctk.CTkToplevel):
            color = each.cget("fg_color")
            if isinstance(color, list | tuple) and len(color) == 2:
                return (str(color[0]), str(color[1]))
            if isinstance(color, str) and color != "transparent":
                return color
        each = each.master
    return Palette.window
