"""The syntax tree of Rego, as far as the converter reads it: values only; every node knows its line and column.

Imports nothing of the house. What parses but cannot be converted (comprehensions, ``with``, ``else``) has nodes too, so
that a refusal can name it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, TypeAlias


class Place(NamedTuple):
    """Where something stands: both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """``None`` is Rego's ``null``; whole numbers are ``int`` however they are written, others ``Decimal``."""

    value: bool | int | Decimal | str | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Ref:
    """``base.a[b].c``: ``steps`` are terms, a name after a dot being a text."""

    base: Term
    steps: tuple[Term, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Var:
    """A name: a variable, a rule, ``input`` or ``data``. Each ``_`` is a variable of its own, with a made-up name."""

    name: str
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """``function`` is dotted, as written."""

    function: str
    args: tuple[Term, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Infix:
    """``op``: ``== != < <= > >= + - * / % & | in``."""

    op: str
    left: Term
    right: Term
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Collection:
    """An array or a set, written out."""

    kind: str
    items: tuple[Term, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Object:
    items: tuple[tuple[Term, Term], ...]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Comprehension:
    kind: str
    place: Place = field(compare=False)


Term: TypeAlias = Scalar | Ref | Var | Call | Infix | Collection | Object | Comprehension


@dataclass(frozen=True, slots=True)
class Test:
    """A term that has to be true."""

    term: Term
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Assign:
    """``left := right``, or ``left = right`` (``unify``)."""

    left: Term
    right: Term
    unify: bool
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    inner: Literal
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Declare:
    """``some x, y``."""

    names: tuple[str, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class SomeIn:
    """``some value in domain``, ``some key, value in domain``; ``indexed``: what ``domain[key]`` stands for."""

    key: Term | None
    value: Term
    domain: Term
    place: Place = field(compare=False)
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    key: str | None
    value: str
    domain: Term
    body: tuple[Literal, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class With:
    """A literal under ``with``."""

    inner: Literal
    place: Place = field(compare=False)


Literal: TypeAlias = Test | Assign | Not | Declare | SomeIn | Every | With


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as written.

    ``kind``: ``complete`` (``name := value``), ``set`` (``name contains value``), ``keys`` (``name[value]``: a set in
    v0, an object in v1), ``object`` (``name[key] := value``) or ``function``. ``bodies``: alternatives, none for a rule
    that always holds; ``otherwise``: where an ``else`` stands.
    """

    name: str
    kind: str
    args: tuple[Term, ...]
    key: Term | None
    value: Term | None
    bodies: tuple[tuple[Literal, ...], ...]
    default: bool
    otherwise: Place | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Import:
    path: str
    alias: str | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Module:
    package: str
    imports: tuple[Import, ...]
    rules: tuple[Rule, ...]


def parts(node: Term) -> tuple[Term, ...]:
    """The terms directly in a term."""
    match node:
        case Ref(base=base, steps=steps):
            return (base, *steps)
        case Call(args=args):
            return args
        case Infix(left=left, right=right):
            return (left, right)
        case Collection(items=items):
            return items
        case Object(items=fields):
            return tuple(term for field_ in fields for term in field_)
        case _:
            return ()


def variables(node: Term | Literal) -> Iterator[str]:
    """The names in a term or a literal, those that ``every`` binds within left out."""
    match node:
        case Var(name=name):
            yield name
        case Test(term=term):
            yield from variables(term)
        case Assign(left=left, right=right):
            yield from variables(left)
            yield from variables(right)
        case Not(inner=inner) | With(inner=inner):
            yield from variables(inner)
        case Declare(names=names):
            yield from names
        case SomeIn(key=key, value=value, domain=domain):
            if key is not None:
                yield from variables(key)
            yield from variables(value)
            yield from variables(domain)
        case Every(key=key_name, value=value_name, domain=domain, body=body):
            yield from variables(domain)
            own = {key_name, value_name, *assigned(body)}
            yield from (name for literal in body for name in variables(literal) if name not in own)
        case _:
            for part in parts(node):
                yield from variables(part)


def assigned(body: tuple[Literal, ...] | list[Literal]) -> list[str]:
    """The names that a body makes its own, whatever they mean outside."""
    found: list[str] = []
    for literal in body:
        match literal:
            case Declare(names=names):
                found += names
            case Assign(left=Var(name=name), unify=False):
                found.append(name)
            case SomeIn(key=key, value=value):
                found += [term.name for term in (key, value) if isinstance(term, Var)]
            case _:
                pass
    return found
