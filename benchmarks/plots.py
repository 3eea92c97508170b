"""A chart for each measurement, with a field for each figure: ours, the peer's, and what is to be reached."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.figures import MB, Figure, Measurement
from benchmarks.tools import Missing

_OURS, _PEER, _BOUND, _INK = "#2f6f9f", "#b9b4a7", "#c0392b", "#333333"
_FIELD_INCHES = (4.6, 3.6)
_FIELDS_A_ROW = 3
_DPI = 110
_TITLE_WIDTH = 44
_HEADROOM = 1.25
_ASIDE = 0.34
"""Dots stand beside their bar."""


def draw(measurements: Iterable[Measurement], folder: Path) -> None:
    """Writes `NAME.png` for each. Raises `Missing` without matplotlib."""
    for measurement in measurements:
        _draw(measurement, folder / f"{measurement.name}.png")


def _draw(measurement: Measurement, path: Path) -> None:
    try:
        from matplotlib.figure import Figure as Sheet  # here, because nothing else needs it
    except ImportError:
        raise Missing('No charts: matplotlib is not there. In the checkout: pip install -e ".[bench]"') from None
    fields = [partial(_bars, figure=figure, samples=measurement.samples) for figure in measurement.figures]
    if measurement.by_size:
        fields = [partial(_lines, measurement=measurement)]
    columns = min(len(fields), _FIELDS_A_ROW)
    rows = -(-len(fields) // columns)
    sheet = Sheet(figsize=(_FIELD_INCHES[0] * columns, _FIELD_INCHES[1] * rows), layout="constrained")
    for number, field in enumerate(fields, 1):
        field(sheet.add_subplot(rows, columns, number))
    sheet.savefig(path, dpi=_DPI, facecolor="white")


def _bars(axes: Any, figure: Figure, samples: Mapping[str, Sequence[float]]) -> None:
    """Ours, beside the peer's if there is one, and a line that shows the target; single runs are dots."""
    names, heights, colours = ["Sealcase"], [figure.ours], [_OURS]
    if figure.peer is not None:
        names, heights, colours = [*names, figure.peer_name], [*heights, figure.peer], [*colours, _PEER]
    bars = axes.bar(names, heights, color=colours, width=0.55)
    axes.bar_label(bars, [_label(height, figure.unit) for height in heights], color=_INK, padding=2)
    runs = [samples.get("sealcase", ()), samples.get(figure.peer_name, ())]
    for place, values in enumerate(runs):
        axes.plot([place + _ASIDE] * len(values), values, ".", color=_INK, markersize=4)
    sign = "at least" if figure.at_least else "at most"
    relative = "" if figure.ratio is None else f" ({figure.target:.2f} of it; it is {figure.ratio:.2f})"
    axes.axhline(figure.bound, color=_BOUND, linewidth=1.2, linestyle="--")
    axes.set_xlabel(f"- - {sign} {_label(figure.bound, figure.unit)}{relative}", color=_BOUND, fontsize=9)
    axes.set_xlim(-0.7, len(names) - 0.3)
    axes.set_ylim(0, max(*heights, figure.bound, *(value for values in runs for value in values)) * _HEADROOM)
    _frame(axes, figure.name, figure.unit)


def _lines(axes: Any, measurement: Measurement) -> None:
    """Every sample (in bytes) size by size: flat lines are what is wanted."""
    sizes = list(measurement.sizes)
    for name, values in measurement.samples.items():
        axes.plot(sizes[: len(values)], [value / MB for value in values], marker="o", label=name)
    for figure in measurement.figures:
        if figure.name.startswith("peak memory of the"):
            axes.axhline(figure.target, color=_BOUND, linewidth=1.2, linestyle="--")
            whose = figure.name.removeprefix("peak memory of the ").partition(",")[0]
            axes.annotate(f"{whose}: at most", (0, figure.target), color=_BOUND, fontsize=9, va="bottom")
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    _frame(axes, "peak memory by size of the file", "MB")


def _frame(axes: Any, title: str, unit: str) -> None:
    axes.set_title(textwrap.fill(title, _TITLE_WIDTH), fontsize=10, color=_INK)
    axes.set_ylabel(unit, color=_INK)
    axes.tick_params(colors=_INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _label(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}" if value < 1_000 else f"{value:,.0f} {unit}"
