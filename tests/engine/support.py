"""Making programs and asking cedarpy, for the engine's tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import cedarpy

from workbench.engine import Evaluator
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]


def program(source: str, schema: str | Schema | None = None) -> Program:
    """The program of a clean source: ids from ``@id`` (or a procedure's name), else the position. Not validated."""
    result = parse(source)
    assert not result.diagnostics, result.diagnostics
    rules = []
    for order, surface in enumerate(result.statements):
        statement = desugar(surface)
        annotations = {annotation.name: annotation.value for annotation in statement.annotations}
        kind = type(statement).__name__.lower()
        rules.append(
            Rule(
                id=annotations.get("id") or getattr(statement, "name", "") or f"rule{order}",
                digest=f"{order:064x}",
                kind=getattr(statement, "effect", kind),
                statement=statement,
                text="",
                span=statement.span,
                annotations=annotations,
            )
        )
    return Program(tuple(rules), read_schema(schema) if isinstance(schema, str) else schema, source)


def evaluator(source: str, schema: str | Schema | None = None) -> Evaluator:
    return Evaluator(program(source, schema))


def entity(uid: str, attrs: dict[str, Any] | None = None, parents: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """Cedar's JSON form of an entity named ``Type::id`` (the id unquoted)."""
    return {"uid": ref(uid), "attrs": attrs or {}, "parents": [ref(parent) for parent in parents], **more}


def ref(uid: str) -> dict[str, str]:
    type_, _, id_ = uid.rpartition("::")
    return {"type": type_, "id": id_}


@lru_cache(maxsize=8)
def _schema_of(text: str) -> cedarpy.Schema:
    return cedarpy.Schema.from_str(text)


class Cedar:
    """cedarpy with everything parsed once."""

    def __init__(
        self,
        policies: str,
        entities: list[Any],
        schema: str | None = None,
        links: Sequence[Any] = (),
        *,
        validate: bool = True,
    ) -> None:
        """``validate=False``: a request that does not fit the schema is asked all the same, read without it."""
        self._schema = None if schema is None else _schema_of(schema)
        self._validate = validate
        self._policies = cedarpy.PolicySet.from_str(policies)
        if links:
            self._policies = self._policies.with_linked_batch(list(links))
        text = json.dumps(entities)
        self._entities = (
            cedarpy.Entities.from_json_str(text)
            if schema is None
            else cedarpy.Entities.from_json_str(text, self._schema)
        )

    def ask(self, request: dict[str, Any]) -> cedarpy.AuthzResult:
        """Cedar's own answer."""
        answer = cedarpy.is_authorized(request, self._policies, self._entities, self._schema)
        if answer.decision.value == "NoDecision" and not self._validate:
            return cedarpy.is_authorized(request, self._policies, self._entities)
        return answer

    def decide(self, request: dict[str, Any]) -> tuple[str, list[str], list[str]]:
        """Outcome, reasons, ids of the erring policies; the latter two sorted."""
        answer = self.ask(request)
        assert answer.decision.value != "NoDecision", answer.diagnostics.errors
        erring = sorted(str(error).split("`")[1] for error in answer.diagnostics.errors)
        return answer.decision.value.lower(), sorted(answer.diagnostics.reasons), erring


def ours(evaluator: Evaluator, request: dict[str, Any], entities: Any) -> tuple[str, list[str], list[str]]:
    """The same triple from our engine, in Cedar's semantics."""
    decision = evaluator.decide(request, entities, semantics="cedar")
    return decision.outcome, sorted(decision.reasons), sorted(error.rule for error in decision.errors)
