"""What the names in a schema's declarations stand for, by Cedar's rules.

A name means what its own namespace declares, else what the empty one does, else what is built in. Imports the syntax
tree only.
"""

from __future__ import annotations

from workbench.language.schema_syntax import (
    ActionDeclaration,
    EntityDeclaration,
    Namespace,
    TypeDeclaration,
    TypeSyntax,
)

PRIMITIVES = ("Long", "String", "Bool")
EXTENSIONS = ("decimal", "ipaddr", "datetime", "duration")


def candidates(path: str, namespace: str) -> tuple[str, ...]:
    """The full names that a written one may stand for, first match wins."""
    if "::" in path:
        return (path,)
    inside = (f"{namespace}::{path}",) if namespace else ()
    return (*inside, path, f"__cedar::{path}")


def qualified(name: str, namespace: str) -> str:
    """The full name of what is declared as ``name`` in ``namespace``."""
    return f"{namespace}::{name}" if namespace else name


class SchemaNames:
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
                        self.common[qualified(name.path, namespace.name)] = (syntax, namespace.name)
                    case EntityDeclaration(names=names):
                        self.entities.update(qualified(name.path, namespace.name) for name in names)
                    case ActionDeclaration(names=action_names):
                        kind = qualified("Action", namespace.name)
                        self.actions.update((kind, name.id) for name in action_names)
                        self.action_types.add(kind)

    def common_name(self, path: str, namespace: str) -> str | None:
        """The common type that a name means, if it means one."""
        for candidate in candidates(path, namespace):
            if candidate in self.common:
                return candidate
            if candidate in self.entities or candidate in self.action_types:
                return None
        return None

    def entity_name(self, path: str, namespace: str) -> str:
        """The entity type that a name in an entity position means."""
        return next((name for name in candidates(path, namespace) if name in self.entities), path)
