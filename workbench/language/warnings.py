"""Warnings that can be read off the rules' structure (CP101, CP102, CP103); the solver's warnings come elsewhere.

Imports language only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workbench.language.ast import ActionScope, Condition, GetAttr, Has, Policy, Var, walk
from workbench.language.diagnostics import Finding, Span
from workbench.language.inference import Environment
from workbench.language.program import Rule
from workbench.language.schema import Schema

_CLAIMS_HELP = 'have a server, a meter or the directory supply the fact, and mark it `@source("server")`'


def claim_findings(policy: Policy, schema: Schema) -> Iterator[Finding]:
    """CP101: what lets a request through rests on nothing but what the caller says of it.

    For a permit all conditions count, for a forbid its ``unless``. A caller's claim is an attribute of ``context`` that
    the schema gives no other source, or any attribute marked ``@source("caller")``.
    """
    groups = [[condition] for condition in policy.conditions if condition.kind == "unless"]
    if policy.effect == "permit":
        groups = [list(policy.conditions)] if policy.conditions else []
    if not groups:
        return
    environment = Environment.of_scope(policy.scope, schema)
    for group in groups:
        sources = [claimed for condition in group for claimed in _claims(condition, environment)]
        if sources and all(sources):
            span = group[0].span.to(group[-1].span)
            what = "this permit" if policy.effect == "permit" else "this exception"
            message = f"{what} rests on the caller's claims alone"
            yield Finding("CP101", message, span, help=_CLAIMS_HELP, severity="warning")


def _claims(condition: Condition, environment: Environment) -> Iterator[bool]:
    """For every attribute that ``condition`` reads or asks for, whether only the caller vouches for it."""
    for node in walk(condition.body):
        match node:
            case GetAttr(expr=of, attr=attr) | Has(expr=of, path=(attr, *_)):
                declared = environment.attributes(of, attr)
            case _:
                continue
        if declared:
            of_context = isinstance(of, Var) and of.name == "context"
            yield all(found.source == "caller" and (of_context or "source" in found.annotations) for found in declared)


def permission_findings(
    rules: Sequence[Rule], schema: Schema, touched: Callable[[ActionScope], frozenset[tuple[str, str]]]
) -> Iterator[tuple[Rule | None, Finding]]:
    """CP102 for an action that nothing permits, CP103 for a forbid on such actions alone.

    For a source without errors only. ``touched``: the actions that a scope lets through and that requests may name.
    A finding about no one rule has no rule.
    """
    permitted: set[tuple[str, str]] = set()
    permits = [rule for rule in rules if rule.kind == "permit" and rule.stage == "enforce"]
    for rule in permits:
        if isinstance(rule.statement, Policy):
            permitted |= touched(rule.statement.scope.action)
    if not permits:
        if rules:
            message = "nothing permits any action: every request is denied"
            yield None, Finding("CP102", message, Span(0, 0), severity="warning", help="write a `permit`")
        return
    wanted = {action.uid for action in schema.actions.values() if action.principals}
    for kind, name in sorted(wanted - permitted):
        message = f'nothing permits the action `{kind}::"{name}"`'
        yield None, Finding("CP102", message, Span(0, 0), severity="warning", help="every request for it is denied")
    if wanted <= permitted:
        return
    for rule in rules:
        if rule.kind == "forbid" and isinstance(rule.statement, Policy) and rule.statement.scope.action.kind != "any":
            scope = rule.statement.scope.action
            found = touched(scope)
            if found and not found & permitted:
                message = "this forbids what nothing permits"
                yield rule, Finding("CP103", message, scope.span, severity="warning", help="it changes no decision")
