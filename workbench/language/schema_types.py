"""Types as a schema writes them → types of the model, names resolved by Cedar's rules and common types written out.

For schemas that cedarpy has accepted and whose expansion is bounded. Imports the schema's syntax tree and names.
"""

from __future__ import annotations

from typing import Literal, cast

from workbench.language.diagnostics import Finding, Span
from workbench.language.schema import Attribute, EntityRef, ExtensionType, PrimitiveType, RecordType, SetType, Type
from workbench.language.schema_names import EXTENSIONS, PRIMITIVES, SchemaNames, candidates
from workbench.language.schema_syntax import (
    AttributeSyntax,
    RecordOf,
    SetOf,
    TypeName,
    TypeSyntax,
    annotation_values,
)


class UnresolvedError(Exception):
    """A name that means nothing, though Cedar took it; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class TypeResolver:
    """Resolves types; each common type once."""

    def __init__(self, names: SchemaNames) -> None:
        self._names = names
        self._common: dict[str, Type] = {}

    def attributes(self, attributes: tuple[AttributeSyntax, ...], namespace: str) -> dict[str, Attribute]:
        """The attributes of a record written in ``namespace``. Raises :class:`UnresolvedError`."""
        return {
            attribute.name: Attribute(
                self.type(attribute.type, namespace),
                attribute.required,
                annotation_values(attribute.annotations),
            )
            for attribute in attributes
        }

    def type(self, syntax: TypeSyntax, namespace: str) -> Type:
        """The type that ``syntax`` means in ``namespace``. Raises :class:`UnresolvedError`."""
        match syntax:
            case SetOf(element=element):
                return SetType(self.type(element, namespace))
            case RecordOf(attributes=attributes):
                return RecordType(self.attributes(attributes, namespace))
            case TypeName(path=path, span=span):
                return self._named(path, span, namespace)

    def _named(self, path: str, span: Span, namespace: str) -> Type:
        common = self._names.common_name(path, namespace)
        if common is not None:
            if common not in self._common:
                self._common[common] = self.type(*self._names.common[common])
            return self._common[common]
        for candidate in candidates(path, namespace):
            if candidate in self._names.entities or candidate in self._names.action_types:
                return EntityRef(candidate)
        builtin = path.removeprefix("__cedar::")
        if builtin in PRIMITIVES:
            return PrimitiveType(cast(Literal["Long", "String", "Bool"], builtin))
        if builtin not in EXTENSIONS:
            raise UnresolvedError(Finding("CP002", f"unknown type `{path}`", span))
        return ExtensionType(cast(Literal["decimal", "ipaddr", "datetime", "duration"], builtin))
