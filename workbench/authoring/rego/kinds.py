"""The kinds of values that a conversion knows, and what it learns of them where there is no schema.

Imports the schema's types. With a schema every kind is known from the start, and :func:`agree` checks; without one the
kinds of attributes start open, and :func:`agree` learns from how the rules use them.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.language.schema import EntityRef, ExtensionType, PrimitiveType, RecordType, SetType, Type


class KindClashError(Exception):
    """Two kinds that no value has both of."""

    def __init__(self, left: Kind, right: Kind) -> None:
        super().__init__(f"{left.shown} and {right.shown}")
        self.left = left
        self.right = right


@dataclass(eq=False)
class Kind:
    """``name``: a Cedar type's name, ``Set``, ``Record`` or ``Entity``; empty while nothing is known.

    ``of``: the kind of a set's elements. ``entity``: the type of an entity. ``link``: the kind that this one turned out
    to be. ``whole``: a number that is calculated with, which no ``decimal`` is. ``asked``: a rule asks only
    whether it is true, which a flag is for; but a text is true too.
    """

    name: str = ""
    of: Kind | None = None
    entity: str = ""
    link: Kind | None = None
    whole: bool = False
    asked: bool = False
    fixed: bool = False

    def found(self) -> Kind:
        """The kind at the end of the links."""
        kind = self
        while kind.link is not None:
            kind = kind.link
        return kind

    @property
    def shown(self) -> str:
        """As a schema writes it."""
        kind = self.found()
        if kind.name == "Set":
            return f"Set<{kind.of.shown if kind.of else 'String'}>"
        return kind.entity if kind.name == "Entity" else kind.name or "String"


def text() -> Kind:
    return Kind("String")


def long() -> Kind:
    return Kind("Long")


def bool_() -> Kind:
    return Kind("Bool")


def decimal() -> Kind:
    return Kind("decimal", fixed=True)


def set_of(element: Kind) -> Kind:
    return Kind("Set", of=element)


def entity(type_: str) -> Kind:
    return Kind("Entity", entity=type_)


def kind_of(type_: Type) -> Kind:
    """The kind that a schema declares: never learns."""
    match type_:
        case PrimitiveType(name=name) | ExtensionType(name=name):
            return Kind(name, fixed=True)
        case EntityRef(name=name):
            return Kind("Entity", entity=name, fixed=True)
        case SetType(element=element):
            return Kind("Set", of=kind_of(element), fixed=True)
        case RecordType():
            return Kind("Record", fixed=True)


def agree(left: Kind, right: Kind) -> Kind:
    """The one kind that both are. Raises :class:`KindClashError`.

    A whole number beside a ``decimal`` is one, unless the schema says otherwise or it is calculated with.
    """
    left, right = left.found(), right.found()
    if left is right:
        return left
    if not left.name:
        left.link = right
        right.whole = right.whole or left.whole
        right.asked = right.asked or left.asked
        return right
    if not right.name:
        return agree(right, left)
    numbers = {left.name, right.name}
    if numbers == {"Long", "decimal"}:
        number, other = (left, right) if left.name == "Long" else (right, left)
        if number.fixed or number.whole:
            raise KindClashError(left, right)
        number.link = other
        return other
    if left.name != right.name or left.entity != right.entity:
        raise KindClashError(left, right)
    if left.of is not None and right.of is not None:
        agree(left.of, right.of)
    if not left.fixed:
        left.link = right
        right.whole = right.whole or left.whole
        return right
    if not right.fixed:
        right.link = left
    return left
