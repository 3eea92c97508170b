# What Sealcase uses of CustomTkinter 6, which comes without types.
import tkinter
from collections.abc import Callable

from PIL.Image import Image

Color = str | tuple[str, str]
Font = tuple[str, int] | tuple[str, int, str]

def set_appearance_mode(mode_string: str) -> None: ...
def set_widget_scaling(scaling_value: float) -> None: ...
def set_window_scaling(scaling_value: float) -> None: ...

class AppearanceModeTracker:
    update_loop_running: bool

class CTkImage:
    def __init__(
        self, light_image: Image | None = ..., dark_image: Image | None = ..., size: tuple[int, int] = ...
    ) -> None: ...

class _Scaled:
    def _set_scaling(self, new_widget_scaling: float, new_window_scaling: float) -> None: ...

class CTk(tkinter.Tk, _Scaled):
    def __init__(self, fg_color: Color | None = ..., **kwargs: str) -> None: ...
    def configure(self, **kwargs: object) -> None: ...  # type: ignore[override]
    def geometry(self, geometry_string: str | None = ...) -> str: ...  # type: ignore[override]
    def _get_window_scaling(self) -> float: ...
    def _set_scaling(self, new_widget_scaling: float, new_window_scaling: float) -> None: ...
    def _set_appearance_mode(self, mode_string: str) -> None: ...

class CTkToplevel(tkinter.Toplevel):
    def __init__(self, *args: tkinter.Misc, fg_color: Color | None = ..., **kwargs: object) -> None: ...
    def configure(self, **kwargs: object) -> None: ...  # type: ignore[override]
    def geometry(self, geometry_string: str | None = ...) -> str: ...  # type: ignore[override]

class CTkBaseClass(tkinter.Frame):
    def configure(self, require_redraw: bool = ..., **kwargs: object) -> None: ...  # type: ignore[override]
    def cget(self, attribute_name: str) -> object: ...
    def grid(self, **kwargs: object) -> None: ...  # type: ignore[override,assignment]
    def pack(self, **kwargs: object) -> None: ...  # type: ignore[override,assignment]
    def place(self, **kwargs: object) -> None: ...  # type: ignore[override,assignment]
    def bind(  # type: ignore[override]
        self, sequence: str | None = ..., command: Callable[..., object] | None = ..., add: str | bool = ...
    ) -> None: ...
    def _get_widget_scaling(self) -> float: ...
    def _get_appearance_mode(self) -> str: ...
    def _set_scaling(self, new_widget_scaling: float, new_window_scaling: float) -> None: ...
    def _set_appearance_mode(self, mode_string: str) -> None: ...
    _bg_color: Color
    def _apply_appearance_mode(self, color: Color) -> str: ...
    def _draw(self, no_color_updates: bool = ...) -> None: ...

class CTkFrame(CTkBaseClass):
    _canvas: tkinter.Canvas
    def __init__(
        self,
        master: tkinter.Misc,
        width: int = ...,
        height: int = ...,
        corner_radius: int | None = ...,
        border_width: int | None = ...,
        bg_color: Color = ...,
        fg_color: Color | None = ...,
        border_color: Color | None = ...,
    ) -> None: ...

class CTkButton(CTkBaseClass):
    _canvas: tkinter.Canvas
    def __init__(
        self,
        master: tkinter.Misc,
        width: int = ...,
        height: int = ...,
        corner_radius: int | None = ...,
        border_width: int | None = ...,
        border_spacing: int = ...,
        fg_color: Color | None = ...,
        hover_color: Color | None = ...,
        border_color: Color | None = ...,
        text_color: Color | None = ...,
        text_color_disabled: Color | None = ...,
        text: str = ...,
        font: Font | None = ...,
        image: CTkImage | None = ...,
        state: str = ...,
        command: Callable[[], object] | None = ...,
        compound: str = ...,
        anchor: str = ...,
    ) -> None: ...
    def invoke(self) -> object: ...
    def _create_grid(self) -> None: ...

class CTkLabel(CTkBaseClass):
    _label: tkinter.Label
    _canvas: tkinter.Canvas
    _text_color: Color
    def __init__(
        self,
        master: tkinter.Misc,
        width: int = ...,
        height: int = ...,
        corner_radius: int | None = ...,
        fg_color: Color | None = ...,
        text_color: Color | None = ...,
        text: str = ...,
        font: Font | None = ...,
        image: CTkImage | None = ...,
        compound: str = ...,
        anchor: str = ...,
        wraplength: int = ...,
        justify: str = ...,
    ) -> None: ...

class CTkEntry(CTkBaseClass):
    _entry: tkinter.Entry
    def __init__(
        self,
        master: tkinter.Misc,
        width: int = ...,
        height: int = ...,
        corner_radius: int | None = ...,
        border_width: int | None = ...,
        fg_color: Color | None = ...,
        border_color: Color | None = ...,
        text_color: Color | None = ...,
        placeholder_text_color: Color | None = ...,
        placeholder_text: str | None = ...,
        font: Font | None = ...,
        state: str = ...,
        show: str = ...,
        justify: str = ...,
    ) -> None: ...
    def get(self) -> str: ...
    def set(self, string: str) -> None: ...
    def insert(self, index: int | str, string: str) -> None: ...
    def delete(self, first_index: int | str, last_index: int | str | None = ...) -> None: ...

class CTkCheckBox(CTkBaseClass):
    _canvas: tkinter.Canvas
    _text_label: tkinter.Label
    def __init__(
        self,
        master: tkinter.Misc,
        width: int = ...,
        height: int = ...,
        checkbox_width: int = ...,
        checkbox_height: int = ...,
        corner_radius: int | None = ...,
        border_width: int | None = ...,
        fg_color: Color | None = ...,
        hover_color: Color | None = ...,
        border_color: Color | None = ...,
        checkmark_color: Color | None = ...,
        text_color: Color | None = ...,
        text_color_disabled: Color | None = ...,
        text: str = ...,
        font: Font | None = ...,
        state: str = ...,
        command: Callable[[], object] | None = ...,
    ) -> None: ...
    def get(self) -> int | str: ...
    def select(self, from_variable_callback: bool = ...) -> None: ...
    def deselect(self, from_variable_callback: bool = ...) -> None: ...
    def toggle(self, event: object = ...) -> None: ...

class CTkProgressBar(CTkBaseClass):
    def __init__(
        self,
        master: tkinter.Misc,
        width: int | None = ...,
        height: int | None = ...,
        corner_radius: int | None = ...,
        border_width: int | None = ...,
        fg_color: Color | None = ...,
        progress_color: Color | None = ...,
        mode: str = ...,
    ) -> None: ...
    def set(self, value: float, from_variable_callback: bool = ...) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...

class CTkScrollbar(CTkBaseClass):
    _canvas: tkinter.Canvas
    def __init__(
        self,
        master: tkinter.Misc,
        width: int | str | None = ...,
        height: int | str | None = ...,
        corner_radius: int | None = ...,
        fg_color: Color | None = ...,
        button_color: Color | None = ...,
        button_hover_color: Color | None = ...,
        orientation: str = ...,
        command: Callable[..., object] | None = ...,
    ) -> None: ...
    def set(self, start_value: float, end_value: float) -> None: ...

class CTkTextbox(CTkBaseClass):
    _textbox: tkinter.Text
    def __init__(
        self,
        master: tkinter.Misc,
        width: int = ...,
        height: int = ...,
        corner_radius: int | None = ...,
        border_width: int | None = ...,
        border_spacing: int = ...,
        fg_color: Color | None = ...,
        border_color: Color | None = ...,
        text_color: Color | None = ...,
        scrollbar_button_color: Color | None = ...,
        scrollbar_button_hover_color: Color | None = ...,
        font: Font | None = ...,
        activate_scrollbars: bool = ...,
        wrap: str = ...,
    ) -> None: ...
    def get(self, index1: str, index2: str | None = ...) -> str: ...
    def insert(self, index: str, text: str, tags: str | None = ...) -> None: ...
    def delete(self, index1: str, index2: str | None = ...) -> None: ...
