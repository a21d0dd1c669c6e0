"""Request environments: which kinds of request a schema allows, and which rules can bear on each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.analysis.results import RequestEnvironment
from workbench.language.ast import ActionScope, EntityLit, EntityScope, Policy, Prefer, Procedure, Statement
from workbench.language.program import Rule
from workbench.language.schema import Schema


def environments(schema: Schema) -> tuple[RequestEnvironment, ...]:
    """Every request environment of the schema, in the order of its declarations."""
    return tuple(
        RequestEnvironment(principal, action.uid, resource)
        for action in schema.actions.values()
        for principal in action.principals
        for resource in action.resources
    )


def bearing(rules: Iterable[Rule], environment: RequestEnvironment, schema: Schema) -> tuple[Rule, ...]:
    """The rules whose scopes can match a request of this environment, in their order; observed ones too."""
    groups = {environment.action, *schema.action_ancestors(environment.action)}
    return tuple(rule for rule in rules if _bears(rule.statement, environment, groups))


def _bears(statement: Statement, environment: RequestEnvironment, groups: set[tuple[str, str]]) -> bool:
    match statement:
        case Policy(scope=scope) | Prefer(scope=scope):
            return (
                acts(scope.action, environment.action, groups)
                and _typed(scope.principal, environment.principal)
                and _typed(scope.resource, environment.resource)
            )
        case Procedure(action=ActionScope() as action):
            return acts(action, environment.action, groups)
    return False  # a procedure for amendments


def acts(scope: ActionScope, action: tuple[str, str], groups: set[tuple[str, str]]) -> bool:
    """Whether the action scope lets ``action`` through; ``groups`` are those that it is in, and itself."""
    if scope.kind == "any":
        return True
    named = {(entity.type, entity.id) for entity in scope.entities}
    return action in named if scope.kind == "eq" else not named.isdisjoint(groups)


def _typed(scope: EntityScope, kind: str) -> bool:
    if scope.type is not None and scope.type != kind:
        return False
    return not (scope.kind == "eq" and isinstance(scope.entity, EntityLit) and scope.entity.type != kind)


def touched(
    changed: Iterable[Rule], among: Sequence[RequestEnvironment], schema: Schema
) -> tuple[RequestEnvironment, ...]:
    """The environments that some rule of ``changed`` can bear on."""
    rules = tuple(changed)
    return tuple(environment for environment in among if bearing(rules, environment, schema))
