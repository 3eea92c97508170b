"""What is measured, and whether it is what we want."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: a time against a peer's, or an amount of memory against a ceiling."""

    name: str
    unit: str
    ours: float
    target: float
    """The largest ratio to the peer, or without a peer the largest amount."""
    peer: float | None = None
    peer_name: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def met(self) -> bool:
        return (self.ours if self.ratio is None else self.ratio) <= self.target

    def to_json(self) -> dict[str, Value]:
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything that was seen of one kind, and the figures that follow from it."""

    name: str
    sizes: Mapping[str, int]
    """Bytes of what was measured with."""
    samples: Mapping[str, Sequence[float]]
    """Single results, run by run; those of one run were measured right after one another."""
    unit: str
    figures: Sequence[Figure]

    def to_json(self) -> dict[str, Value]:
        return {
            "name": self.name,
            "unit": self.unit,
            "sizes": dict(self.sizes),
            "samples": {name: list(values) for name, values in self.samples.items()},
            "medians": {name: median(values) for name, values in self.samples.items()},
            "figures": [figure.to_json() for figure in self.figures],
        }


def time_figure(
    name: str, samples: Mapping[str, Sequence[float]], peer_name: str, target: float, ours: str = "sealcase"
) -> Figure:
    """Median against median."""
    return Figure(name, "s", median(samples[ours]), target, median(samples[peer_name]), peer_name)


def ceiling(name: str, peak: float, limit_mb: float) -> Figure:
    """At most so many megabytes; `peak` in bytes."""
    return Figure(name, "MB", peak / MB, limit_mb)


def flat(name: str, small: float, large: float, within_mb: float) -> Figure:
    """The same, give or take, whatever the size; both in bytes."""
    return Figure(name, "MB", abs(large - small) / MB, within_mb)
