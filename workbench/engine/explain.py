"""Why a decision is as it is: what was read, what would have permitted, what would help. Pure.

May import the engine and language. Everything here works from a :class:`Trail`, a frozen picture of one decision, so it
may run long after it, or never.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from workbench.engine.decision import Code, Evidence, NearMiss, Read, Retry, RuleError
from workbench.engine.env import Env, Test, TracedRead
from workbench.engine.rules import CompiledRule, Requirement
from workbench.engine.values import EvalError, to_json
from workbench.language import ast
from workbench.language.render import render_expr
from workbench.language.schema import Attribute, EntityRef, RecordType, Schema

NEAREST = 3  # near misses named
_EXAMINED = 64  # permits looked at to find them


class Trail(NamedTuple):
    """What a decision leaves behind for its explanation. ``noted``: rules satisfied or in error, in source order."""

    env: Env
    schema: Schema | None
    noted: tuple[CompiledRule, ...]
    applicable: Callable[[Env], Sequence[CompiledRule]]


# ---- evidence --------------------------------------------------------------------------------------------------------


def evidence(trail: Trail) -> tuple[Evidence, ...]:
    """What each satisfied or erring rule read."""
    return tuple(
        [
            Evidence(
                rule.id,
                rule.kind,
                _reads(rule.reads(trail.env), trail.env, trail.schema),
                "observe" if rule.observed else "enforce",
            )
            for rule in trail.noted
        ]
    )


def _reads(found: Mapping[str, TracedRead], env: Env, schema: Schema | None) -> tuple[Read, ...]:
    return tuple(
        [
            Read(
                path,
                None if read.value is None else to_json(read.value),
                read.missing,
                source_of(schema, env, read.root, read.fields),
            )
            for path, read in found.items()
        ]
    )


def source_of(schema: Schema | None, env: Env, root: str, fields: Sequence[str]) -> str:
    """Who vouches for ``root.fields…``: the schema's ``@source``, inherited into records, else "caller"."""
    if schema is None or not fields:
        return "caller"
    attributes = _declared(schema, env, root)
    source = "caller"
    for last, name in enumerate(fields, 1 - len(fields)):
        attribute = attributes.get(name)
        if attribute is None:
            return source
        source = attribute.annotations.get("source", source)
        match attribute.type:
            case RecordType(attributes=inner):
                attributes = inner
            case EntityRef(name=entity_type):
                if last:
                    source = "caller"  # another entity's fields: what is said of the reference does not cover them
                declared = schema.entity_types.get(entity_type)
                attributes = {} if declared is None else declared.attributes
            case _:
                return source
    return source


def _declared(schema: Schema, env: Env, root: str) -> Mapping[str, Attribute]:
    if root == "context":
        action = schema.actions.get((env.action.type, env.action.id))
        return {} if action is None else action.context.attributes
    uid = {"principal": env.principal, "resource": env.resource}.get(root)
    entity_type = None if uid is None else schema.entity_types.get(uid.type)
    return {} if entity_type is None else entity_type.attributes


# ---- near misses -----------------------------------------------------------------------------------------------------


class Miss(NamedTuple):
    """A permit that was not satisfied: its false scope constraints (as text, memberships marked) and conditions."""

    rule: CompiledRule
    scope_failed: list[tuple[str, bool]]
    failed: list[Requirement]


def nearest(trail: Trail) -> list[Miss]:
    """The permits for this action that came nearest: by scope first, then by the number of false conditions."""
    env = trail.env
    by_scope: dict[int, list[Miss]] = {}
    for rule in trail.applicable(env):
        if rule.kind == "permit" and not rule.observed:
            unmet = [(text, inside) for text, test, inside in rule.scope_parts if not test(env)]
            by_scope.setdefault(len(unmet), []).append(Miss(rule, unmet, []))
    if not by_scope:
        return []
    closest = by_scope[min(by_scope)][:_EXAMINED]
    for miss in closest:
        miss.failed.extend(need for need in miss.rule.requirements if _is_false(need.test, env))
    misses = [miss for miss in closest if miss.scope_failed or miss.failed]  # what failed instead has no false part
    misses.sort(key=lambda miss: (len(miss.failed), miss.rule.order))
    return misses[:NEAREST]


def _is_false(test: Test, env: Env) -> bool:
    """Not so for what fails: something before it is false and guards it, and that must change first."""
    try:
        return not test(env)
    except (EvalError, RecursionError):
        return False


def why_not(trail: Trail, misses: Sequence[Miss]) -> tuple[NearMiss, ...]:
    """The permits that came nearest, and for each exactly what was false, with what it read."""
    return tuple([_near_miss(trail, miss) for miss in misses])


def _near_miss(trail: Trail, miss: Miss) -> NearMiss:
    view = trail.env.tracing()
    for text, inside in miss.scope_failed:
        if inside:
            view.reads[text] = TracedRead("", (), False, False)
    for need in miss.failed:
        need.traced(view)
    texts = [text for text, _ in miss.scope_failed] + [render_expr(need.expr) for need in miss.failed]
    return NearMiss(miss.rule.id, tuple(texts), _reads(view.reads, trail.env, trail.schema))


# ---- advice ----------------------------------------------------------------------------------------------------------


def advice(
    code: Code,
    trail: Trail,
    errors: Sequence[RuleError],
    held: Sequence[CompiledRule],
    misses: Sequence[Miss],
) -> tuple[Retry, str]:
    """Whether trying again makes sense, and one plain sentence on what would help."""
    match code:
        case "allowed":
            return "never", ""
        case "held":
            names = " and ".join(f"`{rule.name}` ({_count(rule.approvals)})" for rule in held)
            return "after_approval", f"Wait for people to approve: {names}."
        case "forbidden":
            faulty = {error.rule for error in errors}
            return _spare(
                [r for r in trail.noted if r.kind == "forbid" and not r.observed and r.id not in faulty], trail
            )
        case "evaluation_error":
            return "after_change", _mend(trail, errors)
        case "not_permitted":
            return _admit(trail, misses)
        case _:
            return "after_change", f"Correct this first: {errors[0].message}." if errors else ""


def _count(approvals: int) -> str:
    return f"{approvals} approval{'' if approvals == 1 else 's'}"


def _spare(forbids: Sequence[CompiledRule], trail: Trail) -> tuple[Retry, str]:
    """Every satisfied forbid must be spared, so one that nothing can spare decides."""
    sentences: list[str] = []
    for rule in forbids:
        wish = next((c for c in rule.conditions if c.kind == "unless" and _reads_input(c.body, trail)), None)
        if wish is not None:
            sentences.append(f"rule `{rule.id}` does not apply if {_made(wish.body, True)}")
            continue
        bars = [expr for expr in (need.expr for need in rule.requirements) if _reads_input(expr, trail)]
        if not bars:
            return "never", f"Nothing in the request can change this: rule `{rule.id}` always forbids it."
        sentences.append(f"rule `{rule.id}` does not apply if {_made(bars[-1], False)}")
    text = " and ".join(sentences[:2])
    more = f" ({len(sentences) - 2} more rules forbid it too)" if len(sentences) > 2 else ""
    return "after_change", f"{text[:1].upper()}{text[1:]}{more}."


def _reads_input(expr: ast.Expr, trail: Trail) -> bool:
    """Whether the value rests on data that can change: any field but a principal's that its identity vouches for."""
    for node in ast.walk(expr):
        match node:
            case ast.GetAttr(expr=ast.Var(name="principal"), attr=attr):
                if source_of(trail.schema, trail.env, "principal", (attr,)) != "identity":
                    return True
            case ast.GetAttr() | ast.Has():
                return True
            case ast.Method(method="getTag" | "hasTag"):
                return True
            case _:
                pass
    return False


def _made(expr: ast.Expr, truth: bool) -> str:
    while isinstance(expr, ast.Unary) and expr.op == "!":
        expr, truth = expr.arg, not truth
    return f"`{render_expr(expr)}` is {'true' if truth else 'false'}"


def _mend(trail: Trail, errors: Sequence[RuleError]) -> str:
    faulty = {error.rule for error in errors}
    for rule in trail.noted:
        if rule.id in faulty:
            absent = [path for path, read in rule.reads(trail.env).items() if read.missing]
            if absent:
                return f"Supply `{absent[0]}`: rule `{rule.id}` reads it and it is missing."
    error = errors[0]
    return f"Correct what rule `{error.rule}` reads: {error.message}."


def _admit(trail: Trail, misses: Sequence[Miss]) -> tuple[Retry, str]:
    if not misses:
        return "never", f"No rule permits `{trail.env.action}`; only a change of the constitution can."
    near = misses[0]
    changeable = any(_reads_input(need.expr, trail) for need in near.failed)
    wishes = [f"`{text}` is true" for text, _ in near.scope_failed] + [_made(need.expr, True) for need in near.failed]
    return (
        "after_change" if changeable else "never",
        f"Rule `{near.rule.id}` permits this if {' and '.join(wishes[:3])}.",
    )
