"""Plain Cedar text → compiled rules, for conformance. cedarpy judges the text first. May import engine and language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from workbench.engine.request import as_uid
from workbench.engine.rules import CompiledRule
from workbench.language.ast import EntityLit, EntityScope, Policy, Scope, Slot
from workbench.language.cedar import parse_policies
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.guard import MAX_DEPTH_CONFORMANCE
from workbench.language.lower import desugar
from workbench.language.parser import parse


def rules_from_cedar(text: str, links: Iterable[Mapping[str, Any]] = ()) -> list[CompiledRule]:
    """Static policies by position, then links in their order. Raises ``DiagnosticsError`` or ``ValueError``."""
    parse_policies(text)
    result = parse(text, max_depth=MAX_DEPTH_CONFORMANCE)
    if any(found.severity == "error" for found in result.diagnostics):
        raise DiagnosticsError(result.diagnostics)
    rules: list[CompiledRule] = []
    templates: dict[str, Policy] = {}
    for order, statement in enumerate(result.statements):
        policy = desugar(statement)
        if not isinstance(policy, Policy):
            raise ValueError("only permit and forbid are Cedar")
        if open_slots(policy.scope):
            templates[f"policy{order}"] = policy
        else:
            rules.append(CompiledRule(order, f"policy{order}", policy))
    taken = {rule.id for rule in rules} | templates.keys()
    for order, link in enumerate(links, len(result.statements)):
        template_id, new_id, values = _link_parts(link)
        template = _template(template_id, templates)
        if new_id in taken:
            raise ValueError(f"the id `{new_id}` is taken")
        taken.add(new_id)
        rules.append(CompiledRule(order, new_id, replace(template, scope=_filled(template.scope, values))))
    return rules


def open_slots(scope: Scope) -> frozenset[str]:
    """Names of the template slots in a scope, without the question mark."""
    return frozenset(side.entity.name for side in (scope.principal, scope.resource) if isinstance(side.entity, Slot))


def _link_parts(link: Any) -> tuple[str, str, Mapping[str, Any]]:
    """Template, new id and values of a link. Raises ``ValueError`` for what is none."""
    if isinstance(link, Mapping):
        template_id, new_id, values = link.get("template_id"), link.get("new_id"), link.get("values")
        if isinstance(template_id, str) and isinstance(new_id, str) and isinstance(values, Mapping):
            return template_id, new_id, values
    raise ValueError("a link is an object with the texts `template_id` and `new_id`, and `values` by slot")


def _template(name: str, templates: Mapping[str, Policy]) -> Policy:
    if name in templates:
        return templates[name]
    labelled = [t for t in templates.values() if any(a.name == "id" and a.value == name for a in t.annotations)]
    if len(labelled) != 1:
        raise ValueError(f"there is no template `{name}`" if not labelled else f"`{name}` names several templates")
    return labelled[0]


def _filled(scope: Scope, values: Mapping[str, Any]) -> Scope:
    given = {str(name).removeprefix("?"): as_uid(value) for name, value in values.items()}
    if given.keys() != open_slots(scope):
        raise ValueError("a link must fill exactly the slots of its template")

    def fill(side: EntityScope) -> EntityScope:
        if not isinstance(side.entity, Slot):
            return side
        uid = given[side.entity.name]
        return replace(side, entity=EntityLit(uid.type, uid.id))

    return replace(scope, principal=fill(scope.principal), resource=fill(scope.resource))
