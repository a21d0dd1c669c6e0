"""What an expression is worth in a symbolic world: scalars, and records with their fields apart. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from workbench.analysis.terms import Term, Terms, set_of
from workbench.language.literals import quote
from workbench.language.quotation import quoted
from workbench.language.schema import Attribute, EntityRef, ExtensionType, PrimitiveType, RecordType, SetType, Type


class Unsupported(Exception):  # noqa: N818  # a limit that is told, never a proof
    """The rule uses what the encoding cannot express; the message names it."""


class Nothing:
    """The value of what always errs; one instance, :data:`NOTHING`."""


NOTHING = Nothing()


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value that is one term: a primitive, an extension value, an entity, or a set of these."""

    type: Type
    term: Term


class Field:
    """One field of a record: whether it is there, and its value, made when first asked for."""

    __slots__ = ("_made", "_make", "present")

    def __init__(self, present: Term, make: Callable[[], Value]) -> None:
        self.present = present
        self._make = make
        self._made: Value | None = None

    @property
    def value(self) -> Value:
        if self._made is None:
            self._made = self._make()
        return self._made


@dataclass(frozen=True, slots=True)
class RecordValue:
    """``fields`` are all that it can have."""

    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value of a type that the encoding has no terms for (a set of sets, of records); any use is unsupported."""

    type: Type | None
    why: str


Value: TypeAlias = Scalar | RecordValue | Opaque | Nothing

BOOL, LONG, STRING = PrimitiveType("Bool"), PrimitiveType("Long"), PrimitiveType("String")
DATETIME, DURATION = ExtensionType("datetime"), ExtensionType("duration")
_SORTS = {"Long": "Int", "String": "Text", "Bool": "Bool"}


def sort_of(type_: Type) -> str | None:
    """The sort of terms of the type; ``None`` for a record, and for sets that terms cannot hold."""
    match type_:
        case PrimitiveType(name=name):
            return _SORTS[name]
        case ExtensionType(name=name):
            return "Ip" if name == "ipaddr" else "Int"
        case EntityRef(name=name):
            return f"E:{name}"
        case SetType(element=element) if not isinstance(element, SetType):
            inner = sort_of(element)
            return None if inner is None else set_of(inner)
    return None


def unknown(terms: Terms, name: str, args: tuple[Term, ...], type_: Type) -> Value:
    """The value of an unknown function of ``args``: a record has one function for each of its leaves."""
    if isinstance(type_, RecordType):
        return RecordValue(fields_of(terms, name, args, type_.attributes))
    sort = sort_of(type_)
    if sort is None:
        return Opaque(type_, f"sets of sets or records ({quoted(name)}) are not supported")
    return Scalar(type_, terms.app(leaf(name, type_), sort, args))


def leaf(name: str, type_: Type) -> str:
    """The function's name for a leaf: two types that share a sort are still two functions."""
    inner = type_.element if isinstance(type_, SetType) else type_
    return f"{name}:{inner.name}" if isinstance(inner, ExtensionType) else name


def path_to(name: str, field: str) -> str:
    """The name of a field of what is called ``name``; no two fields share one, whatever characters are in theirs."""
    return f"{name}.{field if field.isidentifier() else quote(field)}"


def fields_of(terms: Terms, name: str, args: tuple[Term, ...], attributes: Mapping[str, Attribute]) -> dict[str, Field]:
    """The fields of the record ``name``; that an optional one is there is an unknown ``name.field?``."""
    return {field: field_of(terms, path_to(name, field), args, declared) for field, declared in attributes.items()}


def field_of(terms: Terms, path: str, args: tuple[Term, ...], declared: Attribute) -> Field:
    """One of these fields."""
    present = terms.true if declared.required else terms.app(f"{path}?", "Bool", args)
    return Field(present, lambda: unknown(terms, path, args, declared.type))


def chosen(terms: Terms, condition: Term, then: Value, otherwise: Value) -> Value:
    """``if condition then … else …`` of values."""
    if condition is terms.true or isinstance(otherwise, Nothing):
        return then
    if condition is terms.false or isinstance(then, Nothing):
        return otherwise
    match then, otherwise:
        case Scalar(type=SetType() as a, term=one), Scalar(type=SetType() as b, term=two) if one.sort != two.sort:
            if one.op == "set" and not one.args:  # `[]` is of the other's type
                return Scalar(b, terms.ite(condition, terms.literal_set(two.sort[2:], ()), two))
            if two.op == "set" and not two.args:
                return Scalar(a, terms.ite(condition, one, terms.literal_set(one.sort[2:], ())))
        case Scalar(type=type_, term=one), Scalar(term=two) if one.sort == two.sort:
            return Scalar(type_, terms.ite(condition, one, two))
        case RecordValue(fields=one_fields), RecordValue(fields=two_fields):
            return RecordValue(_merged(terms, condition, one_fields, two_fields))
    raise Unsupported("a choice between values of these types is not supported")


def _merged(terms: Terms, condition: Term, one: Mapping[str, Field], two: Mapping[str, Field]) -> dict[str, Field]:
    absent = Field(terms.false, lambda: NOTHING)
    found = {}
    for name in {**one, **two}:
        found[name] = _merged_field(terms, condition, one.get(name, absent), two.get(name, absent))
    return found


def _merged_field(terms: Terms, condition: Term, one: Field, two: Field) -> Field:
    present = terms.ite(condition, one.present, two.present)
    return Field(present, lambda: chosen(terms, condition, one.value, two.value))


def equal(terms: Terms, left: Value, right: Value) -> Term:
    """Cedar's ``==``. Raises :class:`Unsupported`."""
    match left, right:
        case (Nothing(), _) | (_, Nothing()):
            return terms.false
        case (Opaque(why=why), _) | (_, Opaque(why=why)):
            raise Unsupported(why)
        case Scalar(type=SetType(), term=one), Scalar(type=SetType(), term=two):
            return same_sets(terms, one, two)
        case Scalar(type=a, term=one), Scalar(type=b, term=two):
            return terms.eq(one, two) if a == b else terms.false
        case RecordValue(fields=one_fields), RecordValue(fields=two_fields):
            return _equal_records(terms, one_fields, two_fields)
    return terms.false


def same_sets(terms: Terms, one: Term, two: Term) -> Term:
    """Equality of two sets, whatever their elements are; of different types they are equal only if both are empty."""
    if one.sort == two.sort:
        return terms.same(one, two)
    return terms.and_(is_empty(terms, one), is_empty(terms, two))


def is_empty(terms: Terms, whole: Term) -> Term:
    """Whether the set has no members."""
    return terms.subset(whole, terms.literal_set(whole.sort[2:], ()))


def _equal_records(terms: Terms, one: Mapping[str, Field], two: Mapping[str, Field]) -> Term:
    absent = Field(terms.false, lambda: NOTHING)
    parts = []
    for name in {**one, **two}:
        left, right = one.get(name, absent), two.get(name, absent)
        parts.append(terms.eq(left.present, right.present))
        both = terms.and_(left.present, right.present)
        if both is not terms.false:
            parts.append(terms.implies(both, equal(terms, left.value, right.value)))
    return terms.and_(*parts)
