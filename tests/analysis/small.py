"""A small swarm whose differences a person can work out: for the tests of differences and tightening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.engine.evaluator import Evaluator
from workbench.language.check import check
from workbench.language.program import Program

SCHEMA = """
entity Team;
entity Agent in [Team] = { role: String, trust: Long, boss?: Agent };
entity Doc = { scope: String, tags: Set<String> };
entity Note;
action group;
action read, write in [group]
appliesTo { principal: [Agent], resource: [Doc], context: { amount: Long, why?: String } };
action note appliesTo { principal: [Agent, Team], resource: [Note], context: {} };
"""


def program(source: str, schema: str = SCHEMA) -> Program:
    """The checked program of a text without errors."""
    result = check(source, schema)
    assert result.program is not None, [(d.code, d.message) for d in result.errors]
    return result.program


def decided(made: Program, request: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> str:
    """What the engine decides, asked afresh."""
    return Evaluator(made).decide(dict(request), list(entities)).outcome
