"""CP101: what lets a request through rests on nothing but what its caller says.

A caller's claim is what the request's context holds, where the schema names no other source, and any attribute marked
``@source("caller")``. Attributes of entities without ``@source`` are left out, though evidence shows them as the
caller's: a service takes them from its directory and not from the caller, and a warning about each would bury the true
ones. Who the principal is, is no claim either. Imports language only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.language.ast import (
    Binary,
    Condition,
    EntityScope,
    Expr,
    GetAttr,
    Has,
    Is,
    Method,
    Policy,
    Unary,
    Var,
    children,
    walk,
)
from workbench.language.diagnostics import Finding, Span
from workbench.language.inference import Environment
from workbench.language.schema import Attribute, EntityRef, Schema

_HELP = (
    'have a server, a meter or the directory supply the fact, and mark it `@source("server")`; '
    "what entities hold counts as the directory's"
)


def claim_findings(policy: Policy, schema: Schema) -> Iterator[Finding]:
    """The warnings about one policy.

    For a permit its scope and all its conditions count together. For a forbid each exception counts by itself: an
    ``unless``, and a ``!(…)`` that the whole of a ``when`` depends on, which says the same.
    """
    if policy.effect == "permit":
        if not policy.conditions or _names_who(policy.scope.principal):
            return
        span = policy.conditions[0].span.to(policy.conditions[-1].span)
        groups = [([condition.body for condition in policy.conditions], span)]
    else:
        groups = [([body], span) for condition in policy.conditions for body, span in _exceptions(condition)]
    if not groups:
        return
    environment = Environment.of_scope(policy.scope, schema)
    what = "this permit" if policy.effect == "permit" else "this exception"
    for bodies, span in groups:
        if _all_claimed(bodies, environment):
            yield Finding("CP101", f"{what} rests on the caller's claims alone", span, help=_HELP, severity="warning")


def _names_who(principal: EntityScope) -> bool:
    """Whether the scope names a principal or a group: that someone is it is not for the caller to say."""
    return principal.entity is not None


def _exceptions(condition: Condition) -> Iterator[tuple[Expr, Span]]:
    """What spares a request from a forbid by holding, with its place."""
    if condition.kind == "unless":
        yield condition.body, condition.span
        return
    pending = [condition.body]
    while pending:
        conjunct = pending.pop()
        if isinstance(conjunct, Binary) and conjunct.op == "&&":
            pending += (conjunct.right, conjunct.left)
            continue
        inner, negated = conjunct, False
        while isinstance(inner, Unary) and inner.op == "!":
            inner, negated = inner.arg, not negated
        if negated:
            yield inner, conjunct.span


def _all_claimed(bodies: Sequence[Expr], environment: Environment) -> bool:
    """Whether something is read, and only the caller vouches for all of it."""
    claimed = False
    pending = list(bodies)
    while pending:
        node = pending.pop()
        known = _claimed(node, environment)
        if known is False:
            return False
        if known is None:
            pending += children(node)
        claimed = claimed or known is True
    return claimed


def _claimed(node: Expr, environment: Environment) -> bool | None:
    """Whether ``node`` is the caller's claim; ``None`` where that is for its parts to say."""
    match node:
        case Var(name="context"):  # as a whole, or what is unknown of it
            fields = [field for record in environment.contexts for field in record.attributes.values()]
            return all(field.source == "caller" for field in fields) if fields else None
        case GetAttr(expr=of, attr=attr) | Has(expr=of, path=(attr, *_)):
            return _attribute(of, attr, environment)
        case Binary(op="==" | "in", left=Var(name="principal"), right=other):
            return _against(other, environment)
        case Binary(op="==", left=other, right=Var(name="principal")):
            return _against(other, environment)
        case Is(expr=Var(name="principal"), container=other) if other is not None:
            return _against(other, environment)
        case Method(method="contains", receiver=other, args=(Var(name="principal"),)):
            return _against(other, environment)
        case Method(method="hasTag" | "getTag", receiver=of):
            return False if any(isinstance(kind, EntityRef) for kind in environment.types(of)) else None
    return None


def _against(other: Expr, environment: Environment) -> bool | None:
    """The same for the principal compared with ``other``: who that is, unless the caller says what ``other`` is."""
    return None if any(_claimed(part, environment) for part in walk(other)) else False


def _attribute(of: Expr, attr: str, environment: Environment) -> bool | None:
    """The same for ``of.attr``: by its own ``@source``, else by that of the record that it is in."""
    declared = environment.attributes(of, attr)
    if not declared:
        return None
    if all("source" in attribute.annotations for attribute in declared):
        return all(attribute.source == "caller" for attribute in declared)
    if any(isinstance(kind, EntityRef) for kind in environment.types(of)):
        return False
    match of:
        case Var(name="context"):
            around: bool | None = True
        case GetAttr(expr=outer, attr=name):
            around = _attribute(outer, name, environment)
        case _:
            return None
    if around is None:
        return None
    return all(_caller(attribute, around) for attribute in declared)


def _caller(attribute: Attribute, around: bool) -> bool:
    return attribute.source == "caller" if "source" in attribute.annotations else around
