"""What is cut in a table's cells."""

import pytest

from client.gui.widgets.cells import fitting


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("report.pdf", 10, "report.pdf"),
        ("report.pdf", 9, "report.p…"),
        ("annual report", 8, "annual…"),
        ("annual report", 1, "…"),
        ("annual report", 0, "…"),
        ("", 0, ""),
    ],
)
def test_as_much_as_fits_is_shown(text: str, width: int, shown: str) -> None:
    """With an ellipsis, of which no blank stands before; where not even that fits, it still says that there is more."""
    assert fitting(text, width, len) == shown
