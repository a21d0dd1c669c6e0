"""Readings that no generated test separates: the solver finds a request that does, and what would make them agree."""

from __future__ import annotations

import sys

import pytest

from workbench.authoring import questions
from workbench.authoring.questions import asked
from workbench.authoring.result import Reading
from workbench.authoring.separating import separated
from workbench.language.check import check
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.program import Program
from workbench.language.schema_reader import read_schema

SCHEMA = "entity U; entity D; action go appliesTo { principal: [U], resource: [D], context: { n: Long, m: Long } };"
ONE = "permit (principal, action, resource) when { context.n + context.m * 3 > 1000 };"
OTHER = "permit (principal, action, resource) when { context.n + context.m * 3 > 1001 };"


def program(text: str) -> Program:
    made = check(text, SCHEMA).program
    assert made is not None
    return made


def reading(text: str) -> Reading:
    return Reading(tuple(desugar(each) for each in parse(text).statements), text, "words")


def test_the_request_separates_and_says_what_would_make_them_agree() -> None:
    found = separated([program(ONE), program(OTHER)])
    assert found is not None
    assert found.outcomes == ("allow", "deny")
    assert 'U::"u-1" asks to do "go" on D::"d-1"' in found.example
    assert "context.n" in found.example
    assert found.agreement.startswith("reading 1 would say the same with context.")


def test_the_same_readings_have_the_same_question() -> None:
    assert separated([program(ONE), program(OTHER)]) == separated([program(ONE), program(OTHER)])


def test_readings_that_decide_alike_are_not_separated() -> None:
    assert separated([program(ONE), program(ONE.replace("> 1000", ">= 1001"))]) is None


def test_without_the_solver_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    assert separated([program(ONE), program(OTHER)]) is None


def test_a_question_asks_about_it_where_no_test_separates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "generate_tests", lambda *_: [])
    said = asked([reading(ONE), reading(OTHER)], read_schema(SCHEMA)).text
    assert said.startswith('For example U::"u-1" asks to do "go"')
    assert "allowed (reading 1), denied (reading 2)?" in said
    assert "would say the same with" in said
