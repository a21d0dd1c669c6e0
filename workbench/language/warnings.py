"""Warnings that can be read off the rules together (CP102, CP103); the solver's warnings come elsewhere.

Imports language only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workbench.language.ast import ActionScope, Policy
from workbench.language.diagnostics import Finding, Span
from workbench.language.program import Rule
from workbench.language.schema import Schema


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
