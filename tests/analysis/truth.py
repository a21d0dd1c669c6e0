"""What is really so of a request: from what both engines say of each rule, by the language's description.

The statements of ``analysis.results`` are spelled out here once more, over sets of rule ids and not over terms, and
without any code of the analyses: a proof is refuted by one request for which :meth:`Truth.broken` says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from tests.analysis.pairs import as_permit, rule_of
from tests.engine.support import Cedar
from workbench.analysis.results import Outcome
from workbench.engine import Entities, Evaluator, Request
from workbench.language.lower import lower_policy
from workbench.language.program import Program

Row = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """Ids of the rules that are satisfied, and of those that err."""

    satisfied: frozenset[str]
    erring: frozenset[str]

    def without(self, rule: str) -> Said:
        return Said(self.satisfied - {rule}, self.erring - {rule})


class Truth:
    """One program on both engines, asked rule by rule and as a whole."""

    def __init__(self, program: Program, schema_text: str) -> None:
        self.program = program
        self.schema_text = schema_text
        self.kinds = {rule.id: rule.kind for rule in program.rules if rule.stage == "enforce"}
        self._asked = [rule for rule in program.rules if getattr(rule.statement, "amendment", None) is None]
        alone = [rule_of(as_permit(rule.statement), rule.id) for rule in self._asked]
        self._alone = Evaluator(replace(program, rules=tuple(alone)))
        self._whole = Evaluator(program)

    @cached_property
    def _lowered(self) -> str:
        return "\n".join(lower_policy(as_permit(rule.statement)) for rule in self._asked)

    def entities(self, rows: Sequence[Row]) -> Entities:
        """Parsed once, for any number of questions."""
        return Entities.checked(list(rows), self._alone.rules)

    def said(self, request: Row, entities: Entities) -> Said:
        """By our engine."""
        decision = self._alone.decide(request, entities, semantics="cedar")
        return Said(frozenset(decision.reasons), frozenset(error.rule for error in decision.errors))

    def said_by_cedar(self, request: Row, rows: Sequence[Row]) -> Said:
        """By Cedar, of each rule as a permit."""
        _, satisfied, erring = Cedar(self._lowered, list(rows), self.schema_text).decide(_plain(request))
        named = {f"policy{place}": rule.id for place, rule in enumerate(self._asked)}
        return Said(frozenset(named[each] for each in satisfied), frozenset(named[each] for each in erring))

    def decided(self, request: Row, entities: Entities) -> Outcome:
        """By our engine, as the product decides."""
        return self._whole.decide(request, entities).outcome

    def outcome(self, said: Said, semantics: str) -> Outcome:
        """What follows from what the rules say: ours, or Cedar's, which knows no procedures and skips what errs."""

        def any_(kind: str, ids: frozenset[str]) -> bool:
            return any(self.kinds.get(each) == kind for each in ids)

        if any_("forbid", said.satisfied):
            return "deny"
        if semantics == "cedar+" and any(any_(kind, said.erring) for kind in ("permit", "forbid", "procedure")):
            return "deny"
        if not any_("permit", said.satisfied):
            return "deny"
        return "hold" if semantics == "cedar+" and any_("procedure", said.satisfied) else "allow"

    def enforced(self, kind: str, said: Said) -> set[str]:
        """The satisfied rules of a kind that bind."""
        return {each for each in said.satisfied if self.kinds.get(each) == kind}

    # ---- the statements

    def broken(self, kind: str, about: str, request: Row, said: Said, semantics: str) -> bool:
        """Whether this request refutes that the statement holds."""
        outcome = self.outcome(said, semantics)
        match kind:
            case "never_errors":
                return about in said.erring
            case "never_applies":
                return about in said.satisfied
            case "always_applies":
                return self._in_scope(about, request) and about not in said.satisfied
            case "overridden" | "idle_preference":
                return about in said.satisfied and outcome != "deny"
            case "redundant":
                return outcome != self.outcome(said.without(about), semantics)
            case "idle_forbid":
                return about in said.satisfied and bool(self.enforced("permit", said))
            case "unpermitted":
                uid = _uid(request["action"])
                return about in (uid[1], f'{uid[0]}::"{uid[1]}"') and outcome != "deny"
            case "idle_procedure":
                return outcome == "hold" and not self._leading_to(about).isdisjoint(said.satisfied)
            case "held_alone":
                one, _, other = about.partition(" + ")
                return outcome == "hold" and one in said.satisfied and other in said.satisfied
        raise ValueError(kind)

    def _leading_to(self, about: str) -> set[str]:
        """The procedure, and those that hold requests and escalate to it, be it through others."""
        by_name = {each.name: (rule.id, each) for rule, each in self.program.procedures}
        found = {about}
        for _ in by_name:
            for rule, each in by_name.values():
                targets = {fallback.procedure for fallback in (each.on_timeout, each.on_rejection) if fallback}
                if any(by_name[target][0] in found for target in targets if target in by_name):
                    found.add(rule)
        return {each for each in found if each == about or each in self.kinds}

    def _in_scope(self, about: str, request: Row) -> bool:
        """By the actions and types of the rule's scope alone."""
        statement = as_permit(self.program.by_id[about].statement)
        scope, schema = statement.scope, self.program.schema
        assert schema is not None
        action = _uid(request["action"])
        groups = {action, *schema.action_ancestors(action)}
        named = {(entity.type, entity.id) for entity in scope.action.entities}
        if scope.action.kind != "any" and named.isdisjoint(groups if scope.action.kind == "in" else {action}):
            return False
        for side, name in ((scope.principal, "principal"), (scope.resource, "resource")):
            wanted = side.type or (side.entity.type if side.kind == "eq" and side.entity is not None else None)  # type: ignore[union-attr]
            if wanted is not None and _uid(request[name])[0] != wanted:
                return False
        return True


RANK = {"deny": 0, "hold": 1, "allow": 2}


def loosens(before: Outcome, after: Outcome) -> bool:
    """Whether the change refutes that a change only tightens."""
    return RANK[after] > RANK[before]


CHANGED: dict[str, Outcome] = {"permitted": "allow", "held": "hold", "denied": "deny"}


def _plain(request: Row) -> Row:
    """Uids as objects: of some strange ids Cedar takes no text but its own."""
    read = Request.from_json(request)
    sides = {"principal": read.principal, "action": read.action, "resource": read.resource}
    return {**read.to_json(), **{name: {"type": uid.type, "id": uid.id} for name, uid in sides.items()}}


def _uid(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        type_, _, quoted = value.rpartition("::")
        return type_, json.loads(quoted)
    return value["type"], value["id"]
