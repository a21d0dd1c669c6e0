"""Annotations: what Cedar+ reads is taken as written, what only looks like it is told, and the author's own is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.language.annotations import READ
from workbench.language.check import check
from workbench.language.spelling import is_slip

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = (ROOT / "samples" / "schemas" / "concord-core.cedarschema").read_text()
PERMIT = 'permit (principal, action, resource) when { principal.role == "supervisor" };'


def told(annotation: str, statement: str = PERMIT) -> list[tuple[str, str, str, str]]:
    """``(code, severity, message, fix)`` of every finding about an annotation before a rule that is clean without."""
    result = check(f"{annotation} {statement}", SCHEMA)
    assert (result.program is None) == any(found.severity == "error" for found in result.diagnostics)
    return [(d.code, d.severity, d.message, d.fix) for d in result.diagnostics if d.code != "CP102"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('@Id("a")', '@id("a")'),
        ('@ID("a")', '@id("a")'),
        ('@di("a")', '@id("a")'),
        ('@engish("x")', '@english("x")'),
        ('@English("x")', '@english("x")'),
        ('@englisch("x")', '@english("x")'),
        ('@enlgish("x")', '@english("x")'),
        ('@Doc("x")', '@doc("x")'),
        ("@norms", "@norm"),
    ],
)
def test_a_slip_of_a_known_name_is_told(written: str, meant: str) -> None:
    name, known = written.partition("(")[0], meant.partition("(")[0]
    assert told(written) == [("CP104", "warning", f"`{name}` is not `{known}`; it has no effect", meant)]
    assert told(meant) == []


@pytest.mark.parametrize("name", ["Stage", "STAGE", "stge", "satge", "stagee", "stags", "tage", "staqe", "sstage"])
@pytest.mark.parametrize(
    "statement",
    [PERMIT, PERMIT.replace("permit", "forbid"), PERMIT.replace("permit", "prefer score(1.0)")],
)
def test_a_slip_of_stage_is_an_error_for_the_rule_would_bind(name: str, statement: str) -> None:
    message = f"`@{name}` is not `@stage`: the rule would bind"
    for value in ('("observe")', '("trial")', ""):
        found = [each for each in told(f"@{name}{value}", statement) if each[0] != "CP101"]
        assert found == [("CP001", "error", message, '@stage("observe")')]
    assert told(f'@{name}("enforce")', statement)[0][3] == '@stage("enforce")'


def test_a_word_of_its_own_is_an_error_only_with_the_value_of_a_stage() -> None:
    assert [each[:2] for each in told('@state("CA")')] == [("CP104", "warning")]
    assert [each[:2] for each in told('@state("observed")')] == [("CP001", "error")]


@pytest.mark.parametrize(
    "name", ["owner", "ids", "uid", "aid", "in", "docs", "dog", "usage", "strange", "note", "ticket"]
)
def test_other_annotations_are_the_authors_own(name: str) -> None:
    assert told(f'@{name}("x")') == []


def test_a_stage_without_a_value_is_asked_for_one() -> None:
    for written in ("@stage", '@stage("")'):
        assert told(written) == [("CP001", "error", "`@stage` needs a stage", '@stage("observe")')]


def test_a_slip_is_told_without_a_schema_too() -> None:
    assert [found.code for found in check('@Id("a") ' + PERMIT, None).diagnostics] == ["CP104"]


def _distance(one: str, two: str) -> int:
    """Optimal string alignment by the textbook's table."""
    table = [[i + j if i * j == 0 else 0 for j in range(len(two) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(two) + 1):
            cost = table[i - 1][j - 1] + (one[i - 1] != two[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, cost)
            if i > 1 and j > 1 and one[i - 1] == two[j - 2] and one[i - 2] == two[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(st.sampled_from([known for known in READ if len(known) > 3]), st.data())
def test_a_slip_is_a_distance_of_one(known: str, data: st.DataObject) -> None:
    name = list(known)
    for _ in range(data.draw(st.integers(0, 2))):
        place = data.draw(st.integers(0, len(name)))
        name[place : place + data.draw(st.integers(0, 2))] = data.draw(st.text("stageno", max_size=2))
    made = "".join(name)
    assert is_slip(made, known) == (made != known and _distance(made, known) <= 1)


def test_what_is_read_of_norms_is_told_of_norms_alone() -> None:
    """A slip of `@severity`, or a value that is none, says nothing where the rule is no norm: there it is a note."""
    assert told('@norm("n") @sevrity("high")') == [
        ("CP104", "warning", "`@sevrity` is not `@severity`; it has no effect", '@severity("high")')
    ]
    assert told('@sevrity("high")') == told('@severity("hihg")') == told('@priority("x")') == []
    assert told('@norm("n") @severity("hihg") @priority("x")') == [
        ("CP104", "warning", "`hihg` is no severity; the norm has the severity `warn`", '@severity("high")'),
        ("CP104", "warning", "`x` is no priority; the norm has the priority 0", ""),
    ]
    assert told('@norm("n") @severity("critical") @priority("-12") @scope("x") @condition("y") @prohibited("z")') == []
