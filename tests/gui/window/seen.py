"""What the harness tells of a widget, on both sides of its socket."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """A widget of ours on the screen. Places are in pixels of the screen."""

    path: str
    role: str
    label: str
    value: str
    usable: bool
    focused: bool
    in_sight: bool
    """Whether its middle is not scrolled away."""
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2
