"""Schema text → typed :class:`~workbench.language.schema.Schema`, every name resolved, judged by cedarpy too.

Order: token guard, own parser, bound on what common types expand to (a kilobyte of type definitions can expand to
gigabytes), cedarpy, then resolution by Cedar's rules. Imports language only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from workbench.language.cedar import CedarError, parse_schema
from workbench.language.diagnostics import Diagnostic, DiagnosticsError, Finding, LineMap
from workbench.language.guard import schema_findings
from workbench.language.schema import (
    ActionType,
    EntityType,
    RecordType,
    Schema,
)
from workbench.language.schema_blame import place_refusal
from workbench.language.schema_bounds import expansion_findings
from workbench.language.schema_names import SchemaNames, qualified
from workbench.language.schema_speech import vouched
from workbench.language.schema_syntax import (
    ActionDeclaration,
    ActionName,
    EntityDeclaration,
    Namespace,
    TypeName,
    annotation_values,
    parse_schema_syntax,
)
from workbench.language.schema_types import TypeResolver, UnresolvedError


@lru_cache(maxsize=64)
def read_schema(text: str) -> Schema:
    """The typed schema of ``text``; raises :class:`DiagnosticsError` with positions for what Cedar would refuse.

    Cached by text: the same text gives the same object.
    """
    findings = schema_findings(text)
    if findings:
        raise _error(text, findings)
    namespaces, findings = parse_schema_syntax(text)
    if findings:
        raise _error(text, findings)
    if findings := expansion_findings(namespaces):
        raise _error(text, findings)
    try:
        parse_schema(text)
    except CedarError as error:
        raise _error(text, place_refusal(str(error), text, namespaces)) from error
    try:
        return _Resolver(namespaces).schema(text)
    except UnresolvedError as error:
        raise _error(text, [error.finding]) from error


def schema_diagnostics(text: str) -> tuple[Diagnostic, ...]:
    """What :func:`read_schema` would raise, as a value."""
    try:
        read_schema(text)
    except DiagnosticsError as error:
        return error.diagnostics
    return ()


def _error(text: str, findings: list[Finding]) -> DiagnosticsError:
    lines = LineMap(text)
    return DiagnosticsError(finding.at(lines) for finding in findings)


class _Resolver:
    """Resolves the names of a schema that cedarpy has accepted."""

    def __init__(self, namespaces: list[Namespace]) -> None:
        self._namespaces = namespaces
        self._names = SchemaNames(namespaces)
        self._types = TypeResolver(self._names)

    def schema(self, text: str) -> Schema:
        entity_types: dict[str, EntityType] = {}
        actions: dict[tuple[str, str], ActionType] = {}
        for namespace in self._namespaces:
            for declaration in namespace.declarations:
                if isinstance(declaration, EntityDeclaration):
                    for entity in self._entities(declaration, namespace.name):
                        entity_types[entity.name] = entity
                elif isinstance(declaration, ActionDeclaration):
                    for action in self._actions(declaration, namespace.name):
                        actions[action.uid] = action
        return Schema(entity_types, actions, text)

    def _entities(self, declaration: EntityDeclaration, namespace: str) -> list[EntityType]:
        parents = tuple(self._names.entity_name(parent.path, namespace) for parent in declaration.parents)
        attributes = self._types.attributes(declaration.attributes, namespace)
        tags = None if declaration.tags is None else self._types.type(declaration.tags, namespace)
        annotations = annotation_values(declaration.annotations)
        return [
            EntityType(
                qualified(name.path, namespace),
                tuple(dict.fromkeys(parents)),
                attributes,
                tags,
                declaration.enum,
                annotations,
            )
            for name in declaration.names
        ]

    def _actions(self, declaration: ActionDeclaration, namespace: str) -> list[ActionType]:
        entity: Callable[[TypeName], str] = lambda name: self._names.entity_name(name.path, namespace)  # noqa: E731
        context = RecordType({})
        if declaration.context is not None:
            resolved = self._types.type(declaration.context, namespace)
            if not isinstance(resolved, RecordType):
                raise UnresolvedError(Finding("CP002", "a context must be a record", declaration.context.span))
            context = vouched(resolved)
        groups = tuple(self._group(group, namespace) for group in declaration.groups)
        return [
            ActionType(
                id=name.id,
                type=qualified("Action", namespace),
                groups=tuple(dict.fromkeys(groups)),
                principals=tuple(dict.fromkeys(map(entity, declaration.principals))),
                resources=tuple(dict.fromkeys(map(entity, declaration.resources))),
                context=context,
                annotations=annotation_values(declaration.annotations),
            )
            for name in declaration.names
        ]

    def _group(self, group: ActionName, namespace: str) -> tuple[str, str]:
        kinds = [group.type] if "::" in group.type else [qualified("Action", namespace), "Action"]
        return next(
            ((kind, group.id) for kind in kinds if (kind, group.id) in self._names.actions), (kinds[0], group.id)
        )
