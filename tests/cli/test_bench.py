"""``workbench bench``: both engines on the same rules; it says what it measured, and never measures a difference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Run
from workbench.engine import Evaluator
from workbench.language.check import check
from workbench.service.bench import measure
from workbench.service.bench.workload import workload

ARMS = ("parsed once", "sent along", "as JSON text")


def test_a_small_run_as_json(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a target for the size nothing can fall short, whatever the machine is doing.

    In this process and in short rounds; the table's test measures apart and as long as ever.
    """
    monkeypatch.setattr(measure, "apart", measure.measure)
    monkeypatch.setattr(measure, "_ROUND_SECONDS", 0.01)
    done = run("bench", "--rules", "12,5", "--mix", "both", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert [(row["rules"], row["mix"], row["arm"]) for row in found["decisions"]] == [
        (size, mix, arm) for mix in ("sparse", "dense") for size in (5, 12) for arm in ARMS
    ]
    for row in found["decisions"]:
        assert 0 < row["median_us"] <= row["p99_us"]
        assert row["ratio"] == pytest.approx(row["cedar_us"] / row["ours_us"])
    assert [row["rules"] for row in found["loading"]] == [5, 12, 5, 12]
    assert found["growth"] > 0


def test_the_table_fits_eighty_columns(run: Run) -> None:
    done = run("bench", "--rules", "6")
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80
    assert "sent along" in done.out
    assert "500 requests alike" in done.out


@pytest.mark.parametrize("sizes", ["x", "", "0", "5,,6", "20001", "-1"])
def test_sizes_that_make_no_sense(run: Run, sizes: str) -> None:
    done = run("bench", f"--rules={sizes}")
    assert done.code == 2
    assert done.out == ""
    assert "--rules" in done.err or "rule set" in done.err or "numbers" in done.err


def test_a_ratio_below_its_target_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(measure.TARGETS, ("parsed once", 7), 10**9)
    monkeypatch.setattr(measure, "apart", measure.measure)  # another process would not see the changed target
    done = run("bench", "--rules", "7")
    assert done.code == 1
    assert "1,000,000,000 ×" in done.out


def test_engines_that_differ_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lenient(Evaluator):
        def decide(self, *args: Any, **more: Any) -> Any:
            decision = super().decide(*args, **more)
            object.__setattr__(decision, "outcome", "allow")
            return decision

    monkeypatch.setattr(measure, "Evaluator", Lenient)
    with pytest.raises(measure.DisagreementError, match="act"):
        measure.measure(20)


@pytest.mark.parametrize("mix", ["sparse", "dense"])
def test_the_rule_sets_are_clean_and_never_repeat_a_rule(mix: Any) -> None:
    work = workload(300, mix)
    result = check(work.policies, work.schema)
    assert result.program is not None
    assert len({rule.digest for rule in result.program.rules}) == 300
    assert work == workload(300, mix)  # the same each time


def test_dense_rules_are_met_more_often() -> None:
    met = {}
    for mix in ("sparse", "dense"):
        work = workload(1_000, mix)  # type: ignore[arg-type]
        engine = Evaluator(check(work.policies, work.schema).program)  # type: ignore[arg-type]
        met[mix] = sum(len(engine.decide(request, work.entities).evidence) for request in work.requests[:20])
    assert met["dense"] > 3 * met["sparse"]
