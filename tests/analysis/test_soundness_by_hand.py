"""Conditions that an encoding easily gets wrong, and what a person says of each: can it be true, can it err?

Each is asked of the whole analysis: what it finds is confirmed on both engines, what it proves meets random worlds.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import cedarpy
import pytest

from tests.analysis.checks import Bench
from tests.analysis.pairs import rule_of
from tests.analysis.worlds import environments, worlds
from workbench.analysis.assumptions import Assumption
from workbench.analysis.values import Unsupported
from workbench.language.ast import Statement
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.program import Program
from workbench.language.schema_reader import read_schema

SCHEMA = """
entity Team in [Team, Org];
entity Org;
entity Level enum ["low", "high"];
entity U in [Team] = {
  name: String, "a?": Bool, a?: Long, boss?: U, lv: Level, "b.c": Long, b: { c: Long },
  ips: Set<ipaddr>, fl: Set<Bool>, lvs: Set<Level>, teams: Set<Team>, ns: Set<Long>
} tags String;
entity V in [Team] = { x: Long, "x:datetime": Long, t: datetime, "t:datetime": Long } tags { q: Long, r?: Bool };
action go appliesTo { principal: [U], resource: [V], context: {
  s: String, t: String, u: String, n: Long, m: Long, d: datetime, e: duration, dec: decimal, ip: ipaddr,
  "n?": Bool, o?: { p?: { q: Long } }, ss: Set<String>, tt: Set<String>, us: Set<U>, sr: Set<{ a: Long }>,
  w: { p?: Long }, w2: { p?: Long }, act: Action, acts: Set<Action>,
  decs: Set<decimal>, dts: Set<datetime>, ip2: ipaddr
} };
"""

LINES = (Path(__file__).parent / "data" / "conditions.txt").read_text(encoding="utf-8").splitlines()
CONDITIONS = [tuple(part.strip() for part in line.split("/", 2)) for line in LINES if not line.startswith("#")]


def statement(condition: str) -> Statement:
    (surface,) = parse(f"permit (principal, action, resource) when {{ {condition} }};").statements
    return desugar(surface)


def bench(condition: str, data: str = "missing") -> Bench:
    program = Program((rule_of(statement(condition), "it"),), read_schema(SCHEMA))
    return Bench(program, SCHEMA, Assumption("cedar+", "complete" if data == "complete" else "missing"))


@pytest.mark.parametrize(("true", "errs", "condition"), [each for each in CONDITIONS if each[0] != "-"])
@pytest.mark.parametrize("data", ["missing", "complete"])
def test_a_condition(true: str, errs: str, condition: str, data: str) -> None:
    made = bench(condition, data)
    (environment,) = environments(made.schema)
    found = made.ask_rules(environment)
    may_err = errs == "yes" or errs == data
    assert found == {
        ("it", "satisfied"): "found" if true == "yes" else "none",
        ("it", "erring"): "found" if may_err else "none",
    }
    drawn = worlds(made.schema, environment, Random(condition), made.program, complete=data == "complete")
    made.bombard(environment, found, islice(drawn, 60))


@pytest.mark.parametrize("condition", [condition for true, _, condition in CONDITIONS if true == "-"])
def test_what_is_not_supported_is_neither_found_nor_proved(condition: str) -> None:
    made = bench(condition)
    (environment,) = environments(made.schema)
    with pytest.raises(Unsupported, match="`it`"):
        made.space(environment).rule(made.program.rules[0])


def test_every_condition_is_one_that_the_validator_passes() -> None:
    """Else what is said of it here would matter to nobody."""
    every = [condition for *_, condition in CONDITIONS]
    assert len(every) > 70
    text = "\n".join(f"permit (principal, action, resource) when {{ {each} }};" for each in every)
    assert [error.error for error in cedarpy.validate_policies(text, SCHEMA).errors] == []
