"""What a widget is and says, for whoever can't look at it: tests today, screen readers once Tk can speak to them."""


class Described:
    """Mixed into our widgets. `role` is a word of ARIA's; `label` is what people call it."""

    role = ""
    label = ""

    def value(self) -> str:
        """What it holds or shows beside its label."""
        return ""

    def target(self) -> object:
        """The widget that one clicks at."""
        return self

    def usable(self) -> bool:
        """Whether it can be used right now."""
        return True
