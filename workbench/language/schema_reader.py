"""Schema text → typed :class:`~workbench.language.schema.Schema`, every name resolved, judged by cedarpy too.

Order: token guard, own parser, bound on what common types expand to (a kilobyte of type definitions can expand to
gigabytes), cedarpy, then resolution by Cedar's rules. Imports language only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, cast

from workbench.language.cedar import CedarError, parse_schema
from workbench.language.diagnostics import Diagnostic, DiagnosticsError, Finding, LineMap, Span
from workbench.language.guard import schema_findings
from workbench.language.schema import (
    ActionType,
    Attribute,
    EntityRef,
    EntityType,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from workbench.language.schema_syntax import (
    ActionDeclaration,
    ActionName,
    AttributeSyntax,
    EntityDeclaration,
    Namespace,
    RecordOf,
    SetOf,
    TypeDeclaration,
    TypeName,
    TypeSyntax,
    parse_schema_syntax,
)
from workbench.language.tokens import SPACE

MAX_TYPE_DEPTH = 32
MAX_TYPE_NODES = 20_000
MAX_NAMES = 4_000
MAX_MEMBERSHIPS = 100_000
MAX_ENVIRONMENTS = 20_000

_PRIMITIVES = ("Long", "String", "Bool")
_EXTENSIONS = ("decimal", "ipaddr", "datetime", "duration")


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
    if findings := _expansion_findings(namespaces):
        raise _error(text, findings)
    try:
        parse_schema(text)
    except CedarError as error:
        raise _error(text, [Finding("CP002", _first_line(error), _blame(text, str(error)))]) from error
    try:
        return _Resolver(namespaces).schema(text)
    except _RefusedError as error:
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


def _first_line(error: CedarError) -> str:
    return (
        str(error).strip().splitlines()[0].removeprefix("error parsing schema: ") if str(error).strip() else "refused"
    )


def _blame(text: str, message: str) -> Span:
    """The place of a name that a message of cedarpy mentions: its last word of that form, else the first line."""
    names = re.findall(r'::"([^"]*)"', message) or re.findall(r"`([^`]*)`", message)
    names += re.findall(r"type: ([\w:]+)", message)
    for name in names:
        last = name.rsplit("::", 1)[-1]
        found = list(re.finditer(rf"(?<![\w]){re.escape(last)}(?![\w])", text)) if last else []
        if found:
            return Span(found[-1].start(), found[-1].end())
    start = re.search(rf"[^{SPACE}]+", text)
    return Span(start.start(), start.end()) if start else Span(0, 0)


def _candidates(path: str, namespace: str) -> tuple[str, ...]:
    """The full names that a written one may stand for, first match wins."""
    if "::" in path:
        return (path,)
    inside = (f"{namespace}::{path}",) if namespace else ()
    return (*inside, path, f"__cedar::{path}")


def _qualified(name: str, namespace: str) -> str:
    return f"{namespace}::{name}" if namespace else name


class _Names:
    """Which full names are common types, and which entity types."""

    def __init__(self, namespaces: list[Namespace]) -> None:
        self.common: dict[str, tuple[TypeSyntax, str]] = {}
        self.entities: set[str] = set()
        self.actions: set[tuple[str, str]] = set()
        self.action_types: set[str] = set()
        for namespace in namespaces:
            for declaration in namespace.declarations:
                match declaration:
                    case TypeDeclaration(name=name, type=syntax):
                        self.common[_qualified(name.path, namespace.name)] = (syntax, namespace.name)
                    case EntityDeclaration(names=names):
                        self.entities.update(_qualified(name.path, namespace.name) for name in names)
                    case ActionDeclaration(names=action_names):
                        kind = _qualified("Action", namespace.name)
                        self.actions.update((kind, name.id) for name in action_names)
                        self.action_types.add(kind)

    def common_name(self, path: str, namespace: str) -> str | None:
        """The common type that a name means, if it means one."""
        for candidate in _candidates(path, namespace):
            if candidate in self.common:
                return candidate
            if candidate in self.entities or candidate in self.action_types:
                return None
        return None

    def entity_name(self, path: str, namespace: str) -> str:
        """The entity type that a name in an entity position means."""
        return next((name for name in _candidates(path, namespace) if name in self.entities), path)


def _expansion_findings(namespaces: list[Namespace]) -> list[Finding]:
    """CP003 where common types, written out in full, would be too deep, too large, or endless; or too many names."""
    names = _Names(namespaces)
    if len(names.entities) + len(names.actions) > MAX_NAMES:
        return [Finding("CP003", f"more than {MAX_NAMES} entity types and actions", Span(0, 0))]
    if findings := _hierarchy_findings(namespaces):
        return findings
    sizes: dict[str, tuple[int, int] | None] = {}

    def measure(syntax: TypeSyntax, namespace: str) -> tuple[int, int]:
        """``(nodes, depth)``; recursion is bounded by the guard and by ``MAX_TYPE_DEPTH`` common types on the way."""
        match syntax:
            case TypeName(path=path, span=span):
                common = names.common_name(path, namespace)
                return (1, 1) if common is None else measure_common(common, span)
            case SetOf(element=element):
                nodes, depth = measure(element, namespace)
                return nodes + 1, depth + 1
            case RecordOf(attributes=attributes):
                inner = [measure(attribute.type, namespace) for attribute in attributes]
                return 1 + sum(nodes for nodes, _ in inner), 1 + max((depth for _, depth in inner), default=0)

    def measure_common(name: str, span: Span) -> tuple[int, int]:
        known = sizes.get(name, (0, 0))
        if known is None:
            raise _RefusedError(Finding("CP002", f"the type `{name}` is defined by itself", span))
        if known != (0, 0):
            return known
        if sum(size is None for size in sizes.values()) > MAX_TYPE_DEPTH:
            raise _RefusedError(_too_large(name, span))
        sizes[name] = None
        syntax, namespace = names.common[name]
        nodes, depth = measure(syntax, namespace)
        if nodes > MAX_TYPE_NODES or depth > MAX_TYPE_DEPTH:
            raise _RefusedError(_too_large(name, span))
        sizes[name] = (nodes, depth)
        return nodes, depth

    try:
        total = 0
        for namespace in namespaces:
            for declaration in namespace.declarations:
                for syntax in _types_of(declaration):
                    total += measure(syntax, namespace.name)[0]
                    if total > 5 * MAX_TYPE_NODES:
                        return [_too_large("the whole schema", Span(0, 0))]
    except _RefusedError as error:
        return [error.finding]
    return []


def _hierarchy_findings(namespaces: list[Namespace]) -> list[Finding]:
    """CP003 where hierarchies, or the combinations that a rule must be checked for, are too many."""
    parents: dict[str, set[str]] = {}
    environments = 0
    for namespace in namespaces:
        for declaration in namespace.declarations:
            match declaration:
                case EntityDeclaration(names=types, parents=above):
                    for kind in types:
                        parents.setdefault(kind.path, set()).update(parent.path.rsplit("::", 1)[-1] for parent in above)
                case ActionDeclaration(names=actions, groups=groups, principals=principals, resources=resources):
                    environments += len(actions) * len(principals) * len(resources)
                    for action in actions:
                        parents.setdefault(f'"{action.id}"', set()).update(f'"{group.id}"' for group in groups)
    if environments > MAX_ENVIRONMENTS:
        message = f"{environments} combinations of action, principal and resource types, more than {MAX_ENVIRONMENTS}"
        return [Finding("CP003", message, Span(0, 0), help="let each action apply to the types it is for")]
    visits = 0
    for name in parents:
        seen: set[str] = set()
        pending = [name]
        while pending:
            for parent in parents.get(pending.pop(), ()):
                visits += 1
                if parent not in seen:
                    seen.add(parent)
                    pending.append(parent)
            if visits > MAX_MEMBERSHIPS:
                message = f"more than {MAX_MEMBERSHIPS} memberships, direct and indirect"
                return [Finding("CP003", message, Span(0, 0), help="flatten the hierarchy")]
    return []


class _RefusedError(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def _too_large(name: str, span: Span) -> Finding:
    return Finding("CP003", f"`{name}` is too large or too deep when written out", span, help="flatten the records")


def _types_of(declaration: object) -> list[TypeSyntax]:
    match declaration:
        case TypeDeclaration(type=syntax):
            return [syntax]
        case EntityDeclaration(attributes=attributes, tags=tags):
            return [RecordOf(attributes, Span(0, 0)), *([tags] if tags is not None else [])]
        case ActionDeclaration(context=context) if context is not None:
            return [context]
    return []


class _Resolver:
    """Resolves the names of a schema that cedarpy has accepted."""

    def __init__(self, namespaces: list[Namespace]) -> None:
        self._namespaces = namespaces
        self._names = _Names(namespaces)
        self._common: dict[str, Type] = {}

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
        attributes = self._attributes(declaration.attributes, namespace)
        tags = None if declaration.tags is None else self._type(declaration.tags, namespace)
        return [
            EntityType(
                _qualified(name.path, namespace),
                tuple(dict.fromkeys(parents)),
                attributes,
                tags,
                declaration.enum,
                declaration.annotations,
            )
            for name in declaration.names
        ]

    def _actions(self, declaration: ActionDeclaration, namespace: str) -> list[ActionType]:
        entity: Callable[[TypeName], str] = lambda name: self._names.entity_name(name.path, namespace)  # noqa: E731
        context = RecordType({})
        if declaration.context is not None:
            resolved = self._type(declaration.context, namespace)
            if not isinstance(resolved, RecordType):
                raise _RefusedError(Finding("CP002", "a context must be a record", declaration.context.span))
            context = resolved
        groups = tuple(self._group(group, namespace) for group in declaration.groups)
        return [
            ActionType(
                id=name.id,
                type=_qualified("Action", namespace),
                groups=tuple(dict.fromkeys(groups)),
                principals=tuple(dict.fromkeys(map(entity, declaration.principals))),
                resources=tuple(dict.fromkeys(map(entity, declaration.resources))),
                context=context,
                annotations=declaration.annotations,
            )
            for name in declaration.names
        ]

    def _group(self, group: ActionName, namespace: str) -> tuple[str, str]:
        kinds = [group.type] if "::" in group.type else [_qualified("Action", namespace), "Action"]
        return next(
            ((kind, group.id) for kind in kinds if (kind, group.id) in self._names.actions), (kinds[0], group.id)
        )

    def _attributes(self, attributes: tuple[AttributeSyntax, ...], namespace: str) -> dict[str, Attribute]:
        return {
            attribute.name: Attribute(self._type(attribute.type, namespace), attribute.required, attribute.annotations)
            for attribute in attributes
        }

    def _type(self, syntax: TypeSyntax, namespace: str) -> Type:
        match syntax:
            case SetOf(element=element):
                return SetType(self._type(element, namespace))
            case RecordOf(attributes=attributes):
                return RecordType(self._attributes(attributes, namespace))
            case TypeName(path=path, span=span):
                return self._named(path, span, namespace)

    def _named(self, path: str, span: Span, namespace: str) -> Type:
        common = self._names.common_name(path, namespace)
        if common is not None:
            if common not in self._common:
                self._common[common] = self._type(*self._names.common[common])
            return self._common[common]
        for candidate in _candidates(path, namespace):
            if candidate in self._names.entities or candidate in self._names.action_types:
                return EntityRef(candidate)
        builtin = path.removeprefix("__cedar::")
        if builtin in _PRIMITIVES:
            return PrimitiveType(cast(Literal["Long", "String", "Bool"], builtin))
        if builtin not in _EXTENSIONS:
            raise _RefusedError(Finding("CP002", f"unknown type `{path}`", span))
        return ExtensionType(cast(Literal["decimal", "ipaddr", "datetime", "duration"], builtin))
