"""Mutants of a constitution: rules with one small mistake each, of the kind that a person could make. Pure.

After Martin and Xie (A Fault Model and Mutation Testing of Access Control Policies, 2007), for Cedar+: a rule removed,
its effect, its scope, clauses, operands, operators, negations, comparisons, numbers, windows of time, texts, sets,
attributes, types; what a procedure asks of people; the score of a preference; a rule on trial that binds. Cedar has one
way of combining rules, and order means nothing, so that operators on these do not apply; ``!=`` for ``==`` is the
negation. Only into what Cedar's validator takes: a mistake that is refused needs no test. Procedures for amendments are
left alone, for no test case asks about an amendment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from workbench.analysis.mutated_atoms import atom_variants, shifted
from workbench.analysis.mutated_procedures import asking_variants
from workbench.analysis.mutated_scopes import action_variants, scope_variants
from workbench.analysis.neighbours import Neighbours
from workbench.language.ast import (
    ActionScope,
    Binary,
    BinaryOp,
    Condition,
    Expr,
    If,
    Lit,
    Policy,
    Prefer,
    Procedure,
    Statement,
    Unary,
)
from workbench.language.digest import core_digest
from workbench.language.judge import judge_of
from workbench.language.program import Program, Rule
from workbench.language.quotation import quoted
from workbench.language.render import render_expr, render_score
from workbench.language.schema import Schema
from workbench.language.schema_json import schema_text

MutantKind: TypeAlias = Literal[
    "removed", "effect", "clause", "operand", "operator", "negated", "comparison", "number", "window", "scope",
    "action", "type", "attribute", "set", "pattern", "score", "stage", "approval", "approver", "time", "fallback",
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
    chosen = [rule for rule in program.rules if _decides(rule)]
    drafts: list[tuple[Rule, _Draft]] = []
    for rule in chosen:
        seen = {rule.digest}
        for draft in _of_rule(rule, program.schema):
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
    return tuple(mutant for rule in chosen for mutant in (*_of_being(rule), *made.get(rule.id, ())))


def _decides(rule: Rule) -> bool:
    return not (isinstance(rule.statement, Procedure) and rule.statement.action is None)


def _of_being(rule: Rule) -> Iterator[Mutant]:
    """That the rule is there, and that it binds or is on trial."""
    yield Mutant(rule.id, "removed", f"{quoted(rule.id)} removed", None)
    if rule.stage == "observe":
        binding = {name: value for name, value in rule.annotations.items() if name != "stage"}
        said = f"{quoted(rule.id)} binding instead of only observed"
        yield Mutant(rule.id, "stage", said, replace(rule, annotations=binding))


def _with(rule: Rule, statement: Statement) -> Rule:
    kind = statement.effect if isinstance(statement, Policy) else rule.kind
    return replace(rule, statement=statement, digest=core_digest(statement), kind=kind)


def _of_rule(rule: Rule, schema: Schema) -> Iterator[_Draft]:
    name = quoted(rule.id)
    match rule.statement:
        case Policy() as policy:
            if rule.stage == "enforce":  # on trial a permit and a forbid are told alike
                other: Literal["permit", "forbid"] = "forbid" if policy.effect == "permit" else "permit"
                yield "effect", f"{name} as a {other}", replace(policy, effect=other)
            yield from _of_policy(name, policy, schema)
        case Prefer() as prefer:
            for score in dict.fromkeys((-prefer.score, 2 * prefer.score)):
                said = f"in {name}: a score of {render_score(score)} instead of {render_score(prefer.score)}"
                yield "score", said, replace(prefer, score=score)
            yield from _of_policy(name, prefer, schema)
        case Procedure(action=ActionScope() as action) as procedure:
            yield from _of_procedure(rule, procedure, action, schema)


def _of_procedure(rule: Rule, procedure: Procedure, action: ActionScope, schema: Schema) -> Iterator[_Draft]:
    name, beside = quoted(rule.id), Neighbours(schema, action)
    for said, scope in action_variants(action, schema):
        yield "action", f"in {name}: {said}", replace(procedure, action=scope)
    if procedure.when is not None:
        yield "clause", f"{name} without {quoted(f'when {{ {render_expr(procedure.when)} }}')}", _always(procedure)
        for kind, said, body in variants(procedure.when, beside):
            yield kind, f"in {name}: {said}", replace(procedure, when=body)
    if rule.stage == "enforce":  # on trial it asks nobody

        def of_approvers(where: Expr) -> Iterator[tuple[str, Expr]]:
            return ((said, other) for _, said, other in variants(where, beside))

        yield from asking_variants(name, procedure, of_approvers)


def _always(procedure: Procedure) -> Procedure:
    return replace(procedure, when=None)


def _of_policy(name: str, policy: Policy | Prefer, schema: Schema) -> Iterator[_Draft]:
    beside = Neighbours(schema, policy.scope.action)
    for kind, said, scope in scope_variants(policy.scope, schema):
        yield kind, f"in {name}: {said}", replace(policy, scope=scope)
    for place, clause in enumerate(policy.conditions):

        def put(*with_: Condition, place: int = place) -> Policy | Prefer:
            return replace(policy, conditions=(*policy.conditions[:place], *with_, *policy.conditions[place + 1 :]))

        yield "clause", f"{name} without {quoted(f'{clause.kind} {{ {render_expr(clause.body)} }}')}", put()
        for variant, said, body in variants(clause.body, beside):
            yield variant, f"in {name}: {said}", put(replace(clause, body=body))


_Variant: TypeAlias = tuple[MutantKind, str, Expr]


def variants(expr: Expr, beside: Neighbours, *, negated: bool = False) -> Iterator[_Variant]:
    """The condition with one mistake: kind, what is different, the whole. ``negated``: it stands behind a "not"."""
    match expr:
        case Binary(op=("&&" | "||") as op, left=left, right=right):
            yield "operator", _instead(replace(expr, op=_SWAPPED[op]), expr), replace(expr, op=_SWAPPED[op])
            yield "operand", f"without {quoted(render_expr(right))}", left
            yield "operand", f"without {quoted(render_expr(left))}", right
            for other in shifted(expr):
                yield "window", _instead(other, expr), other
            yield from _inside(variants(left, beside), lambda inner: replace(expr, left=inner))
            yield from _inside(variants(right, beside), lambda inner: replace(expr, right=inner))
        case Unary(op="!", arg=arg):
            yield "negated", _instead(arg, expr), arg
            yield from _inside(variants(arg, beside, negated=True), lambda inner: replace(expr, arg=inner))
        case If(condition=condition, then=then, otherwise=otherwise):
            yield from _inside(variants(condition, beside), lambda inner: replace(expr, condition=inner))
            yield from _inside(variants(then, beside), lambda inner: replace(expr, then=inner))
            yield from _inside(variants(otherwise, beside), lambda inner: replace(expr, otherwise=inner))
        case Lit():
            return
        case _:
            if not negated:
                yield "negated", _instead(Unary("!", expr), expr), Unary("!", expr)
            for kind, other in atom_variants(expr, beside):
                yield kind, _instead(other, expr), other


def _inside(found: Iterator[_Variant], put: Callable[[Expr], Expr]) -> Iterator[_Variant]:
    for kind, said, inner in found:
        yield kind, said, put(inner)


def _instead(new: Expr, old: Expr) -> str:
    return f"{quoted(render_expr(new))} instead of {quoted(render_expr(old))}"
