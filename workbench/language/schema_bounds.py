"""Bounds on what a schema expands to: a kilobyte of type definitions can be gigabytes when written out (CP003).

Judged on the syntax tree, before cedarpy sees the text. Imports the schema's syntax tree and names.
"""

from __future__ import annotations

from workbench.language.diagnostics import Finding, Span
from workbench.language.schema_names import SchemaNames
from workbench.language.schema_syntax import (
    ActionDeclaration,
    EntityDeclaration,
    Namespace,
    RecordOf,
    SetOf,
    TypeName,
    TypeSyntax,
)
from workbench.language.schema_walk import records, top_types

MAX_TYPE_DEPTH = 32
MAX_TYPE_NODES = 20_000
MAX_NAMES = 4_000
MAX_ATTRIBUTES = 4_000  # of one record: Cedar's reader takes time quadratic in those of one name
MAX_MEMBERSHIPS = 100_000
MAX_ENVIRONMENTS = 20_000


def expansion_findings(namespaces: list[Namespace]) -> list[Finding]:
    """CP003 where common types, written out in full, would be too deep, too large, or endless; or too many names."""
    names = SchemaNames(namespaces)
    if len(names.entities) + len(names.actions) > MAX_NAMES:
        return [Finding("CP003", f"more than {MAX_NAMES} entity types and actions", Span(0, 0))]
    for namespace in namespaces:
        for declaration in namespace.declarations:
            for record in records(declaration):
                count = len(record) + sum(len(attribute.replaced) for attribute in record)
                if count > MAX_ATTRIBUTES:
                    message = f"a record has {count} attributes, more than {MAX_ATTRIBUTES}"
                    return [Finding("CP003", message, record[0].span, help="split it into records of its own")]
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
            raise _TooLargeError(Finding("CP002", f"the type `{name}` is defined by itself", span))
        if known != (0, 0):
            return known
        if sum(size is None for size in sizes.values()) > MAX_TYPE_DEPTH:
            raise _TooLargeError(_too_large(name, span))
        sizes[name] = None
        syntax, namespace = names.common[name]
        nodes, depth = measure(syntax, namespace)
        if nodes > MAX_TYPE_NODES or depth > MAX_TYPE_DEPTH:
            raise _TooLargeError(_too_large(name, span))
        sizes[name] = (nodes, depth)
        return nodes, depth

    try:
        total = 0
        for namespace in namespaces:
            for declaration in namespace.declarations:
                for syntax in top_types(declaration):
                    total += measure(syntax, namespace.name)[0]
                    if total > 5 * MAX_TYPE_NODES:
                        return [_too_large("the whole schema", Span(0, 0))]
    except _TooLargeError as error:
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


class _TooLargeError(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def _too_large(name: str, span: Span) -> Finding:
    return Finding("CP003", f"`{name}` is too large or too deep when written out", span, help="flatten the records")
