"""What is measured, and whether it is what we want."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Self

Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]

MB = 1_000_000
_DIGITS = 3
"""What is finer decides nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: a time against a peer's, or an amount against a bound."""

    name: str
    unit: str
    ours: float
    target: float
    """The largest ratio to the peer, or without a peer the largest amount (`at_least`: the smallest)."""
    peer: float | None = None
    peer_name: str = ""
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def met(self) -> bool:
        value = round(self.ours if self.ratio is None else self.ratio, _DIGITS)
        return value >= self.target if self.at_least else value <= self.target

    @property
    def bound(self) -> float:
        """The target as an amount, in the figure's unit."""
        return self.target if self.peer is None else self.target * self.peer

    def to_json(self) -> dict[str, Value]:
        return {**asdict(self), "ratio": self.ratio, "met": self.met}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The figure that `to_json` wrote down."""
        return cls(**{name: value for name, value in record.items() if name not in ("ratio", "met")})


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything that was seen of one kind, and the figures that follow from it."""

    name: str
    sizes: Mapping[str, int]
    """What was measured with: bytes, or how many of something."""
    samples: Mapping[str, Sequence[float]]
    """Single results, run by run; those of one run were measured right after one another."""
    unit: str
    figures: Sequence[Figure]
    by_size: bool = False
    """Single results are one for each of the sizes instead, from small to large."""

    def to_json(self) -> dict[str, Value]:
        return {
            "name": self.name,
            "unit": self.unit,
            "sizes": dict(self.sizes),
            "samples": {name: list(values) for name, values in self.samples.items()},
            "medians": {name: median(values) for name, values in self.samples.items()},
            "figures": [figure.to_json() for figure in self.figures],
            "by_size": self.by_size,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The measurement that `to_json` wrote down."""
        figures = [Figure.from_json(figure) for figure in record["figures"]]
        by_size = record.get("by_size", False)
        return cls(record["name"], record["sizes"], record["samples"], record["unit"], figures, by_size)


def time_figure(
    name: str, samples: Mapping[str, Sequence[float]], peer_name: str, target: float, ours: str = "sealcase"
) -> Figure:
    """Median against median."""
    return Figure(name, "s", median(samples[ours]), target, median(samples[peer_name]), peer_name)


def ceiling(name: str, peak: float, limit_mb: float) -> Figure:
    """At most so many megabytes; `peak` in bytes."""
    return Figure(name, "MB", peak / MB, limit_mb)


def flat(name: str, peaks: Sequence[float], within_mb: float) -> Figure:
    """The same, give or take, whatever the size; in bytes."""
    return Figure(name, "MB", (max(peaks) - min(peaks)) / MB, within_mb)
