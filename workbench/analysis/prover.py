"""One program under one task: its request environments, the symbolic world of each, and the engines that confirm. Pure.

What all analyses share. Belongs to the thread that made it (the solver's expressions do).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import Literal, TypeAlias

from workbench.analysis.environments import bearing, environments
from workbench.analysis.model import Case
from workbench.analysis.replay import NotReproduced, Replay
from workbench.analysis.results import RequestEnvironment, Witness
from workbench.analysis.search import Search
from workbench.analysis.space import Space
from workbench.analysis.task import Task
from workbench.analysis.tidy import tidied
from workbench.language.ast import ActionScope, Policy, Prefer, Procedure
from workbench.language.lower import as_policy, procedure_policies
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema
from workbench.language.schema_json import schema_text

Said: TypeAlias = Literal["satisfied", "erring", "nothing"]


class Prover:
    """The program must have a schema (``ValueError``)."""

    def __init__(self, program: Program, task: Task) -> None:
        if program.schema is None:
            raise ValueError("only a program that was checked against a schema can be analysed")
        self.program = program
        self.schema: Schema = program.schema
        self.task = task
        self.environments: tuple[RequestEnvironment, ...] = environments(program.schema)
        self._searches: dict[RequestEnvironment, Search] = {}
        self._bearing: dict[RequestEnvironment, tuple[Rule, ...]] = {}

    # ---- worlds

    def search(self, environment: RequestEnvironment) -> Search:
        """Questions about requests of this environment."""
        found = self._searches.get(environment)
        if found is None:
            space = Space(self.schema, environment, self.task.assumption)
            found = self._searches[environment] = Search(space, self.task)
        return found

    def space(self, environment: RequestEnvironment) -> Space:
        """The world that :meth:`search` asks about."""
        return self.search(environment).space

    def rules(self, environment: RequestEnvironment) -> tuple[Rule, ...]:
        """The rules that can bear on a request of this environment, observed ones too."""
        if environment not in self._bearing:
            self._bearing[environment] = bearing(self.program.rules, environment, self.schema)
        return self._bearing[environment]

    # ---- confirmation

    @cached_property
    def replay(self) -> Replay:
        """Both engines over the whole program."""
        return Replay(self.program)

    def witness(self, case: Case) -> Witness:
        """The case with what both engines say of it. Raises ``NotReproduced`` where they differ."""
        return Witness(case.request, case.entities, self.replay.judged(case, self.task.assumption.semantics))

    def tidy(self, case: Case, shows: Callable[[Case], bool]) -> Case:
        """The case without what does not matter."""

        def still(simpler: Case) -> bool:
            try:
                return shows(simpler)
            except NotReproduced:
                return False

        return tidied(case, self.schema, still, complete=self.task.assumption.data == "complete")

    # ---- memory

    def key(self, kind: str, environment: RequestEnvironment | None, rules: Iterable[Rule], *more: str) -> str:
        """What a result depends on, as a key for ``task.memory``: the rules with their ids and stages, the schema."""
        return memory_key(self.task, kind, environment, [(self.schema, rules)], *more)


def memory_key(
    task: Task,
    kind: str,
    environment: RequestEnvironment | None,
    sides: Sequence[tuple[Schema, Iterable[Rule]]],
    *more: str,
) -> str:
    """A key over everything that a result can depend on, for one program or for several."""
    told = [
        kind,
        [task.assumption.semantics, task.assumption.data],
        None if environment is None else [environment.principal, *environment.action, environment.resource],
        [[_schema_digest(schema), [[r.id, r.digest, r.stage] for r in rules]] for schema, rules in sides],
        list(more),
    ]
    return sha256(json.dumps(told).encode()).hexdigest()


def _schema_digest(schema: Schema) -> str:
    return sha256((schema.text or schema_text(schema)).encode("utf-8", "surrogatepass")).hexdigest()


def as_permit(rule: Rule) -> Rule:
    """The permit that is satisfied, and errs, exactly when the rule does (a procedure: its trigger on requests)."""
    statement = rule.statement
    if isinstance(statement, Procedure):
        assert isinstance(statement.action, ActionScope)
        policy = procedure_policies(statement)[0][1]
    elif isinstance(statement, Prefer):
        policy = as_policy(statement)
    else:
        policy = Policy("permit", statement.scope, statement.conditions)
    return replace(rule, kind="permit", statement=policy, annotations={})
