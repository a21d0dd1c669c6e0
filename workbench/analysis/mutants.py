"""Mutants of a constitution: rules with one small mistake each, of the kind that a person could make. Pure.

Only what decides is mutated, and only into what Cedar's validator takes: a mistake that is refused needs no test. What
no test case can see (how many approvals, timeouts, scores, rules that are only observed) is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from workbench.analysis.mutated_atoms import atom_variants
from workbench.language.ast import (
    ActionScope,
    Binary,
    BinaryOp,
    Condition,
    EntityScope,
    Expr,
    If,
    Lit,
    Policy,
    Procedure,
    Statement,
    Unary,
)
from workbench.language.digest import core_digest
from workbench.language.judge import judge_of
from workbench.language.program import Program, Rule
from workbench.language.quotation import quoted
from workbench.language.render import render_entity_scope, render_expr
from workbench.language.schema_json import schema_text

MutantKind: TypeAlias = Literal[
    "removed", "effect", "clause", "operand", "operator", "negated", "comparison", "number", "scope", "action", "set",
    "pattern",
]  # fmt: skip

_SWAPPED: dict[str, BinaryOp] = {"&&": "||", "||": "&&"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: ``changed`` stands in the place of the rule ``rule``; ``None``: the rule is gone.

    ``sentence``: what is different, for a person.
    """

    rule: str
    kind: MutantKind
    sentence: str
    changed: Rule | None

    def applied(self, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """``rules`` with the mistake."""
        found = (self.changed if rule.id == self.rule else rule for rule in rules)
        return tuple(rule for rule in found if rule is not None)


_Draft: TypeAlias = tuple[MutantKind, str, Statement]


def mutants(program: Program) -> tuple[Mutant, ...]:
    """Every mutant, in the order of the rules; no two of a rule are the same. Nothing without a schema."""
    if program.schema is None:
        return ()
    drafts: list[tuple[Rule, _Draft]] = []
    for rule in program.rules:
        if rule.stage == "observe" or rule.kind == "prefer":
            continue
        seen = {rule.digest}
        for draft in _of_rule(rule):
            digest = core_digest(draft[2])
            if digest not in seen:
                seen.add(digest)
                drafts.append((rule, draft))
    judge = judge_of(schema_text(program.schema))
    findings = judge.findings([(statement, rule.text) for rule, (_, _, statement) in drafts])
    made: dict[str, list[Mutant]] = {}
    for (rule, (kind, sentence, statement)), refused in zip(drafts, findings, strict=True):
        if not any(finding.severity == "error" for finding in refused):
            made.setdefault(rule.id, []).append(Mutant(rule.id, kind, sentence, _with(rule, statement)))
    return tuple(
        mutant
        for rule in program.rules
        if rule.stage == "enforce" and rule.kind != "prefer" and _decides(rule)
        for mutant in (Mutant(rule.id, "removed", f"{quoted(rule.id)} removed", None), *made.get(rule.id, ()))
    )


def _decides(rule: Rule) -> bool:
    return not (isinstance(rule.statement, Procedure) and rule.statement.action is None)


def _with(rule: Rule, statement: Statement) -> Rule:
    kind = statement.effect if isinstance(statement, Policy) else rule.kind
    return replace(rule, statement=statement, digest=core_digest(statement), kind=kind)


def _of_rule(rule: Rule) -> Iterator[_Draft]:
    match rule.statement:
        case Policy() as policy:
            yield from _of_policy(rule.id, policy)
        case Procedure(action=ActionScope() as action) as procedure:
            for left_out, scope in _fewer(action):
                yield (
                    "action",
                    f"in {quoted(rule.id)}: without the action {quoted(left_out)}",
                    replace(procedure, action=scope),
                )
            if procedure.when is not None:
                yield (
                    "clause",
                    f"{quoted(rule.id)} without {quoted(f'when {{ {render_expr(procedure.when)} }}')}",
                    replace(procedure, when=None),
                )
                for kind, said, body in variants(procedure.when):
                    yield kind, f"in {quoted(rule.id)}: {said}", replace(procedure, when=body)


def _of_policy(name: str, policy: Policy) -> Iterator[_Draft]:
    other: Literal["permit", "forbid"] = "forbid" if policy.effect == "permit" else "permit"
    yield "effect", f"{quoted(name)} as a {other}", replace(policy, effect=other)
    scope = policy.scope
    anyone = EntityScope("any")
    for side, held, wider in (
        ("principal", scope.principal, replace(scope, principal=anyone)),
        ("resource", scope.resource, replace(scope, resource=anyone)),
    ):
        if held.kind != "any":
            said = f"in {quoted(name)}: any {side} instead of {quoted(render_entity_scope(side, held))}"
            yield "scope", said, replace(policy, scope=wider)
    for left_out, actions in _fewer(scope.action):
        narrower = replace(policy, scope=replace(scope, action=actions))
        yield "action", f"in {quoted(name)}: without the action {quoted(left_out)}", narrower
    for place, clause in enumerate(policy.conditions):

        def put(*with_: Condition, place: int = place) -> Policy:
            return replace(policy, conditions=(*policy.conditions[:place], *with_, *policy.conditions[place + 1 :]))

        yield "clause", f"{quoted(name)} without {quoted(f'{clause.kind} {{ {render_expr(clause.body)} }}')}", put()
        for kind, said, body in variants(clause.body):
            yield kind, f"in {quoted(name)}: {said}", put(replace(clause, body=body))


def _fewer(scope: ActionScope) -> Iterator[tuple[str, ActionScope]]:
    """Each action of a list left out."""
    if scope.kind == "in" and len(scope.entities) > 1:
        for place, entity in enumerate(scope.entities):
            yield entity.id, replace(scope, entities=(*scope.entities[:place], *scope.entities[place + 1 :]))


_Variant: TypeAlias = tuple[MutantKind, str, Expr]


def variants(expr: Expr, *, negated: bool = False) -> Iterator[_Variant]:
    """The condition with one mistake: kind, what is different, the whole. ``negated``: it stands behind a "not"."""
    match expr:
        case Binary(op=("&&" | "||") as op, left=left, right=right):
            yield "operator", _instead(replace(expr, op=_SWAPPED[op]), expr), replace(expr, op=_SWAPPED[op])
            yield "operand", f"without {quoted(render_expr(right))}", left
            yield "operand", f"without {quoted(render_expr(left))}", right
            yield from _inside(variants(left), lambda inner: replace(expr, left=inner))
            yield from _inside(variants(right), lambda inner: replace(expr, right=inner))
        case Unary(op="!", arg=arg):
            yield "negated", _instead(arg, expr), arg
            yield from _inside(variants(arg, negated=True), lambda inner: replace(expr, arg=inner))
        case If(condition=condition, then=then, otherwise=otherwise):
            yield from _inside(variants(condition), lambda inner: replace(expr, condition=inner))
            yield from _inside(variants(then), lambda inner: replace(expr, then=inner))
            yield from _inside(variants(otherwise), lambda inner: replace(expr, otherwise=inner))
        case Lit():
            return
        case _:
            if not negated:
                yield "negated", _instead(Unary("!", expr), expr), Unary("!", expr)
            for kind, other in atom_variants(expr):
                yield kind, _instead(other, expr), other


def _inside(found: Iterator[_Variant], put: Callable[[Expr], Expr]) -> Iterator[_Variant]:
    for kind, said, inner in found:
        yield kind, said, put(inner)


def _instead(new: Expr, old: Expr) -> str:
    return f"{quoted(render_expr(new))} instead of {quoted(render_expr(old))}"
