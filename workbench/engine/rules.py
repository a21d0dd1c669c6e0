"""Rules compiled: scope and conditions of one statement as one test. Pure; may import the engine and language types."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from workbench.engine.compile import all_of, compile_test
from workbench.engine.env import Env, Fn, Test, TracedRead
from workbench.engine.reads import FieldRead, reads_when_satisfied
from workbench.engine.static import conjuncts
from workbench.engine.values import EntityUid, EvalError
from workbench.language.ast import (
    NOWHERE,
    ActionScope,
    Binary,
    Condition,
    EntityLit,
    EntityScope,
    Expr,
    Is,
    Policy,
    Prefer,
    Procedure,
    Scope,
    Statement,
    Unary,
    Var,
)
from workbench.language.program import Rule, RuleKind
from workbench.language.render import render_expr

# The action of a request, and the types of its principal and resource: what the sources of its fields depend on.
Kinds: TypeAlias = tuple[EntityUid, str, str]
# Path, source and value of each read.
Plan: TypeAlias = tuple[tuple[str, str, Fn], ...]

_ANYONE = EntityScope("any")


class CompiledRule:
    """One rule, ready to be asked; immutable but for its tracing form, which is made when first needed.

    ``order`` is its place in the source, norms of a higher priority first; ``name`` a procedure's name, else the id;
    ``severity``: of a norm, else empty; ``observed`` marks the stage "observe"; ``binds_as`` is the kind of a rule that
    counts, "" for an observed one; ``score`` is zero but for a ``prefer``.
    """

    __slots__ = (
        "_certain_reads",
        "_requirements",
        "_scope_parts",
        "_traced",
        "approvals",
        "binds_as",
        "conditions",
        "english",
        "id",
        "kind",
        "last_plan",
        "name",
        "observed",
        "order",
        "plans",
        "scope",
        "score",
        "severity",
        "test",
    )

    def __init__(
        self,
        order: int,
        rule_id: str,
        statement: Statement,
        *,
        observed: bool = False,
        english: str = "",
        severity: str = "",
    ) -> None:
        """Raises ``ValueError`` for a statement that is not core, or that no request can meet (an amendment's)."""
        self.order = order
        self.id = rule_id
        self.name = rule_id
        self.observed = observed
        self.english = english
        self.severity = severity
        self.score = Decimal(0)
        self.approvals = 0
        self.kind: RuleKind
        match statement:
            case Policy(effect=effect, scope=scope, conditions=conditions):
                self.kind, self.scope, self.conditions = effect, scope, conditions
            case Prefer(score=score, scope=scope, conditions=conditions):
                self.kind, self.scope, self.conditions, self.score = "prefer", scope, conditions, score
            case Procedure(name=name, action=ActionScope() as action, when=when):
                self.kind, self.name = "procedure", name
                self.scope = Scope(_ANYONE, action, _ANYONE)
                self.conditions = () if when is None else (Condition("when", when),)
                self.approvals = sum(require.count for require in statement.requires)
            case _:
                raise ValueError("a procedure for amendments is not asked about requests")
        self.binds_as: RuleKind | Literal[""] = "" if observed else self.kind
        self.test: Test = all_of([*scope_tests(self.scope), *condition_tests(self.conditions)])
        self._traced: Test | None = None
        self._scope_parts: list[tuple[str, Test, bool]] | None = None
        self._requirements: tuple[Requirement, ...] | None = None
        # what its evidence is made by, per action and types of principal and resource: as many as the schema has
        self.plans: dict[Kinds, Plan] = {}
        self.last_plan: tuple[Kinds, Plan | None] | None = None
        self._certain_reads: tuple[FieldRead, ...] | Literal[False] | None = False  # False: not looked at yet

    @classmethod
    def of(cls, order: int, rule: Rule) -> CompiledRule:
        """From a rule of a checked program."""
        observed = rule.stage == "observe"
        return cls(order, rule.id, rule.statement, observed=observed, english=rule.english, severity=rule.severity)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Everything that the conditions need, one by one: conjunctions taken apart, ``unless`` negated."""
        if self._requirements is None:
            self._requirements = tuple(
                Requirement(expr, compile_test(expr), compile_test(expr, trace=True))
                for expr in requirements(self.conditions)
            )
        return self._requirements

    @property
    def scope_parts(self) -> list[tuple[str, Test, bool]]:
        """The principal and resource constraints as Cedar text, with their tests, and whether each is a membership."""
        if self._scope_parts is None:
            self._scope_parts = scope_parts(self.scope)
        return self._scope_parts

    @property
    def certain_reads(self) -> tuple[FieldRead, ...] | None:
        """Everything that the rule has read whenever it is satisfied; ``None`` where that depends on the request."""
        if self._certain_reads is False:
            inside = tuple(FieldRead(path, "", (), test) for path, test in memberships(self.scope))
            conditions = reads_when_satisfied(self.conditions)
            self._certain_reads = None if conditions is None else inside + conditions
        return self._certain_reads

    def reads(self, env: Env) -> dict[str, TracedRead]:
        """What the rule reads on this request, by path, in the order of reading; asked again over a recording view."""
        if self._traced is None:
            self._traced = all_of(condition_tests(self.conditions, trace=True))
        view = env.tracing()
        for path, wanted in memberships(self.scope):
            holds = wanted(env)
            view.reads[path] = TracedRead("", (), holds, False)
            if not holds:
                return view.reads
        with suppress(EvalError, RecursionError):  # recorded when it was decided; the reads up to there count
            self._traced(view)
        return view.reads


class Requirement(NamedTuple):
    """One thing that must be true for a rule to be satisfied, with its tests, plain and tracing."""

    expr: Expr
    test: Test
    traced: Test


def condition_tests(conditions: Iterable[Condition], *, trace: bool = False) -> list[Test]:
    """One test per condition, in order."""
    tests: list[Test] = []
    for condition in conditions:
        body = condition.body if condition.kind == "when" else Unary("!", condition.body)
        tests.append(compile_test(body, trace=trace))
    return tests


def requirements(conditions: Iterable[Condition]) -> list[Expr]:
    """Everything that must be true, one expression each: conjunctions taken apart, ``unless`` negated."""
    needed: list[Expr] = []
    for condition in conditions:
        if condition.kind == "when":
            needed += conjuncts(condition.body)
        else:
            needed.append(Unary("!", condition.body))
    return needed


# ---- scopes ----------------------------------------------------------------------------------------------------------


def uid_of(entity: object) -> EntityUid:
    """The uid of a scope's entity. Raises ``ValueError`` for a template slot left open."""
    if isinstance(entity, EntityLit):
        return EntityUid(entity.type, entity.id)
    raise ValueError("a template slot is open; link the template first")


def scope_tests(scope: Scope) -> list[Test]:
    """One test per constraint: principal, action, resource. None of them can fail."""
    return [
        test
        for test in (_principal_test(scope.principal), _action_test(scope.action), _resource_test(scope.resource))
        if test is not None
    ]


def _principal_test(scope: EntityScope) -> Test | None:
    kind, type_ = scope.kind, scope.type
    if kind == "any":
        return None
    if kind == "is":
        return lambda e: e.principal.type == type_
    uid = uid_of(scope.entity)
    if kind == "eq":
        return lambda e: e.principal == uid
    if kind == "in":
        return lambda e: uid in e.principal_ancestors or e.principal == uid
    return lambda e: e.principal.type == type_ and (uid in e.principal_ancestors or e.principal == uid)


def _resource_test(scope: EntityScope) -> Test | None:
    kind, type_ = scope.kind, scope.type
    if kind == "any":
        return None
    if kind == "is":
        return lambda e: e.resource.type == type_
    uid = uid_of(scope.entity)
    if kind == "eq":
        return lambda e: e.resource == uid
    if kind == "in":
        return lambda e: uid in e.resource_ancestors or e.resource == uid
    return lambda e: e.resource.type == type_ and (uid in e.resource_ancestors or e.resource == uid)


def _action_test(scope: ActionScope) -> Test | None:
    if scope.kind == "any":
        return None
    uids = frozenset(uid_of(entity) for entity in scope.entities)
    if scope.kind == "eq":
        (uid,) = uids
        return lambda e: e.action == uid

    def within(e: Env) -> bool:
        if e.action in uids:
            return True
        entity = e.find(e.action)
        return entity is not None and not uids.isdisjoint(entity.ancestors)

    return within


def memberships(scope: Scope) -> list[tuple[str, Test]]:
    """The constraints of a scope that look into the hierarchy, as text and test."""
    found: list[tuple[str, Test]] = []
    for name, side, test in (
        ("principal", scope.principal, _principal_test),
        ("resource", scope.resource, _resource_test),
    ):
        if side.kind in ("in", "is_in") and isinstance(side.entity, EntityLit):
            inside = test(EntityScope("in", side.entity))
            if inside is not None:
                found.append((f"{name} in {render_expr(side.entity)}", inside))
    return found


def scope_parts(scope: Scope) -> list[tuple[str, Test, bool]]:
    """The principal and resource constraints as Cedar text, each with its test, and whether it is a membership."""
    found: list[tuple[str, Test, bool]] = []
    for var, side, test in (
        (Var("principal"), scope.principal, _principal_test(scope.principal)),
        (Var("resource"), scope.resource, _resource_test(scope.resource)),
    ):
        if test is not None:
            found.append((render_expr(_scope_expr(var, side)), test, side.kind in ("in", "is_in")))
    return found


def _scope_expr(var: Var, scope: EntityScope) -> Expr:
    entity = scope.entity if scope.entity is not None else Var("context")
    match scope.kind:
        case "eq":
            return Binary("==", var, entity)
        case "in":
            return Binary("in", var, entity)
        case "is":
            return Is(var, scope.type or "", None, NOWHERE)
        case _:
            return Is(var, scope.type or "", entity, NOWHERE)
