"""Units → rules of Cedar: worked out for each kind of request, and put together where they come out the same.

Imports everything of this folder below it, Cedar+'s tree and the schema. What a rule says of an action that lacks an
attribute is what Rego says of a missing input; so a rule is worked out for each action with each type of principal and
resource, and the scope says for which it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from workbench.authoring.rego.bodies import condition_of
from workbench.authoring.rego.entries import Entries, Unit
from workbench.authoring.rego.index import Index
from workbench.authoring.rego.mapping import InputMap
from workbench.authoring.rego.refusals import RefusalError
from workbench.authoring.rego.running import Run
from workbench.authoring.rego.terms import FALSE, TRUE, conj, neg
from workbench.authoring.rego.worlds import Environment, Uses
from workbench.language.ast import (
    ActionScope,
    Annotation,
    Binary,
    Condition,
    EntityLit,
    EntityScope,
    Expr,
    Policy,
    Scope,
    SetLit,
    Var,
)
from workbench.language.schema import ActionType, Schema


class RequestKind(NamedTuple):
    """A kind of request: the uid of its action, and the types around it."""

    action: tuple[str, str]
    principal: str
    resource: str


@dataclass(frozen=True)
class Worked:
    """What became of a unit. ``conditions``: for each kind of request where it can hold.

    ``problem``: why it was not converted; then the conditions, of a forbid, hold at least where it does.
    ``further``: when it would hold for an action that the schema gets some day, where that is one condition.
    """

    unit: Unit
    conditions: dict[RequestKind, Expr]
    problem: RefusalError | None = None
    further: Expr = FALSE


class Converter:
    """One text under one schema."""

    def __init__(self, schema: Schema, mapping: InputMap, index: Index, entries: Entries, uses: Uses) -> None:
        self.schema = schema
        self._index = index
        self._entries = entries
        self._uses = uses
        self._environments = [
            Environment(schema, mapping, uses, principal, action, resource)
            for action in schema.actions.values()
            for principal in action.principals
            for resource in action.resources
        ]
        self._runs: dict[tuple[str, bool], list[Run]] = {}

    @property
    def kinds(self) -> list[RequestKind]:
        """Every kind of request that the schema knows."""
        return [RequestKind(each.action.uid, each.principal, each.resource) for each in self._environments]

    def _of(self, effect: str, *, other: bool = False) -> list[Run]:
        """Runs for a rule of that effect. In a permit nothing is forbidden: what is, no permit helps."""
        key = (effect, other)
        if key not in self._runs:
            silent = frozenset(self._entries.deny) if effect == "permit" else frozenset()
            self._runs[key] = [
                Run(replace(environment, other=other), self._index, silent) for environment in self._environments
            ]
        return self._runs[key]

    def work(self, unit: Unit) -> Worked:
        """Convert one unit; what cannot be converted is a value too."""
        self._uses.asked.clear()
        self._uses.found.clear()
        try:
            found = self._conditions(unit, lenient=False)
            missing = sorted(self._uses.asked - self._uses.found)
            if missing:
                shown = ", ".join(f"`{'.'.join(('input', *path))}`" for path in missing)
                help_ = "say where it belongs with `--map`, or add it to the schema"
                raise RefusalError("no_such_input", f"no request of the schema has {shown}", unit.place, help_)
            return Worked(unit, found, further=self._further(unit, lenient=False))
        except RefusalError as problem:
            return self.stand_in(unit, problem)

    def stand_in(self, unit: Unit, problem: RefusalError) -> Worked:
        """A unit that is not converted: nothing of a permit; of a forbid what denies at least as much."""
        if unit.effect == "permit":
            return Worked(unit, {}, problem)
        try:
            found = self._conditions(unit, lenient=True)
            return Worked(unit, found, problem, self._further(unit, lenient=True))
        except RefusalError:
            return self.everything(unit, problem)

    def everything(self, unit: Unit, problem: RefusalError) -> Worked:
        """A unit of which nothing can be said: it holds always."""
        return Worked(unit, dict.fromkeys(self.kinds, TRUE), problem, TRUE)

    def _further(self, unit: Unit, *, lenient: bool) -> Expr:
        found = {condition_of(run, unit.body, {}, lenient=lenient) for run in self._of(unit.effect, other=True)}
        return found.pop() if len(found) == 1 else FALSE

    def _conditions(self, unit: Unit, *, lenient: bool) -> dict[RequestKind, Expr]:
        found = {}
        for kind, run in zip(self.kinds, self._of(unit.effect), strict=True):
            condition = condition_of(run, unit.body, {}, lenient=lenient)
            if condition != FALSE:
                found[kind] = condition
        return found


def policies(
    worked: Worked, schema: Schema, kinds: Sequence[RequestKind], id_: str, notes: Iterable[Annotation]
) -> list[Policy]:
    """The rules of one unit: as few as say for which kinds of request which condition counts.

    A permit names its actions unless it does not ask which it is: an action that the schema gets some day is not
    permitted by a rule that was about others. A forbid that would hold for such an action holds for it.
    """
    groups: dict[Expr, set[RequestKind]] = {}
    for kind, condition in worked.conditions.items():
        groups.setdefault(condition, set()).add(kind)
    parts: list[tuple[Scope, Expr]] = []
    for condition, members in groups.items():
        further = worked.further == condition
        if further and (worked.unit.effect == "forbid" or len(members) == len(kinds)):
            whole = _for_all_but(members, schema, kinds, condition)
            if whole is not None:
                parts.append(whole)
                continue
        parts += [(scope, condition) for scope in _scopes(members, schema, kinds)]
    found: list[Policy] = []
    for at, (scope, condition) in enumerate(parts):
        name = id_ if len(parts) == 1 else f"{id_}{_letter(at)}"
        conditions = () if condition == TRUE else (Condition("when", condition),)
        found.append(Policy(worked.unit.effect, scope, conditions, (Annotation("id", name), *notes)))
    return found


def _letter(at: int) -> str:
    return chr(ord("a") + at) if at < 26 else f"-{at + 1}"


_ANYTHING = EntityScope("any")


def _for_all_but(
    members: set[RequestKind], schema: Schema, kinds: Sequence[RequestKind], condition: Expr
) -> tuple[Scope, Expr] | None:
    """A scope for any action, with a condition that leaves out those that ``members`` lacks; ``None`` where an action
    is in ``members`` for some types only."""
    scope = Scope(_ANYTHING, ActionScope("any"), _ANYTHING)
    inside = {kind.action for kind in members}
    outside = [action for action in schema.actions.values() if any(kind.action == action.uid for kind in kinds)]
    outside = [action for action in outside if action.uid not in inside]
    if any(kind.action in inside and kind not in members for kind in kinds):
        return None
    if not outside:
        return scope, condition
    excluded = [EntityLit(action.type, action.id) for action in outside]
    if len(excluded) == 1:
        return scope, conj(Binary("!=", Var("action"), excluded[0]), condition)
    return scope, conj(neg(Binary("in", Var("action"), SetLit(tuple(excluded)))), condition)


def _scopes(members: set[RequestKind], schema: Schema, kinds: Sequence[RequestKind]) -> list[Scope]:
    """Scopes that together hold exactly ``members``, each with its actions named."""
    whole = [
        action
        for action in schema.actions.values()
        if (own := [kind for kind in kinds if kind.action == action.uid]) and all(kind in members for kind in own)
    ]
    found = [Scope(_ANYTHING, _actions(whole), _ANYTHING)] if whole else []
    done = {action.uid for action in whole}
    rest: dict[tuple[str, str], list[ActionType]] = {}
    for kind in kinds:
        if kind in members and kind.action not in done:
            rest.setdefault((kind.principal, kind.resource), []).append(schema.actions[kind.action])
    for (principal, resource), actions in rest.items():
        found.append(Scope(EntityScope("is", type=principal), _actions(actions), EntityScope("is", type=resource)))
    return found


def _actions(actions: Sequence[ActionType]) -> ActionScope:
    entities = tuple(EntityLit(action.type, action.id) for action in actions)
    return ActionScope("eq", entities) if len(entities) == 1 else ActionScope("in", entities, listed=True)
