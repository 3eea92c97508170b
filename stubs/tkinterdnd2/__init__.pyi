# What Sealcase uses of tkinterdnd2, which comes without types.
import tkinter
from collections.abc import Callable

DND_FILES: str
COPY: str

class TkinterDnD:
    class DnDEvent:
        data: str
        action: str
        x_root: int
        y_root: int
        widget: tkinter.Misc

    class DnDWrapper:
        def drop_target_register(self, *dndtypes: str) -> None: ...
        def dnd_bind(
            self, sequence: str, func: Callable[[TkinterDnD.DnDEvent], str | None], add: str | None = ...
        ) -> str: ...

    @staticmethod
    def _require(tkroot: tkinter.Tk) -> str: ...
