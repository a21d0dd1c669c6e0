"""What ``decide`` prints for a person: names, values as Cedar writes them, what was on trial, what would help."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.cli.conftest import Outcome, Run
from workbench.cli.deciding import print_decision
from workbench.cli.decisions import MEANING, shortcoming, shown_value, without_double_negation
from workbench.cli.output import Printer
from workbench.engine.decision import Code
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.schema_reader import read_schema
from workbench.tui.view.detail import CODES

SCHEMA = """entity Crew;
entity Agent = { crew: Crew };
entity Change = { green: Bool, crew: Crew, cost: decimal, opened: datetime };
type Facts = { size: Long, from: ipaddr };
action merge, view appliesTo { principal: [Agent], resource: [Change], context: Facts };
"""
RULES = """@id("green")
@english("Agents may merge what is green.")
permit (principal, action == Action::"merge", resource) when { !!resource.green };
permit (principal, action == Action::"view", resource) when { context.size < 9 };
@id("stale")
@stage("observe")
@english("Stale changes must not be merged.")
forbid (principal, action == Action::"merge", resource) when { resource.opened < datetime("2026-02-01") };
@id("crossing")
@english("A merge into another crew's change needs two leads.")
procedure cross_crew {
  on action == Action::"merge"
  when principal.crew != resource.crew
  require 2 approvals from principal where principal.crew == Crew::"leads"
  with timeout 1 hour
}
procedure costly {
  on action == Action::"merge"
  when context.size + 1 > 100 && resource.cost.greaterThan(decimal("2.5"))
  require approval from principal where principal.crew == Crew::"leads"
  with timeout 1 hour
}
@id("small-first")
@english("Small ones first.")
prefer score(1.5) (principal, action == Action::"merge", resource) when { context.size < 10 };
prefer score(-1.5) (principal, action, resource) when { context.from.isInRange(ip("10.0.0.0/8")) };
"""


def _extension(function: str, text: str) -> dict[str, Any]:
    return {"__extn": {"fn": function, "arg": text}}


def _crew(name: str) -> dict[str, Any]:
    return {"__entity": {"type": "Crew", "id": name}}


def _change(name: str, crew: str, green: bool) -> dict[str, Any]:
    attrs = {
        "green": green, "crew": _crew(crew),
        "cost": _extension("decimal", "3.5"), "opened": _extension("datetime", "2026-01-01"),
    }  # fmt: skip
    return {"uid": {"type": "Change", "id": name}, "attrs": attrs, "parents": []}


ENTITIES = [
    {"uid": {"type": "Agent", "id": "ann"}, "attrs": {"crew": _crew("blue")}, "parents": []},
    _change("other", "red", True),
    _change("broken", "blue", False),
]


@pytest.fixture
def decided(run: Run, tmp_path: Path) -> Callable[..., Outcome]:
    """``decided("merge", "other", 5, *options)``: what is printed."""
    (tmp_path / "rules.cedarplus").write_text(RULES, "utf-8")
    (tmp_path / "merging.cedarschema").write_text(SCHEMA, "utf-8")
    entities = tmp_path / "entities.json"
    entities.write_text(json.dumps(ENTITIES), "utf-8")

    def decide(action: str, change: str, size: int, *options: str, known: bool = True) -> Outcome:
        asked = {
            "principal": 'Agent::"ann"', "action": f'Action::"{action}"', "resource": f'Change::"{change}"',
            "context": {"size": size, "from": _extension("ip", "10.1.2.3")},
        }  # fmt: skip
        (tmp_path / "request.json").write_text(json.dumps(asked), "utf-8")
        return run(
            "decide", tmp_path / "rules.cedarplus", "--request", tmp_path / "request.json",
            *(("--entities", entities) if known else ()), *options,
        )  # fmt: skip

    return decide


def test_every_hold_has_its_name_its_words_and_its_own_reads(decided: Callable[..., Outcome]) -> None:
    lines = decided("merge", "other", 200).out.splitlines()
    assert lines[0] == "hold  held"
    assert lines[1:4] == [
        "  held by cross_crew: “A merge into another crew's change needs two leads.”",
        '    principal.crew = Crew::"blue"  (caller)',
        '    resource.crew = Crew::"red"  (caller)',
    ]
    assert lines[4].startswith("  held by costly: merging a change when ")
    assert lines[5:7] == ["    context.size = 200  (caller)", '    resource.cost = decimal("3.5")  (caller)']
    assert not any("because of" in line or "__" in line for line in lines)


def test_what_was_on_trial_is_told_apart(decided: Callable[..., Outcome]) -> None:
    out = decided("merge", "other", 5, "--grant", "cross_crew").out
    assert out.startswith("allow  allowed\n")
    assert (
        "  on trial: stale would have denied it: “Stale changes must not be merged.”\n"
        '    resource.opened = datetime("2026-01-01T00:00:00.000Z")  (caller)\n'
    ) in out
    assert "on trial" not in decided("view", "other", 5).out


def test_a_score_is_told_with_what_makes_it_even_where_it_comes_to_nothing(decided: Callable[..., Outcome]) -> None:
    lines = decided("merge", "other", 5, "--grant", "cross_crew").out.splitlines()
    place = lines.index("  score 0.0")
    assert lines[place + 1] == "    +1.5 from small-first: “Small ones first.”"
    assert lines[place + 2].startswith("    -1.5 from ")
    assert "in the range" in lines[place + 2]


def test_a_near_miss_says_what_was_false_without_negations(decided: Callable[..., Outcome]) -> None:
    out = decided("merge", "broken", 5).out
    assert "  would be permitted by green: “Agents may merge what is green.”\n" in out
    assert "    but `resource.green` is false\n    resource.green = false  (caller)\n" in out
    assert "Anyone may view a change when" in decided("view", "other", 9).out  # no @english: said by fixed rules


def test_an_error_names_the_procedure_and_not_its_digest(decided: Callable[..., Outcome]) -> None:
    shown = decided("merge", "other", 9223372036854775807)
    assert shown.code == 1
    assert "  error in costly: integer overflow" in shown.out
    assert "retry after change: Correct what procedure `costly` reads" in shown.out


def test_entities_that_nobody_gave_are_named_with_the_option(decided: Callable[..., Outcome]) -> None:
    unknown = decided("merge", "other", 5, known=False)
    assert unknown.code == 1
    assert 'Nothing is known of `Agent::"ann"` and `Change::"other"`: no entities were given' in unknown.out
    assert "`--entities FILE`" in unknown.out
    absent = decided("merge", "lost", 5).out
    assert 'Nothing is known of `Change::"lost"`, which is not in `' in absent
    assert "entities.json`: add it." in absent
    for known in (decided("merge", "broken", 5), decided("view", "lost", 5)):
        assert "Nothing is known" not in known.out


def test_a_sandbox_names_what_holds_and_claims_nothing_of_rules_it_hides(decided: Callable[..., Outcome]) -> None:
    out = decided("merge", "other", 200, "--sandbox").out
    assert [line for line in out.splitlines() if "held by" in line] == ["  held by cross_crew", "  held by costly"]
    assert "on trial: stale would have denied it\n" in out
    assert "“" not in out


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_lines_that_fit_and_nothing_from_outside_acts_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    english = "Nobody may " + "really " * 30 + r"do it \u{1b}[31m.\n  held by forged"
    source = f'@id("no") @english("{english}")\nforbid (principal, action, resource);'
    program = check(source, read_schema(SCHEMA)).program
    assert program is not None
    request = Request('Agent::"ann"', 'Action::"view"', 'Change::"other"', {"size": 1, "from": _extension("ip", "::1")})
    decision = Evaluator(program).decide(request, Entities.from_json(ENTITIES, schema=program.schema))
    out = _Terminal()
    print_decision(Printer(out), decision, program)
    lines = re.sub("\x1b\\[[0-9;]*m", "", out.getvalue()).splitlines()
    assert len(lines) > 4
    assert max(map(len, lines)) <= 60
    assert "\x1b[31m." not in out.getvalue()
    assert not any(line.strip().startswith("held by") for line in lines)


def test_every_code_has_its_meaning_on_every_face() -> None:
    assert set(MEANING) == set(CODES) == set(get_args(Code))


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        (["resource.green"], "`resource.green` is false"),
        (["!resource.green"], "`resource.green` is true"),
        (["!!!(context.b == 1 && context.c)"], "`context.b == 1 && context.c` is true"),
        (["!context.b == context.d"], "`!context.b == context.d` is false"),
        (
            ["context.b", "!context.c", "context.d"],
            "`context.b` is false, `context.c` is true and `context.d` is false",
        ),
        (["not cedar at all"], "`not cedar at all` is false"),
    ],
)
def test_shortcomings(failed: list[str], said: str) -> None:
    assert shortcoming(failed) == said


def test_only_pairs_of_negations_go() -> None:
    for condition, left in (
        ("!!context.b", "context.b"),
        ("!context.b", "!context.b"),
        ("!!!(context.b || context.c)", "!(context.b || context.c)"),
        ("context.b", "context.b"),
    ):
        assert without_double_negation(condition) == left


def test_values_as_cedar_writes_them() -> None:
    value = {"who": _crew('a"b'), "at": [_extension("datetime", "2026-01-01")], "n": 1, "ok": True}
    assert shown_value(value) == r'{who: Crew::"a\"b", at: [datetime("2026-01-01")], n: 1, ok: true}'
