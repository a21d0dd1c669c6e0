"""What the parts of a sentence mean before its action is known, and the environment that settles it. Pure.

A :class:`Cond` is a tree of leaves; a leaf asks the environment (:class:`Env`: these actions, these types) for every
expression that it could stand for. No expression: the reading is impossible. Several: the sentence is ambiguous.
Imports language, lexicon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, TypeAlias

from workbench.authoring.lexicon import CONTEXT, AttributeWord, Lexicon, Owner, ValueWord
from workbench.language.ast import Binary, BinaryOp, EntityLit, Expr, GetAttr, Has, If, Is, Lit, Method, Unary, Var
from workbench.language.schema import ActionType, Attribute, EntityRef, RecordType, Schema, SetType, Type

OWNERS: tuple[Owner, ...] = ("principal", "resource", "context")
MOST_OPTIONS = 24
REQUESTER = "requester"


@dataclass(frozen=True, slots=True)
class Ref:
    """Whom a word refers to: any of ``owners``, and only an entity of ``type`` where that is said.

    ``via``: not the owner itself, but the entity or record that this attribute of it names ("the ticket's owner").
    """

    owners: tuple[Owner, ...]
    type: str | None = None
    via: AttrRef | None = None


ANY = Ref(OWNERS)
PRINCIPAL = Ref(("principal",))
RESOURCE = Ref(("resource",))
ABOUT = Ref(("resource", "context"))  # what is acted on, and the circumstances
EITHER = Ref(("principal", "resource"))
REQUEST = Ref(("context",))


@dataclass(frozen=True, slots=True)
class AttrRef:
    """A mention of an attribute: every word entry it may be, of whom; ``many``: only one that holds a set."""

    words: tuple[AttributeWord, ...]
    ref: Ref
    many: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """An attribute found: whose it is, its path, its type.

    ``only`` names the one type that has the attribute, where the others concerned have not.
    """

    owner: Owner
    path: tuple[str, ...]
    type: Type = field(hash=False)  # a record type has no hash
    only: str | None = None

    @property
    def expr(self) -> Expr:
        node: Expr = Var(self.owner)
        for step in self.path:
            node = GetAttr(node, step)
        return node


@dataclass(frozen=True, slots=True)
class Being:
    """An entity that is spoken of: the principal, the resource, or one that an attribute (``places``) names."""

    expr: Expr
    types: tuple[str, ...]
    owner: Owner
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """An expression that a condition may stand for, and what was assumed on the way."""

    expr: Expr
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """``build(env, unknown)``; ``unknown`` is what the leaf must count as when an optional attribute is missing."""

    build: Callable[[Env, bool], Sequence[Option]]
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    part: Cond


@dataclass(frozen=True, slots=True)
class Join:
    """``bracketed`` when the sentence itself says what belongs together (a list of values, parentheses)."""

    op: Literal["&&", "||"]
    parts: tuple[Cond, ...]
    bracketed: bool = False


Cond: TypeAlias = Leaf | Not | Join

_INVERSE: dict[str, BinaryOp] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def join(op: Literal["&&", "||"], parts: Iterable[Cond]) -> Cond:
    """``parts`` joined, flat where they are joined by the same operator already."""
    flat: list[Cond] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Join) and part.op == op else (part,))
    return flat[0] if len(flat) == 1 else Join(op, tuple(flat))


def start_of(cond: Cond) -> int:
    """The first token that the condition was read from."""
    match cond:
        case Leaf(start=start):
            return start
        case Not(part=part):
            return start_of(part)
        case Join(parts=parts):
            return min(start_of(part) for part in parts)


def chain(op: Literal["&&", "||"], exprs: Sequence[Expr]) -> Expr:
    """``a op b op c``, to the left as Cedar's parser builds it."""
    node = exprs[0]
    for expr in exprs[1:]:
        node = Binary(op, node, expr)
    return node


def _joined(op: Literal["&&", "||"], exprs: Sequence[Expr]) -> Expr:
    """``exprs`` joined; what two of them say alike ("has a note and its note is …") is said once."""
    parts = [part for expr in exprs for part in flat(expr, op)]
    once = list(dict.fromkeys(parts))
    return chain(op, once if len(once) < len(parts) else exprs)


def negate(expr: Expr) -> Expr:
    """The opposite: comparisons of numbers turned round, a double negation dropped, else ``!``."""
    match expr:
        case Binary(op=op, left=left, right=right) if op in _INVERSE:
            return Binary(_INVERSE[op], left, right)
        case Unary(op="!", arg=arg):
            return arg
        case _:
            return Unary("!", expr)


class Env:
    """The actions, principal types and resource types that one reading is about."""

    def __init__(
        self,
        lexicon: Lexicon,
        actions: tuple[ActionType, ...],
        principal: str | None = None,
        resource: str | None = None,
    ) -> None:
        self.lexicon = lexicon
        self.actions = actions
        self.principals = _common((a.principals for a in actions), principal)
        self.resources = _common((a.resources for a in actions), resource)
        self.askers: tuple[str, ...] = ()  # in who approves: the types of those who ask, as `context.requester`
        self.failures: list[tuple[int, int, str]] = []

    def types(self, owner: Owner) -> tuple[str, ...]:
        return self.principals if owner == "principal" else self.resources if owner == "resource" else ()

    def attribute(self, owner: Owner, path: tuple[str, ...], only: str | None = None) -> Attribute | None:
        """The attribute if every type concerned has it with one type; not required if any has it optional.

        ``only``: look at that entity type alone.
        """
        if owner == CONTEXT:
            records = [a.context.attributes for a in self.actions]
            if self.askers and path[:1] == (REQUESTER,):
                records = [{REQUESTER: Attribute(EntityRef(name))} for name in self.askers]
        else:
            types = self.types(owner) if only is None else (only,)
            records = [self.lexicon.schema.entity_types[name].attributes for name in types]
        found: Attribute | None = None
        for record in records:
            attribute = _at_path(record, path, self.lexicon.schema)
            if attribute is None or (found is not None and found.type != attribute.type):
                return None
            required = attribute.required and (found is None or found.required)
            found = Attribute(attribute.type, required, attribute.annotations)
        return found

    def places(self, mention: AttrRef) -> tuple[Place, ...]:
        """Every attribute that the mention may be, here."""
        found = dict.fromkeys(p for w in mention.words for p in self._find(w.place, w.path, mention.ref))
        return tuple(p for p in found if not mention.many or isinstance(p.type, SetType))

    def value_places(self, words: Iterable[ValueWord], ref: Ref) -> tuple[tuple[Place, str], ...]:
        """Every attribute and value that a value word may be, here."""
        return tuple(dict.fromkeys((p, w.value) for w in words for p in self._find(w.place, w.path, ref)))

    def beings(self, ref: Ref) -> tuple[Being, ...]:
        """Every entity that ``ref`` may be, here; the request is none."""
        if ref.via is not None:
            return tuple(
                Being(place.expr, (place.type.name,), place.owner, (place,))
                for place in self.places(ref.via)
                if isinstance(place.type, EntityRef)
            )
        return tuple(Being(Var(o), self.types(o), o) for o in ref.owners if o != CONTEXT and self.types(o))

    def _find(self, place: str, path: tuple[str, ...], ref: Ref) -> list[Place]:
        if ref.via is not None:
            return [found for base in self.places(ref.via) for found in self._inside(base, place, path)]
        found: list[Place] = []
        for owner in ref.owners:
            if (place == CONTEXT) != (owner == CONTEXT):
                continue
            if owner != CONTEXT and (place not in self.types(owner) or ref.type not in (None, place)):
                continue
            attribute = self.attribute(owner, path)
            if attribute is not None:
                found.append(Place(owner, path, attribute.type))
            elif owner != CONTEXT and len(self.types(owner)) > 1:
                alone = self.attribute(owner, path, place)
                if alone is not None:
                    found.append(Place(owner, path, alone.type, place))
        return found

    def _inside(self, base: Place, place: str, path: tuple[str, ...]) -> list[Place]:
        """The attribute of the entity, or the field of the record, that ``base`` names."""
        full: tuple[str, ...] = ()
        if isinstance(base.type, EntityRef) and base.type.name == place:
            full = (*base.path, *path)
        elif isinstance(base.type, RecordType):  # a record's fields are known by their path from the entity on
            shared = [n for n in range(1, len(path)) if base.path[-n:] == path[:n]]
            full = (*base.path, *path[shared[-1] :]) if shared else ()
        attribute = self.attribute(base.owner, full, base.only) if full else None
        return [Place(base.owner, full, attribute.type, base.only)] if attribute is not None else []

    def required(self, place: Place) -> bool:
        """Whether the attribute is always there."""
        attribute = self.attribute(place.owner, place.path, place.only)
        return attribute is not None and attribute.required

    def guarded(self, places: Iterable[Place], expr: Expr, unknown: bool, notes: tuple[str, ...] = ()) -> Option:
        """``expr`` with a ``has`` test for each optional attribute it reads; missing counts as ``unknown``."""
        tests: list[Expr] = []
        kinds: dict[Expr, None] = {}
        said: list[str] = list(notes)
        for place in places:
            if place.only is not None:
                kinds[Is(Var(place.owner), place.only)] = None
            for length in range(1, len(place.path) + 1):
                attribute = self.attribute(place.owner, place.path[:length], place.only)
                if attribute is not None and not attribute.required:
                    base = Place(place.owner, place.path[: length - 1], place.type).expr
                    test = Has(base, (place.path[length - 1],))
                    if test not in tests:
                        tests.append(test)
                        said.append(f"where `{'.'.join(place.path)}` is not given, the rule takes the stricter side")
        if tests and unknown:  # the validator follows a `has` through `if`, not through `||`
            expr = If(chain("&&", tests), expr, Lit(True))
        elif tests:
            expr = chain("&&", [*tests, expr])
        return Option(chain("&&", [*kinds, expr]), tuple(said))


def _at_path(record: Mapping[str, Attribute], path: tuple[str, ...], schema: Schema) -> Attribute | None:
    """The attribute at the end of ``path``, optional if any step is; a step may lead to another entity."""
    required = True
    attribute: Attribute | None = None
    for step in path:
        attribute = record.get(step)
        if attribute is None:
            return None
        required = required and attribute.required
        match attribute.type:
            case RecordType(attributes=attributes):
                record = attributes
            case EntityRef(name=name) if name in schema.entity_types:
                record = schema.entity_types[name].attributes
            case _:
                record = {}
    return Attribute(attribute.type, required, attribute.annotations) if attribute is not None else None


def contradictory(exprs: Iterable[Expr]) -> bool:
    """Whether conditions that must all hold ask one input to equal two different constants."""
    wanted: dict[Expr, Expr] = {}
    for expr in exprs:
        match expr:
            case Binary(op="==", left=left, right=Lit() | EntityLit() as value):
                if wanted.setdefault(left, value) != value:
                    return True
            case _:
                pass
    return False


def flat(expr: Expr, op: str) -> tuple[Expr, ...]:
    """The operands of nested ``op``, in order."""
    if isinstance(expr, Binary) and expr.op == op:
        return (*flat(expr.left, op), *flat(expr.right, op))
    return (expr,)


def _common(sides: Iterable[tuple[str, ...]], only: str | None) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for side in sides:
        found.update(dict.fromkeys(side))
    return tuple(name for name in found if only is None or name == only)


def value_expr(place: Place, value: str) -> Expr:
    """``x == "v"``, or ``x.contains("v")`` for a set; the entity ``T::"v"`` where the attribute holds entities."""
    inner = place.type.element if isinstance(place.type, SetType) else place.type
    constant: Expr = EntityLit(inner.name, value) if isinstance(inner, EntityRef) else Lit(value)
    if isinstance(place.type, SetType):
        return Method(place.expr, "contains", (constant,))
    return Binary("==", place.expr, constant)


def resolve(cond: Cond, env: Env, unknown: bool) -> list[Option]:
    """All expressions that ``cond`` may stand for in ``env``, without duplicates, in reading order."""
    match cond:
        case Leaf(build=build):
            options = list(dict.fromkeys(build(env, unknown)))
            if not options:
                env.failures.append((cond.start, cond.end, ""))
            return options[:MOST_OPTIONS]
        case Not(part=part):
            return [Option(negate(o.expr), o.notes) for o in resolve(part, env, not unknown)]
        case Join(op=op, parts=parts):
            found: list[Option] = []
            for combination in product(*(resolve(part, env, unknown) for part in parts)):
                if op == "&&" and contradictory(part for o in combination for part in flat(o.expr, op)):
                    first = start_of(parts[0])
                    env.failures.append((first, max(first, start_of(parts[-1])) + 1, "nothing can be both at once"))
                    continue
                notes = tuple(dict.fromkeys(note for o in combination for note in o.notes))
                found.append(Option(_joined(op, [o.expr for o in combination]), notes))
                if len(found) >= MOST_OPTIONS:
                    break
            return found
