"""A norm as a value: the original's content id, its fields kept in bounds, and a rule that is held to its marks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.language.check import check
from workbench.language.program import Rule
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema
from workbench.norms import SEVERITIES, Norm, NormError, called, compile_norm, in_words, norm_of, notes, told_in

ROOT = Path(__file__).resolve().parents[2]
WORLD = read_schema((ROOT / "samples" / "schemas" / "world-norms.cedarschema").read_text(encoding="utf-8"))
NORM = Norm("no-attack", "No fights", "safe_zone", "attack steal", "Reds", 7, "high")

PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
NORMS = st.builds(
    Norm,
    PLAIN.filter(str.strip),
    PLAIN,
    PLAIN,
    PLAIN.filter(lambda text: text.replace("==", "").split()),
    PLAIN.filter(str.strip),
    st.integers(-(10**9), 10**9),
    st.sampled_from(SEVERITIES),
)


def rule(text: str, schema: Schema = WORLD) -> Rule:
    found = check(text, schema).program
    assert found is not None
    return found.rules[0]


def test_the_content_id_is_the_originals() -> None:
    """Made by the original: of the fields alone, joined by bars, so that what differs in scope alone shares one."""
    assert NORM.id == "081bbabaaf05679c"
    assert replace(NORM, scope="global", priority=0, severity="info", description="").id == NORM.id
    assert Norm("a|b", "", "c", "d").id == Norm("a", "", "b|c", "d").id
    assert Norm("a", "", "b", "c").id != Norm("a", "", "c", "b").id


@settings(max_examples=60, deadline=None)
@given(norm=NORMS)
def test_a_compiled_norm_is_read_back_as_it_was(norm: Norm) -> None:
    text = compile_norm(norm, WORLD)
    made = rule(text)
    assert norm_of(made, WORLD) == norm
    assert told_in(text) == norm
    assert called(made.annotations) == norm.id == made.id
    assert (made.severity, made.priority) == (norm.severity, norm.priority)
    assert Norm.from_dict(norm.to_dict()) == norm


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('"*attack*"', '"*dance*"'),
        ('"*safe_zone*"', '"*market*"'),
        ('@condition("safe_zone")', '@condition("market")'),
        ('@prohibited("attack steal")', '@prohibited("attack")'),
        ('@scope("Reds")', '@scope("global")'),
        ('@severity("high")', '@severity("High")'),
        ('@priority("7")', '@priority("07")'),
        ("when {", 'unless { context.verb == "x" } when {'),
        ("forbid (", "permit ("),
    ],
)
def test_marks_that_the_rule_does_not_bear_out_are_not_believed(was: str, becomes: str) -> None:
    text = compile_norm(NORM, WORLD)
    assert was in text
    assert norm_of(rule(text.replace(was, becomes)), WORLD) is None


def test_other_words_beside_a_norm_change_nothing() -> None:
    """Description and id are no part of what the rule says: they may be told otherwise, and then that is told."""
    text = compile_norm(NORM, WORLD).replace('@doc("No fights")', '@doc("Peace")')
    assert norm_of(rule(text), WORLD) == replace(NORM, description="Peace")
    other = rule(text.replace(f'@id("{NORM.id}")', '@id("mine")'))
    assert (norm_of(other, WORLD), called(other.annotations)) == (replace(NORM, description="Peace"), "")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": 5}, "norm_form"),
        ({"condition": None}, "norm_form"),
        ({"priority": True}, "norm_form"),
        ({"priority": 1.5}, "norm_form"),
        ({"priority": 10**9 + 1}, "priority"),
        ({"severity": "HIGH"}, "severity"),
        ({"severity": ["high"]}, "severity"),
        ({"description": "x" * 4001}, "field_too_long"),
        ({"prohibited": "\ud800"}, "surrogate"),
    ],
)
def test_what_no_norm_can_be(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(NormError, check=lambda error: error.code == code):
        Norm(**({"name": "n", "prohibited": "steal"} | fields))


def test_a_norm_from_json_needs_its_four_parts_and_believes_no_id() -> None:
    told = {"id": "0" * 16, "name": "n", "description": "", "condition": "", "prohibited": "p", "active": False, "x": 1}
    assert Norm.from_dict(told) == Norm("n", "", "", "p")
    for name in ("name", "description", "condition", "prohibited"):
        with pytest.raises(NormError, match=name):
            Norm.from_dict({key: value for key, value in told.items() if key != name})


def test_a_norm_in_words() -> None:
    assert in_words(NORM) == "no-attack: forbids `attack` or `steal` where safe_zone, for Reds"
    assert in_words(Norm("n", "", "", "steal")) == "n: forbids `steal`"
    assert in_words(Norm("a b", "", "x == 'y'", "`", "Red Hand")) == (
        "`a b`: forbids `\\u0060` where x == 'y', for `Red Hand`"
    )


@settings(max_examples=60, deadline=None)
@given(norm=NORMS)
def test_no_norm_gets_out_of_its_words(norm: Norm) -> None:
    """Ledger and lists say them: nothing in them hides, turns around or breaks a line."""
    assert in_words(norm).isprintable()


def test_a_condition_that_names_a_field_is_noted_and_taken_as_it_stands() -> None:
    (note,) = notes(Norm("n", "", "location == safe_zone", "attack"), WORLD)
    assert "`location`" in note
    assert notes(Norm("n", "", "location safe_zone", "attack"), WORLD) == ()
    assert notes(NORM, WORLD) == ()
