"""The list of transfers: a card each, of which only as many are made as somebody looks at."""

import time
import tkinter
from collections.abc import Callable, Sequence

from client.gui import theme
from client.gui.presenters.queue import Queue
from client.gui.presenters.queue_rows import Row, Status, Tone
from client.gui.text import _, ngettext
from client.gui.theme import Color, Palette
from client.gui.widgets import Box, Card, Flow, Label, LinkButton, Progress, icon

_MOST = 12
"""Cards at once; more when they are asked for."""
_DRAW_MS = 200
"""Nobody reads more than five amounts a second."""
_SLICE_SECONDS = 0.008
"""Cards are drawn for so long at once; the rest follows after what else the window has to do."""
_PAUSE_MS = 5
_COLORS: dict[Tone, Color] = {
    Tone.PLAIN: Palette.text,
    Tone.MUTED: Palette.muted,
    Tone.GOOD: Palette.good,
    Tone.WARNING: Palette.warning,
    Tone.DANGER: Palette.danger,
}
_SIGNS = {Tone.GOOD: "✓ ", Tone.WARNING: "⚠ ", Tone.DANGER: "⚠ "}

Action = Callable[[str], object]
"""Takes a row's key."""


class QueueView(Box):
    """What is on its way in one direction, and what became of it. Takes no room where there is nothing."""

    def __init__(
        self, master: tkinter.Misc, queue: Queue, actions: Sequence[tuple[str, str, Action]], *, sends: bool
    ) -> None:
        """`actions`: beside those of the queue itself, each a text, the name of a row's flag, and what it does."""
        super().__init__(master)
        self._queue = queue
        self._sends = sends
        self._actions = (
            (_("Unlock"), "can_unlock", lambda _key: queue.unlock()),
            (_("Sign in"), "can_sign_in", lambda _key: queue.sign_in()),
            (_("Check the key"), "can_show_contact", queue.show_contact),
            (_("Pause"), "can_pause", queue.pause),
            (_("Continue"), "can_resume", queue.resume),
            (_("Try again"), "can_retry", queue.retry),
            *actions,
            (_("Cancel"), "can_cancel", queue.cancel),
            (_("Clear"), "can_clear", queue.clear),
        )
        self._cards: list[_TransferCard] = []
        self._shown = 0
        self._most = _MOST
        self._drawing: str | None = None
        self._to_draw: list[Row] = []
        self._at = 0
        self._stale = False
        self.grid_columnconfigure(0, weight=1)
        self._head().grid(row=0, column=0, sticky="ew", pady=(0, theme.units(1)))
        self._list = Box(self)
        self._list.grid(row=1, column=0, sticky="ew")
        self._list.grid_columnconfigure(0, weight=1)
        self._more = LinkButton(self, "", self._show_more)
        queue.watch(lambda _state: self._soon())

    def place_in(self, row: int, *, padx: int, pady: tuple[int, int]) -> None:
        """From now on, whenever there is something to be seen."""
        self.grid(row=row, column=0, sticky="ew", padx=padx, pady=pady)
        self._render()

    def _soon(self) -> None:
        """However often something changes: nobody sees more than a few pictures a second."""
        self._stale = True
        if self._drawing is None:
            self._drawing = self.after(_DRAW_MS, self._draw_rows)

    def _draw_rows(self) -> None:
        self._drawing = None
        self._render()

    def _draw_some(self) -> None:
        """Cards are made once, and used for whatever row stands at their place."""
        self._drawing = None
        end = time.monotonic() + _SLICE_SECONDS
        while self._at < len(self._to_draw):
            if time.monotonic() >= end:
                self._drawing = self.after_idle(self._draw_more)  # once Tk has found the place of what is there by now
                return
            self._draw_card(self._at, self._to_draw[self._at])
            self._at += 1
        for card in self._cards[self._at : self._shown]:
            card.grid_remove()
        self._shown = self._at
        if self._stale:
            self._soon()

    def _draw_more(self) -> None:
        self._drawing = self.after(_PAUSE_MS, self._draw_some)

    def _head(self) -> Box:
        head = Box(self)
        head.grid_columnconfigure(1, weight=1)
        Label(head, _("Transfers"), theme.TITLE).grid(row=0, column=0, sticky="w")
        self._summary = Label(head, "", theme.BODY, Palette.muted, wrap=True)
        self._summary.role = "status"
        self._summary.grid(row=0, column=1, sticky="ew", padx=theme.units(1.5))
        queue, sends = self._queue, self._sends
        self._retry_all = LinkButton(head, _("Retry all failed"), lambda: queue.retry_all(sends=sends))
        self._resume_all = LinkButton(head, _("Continue all"), lambda: queue.resume_all(sends=sends))
        self._pause_all = LinkButton(head, _("Pause all"), lambda: queue.pause_all(sends=sends))
        self._clear = LinkButton(head, _("Clear finished"), lambda: queue.clear_finished(sends=sends))
        return head

    def _render(self) -> None:
        self._stale = False
        state = self._queue.state.of(sends=self._sends)
        rows = _in_order(state.rows)
        if not rows:
            self.grid_remove()
        else:
            self.grid()
        self._summary.show(state.summary)
        several = len(rows) > 1
        for column, (button, on) in enumerate(
            (
                (self._retry_all, state.can_retry_all and several),
                (self._resume_all, state.can_resume_all and several),
                (self._pause_all, state.can_pause_all and several),
                (self._clear, state.can_clear),
            ),
            2,
        ):
            _place(button, on, row=0, column=column)
        self._show_rows(rows)

    def _show_rows(self, rows: Sequence[Row]) -> None:
        self._to_draw, self._at = list(rows[: self._most]), 0
        rest = len(rows) - len(self._to_draw)
        self._more.show(text=ngettext("Show {count} more", "Show {count} more", rest) if rest else "")
        _place(self._more, rest > 0, row=2, column=0)
        if self._drawing is not None:
            self.after_cancel(self._drawing)
        self._draw_some()

    def _draw_card(self, at: int, row: Row) -> None:
        if at == len(self._cards):
            picture = "upload" if self._sends else "download"
            self._cards.append(_TransferCard(self._list, picture, self._actions))
        self._cards[at].show(row)
        if at >= self._shown:
            self._cards[at].grid(row=at, column=0, sticky="ew", pady=(0, theme.units(1)))
            self._shown = at + 1

    def _show_more(self) -> None:
        self._most += 2 * _MOST
        self._render()


class _TransferCard(Card):
    """Draws only what changed."""

    def __init__(self, master: tkinter.Misc, picture: str, actions: Sequence[tuple[str, str, Action]]) -> None:
        super().__init__(master)
        self._actions = actions
        self._row: Row | None = None
        self._buttons: dict[str, LinkButton] = {}
        side, gap, left = theme.units(2), theme.units(0.5), LinkButton.inset
        self.grid_columnconfigure(1, weight=1)
        sign = Label(self, "")
        sign.configure(image=icon(picture, 20, Palette.muted))
        sign.grid(
            row=0, column=0, rowspan=2, sticky="n", padx=(side, theme.units(1.5) - left), pady=(theme.units(1.75), 0)
        )
        self._name = Label(self, "", theme.STRONG)
        self._name.grid(row=0, column=1, sticky="w", padx=(left, 0), pady=(theme.units(1.5), 0))
        self._amount = Label(self, "", theme.BODY, Palette.muted)
        self._amount.grid(row=0, column=2, sticky="e", padx=(theme.units(2), side), pady=(theme.units(1.5), 0))
        self._whom = Label(self, "", theme.SMALL, Palette.muted)
        self._whom.grid(row=1, column=1, columnspan=2, sticky="w", padx=(left, side))
        self._bar = Progress(self, _("How far it is"))
        self._words = Label(self, "", theme.BODY, wrap=True)
        self._words.role = "status"
        self._words.grid(row=3, column=1, sticky="ew", padx=(left, 0), pady=(gap, 0))
        self._speed = Label(self, "", theme.BODY, Palette.muted)
        self._speed.grid(row=3, column=2, sticky="e", padx=(theme.units(2), side), pady=(gap, 0))
        self._detail = Label(self, "", theme.BODY, Palette.muted, wrap=True)
        self._foot = Flow(self)
        self._foot.grid(row=5, column=1, columnspan=2, sticky="ew", padx=(0, side), pady=(gap, theme.units(1)))

    def show(self, row: Row) -> None:
        if row == self._row:
            return
        self._name.show(_cut(row.name))
        self._amount.show(row.amount)
        self._whom.show(row.whom)
        self._words.show(f"{_SIGNS.get(row.tone, '')}{row.words}", _COLORS[row.tone])
        self._speed.show(" · ".join(part for part in (row.speed, row.left) if part))
        self._detail.show(row.detail)
        sides = (LinkButton.inset, theme.units(2))
        _place(self._detail, bool(row.detail), row=4, column=1, columnspan=2, padx=sides)
        moving = row.status is not Status.DONE
        self._bar.label = _("How far {name} is").format(name=row.name)
        self._bar.show(row.share, failed=row.status is Status.FAILED)
        _place(self._bar, moving, row=2, column=1, columnspan=2, padx=sides, pady=theme.units(0.75))
        self._show_actions(row)
        self._row = row

    def _show_actions(self, row: Row) -> None:
        for column, (text, flag, do) in enumerate(self._actions):
            on = bool(getattr(row, flag))
            if on and flag + text not in self._buttons:
                self._buttons[flag + text] = LinkButton(self._foot, text, self._acting(do))
            button = self._buttons.get(flag + text)
            if button is not None:
                if on and (self._row is None or self._row.name != row.name or not button.winfo_manager()):
                    button.label = _("{action}: {name}").format(action=text, name=row.name)
                _place(button, on, row=0, column=column, padx=(0, theme.units(0.5)))

    def _acting(self, do: Action) -> Callable[[], None]:
        def act() -> None:
            if self._row is not None:
                do(self._row.key)

        return act


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """What is not done comes first, in its turn; what is done after it, the newest first."""
    done = [row for row in rows if row.status is Status.DONE]
    return [row for row in rows if row.status is not Status.DONE] + done[::-1]


def _cut(name: str, most: int = 64) -> str:
    """The middle of a long name says least."""
    return name if len(name) <= most else f"{name[: most // 2 - 1]} … {name[-most // 2 + 2 :]}"


def _place(
    widget: tkinter.Grid,
    on: bool,
    *,
    row: int,
    column: int,
    columnspan: int = 1,
    padx: int | tuple[int, int] = 0,
    pady: int | tuple[int, int] = 0,
) -> None:
    if on == bool(widget.grid_info()):
        return
    if on:
        widget.grid(row=row, column=column, columnspan=columnspan, sticky="ew", padx=padx, pady=pady)
    else:
        widget.grid_remove()
