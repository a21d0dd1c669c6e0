"""Random programs, and random changes of them, that Cedar's strict validator passes.

The rules are those of ``tests.engine.typed``; some get relatives (the same condition with the other effect, a condition
less, one more), so that rules cover each other, override each other, and can never apply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

import cedarpy

from tests.engine.typed import World
from workbench.language.ast import (
    Annotation,
    Binary,
    Condition,
    EntityScope,
    Expr,
    GetAttr,
    Has,
    If,
    Lit,
    Method,
    Policy,
    Prefer,
    Procedure,
    Scope,
    Statement,
    Unary,
    Var,
)
from workbench.language.digest import core_digest
from workbench.language.lower import desugar, lower_policy
from workbench.language.parser import parse
from workbench.language.program import Program, Rule
from workbench.language.schema import RecordType, Schema, SetType
from workbench.language.schema_reader import read_schema

SAMPLES = sorted(path.parent for path in (Path(__file__).parents[2] / "samples").rglob("constitution.cedarplus"))
ORDERS = ["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True)
class Pair:
    """Two programs, the second a change of the first; over one schema, unless ``after_text`` is another."""

    before: Program
    after: Program
    schema_text: str
    after_text: str = ""


def rule_of(statement: Statement, name: str) -> Rule:
    """The rule of a core statement; digests are real, since analyses remember by them."""
    statement = replace(
        statement, annotations=(*(a for a in statement.annotations if a.name != "id"), Annotation("id", name))
    )
    annotations = {annotation.name: annotation.value for annotation in statement.annotations}
    kind = getattr(statement, "effect", type(statement).__name__.lower())
    return Rule(name, core_digest(statement), kind, statement, "", statement.span, annotations)


def as_permit(statement: Statement) -> Policy:
    """A permit that is satisfied, or errs, when the statement is, or does; a procedure's trigger."""
    if isinstance(statement, Policy):
        return replace(statement, effect="permit", annotations=())
    if isinstance(statement, Prefer):
        return Policy("permit", statement.scope, statement.conditions)
    assert statement.action is not None
    scope = Scope(EntityScope("any"), statement.action, EntityScope("any"))
    return Policy("permit", scope, () if statement.when is None else (Condition("when", statement.when),))


def pair(seed: int, count: int = 8, changes: int = 2) -> Pair:
    """Some ``count`` rules, and the same with up to ``changes`` changes. Every fifth seed starts from a sample's rules.

    Those of the samples are of the kind that people write; the others use more of the language.
    """
    r = Random(f"pair {seed}")
    if seed % 5 == 4:
        text, stock = _sample(r.choice(SAMPLES))
        chosen = r.sample(stock, min(len(stock), count))
        return _pair(r, text, chosen, lambda _: r.choice(stock), count // 2, changes)
    world = World(seed)
    text = world.schema()
    drawn = [_drawn(world, number) for number in range(count)]
    return _pair(r, text, drawn, lambda number: _drawn(world, number), count // 2, changes)


def _pair(
    r: Random, text: str, drawn: list[Statement], draw: Callable[[int], Statement], relatives: int, changes: int
) -> Pair:
    schema = read_schema(text)
    for place in r.sample(range(len(drawn)), len(drawn) if r.random() < 0.4 else 0):
        opaque = _opaque(r, drawn[place], schema)
        if opaque is not drawn[place]:
            drawn[place] = opaque
            break
    drawn += [_relative(r, r.choice(drawn), f"p{len(drawn) + extra}") for extra in range(relatives)]
    before = _valid(drawn, text)
    after = list(before)
    for change in range(r.randint(1, changes)):
        place = r.randrange(len(after)) if after else -1
        match r.randrange(6) if after else 0:
            case 0:
                after.insert(place + 1, draw(100 + change))
            case 1:
                after.pop(place)
            case 2:
                after[place] = draw(100 + change)
            case _:
                after[place] = _relative(r, after[place], f"p{100 + change}")
    return Pair(_program(before, schema), _program(_valid(after, text), schema), text)


@cache
def _sample(folder: Path) -> tuple[str, list[Statement]]:
    """The schema of a sample, and its rules that bear on requests."""
    (schema,) = folder.glob("*.cedarschema")
    source = (folder / "constitution.cedarplus").read_text(encoding="utf-8")
    statements = [desugar(surface) for surface in parse(source).statements]
    return schema.read_text(encoding="utf-8"), [each for each in statements if not getattr(each, "amendment", None)]


def _drawn(world: World, number: int) -> Statement:
    (surface,) = parse(world.rule(number).plus).statements
    return desugar(surface)


def _valid(statements: Sequence[Statement], schema: str) -> list[Statement]:
    lowered = "\n".join(lower_policy(as_permit(statement)) for statement in statements)
    refused = {found.policy_id for found in cedarpy.validate_policies(lowered, schema).errors}
    return [statement for place, statement in enumerate(statements) if f"policy{place}" not in refused]


def _program(statements: Sequence[Statement], schema: Schema) -> Program:
    """Ids by what a rule says, so that a rule that stays has one id on both sides; doubles are left out."""
    found: dict[str, Rule] = {}
    for statement in statements:
        rule = rule_of(statement, "")
        name = getattr(statement, "name", "") or f"r-{rule.digest[:8]}{'-seen' if rule.stage == 'observe' else ''}"
        found.setdefault(name, rule_of(statement, name))
    return Program(tuple(found.values()), schema)


# ---- relatives -----------------------------------------------------------------------------------------------------


def _relative(r: Random, statement: Statement, name: str) -> Statement:
    """A rule that is much like this one."""
    if isinstance(statement, Procedure):
        if statement.when is not None and r.random() < 0.7:
            statement = replace(statement, when=_near(r, statement.when))
        return replace(statement, name=name)
    conditions = list(statement.conditions)
    if conditions and r.random() < 0.7:
        place = r.randrange(len(conditions))
        match r.randrange(4):
            case 0:
                conditions.pop(place)
            case 1:
                flipped = "unless" if conditions[place].kind == "when" else "when"
                conditions[place] = replace(conditions[place], kind=flipped)  # type: ignore[arg-type]
            case _:
                conditions[place] = replace(conditions[place], body=_near(r, conditions[place].body))
    annotations = tuple(a for a in statement.annotations if a.name != "stage" or r.random() < 0.5)
    match r.randrange(8):
        case 0:
            return Prefer(Decimal("0.5"), statement.scope, tuple(conditions), annotations)
        case 1 | 2 | 3:
            return Policy("forbid", statement.scope, tuple(conditions), annotations)
        case 4 | 5:
            return Policy("permit", statement.scope, tuple(conditions), annotations)
    return replace(statement, conditions=tuple(conditions), annotations=annotations)


def _opaque(r: Random, statement: Statement, schema: Schema) -> Statement:
    """The rule with a condition that no term expresses, about a set of sets or of records, if there is one."""
    scope = statement.action if isinstance(statement, Procedure) else statement.scope.action
    if scope is None or isinstance(statement, Procedure) or len(scope.entities) == 0:
        return statement
    action = schema.actions.get((scope.entities[0].type, scope.entities[0].id))
    for name, attribute in action.context.attributes.items() if action is not None else ():
        match attribute.type:
            case SetType(element=SetType() | RecordType()):
                context = Var("context")
                empty: Expr = Method(GetAttr(context, name), "isEmpty", ())
                if not attribute.required:
                    empty = Binary("&&", Has(context, (name,)), empty)
                added = Condition(r.choice(["when", "unless"]), empty)  # type: ignore[arg-type]
                return replace(statement, conditions=(*statement.conditions, added))
    return statement


def _near(r: Random, expr: Expr) -> Expr:
    """Much the same expression: one side of a junction, another bound, another comparison, a negation."""
    match expr:
        case Binary(op="&&" | "||", left=left, right=right):
            match r.randrange(6):
                case 0:
                    return left
                case 1:
                    return right
                case 2:
                    return replace(expr, op="||" if expr.op == "&&" else "&&")
                case 3:
                    return replace(expr, left=_near(r, left))
            return replace(expr, right=_near(r, right))
        case Binary(op=op, right=Lit(value=int() as value)) if type(value) is int and r.random() < 0.5:
            return replace(expr, right=Lit(min(max(value + r.choice([-1, 1]), -(2**63)), 2**63 - 1)))
        case Binary(op=op) if op in ORDERS and r.random() < 0.7:
            among = ORDERS[4:] if op in ORDERS[4:] else ORDERS[:4]
            return replace(expr, op=r.choice(among))  # type: ignore[arg-type]
        case Unary(op="!", arg=arg):
            return arg if r.random() < 0.5 else replace(expr, arg=_near(r, arg))
        case If(condition=condition, then=then, otherwise=otherwise):
            return r.choice([If(condition, otherwise, then), If(condition, _near(r, then), otherwise), then])
    return Unary("!", expr)
