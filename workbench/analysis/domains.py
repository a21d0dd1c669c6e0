"""What a few rules can tell apart, as finitely many requests: for each input that they read values of each kind. Pure.

Two values are of one kind where no comparison in the rules tells them apart: numbers in the same place among the
constants, texts that are no constant, sets with the same of the members asked about. Where every comparison is of such
a form, the domain is *exact*: whatever the rules do with any request, they do with one of these. Arithmetic, patterns
and functions are not; then the domain is a sample. Entities may be unknown, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Any, TypeAlias

from workbench.analysis.conditions import condition_of
from workbench.analysis.results import RequestEnvironment
from workbench.engine.extensions.datetime import Datetime, Duration, parse_datetime, parse_duration
from workbench.engine.extensions.decimal import Decimal4, parse_decimal
from workbench.engine.values import I64_MAX, I64_MIN, EvalError
from workbench.language.ast import (
    Binary,
    Call,
    EntityLit,
    Expr,
    GetAttr,
    Has,
    If,
    Is,
    Like,
    Lit,
    Method,
    SetLit,
    Unary,
    Var,
    children,
)
from workbench.language.program import Rule
from workbench.language.schema import Attribute, EntityRef, ExtensionType, PrimitiveType, RecordType, Schema, SetType

Path: TypeAlias = tuple[str, ...]
Uid: TypeAlias = tuple[str, str]
MOST_MEMBERS = 4
ABSENT = object()
_SIZE: Mapping[str, Callable[[str], int]] = {  # in the type's smallest steps
    "decimal": lambda text: parse_decimal(text).units,
    "datetime": lambda text: parse_datetime(text).millis,
    "duration": lambda text: parse_duration(text).millis,
}
_COMPARED = frozenset({"lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"})
_LOGIC = frozenset({"&&", "||"})


def path_of(node: Expr) -> Path | None:
    """``principal.team.frozen`` as its steps; of a variable alone the one."""
    steps: list[str] = []
    while isinstance(node, GetAttr):
        steps.insert(0, node.attr)
        node = node.expr
    return (node.name, *steps) if isinstance(node, Var) else None


@dataclass(slots=True)
class Domain:
    """``cells``: by path (or ``(side, "#in")``, ``(side, "#known")``, ``(*path, "#known")``) its values, plain first.

    Values: Cedar's JSON, ``ABSENT``, a uid, a frozenset of uids (groups), a Boolean (whether an entity is known).
    """

    exact: bool = True
    cells: dict[Path, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many combinations there are."""
        found = 1
        for values in self.cells.values():
            found *= len(values)
        return found


def domain_of(rules: Iterable[Rule], environment: RequestEnvironment, schema: Schema) -> Domain:
    """For these rules in this environment."""
    return _Making(environment, schema).of([condition_of(rule) for rule in rules])


class _Making:
    """``_constants``: by path what it is compared with; ``_peers``: which paths are compared with each other."""

    def __init__(self, environment: RequestEnvironment, schema: Schema) -> None:
        self._schema = schema
        self._types = {"principal": environment.principal, "resource": environment.resource}
        self._context = schema.actions[environment.action].context.attributes
        self._constants: dict[Path, dict[Any, None]] = {}
        self._peers: dict[Path, set[Path]] = {}
        self._groups: dict[str, dict[Uid, None]] = {"principal": {}, "resource": {}}
        self._within: list[tuple[str, Path]] = []
        self._exact = True

    def of(self, conditions: Iterable[Expr]) -> Domain:
        for condition in conditions:
            self._look(condition)
        domain = Domain()
        for path in list(self._constants):
            self._add(path, domain)
        for side, groups in self._groups.items():
            beside = [uid for owner, path in self._within if owner == side for uid in domain.cells.get(path, ())]
            named = list(dict.fromkeys(uid for uid in (*groups, *beside) if isinstance(uid, tuple)))
            above = self._schema.entity_ancestors(self._types[side])
            possible = [uid for uid in named if uid[0] in above]  # in others it is never
            fitting = [uid for uid in possible if uid[0] in self._schema.entity_types[self._types[side]].parents]
            self._exact &= len(fitting) == len(possible) <= MOST_MEMBERS
            if fitting:
                domain.cells[side, "#in"] = tuple(map(frozenset, _subsets(fitting[:MOST_MEMBERS])))
        domain.exact = self._exact
        return domain

    # ---- what is compared with what

    def _look(self, node: Expr) -> None:
        match node:
            case Lit() | Var() | EntityLit():
                return
            case Binary(op="in", left=Var(name=side), right=right) if side in self._types:
                self._container(side, right)
            case Binary(op="in"):
                self._exact = self._exact and isinstance(node.left, Var)  # an action in a group is settled
            case Binary(op=op, left=left, right=right) if op in _LOGIC:
                self._look(left)
                self._look(right)
            case Binary(op=("==" | "!=" | "<" | "<=" | ">" | ">="), left=left, right=right):
                self._compare(left, right)
            case Method(receiver=left, method=method, args=(right,)) if method in _COMPARED:
                self._compare(left, right)
            case Method(receiver=receiver, method="contains", args=(Lit() | EntityLit() as member,)):
                self._members(receiver, [member])
            case Method(receiver=SetLit(items=items), method="contains", args=(one,)):
                for item in items:
                    self._compare(one, item)
            case Method(receiver=receiver, method=("containsAll" | "containsAny"), args=(SetLit(items=items),)):
                self._members(receiver, items)
            case Method(receiver=receiver, method="isEmpty", args=()):
                self._members(receiver, [])
            case Has(expr=holder, path=steps):
                path = path_of(holder)
                self._exact &= path is not None
                for length in range(1, len(steps) + 1) if path is not None else ():
                    self._constants.setdefault((*path, *steps[:length]), {})  # type: ignore[misc]
            case Like(expr=text, pattern=pattern):
                self._exact = False
                plain = "".join(each for each in pattern if isinstance(each, str))
                filled = "".join(each if isinstance(each, str) else "x" for each in pattern)
                for example in (plain, filled, f"{filled}x", f"x{filled}", filled[1:], filled[:-1]):
                    self._constant(text, example)
            case GetAttr():
                path = path_of(node)
                self._exact &= path is not None
                if path is not None and path[0] != "action":
                    self._constants.setdefault(path, {})
            case Unary(op="!") | If() | Is(container=None):
                for part in children(node):
                    self._look(part)
            case _:
                self._exact = False
                for part in children(node):
                    self._look(part)

    def _container(self, side: str, right: Expr) -> None:
        items = right.items if isinstance(right, SetLit) else (right,)
        for item in items:
            path = path_of(item)
            if isinstance(item, EntityLit):
                self._groups[side][item.type, item.id] = None
            elif path is not None and len(path) > 1:
                self._constants.setdefault(path, {})
                self._within.append((side, path))
            else:
                self._exact = False

    def _compare(self, left: Expr, right: Expr) -> None:
        one, other = path_of(left), path_of(right)
        if "action" in ((one or ("",))[0], (other or ("",))[0]):
            return
        if one is not None and other is not None:
            self._peers.setdefault(one, set()).add(other)
            self._peers.setdefault(other, set()).add(one)
            for path in (one, other):
                self._constants.setdefault(path, {})
        elif one is not None or other is not None:
            path, constant = (one, right) if one is not None else (other or (), left)
            value = _constant(constant)
            self._constants.setdefault(path, {})
            if value is None:
                self._exact = False
                self._look(constant)
            else:
                self._constants[path][value] = None
        else:
            self._exact = self._exact and _constant(left) is not None and _constant(right) is not None
            self._look(left)
            self._look(right)

    def _constant(self, node: Expr, value: Any) -> None:
        path = path_of(node)
        if path is not None:
            self._constants.setdefault(path, {})[value] = None

    def _members(self, receiver: Expr, items: Iterable[Expr]) -> None:
        path = path_of(receiver)
        if path is None:
            self._exact = False
            return
        found = self._constants.setdefault(path, {})
        for item in items:
            value = _constant(item)
            self._exact &= value is not None
            if value is not None:
                found[value] = None

    # ---- values

    def _component(self, path: Path) -> list[Path]:
        found, pending = {path: None}, [path]
        while pending:
            for other in sorted(self._peers.get(pending.pop(), ())):
                if other not in found:
                    found[other] = None
                    pending.append(other)
        return list(found)

    def _add(self, path: Path, domain: Domain) -> None:
        """The cell of a path, after those of the way to it."""
        if path in domain.cells:
            return
        if len(path) == 1:
            if path[0] in self._types:
                domain.cells[path] = tuple(self._uids(path, self._types[path[0]]))
            return
        self._add(path[:-1], domain)
        attribute = self._attribute(path)
        if attribute is None:
            self._exact = False
            return
        holder = path[:-1]
        if holder[0] != "context" and (len(holder) == 1 or isinstance(self._type(holder), EntityRef)):
            domain.cells.setdefault((*holder, "#known"), (True, False))
        values = list(self._values(path, attribute))
        if not attribute.required:
            values.append(ABSENT)
        if values:
            domain.cells[path] = tuple(values)
        else:  # of a type that is not tried: it stays plain
            self._exact = False

    def _attribute(self, path: Path) -> Attribute | None:
        holder: Mapping[str, Attribute] | None = self._context
        if path[0] in self._types:
            holder = self._schema.entity_types[self._types[path[0]]].attributes
        found: Attribute | None = None
        for step in path[1:]:
            found = None if holder is None else holder.get(step)
            of = None if found is None else found.type
            declared = self._schema.entity_types.get(of.name) if isinstance(of, EntityRef) else None
            holder = of.attributes if isinstance(of, RecordType) else declared.attributes if declared else None
        return found

    def _type(self, path: Path) -> Any:
        attribute = self._attribute(path)
        return None if attribute is None else attribute.type

    def _values(self, path: Path, attribute: Attribute) -> Iterator[Any]:
        component = self._component(path)
        constants = list(dict.fromkeys(value for each in component for value in self._constants.get(each, ())))
        match attribute.type:
            case PrimitiveType(name="Bool"):
                yield from (False, True)
            case PrimitiveType(name="Long"):
                yield from _numbers([value for value in constants if isinstance(value, int)], len(component))
            case PrimitiveType():
                texts = [value for value in constants if isinstance(value, str)]
                yield from dict.fromkeys((*_fresh(texts, len(component)), *texts))
            case ExtensionType(name=("decimal" | "datetime" | "duration") as name):
                numbers = [value[1] for value in constants if isinstance(value, tuple) and value[0] == name]
                yield from (_extension(name, number) for number in _numbers(numbers, len(component)))
            case SetType(element=PrimitiveType() | EntityRef()):
                self._exact &= len(component) == 1 and len(constants) <= MOST_MEMBERS
                for members in _subsets(constants[:MOST_MEMBERS]):
                    yield [_json(each) for each in members]
                if isinstance(attribute.type.element, PrimitiveType) and attribute.type.element.name == "String":
                    yield list(_fresh([each for each in constants if isinstance(each, str)], 1))
            case EntityRef(name=name):
                yield from self._uids(path, name)
            case RecordType():
                yield {}
            case _:
                self._exact = False

    def _uids(self, path: Path, kind: str) -> Iterator[Uid]:
        """Own ones first; then those that it is compared with, the principal and the resource where they can be it."""
        component = self._component(path)
        declared = self._schema.entity_types.get(kind)
        if declared is not None and declared.enum is not None:
            yield from ((kind, id) for id in declared.enum)
            return
        named = [value for each in component for value in self._constants.get(each, ()) if _is_uid(value, kind)]
        sides = [
            own_uid(self._types[side], side, self._schema)
            for side in self._types
            if (side,) in component and path != (side,)
        ]
        plain = (
            own_uid(kind, path[0], self._schema) if len(path) == 1 else plain_reference(EntityRef(kind), self._schema)
        )
        further = [(kind, f"{plain[1]}-{number}") for number in range(2, len(component) + 1)]
        yield from dict.fromkeys((plain, *(uid for uid in (*named, *sides) if uid[0] == kind), *further))


def plain_reference(of: EntityRef, schema: Schema) -> Uid:
    """Whom an attribute refers to where it does not matter."""
    declared = schema.entity_types.get(of.name)
    if declared is not None and declared.enum:
        return of.name, declared.enum[0]
    return of.name, f"{of.name.rpartition('::')[2].lower()}-9"


def own_uid(kind: str, side: str, schema: Schema) -> Uid:
    """The principal, or the resource, where it is nobody in particular."""
    declared = schema.entity_types.get(kind)
    return kind, declared.enum[0] if declared is not None and declared.enum else f"{side}-1"


def _is_uid(value: Any, kind: str) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and value[0] == kind and isinstance(value[1], str)


def _constant(node: Expr) -> Any | None:
    """A constant as a value that can be told from any other; ``None`` for what is none."""
    match node:
        case Lit(value=value):
            return value
        case EntityLit(type=of, id=id):
            return of, id
        case Unary(op="-", arg=Lit(value=int() as value)) if not isinstance(value, bool):
            return -value
        case Call(function=("decimal" | "datetime" | "duration") as name, args=(Lit(value=str() as text),)):
            try:
                return name, _SIZE[name](text)
            except EvalError:
                return None
    return None


def _json(constant: Any) -> Any:
    return {"__entity": {"type": constant[0], "id": constant[1]}} if isinstance(constant, tuple) else constant


def _numbers(constants: Iterable[int], around: int) -> list[int]:
    """Zero, and each constant with as many neighbours on both sides as there are inputs that are compared."""
    known = [number for number in constants if not isinstance(number, bool)]
    near = (number + step for number in known or [0] for step in range(-around, around + 1))
    return [*dict.fromkeys(number for number in (0, *sorted(near, key=abs)) if I64_MIN <= number <= I64_MAX)]


def _extension(name: str, number: int) -> dict[str, Any]:
    made = {"datetime": Datetime, "duration": Duration, "decimal": Decimal4}[name](number)
    return {"__extn": {"fn": name, "arg": str(made)}}


def _fresh(taken: Iterable[str], count: int) -> list[str]:
    known = set(taken)
    named = chain(("",), (f"x{number}" for number in range(1, len(known) + count + 1)))
    return [name for name in named if name not in known][:count]


def _subsets(items: list[Any]) -> Iterator[tuple[Any, ...]]:
    for size in range(len(items) + 1):
        yield from combinations(items, size)
