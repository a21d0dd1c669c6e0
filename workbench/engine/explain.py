"""Why a decision is as it is: what was read, what would have permitted, what would help. Pure.

May import the engine and language. Everything here works from a :class:`Trail`, a frozen picture of one decision, so it
may run long after it, or never.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from workbench.engine.decision import Code, Evidence, NearMiss, Read, Retry, RuleError, Sparing
from workbench.engine.env import Env, Test, TracedRead
from workbench.engine.rules import CompiledRule, Kinds, Plan, Requirement
from workbench.engine.values import EvalError, Value, to_json
from workbench.language import ast
from workbench.language.render import render_expr
from workbench.language.schema import Attribute, EntityRef, RecordType, Schema

NEAREST = 3  # near misses named
_EXAMINED = 64  # permits looked at to find them


class Trail(NamedTuple):
    """What a decision leaves behind for its explanation.

    ``noted``: rules satisfied or in error, in source order; ``erring``: those in error.
    """

    env: Env
    schema: Schema | None
    noted: Sequence[CompiledRule]
    erring: Sequence[CompiledRule]
    applicable: Callable[[Env], Sequence[CompiledRule]]


# ---- evidence --------------------------------------------------------------------------------------------------------


def evidence(
    env: Env, schema: Schema | None, noted: Sequence[CompiledRule], erring: Sequence[CompiledRule]
) -> tuple[Evidence, ...]:
    """What each of the ``noted`` rules read: the satisfied ones, and the ``erring``."""
    found: list[Evidence] = []
    made: dict[int, tuple[Read, ...]] = {}  # by the plan: rules that read the same have the same reads
    kinds = _shared((env.action, env.principal[0], env.resource[0]))
    for rule in noted:
        last = rule.last_plan
        plan = last[1] if last is not None and last[0] is kinds else _plan(rule, kinds, env, schema)
        if plan is None or rule in erring:
            reads = _reads(rule.reads(env), env, schema)
        else:
            known = made.get(id(plan))
            if known is None:
                known = made[id(plan)] = tuple([_read(path, read(env), source) for path, source, read in plan])
            reads = known
        stage = "observe" if rule.observed else "enforce"
        found.append(_new_evidence(Evidence, (rule.id, rule.kind, reads, stage, rule.severity)))
    return tuple(found)


# A step quicker than the named tuples' own constructors.
_new_evidence: Callable[[type[Evidence], tuple[Any, ...]], Evidence] = tuple.__new__
_new_read: Callable[[type[Read], tuple[Any, ...]], Read] = tuple.__new__
_MOST_PLANS = 1_024
_PLAIN = frozenset({str, int, bool})  # their JSON form is themselves


def _read(path: str, value: Value, source: str) -> Read:
    return _new_read(Read, (path, value if type(value) in _PLAIN else to_json(value), False, source))


def _plan(rule: CompiledRule, kinds: Kinds, env: Env, schema: Schema | None) -> Plan | None:
    """Path, source and value of each read of the rule when satisfied; remembered by what the sources depend on."""
    plan = rule.plans.get(kinds)
    if len(rule.plans) > _MOST_PLANS:  # without a schema there is no end of kinds
        rule.plans.clear()
    if plan is None and rule.certain_reads is not None:
        plan = rule.plans[kinds] = _shared(
            tuple([(path, source_of(schema, env, root, fields), fn) for path, root, fields, fn in rule.certain_reads])
        )
    rule.last_plan = (kinds, plan)
    return plan


_Anything = TypeVar("_Anything", bound=Hashable)


@lru_cache(maxsize=4_096)
def _shared(value: _Anything) -> _Anything:
    """The one object for all equal values: rules that read the same share a plan, requests of a kind its name."""
    return value


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
    if len(fields) == 1:
        attribute = attributes.get(fields[0])
        return "caller" if attribute is None else attribute.source
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


# ---- what would have spared a forbidden request ---------------------------------------------------------------------


def spared_by(trail: Trail) -> tuple[Sparing, ...]:
    """For each forbid that was satisfied, every single condition whose turning would have kept it from applying."""
    return tuple([_sparing(rule, trail) for rule in _forbids(trail)])


def _forbids(trail: Trail) -> list[CompiledRule]:
    return [r for r in trail.noted if r.kind == "forbid" and not r.observed and r not in trail.erring]


def _sparing(rule: CompiledRule, trail: Trail) -> Sparing:
    bars = [need for need in rule.requirements if _reads_input(need.expr, trail)]
    view = trail.env.tracing()
    for need in bars:
        need.traced(view)
    conditions = tuple([_made(need.expr, False) for need in bars])
    return Sparing(rule.id, conditions, _reads(view.reads, trail.env, trail.schema))


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
            return _spare(_forbids(trail), trail)
        case "evaluation_error":
            return "after_change", _mend(trail, errors)
        case "not_permitted":
            failing = [rule for rule in trail.erring if rule.kind == "permit" and not rule.observed]
            return ("after_change", _mend(trail, errors)) if failing else _admit(trail, misses)
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
            return (
                "never",
                f"Nothing sent along can change this: rule `{rule.id}` forbids it for this principal and resource.",
            )
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
            case ast.GetAttr() | ast.Has() | ast.Var(name="context"):
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
    for rule in trail.erring:
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
    more = f" and {len(wishes) - 3} more conditions hold" if len(wishes) > 3 else ""
    return (
        "after_change" if changeable else "never",
        f"Rule `{near.rule.id}` permits this if {' and '.join(wishes[:3])}{more}.",
    )
