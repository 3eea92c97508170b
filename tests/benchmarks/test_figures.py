"""Figures: what is met, and what of it is written down and printed."""

from pathlib import Path

import pytest

from benchmarks import kinds, report
from benchmarks.figures import Figure, Measurement, ceiling, flat, time_figure

_SAMPLES = {"sealcase": [3.0, 1.0, 1.1], "age": [2.0, 2.2, 9.0]}


def test_a_ratio_is_of_medians() -> None:
    """One slow run of either side decides nothing."""
    figure = time_figure("send", _SAMPLES, "age", 0.5)
    assert (figure.ours, figure.peer, figure.ratio) == (1.1, 2.2, 0.5)
    assert figure.met
    assert not time_figure("send", _SAMPLES, "age", 0.49).met


@pytest.mark.parametrize(("share", "met"), [(89.9, False), (90.0, True), (97.0, True)])
def test_a_share_has_to_be_large(share: float, met: bool) -> None:
    """What is to be at least so much is not met by less."""
    assert Figure("share", "%", share, 90.0, at_least=True).met is met


def test_memory_has_a_ceiling_and_is_flat() -> None:
    """Bytes are told in megabytes; the distance between the largest and the smallest is what counts as flat."""
    assert ceiling("client", 120e6, 250.0) == Figure("client", "MB", 120.0, 250.0)
    assert flat("client", [120e6, 110e6, 135e6], 25.0).met
    assert not flat("client", [120e6, 109e6, 135e6], 25.0).met


def test_the_table_comes_from_what_was_stored(tmp_path: Path) -> None:
    """Results of earlier runs are read back in the order of measuring, whatever their files are called."""
    seal = Measurement("seal", {"content": 1}, _SAMPLES, "s", [time_figure("seal", _SAMPLES, "age", 0.4)])
    line = Measurement("line", {"content": 1}, {"send": [91.0]}, "%", [Figure("line", "%", 91.0, 90.0, at_least=True)])
    for each in (line, seal):
        report.write(each, tmp_path, runs=3, load=0.0)
    stored = report.stored(tmp_path)
    assert stored == [seal, line]
    assert report.markdown(stored).splitlines()[2:] == [
        "| seal | 1.10 s | 2.20 s | 0.50 | ≤ 0.40 | **no** |",
        "| line | 91.0 % |  |  | ≥ 90 % | yes |",
    ]


def test_a_bar_in_a_name_does_not_end_a_cell() -> None:
    """`age | curl` stays one name in Markdown."""
    figure = Figure("age | curl", "s", 1.0, 1.0, 2.0, "age")
    assert "| age \\| curl | 1.00 s |" in report.markdown([Measurement("x", {}, {}, "s", [figure])])


def test_kinds_are_chosen_by_name_or_family() -> None:
    """`transfer` means every peer; a name that nothing has is an error that names what there is."""
    assert [kind.name for kind in kinds.kinds_named(["line"])] == ["line"]
    assert len(kinds.kinds_named(["transfer"])) == 4
    assert kinds.kinds_named([]) == list(kinds.KINDS)
    with pytest.raises(LookupError, match="transfer-age"):
        kinds.kinds_named(["transmission"])
