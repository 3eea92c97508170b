"""Colours can be told apart by people with weak sight, in both themes (WCAG 2.2, level AA)."""

import pytest

from client.gui.theme import Color, Palette, contrast

_P = Palette
_TEXTS: list[tuple[Color, Color]] = [
    *[(text, ground) for text in (_P.text, _P.muted) for ground in (_P.window, _P.surface, _P.raised)],
    *[(_P.accent_text, ground) for ground in (_P.window, _P.surface, _P.raised, _P.accent_soft)],
    *[(text, ground) for text in (_P.good, _P.warning, _P.danger) for ground in (_P.window, _P.surface)],
    (_P.text, _P.accent_soft),
    (_P.text, _P.warning_soft),
    (_P.accent_text, _P.warning_soft),
    (_P.text, _P.danger_soft),
    (_P.danger, _P.danger_soft),
    (_P.warning, _P.warning_soft),
    (_P.on_accent, _P.accent),
    (_P.on_accent, _P.accent_strong),
    (_P.on_danger, _P.danger),
    (_P.on_danger, _P.danger_strong),
]
_EDGES: list[tuple[Color, Color]] = [
    *[(_P.edge, ground) for ground in (_P.window, _P.surface)],
    *[(_P.accent, ground) for ground in (_P.window, _P.surface)],
    *[(_P.ring, ground) for ground in (_P.window, _P.surface, _P.raised, _P.accent_soft)],
]


@pytest.mark.parametrize("side", [0, 1], ids=["light", "dark"])
def test_texts_have_contrast(side: int) -> None:
    """4.5 to 1 at least, each on every ground that it stands on."""
    low = {(text[side], ground[side]): contrast(text[side], ground[side]) for text, ground in _TEXTS}
    assert {pair: round(value, 2) for pair, value in low.items() if value < 4.5} == {}


@pytest.mark.parametrize("side", [0, 1], ids=["light", "dark"])
def test_edges_and_rings_have_contrast(side: int) -> None:
    """3 to 1 at least for what one must see to use a control."""
    low = {(edge[side], ground[side]): contrast(edge[side], ground[side]) for edge, ground in _EDGES}
    assert {pair: round(value, 2) for pair, value in low.items() if value < 3} == {}


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21 to 1, a colour on itself 1 to 1."""
    assert round(contrast("#000000", "#FFFFFF"), 2) == 21
    assert contrast("#0F766E", "#0F766E") == 1
