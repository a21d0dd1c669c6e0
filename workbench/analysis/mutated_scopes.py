"""Small mistakes in whom and what a rule is about: its principals, resources, actions; and in types. Pure.

Which types can stand in a place is read from the schema, for the actions that the rule is for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from workbench.analysis.environments import acts
from workbench.language.ast import ActionScope, EntityLit, EntityScope, Scope
from workbench.language.quotation import quoted
from workbench.language.render import render_action, render_entity_scope
from workbench.language.schema import ActionType, Schema

ScopeKind: TypeAlias = Literal["scope", "action", "type"]


def covered(scope: ActionScope, schema: Schema) -> tuple[ActionType, ...]:
    """The actions that can be asked for and that the scope lets through, in the schema's order."""
    return tuple(
        action
        for action in schema.actions.values()
        if action.principals and acts(scope, action.uid, {action.uid, *schema.action_ancestors(action.uid)})
    )


def scope_variants(scope: Scope, schema: Schema) -> Iterator[tuple[ScopeKind, str, Scope]]:
    """The scope with one mistake: kind, what is different, the whole."""
    actions = covered(scope.action, schema)
    sides: tuple[tuple[Literal["principal", "resource"], EntityScope, list[str]], ...] = (
        ("principal", scope.principal, _types(action.principals for action in actions)),
        ("resource", scope.resource, _types(action.resources for action in actions)),
    )
    for side, held, types in sides:
        for kind, other in _side(held, types, schema):
            wider = replace(scope, principal=other) if side == "principal" else replace(scope, resource=other)
            new = f"any {side}" if other.kind == "any" else quoted(render_entity_scope(side, other))
            yield kind, f"{new} instead of {quoted(render_entity_scope(side, held))}", wider
    for said, narrower in action_variants(scope.action, schema):
        yield "action", said, replace(scope, action=narrower)


def _types(found: Iterator[tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(name for names in found for name in names))


def _side(held: EntityScope, types: Sequence[str], schema: Schema) -> Iterator[tuple[ScopeKind, EntityScope]]:
    if held.kind == "any":
        return
    yield "scope", EntityScope("any")
    if held.kind == "is_in":
        yield "scope", EntityScope("is", type=held.type)
    entity = held.entity if isinstance(held.entity, EntityLit) else None
    if entity is not None and held.kind == "eq" and _may_hold(entity.type, types, schema):
        yield "scope", replace(held, kind="in")
    if entity is not None and held.kind in ("in", "is_in") and entity.type in types:
        yield "scope", EntityScope("eq", entity)
    if held.type is not None:
        for other in types:
            if other != held.type:
                yield "type", replace(held, type=other)
    if entity is not None:
        groups = _types(schema.entity_types[name].parents for name in types if name in schema.entity_types)
        beside = types if held.kind == "eq" else groups
        for other in beside:
            if other != entity.type:
                yield "type", replace(held, entity=replace(entity, type=other))


def _may_hold(group: str, types: Collection[str], schema: Schema) -> bool:
    return any(group in schema.entity_types[name].parents for name in types if name in schema.entity_types)


def action_variants(scope: ActionScope, schema: Schema) -> Iterator[tuple[str, ActionScope]]:
    """Any action instead of those named, and each action of a list left out."""
    if scope.kind != "any":
        anything = ActionScope("any")
        if len(covered(anything, schema)) > len(covered(scope, schema)):
            yield f"any action instead of {quoted(render_action(scope))}", anything
    if scope.kind == "in" and len(scope.entities) > 1:
        for place, entity in enumerate(scope.entities):
            fewer = replace(scope, entities=(*scope.entities[:place], *scope.entities[place + 1 :]))
            yield f"without the action {quoted(entity.id)}", fewer
    if scope.kind == "in" and len(scope.entities) == 1 and not scope.listed:
        members = covered(scope, schema)  # a group: for its first action alone, as if it had been named
        if len(members) > 1:
            first = EntityLit(*members[0].uid)
            yield f"{quoted(first.id)} alone instead of {quoted(render_action(scope))}", ActionScope("eq", (first,))
