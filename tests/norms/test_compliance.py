"""Compliance: rates over all actions, the original's levels, and a trend that one act does not decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.norms.compliance import FEWEST, Counted, agent_report, fleet_report, risk_level, trend

counted = st.integers(0, 200).flatmap(
    lambda total: st.tuples(st.just(total), st.integers(0, total)).flatmap(
        lambda pair: st.builds(
            Counted,
            st.text(min_size=1, max_size=3),
            st.just(pair[0]),
            st.just(pair[1]),
            st.integers(max(0, pair[1] - (pair[0] - pair[0] // 2)), min(pair[1], pair[0] // 2)),
        )
    )
)


@pytest.mark.parametrize(
    ("rate", "level"),
    [
        (1.0, "compliant"),
        (0.9999, "low_risk"),
        (0.9, "low_risk"),
        (0.8999, "medium_risk"),
        (0.7, "medium_risk"),
        (0.6999, "high_risk"),
        (0.5, "high_risk"),
        (0.4999, "non_compliant"),
        (0.0, "non_compliant"),
    ],
)
def test_levels_are_the_specifications(rate: float, level: str) -> None:
    assert risk_level(rate) == level


def test_the_rate_is_over_all_actions() -> None:
    report = agent_report(Counted("a", 200, 3, 1, {"b": 1, "a": 2}))
    assert report.compliance_rate == pytest.approx(0.985)
    assert (report.total_actions, report.violations, report.risk_level) == (200, 3, "low_risk")
    assert list(report.violation_breakdown.items()) == [("a", 2), ("b", 1)]


def test_nothing_recorded_is_compliant_and_without_a_trend() -> None:
    report = agent_report(Counted("a", 0))
    assert (report.compliance_rate, report.risk_level, report.trend) == (1.0, "compliant", "unknown")


@pytest.mark.parametrize("total", [1, 2, FEWEST, 11, 500])
def test_one_violating_action_never_makes_a_trend(total: int) -> None:
    """The original calls an agent degrading for one violation, and improving for one long ago."""
    for early in (0, 1):
        assert trend(total, 1, early) in ("stable", "unknown")


@pytest.mark.parametrize(
    ("total", "violating", "early", "expected"),
    [
        (20, 4, 0, "degrading"),
        (20, 4, 4, "improving"),
        (20, 4, 2, "stable"),
        (40, 2, 0, "stable"),  # a twentieth more is not more than a tenth
        (41, 4, 0, "degrading"),
        (9, 9, 0, "unknown"),
    ],
)
def test_trends(total: int, violating: int, early: int, expected: str) -> None:
    assert trend(total, violating, early) == expected


@given(counted)
def test_the_mirror_image_of_a_history_has_the_opposite_trend(each: Counted) -> None:
    if each.total % 2:
        return
    opposite = {"improving": "degrading", "degrading": "improving", "stable": "stable", "unknown": "unknown"}
    mirrored = trend(each.total, each.violating, each.violating - each.violating_early)
    assert mirrored == opposite[trend(each.total, each.violating, each.violating_early)]


@given(st.lists(counted, max_size=8))
def test_the_fleet_is_told_worst_first_and_whole(fleet: list[Counted]) -> None:
    reports = fleet_report(fleet)
    rates = [each.compliance_rate for each in reports]
    assert rates == sorted(rates)
    assert sorted(each.agent_id for each in reports) == sorted(each.agent_id for each in fleet)
    assert fleet_report(reversed(fleet)) == reports or len({each.agent_id for each in fleet}) < len(fleet)
