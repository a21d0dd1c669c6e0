"""Norms over a schema that is no world: whole actions, attributes with values, members of a group; and what is refused,
with the name that was probably meant."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema
from workbench.norms import Norm, NormError, compile_norm, norm_of

ROOT = Path(__file__).resolve().parents[2]
OFFICE = """
entity Team;
entity Guild;
entity Person in [Team] = { role: String, boss?: Person, "odd name": Bool };
entity Robot in [Team] = { role: String };
entity Doc = { region: String, size: Long, price: decimal, tags: Set<String>, meta: { open: Bool, note?: String } };
action desk;
action read, "write down" in [desk] appliesTo {
  principal: [Person], resource: [Doc],
  context: { hour: Long, @values("low: small; high: big | large") level: String, host: ipaddr, "two words"?: String }
};
action scan appliesTo { principal: [Robot], resource: [Doc], context: { hour: Long } };
"""


@cache
def schema() -> Schema:
    return read_schema(OFFICE)


@cache
def sample(name: str) -> Schema:
    return read_schema((ROOT / "samples" / "schemas" / f"{name}.cedarschema").read_text(encoding="utf-8"))


def rule_of(condition: str, prohibited: str, scope: str = "global") -> str:
    """The forbid without its annotations."""
    text = compile_norm(Norm("n", "", condition, prohibited, scope), schema())
    return " ".join(line for line in text.splitlines() if not line.startswith("@"))


@pytest.mark.parametrize(
    ("condition", "prohibited", "scope", "rule"),
    [
        ("", "read", "global", 'forbid (principal, action == Action::"read", resource);'),
        ("", "desk", "global", 'forbid (principal, action in Action::"desk", resource);'),
        (
            "",
            'read, "write down" Action::"scan"',
            "global",
            'forbid (principal, action in [Action::"read", Action::"write down", Action::"scan"], resource);',
        ),
        (
            "region == de and size==-5",
            "read",
            "Team::\"a b\"",
            'forbid (principal in Team::"a b", action == Action::"read", resource) '
            'when { resource.region == "de" && resource.size == -5 };',
        ),
        ("meta.open == true", "scan", "red", 'forbid (principal in Team::"red", action == Action::"scan", resource) '
         "when { resource.meta.open == true };"),
        ("resource.meta.note == 'a b'", "scan", "global", 'forbid (principal, action == Action::"scan", resource) '
         'when { resource has meta.note && resource.meta.note == "a b" };'),
        ("boss == Person::\"ann\"", "read", "global", 'forbid (principal, action == Action::"read", resource) '
         'when { principal has boss && principal.boss == Person::"ann" };'),
        ("boss == ann hour == 3", "read", "global", 'forbid (principal, action == Action::"read", resource) '
         'when { principal has boss && principal.boss == Person::"ann" && context.hour == 3 };'),
        ("price == 1.50 && host == ip(\"10.0.0.1\")", "read", "global",
         'forbid (principal, action == Action::"read", resource) '
         'when { resource.price == decimal("1.50") && context.host == ip("10.0.0.1") };'),
        ("level == high", "read", "Person::\"ann\"", 'forbid (principal in Person::"ann", action == Action::"read", '
         'resource) when { context.level == "high" };'),
        ("principal.role == chief", "read scan", "global",
         'forbid (principal, action in [Action::"read", Action::"scan"], resource) '
         'when { principal.role == "chief" };'),
    ],
)  # fmt: skip
def test_what_a_norm_says(condition: str, prohibited: str, scope: str, rule: str) -> None:
    assert rule_of(condition, prohibited, scope) == rule


@pytest.mark.parametrize(
    ("condition", "prohibited", "scope", "code", "said"),
    [
        ("", "", "global", "nothing_prohibited", "`read`"),
        ("", "reed", "global", "no_such_action", "did you mean `read`?"),
        ("", "Read", "global", "no_such_action", "did you mean `read`?"),
        ("", 'Action::"wrote down"', "global", "no_such_action", "did you mean `write down`?"),
        ("", 'read "', "global", "no_such_action", "cannot stand among actions"),
        ("hours == 3", "read", "global", "no_such_attribute", "did you mean `hour`?"),
        ("context.size == 3", "read", "global", "no_such_attribute", "there is no attribute"),
        ("level == high", "read scan", "global", "attribute_differs", "the context of `scan`"),
        ("level == huge", "read", "global", "no_such_value", "`low`"),
        ("level == hihg", "read", "global", "no_such_value", "did you mean `high`?"),
        ("hour == late", "read", "global", "not_a_value", "a whole number"),
        ("hour == 9223372036854775808", "read", "global", "not_a_value", "a whole number"),
        ("meta.open == yes", "read", "global", "not_a_value", "true or false"),
        ("boss == Team::\"x\"", "read", "global", "not_a_value", "`Person`"),
        ("tags == a", "read", "global", "not_a_value", "a set"),
        ("meta == a", "read", "global", "not_a_value", "a record"),
        ("price == cheap", "read", "global", "not_clean", "does not fit the schema"),
        ("hour > 3", "read", "global", "condition_form", "attribute == value"),
        ("hour", "read", "global", "condition_form", "attribute == value"),
        ("hour == 3 and", "read", "global", "condition_form", "attribute == value"),
        ("and hour == 3", "read", "global", "condition_form", "attribute == value"),
        ("hour == 3 or hour == 4", "read", "global", "condition_form", "attribute == value"),
        ("region == \"\\q\"", "read", "global", "condition_form", "escape"),
        ("", "read", "Guild::\"x\"", "no_such_scope", '`Team::"…"`'),
        ("", "read", 'Doc::"x"', "no_such_scope", '`Person::"…"`'),
        ("", "read", " ", "scope_missing", "a group"),
    ],
)  # fmt: skip
def test_what_is_refused_and_what_was_meant(condition: str, prohibited: str, scope: str, code: str, said: str) -> None:
    with pytest.raises(NormError) as caught:
        rule_of(condition, prohibited, scope)
    assert caught.value.code == code
    assert said in f"{caught.value.message} {caught.value.help}"


def test_what_stands_on_both_sides_is_asked_about() -> None:
    with pytest.raises(NormError) as caught:
        compile_norm(Norm("n", "", "region == de", "reply"), sample("support-swarm"))
    assert (caught.value.code, "`principal.region`" in caught.value.message) == ("not_unique", True)


def test_too_many_parts_are_refused_before_they_are_nested() -> None:
    with pytest.raises(NormError, check=lambda error: error.code == "too_many_words"):
        rule_of(" and ".join(["hour == 3"] * 41), "read")


def answer(norm: Norm, hour: int, region: str, teams: list[str]) -> str:
    program = check('@id("all") permit (principal, action, resource);' + compile_norm(norm, schema()), schema()).program
    assert program is not None
    parents = [{"type": "Team", "id": team} for team in teams]
    attrs: dict[str, Any] = {"region": region, "size": 1, "price": {"__extn": {"fn": "decimal", "arg": "1.0"}}}
    rows = [
        {"uid": {"type": "Robot", "id": "r"}, "attrs": {"role": "bot"}, "parents": parents},
        {"uid": {"type": "Doc", "id": "d"}, "attrs": {**attrs, "tags": [], "meta": {"open": True}}, "parents": []},
        *({"uid": parent, "attrs": {}, "parents": []} for parent in parents),
    ]
    request = Request('Robot::"r"', 'Action::"scan"', 'Doc::"d"', {"hour": hour})
    return Evaluator(program).decide(request, rows).code


@settings(max_examples=40, deadline=None)
@given(
    hour=st.integers(0, 3), wanted=st.integers(0, 3), region=st.sampled_from(["de", "fr", 'a"b', "x y"]),
    asked=st.sampled_from(["de", "fr", 'a"b', "x y"]), team=st.sampled_from(["global", "red", "blue"]),
    teams=st.lists(st.sampled_from(["red", "blue"]), unique=True),
)  # fmt: skip
def test_it_bites_where_every_part_holds_and_nowhere_else(
    hour: int, wanted: int, region: str, asked: str, team: str, teams: list[str]
) -> None:
    quoted = '"' + asked.replace('"', '\\"') + '"'
    norm = Norm("n", "", f"hour == {wanted} and region=={quoted}", "scan", team)
    bites = hour == wanted and region == asked and (team == "global" or team in teams)
    assert answer(norm, hour, region, teams) == ("forbidden" if bites else "allowed")


@pytest.mark.parametrize("name", ["support-swarm", "game-world", "coding-agent", "finance-operations"])
def test_every_action_of_every_sample_can_be_prohibited_and_is_read_back(name: str) -> None:
    for kind, id in sample(name).actions:
        if not any(member.principals for member in sample(name).members_of((kind, id))):
            continue
        norm = Norm("n", "d", "", f'{kind}::"{id}"', severity="critical")
        program = check(compile_norm(norm, sample(name)), sample(name)).program
        assert program is not None
        assert norm_of(program.rules[0], sample(name)) == norm
