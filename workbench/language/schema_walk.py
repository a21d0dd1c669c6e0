"""Walks over the declarations of a schema's syntax tree: the names that are declared, the types that are written.

Imports the syntax tree only.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.language.diagnostics import Span
from workbench.language.schema_syntax import (
    ActionDeclaration,
    ActionName,
    AttributeSyntax,
    Declaration,
    EntityDeclaration,
    RecordOf,
    SetOf,
    TypeDeclaration,
    TypeName,
    TypeSyntax,
)


def declared_types(declaration: Declaration) -> tuple[TypeName, ...]:
    """The entity types, or the common type, that a declaration declares."""
    match declaration:
        case EntityDeclaration(names=names):
            return names
        case TypeDeclaration(name=name):
            return (name,)
    return ()


def declared_names(declaration: Declaration) -> tuple[TypeName | ActionName, ...]:
    """Whatever a declaration declares."""
    return declaration.names if isinstance(declaration, ActionDeclaration) else declared_types(declaration)


def entity_names(declaration: Declaration) -> tuple[TypeName, ...]:
    """The names that must be entity types: parents, principals and resources."""
    match declaration:
        case EntityDeclaration(parents=parents):
            return parents
        case ActionDeclaration(principals=principals, resources=resources):
            return (*principals, *resources)
    return ()


def top_types(declaration: Declaration) -> tuple[TypeSyntax, ...]:
    """The types that a declaration writes: its record, its tags, its context, its definition."""
    match declaration:
        case EntityDeclaration(attributes=attributes, tags=tags):
            return (RecordOf(attributes, Span(0, 0)), *(() if tags is None else (tags,)))
        case ActionDeclaration(context=context):
            return () if context is None else (context,)
        case TypeDeclaration(type=syntax):
            return (syntax,)


def type_names(declaration: Declaration) -> Iterator[TypeName]:
    """Every name in a type position, in the order of the text."""
    pending = list(reversed(top_types(declaration)))
    while pending:
        match pending.pop():
            case TypeName() as name:
                yield name
            case SetOf(element=element):
                pending.append(element)
            case RecordOf(attributes=attributes):
                pending.extend(attribute.type for attribute in reversed(attributes))


def records(declaration: Declaration) -> Iterator[tuple[AttributeSyntax, ...]]:
    """The attributes of every record that a declaration writes, outer ones first."""
    pending = list(reversed(top_types(declaration)))
    while pending:
        match pending.pop():
            case SetOf(element=element):
                pending.append(element)
            case RecordOf(attributes=attributes):
                yield attributes
                pending.extend(attribute.type for attribute in reversed(attributes))
