"""A given world as terms: every input that a question can read, pinned to its value, each pin a part that can give way.

Pure. What is not pinned cannot be read, so a proof that certain pins cannot all stay is a proof about the given world.
References stay among the entities known (some unknown ones of each type among them, for what is in no row), memberships
follow from what each entity is directly in. Data may be missing here, whatever the assumption: the world is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from workbench.analysis.facts import Facts
from workbench.analysis.given import Asked, EntityPlace, FieldPlace, Given, ParentPlace, Place, TagPlace
from workbench.analysis.space import CONTEXT, Space
from workbench.analysis.terms import Term
from workbench.analysis.values import Scalar, Unsupported, field_of, path_to, unknown
from workbench.engine.entities import Entities
from workbench.engine.entity import Entity
from workbench.engine.extensions.datetime import Datetime, Duration
from workbench.engine.extensions.decimal import Decimal4
from workbench.engine.extensions.ipaddr import Ip
from workbench.engine.request import Request
from workbench.engine.values import EntityUid, Record, SetValue, Value
from workbench.language.literals import is_plain_identifier, quote
from workbench.language.schema import Attribute, RecordType
from workbench.language.schema_annotations import split_values

MOST_UNKNOWN = 12
"""Entities of each type that nothing is known of, at the most: new ones, and ones that are referred to in vain.

As many as there are references of the type in the question are always enough: it cannot tell more of them apart.
"""
ONE_CHANGE = 1_000
"""The weight of a change; what is added to it decides between sets with as many changes."""
_CLAIMED, _RECORDED, _VOUCHED, _TAG, _MEMBERSHIP, _NEW, _GONE = 0, 3, 10, 12, 20, 60, 80
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field's unknowns. ``given``: its value, ``None`` for absent. ``values``: what the schema says it may be."""

    present: Term
    value: Term | None
    given: Value | None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One input as it is: ``term`` says that it stays. ``path``: as a person writes it."""

    key: str
    path: str
    place: Place
    term: Term
    weight: int
    leaf: Leaf | None = None


class Pins:
    """``parts`` can give way; ``fixed`` must hold. ``complete``: entities may not become unknown.

    ``ample``: whether there are as many unknown entities as any change could need. Raises ``values.Unsupported`` for a
    field that is asked about and whose values terms cannot hold.
    """

    def __init__(
        self, space: Space, wanted: Term, request: Request, context: Record, entities: Entities, *, complete: bool
    ) -> None:
        self.space = self._space = space
        self.wanted = wanted
        self._terms = space.terms
        self._schema = space.schema
        self._complete = complete
        self.parts: dict[str, Part] = {}
        self.new: dict[EntityUid, list[Leaf]] = {}  # what an entity that becomes known is asked for
        self.fixed: list[Term] = []
        known = self._cone([wanted])
        self._functions = {_function(term) for term in known if term.op == "app"}
        self._texts = [term.data for term in known if term.op == "const" and term.sort == "Text"]
        self.given = Given(request, context, entities, self._asked(known))
        references = self._references(known)
        self.ample = all(number <= MOST_UNKNOWN for number in references.values())
        for kind in sorted(references):
            self._add_unknown(kind, min(references[kind], MOST_UNKNOWN))
        self._pin(context, known)
        self._close([wanted], known)

    # ---- what is asked about

    def _cone(self, roots: Iterable[Term]) -> list[Term]:
        facts = Facts(self._space.encoder)
        facts.of([*roots, self._space.principal.term, self._space.resource.term])
        return list(facts.known)

    def _references(self, known: Iterable[Term]) -> Counter[str]:
        """How often, by type, an entity is referred to that could be another one."""
        sides = (self._space.principal.term, self._space.resource.term)
        return Counter(
            term.sort[2:]
            for term in known
            if term.sort.startswith("E:") and term.op == "app" and term not in sides
            if term.sort[2:] in self._schema.entity_types
        )

    def _asked(self, known: list[Term]) -> Asked:
        names = {(term.args[0].sort[2:], term.data) for term in known if term.op == "app" and term.args}
        attributes = {
            (kind, attribute)
            for kind, declared in self._schema.entity_types.items()
            for attribute in declared.attributes
            if any(of == kind and _begins(name, path_to(kind, attribute)) for of, name in names)
        }
        members = {kind for kind, name in names if name == "in"}
        for kind in list(members):
            members |= self._space.schema.entity_ancestors(kind)
        literals = [
            EntityUid(term.sort[2:], term.data)
            for term in known
            if term.op == "const" and term.sort.startswith("E:") and term.sort[2:] in self._schema.entity_types
        ]
        types = frozenset(self._references(known))
        return Asked(frozenset(attributes), frozenset(members), types, tuple(dict.fromkeys(literals)))

    def _add_unknown(self, kind: str, number: int = 1) -> None:
        declared = self._schema.entity_types[kind]
        if declared.enum is not None:
            for id in declared.enum:
                self.given.add_unknown(EntityUid(kind, id))
            return
        stem = kind.rpartition("::")[2].lower()
        free = (uid for n in count(1) if self.given.is_free(uid := EntityUid(kind, f"{stem}{n}")))
        for _ in range(number):
            self.given.add_unknown(next(free))

    # ---- pins

    def _pin(self, context: Record, known: list[Term]) -> None:
        given, sides = self.given, (self._space.principal.term, self._space.resource.term)
        for term, uid in zip(sides, (given.request.principal, given.request.resource), strict=True):
            self.fixed.append(self._terms.eq(term, self._const(uid)))
        attributes = self._space.action.context.attributes
        self._fields(CONTEXT, CONTEXT, (), attributes, context, None, (), None)
        for uid, entity in given.known.items():
            self._entity(uid, entity)
        if any(name == "in" for name, _, _ in self._functions):
            self._memberships()
        self._tags(known)

    def _const(self, uid: EntityUid) -> Term:
        return self._terms.const(f"E:{uid.type}", uid.id)

    def _add(self, path: str, place: Place, term: Term, weight: int, leaf: Leaf | None = None) -> None:
        if term is not self._terms.true:
            key = f"{len(self.parts):05}"
            self.parts[key] = Part(key, path, place, term, ONE_CHANGE + weight, leaf)

    def _fields(
        self,
        name: str,
        path: str,
        args: tuple[Term, ...],
        attributes: Mapping[str, Attribute],
        record: Record,
        owner: EntityUid | None,
        steps: tuple[str, ...],
        source: str | None,
    ) -> None:
        terms = self._terms
        for attribute, declared in attributes.items():
            field = field_of(terms, path_to(name, attribute), args, declared)
            given: Value | None = record.get(attribute)
            inner = f"{path}.{attribute}" if is_plain_identifier(attribute) else f"{path}[{quote(attribute)}]"
            place = FieldPlace(owner, (*steps, attribute))
            said = declared.annotations.get("source", source or "caller")
            weight = _VOUCHED if said != "caller" else _CLAIMED if owner is None else _RECORDED
            stays = field.present if given is not None else terms.not_(field.present)
            present = stays if self._is_asked(field.present) else terms.true
            if isinstance(declared.type, RecordType):
                self._add(inner, place, present, weight)
                if given is not None:
                    assert isinstance(given, Record)
                    self._fields(
                        path_to(name, attribute), inner, args, declared.type.attributes, given, owner, place.steps, said
                    )
                continue
            value = field.value
            if not isinstance(value, Scalar):
                self._add(inner, place, present, weight)
                continue
            asked = self._is_asked(value.term)
            same = self._same(value.term, given) if asked and given is not None else terms.true
            leaf = Leaf(field.present, value.term if asked else None, given, _listed(declared))
            self._add(inner, place, terms.and_(present, same), weight, leaf)

    def _leaves(self, name: str, args: tuple[Term, ...], attributes: Mapping[str, Attribute]) -> Iterator[Leaf]:
        for attribute, declared in attributes.items():
            field = field_of(self._terms, path_to(name, attribute), args, declared)
            if isinstance(declared.type, RecordType):
                yield from self._leaves(path_to(name, attribute), args, declared.type.attributes)
            elif isinstance(value := field.value, Scalar) and self._is_asked(value.term):
                yield Leaf(field.present, value.term, None, _listed(declared))

    def _is_asked(self, term: Term) -> bool:
        return term.op == "app" and _function(term) in self._functions

    def _same(self, term: Term, value: Value) -> Term:
        constant = constant_of(self._space, term.sort, value)
        return self._terms.same(term, constant) if term.sort.startswith("S:") else self._terms.eq(term, constant)

    def _entity(self, uid: EntityUid, entity: Entity | None) -> None:
        declared = self._schema.entity_types.get(uid.type)
        if declared is None or declared.enum is not None:
            return
        const = self._const(uid)
        there = self._space.encoder.exists(const)
        if entity is None:
            self._add(str(uid), EntityPlace(uid), self._terms.not_(there), _NEW)
            self.new[uid] = list(self._leaves(uid.type, (const,), declared.attributes))
            return
        if self._complete:
            self.fixed.append(there)
        else:
            self._add(str(uid), EntityPlace(uid), there, _GONE)
        self._fields(uid.type, self.given.names[uid], (const,), declared.attributes, entity.attrs, uid, (), None)

    # ---- memberships

    def _memberships(self) -> None:
        """What is in what follows from what each is directly in, over the entities known."""
        terms, encoder = self._terms, self._space.encoder
        for uid, entity in self.given.known.items():
            if uid.type not in self._schema.entity_types:
                continue
            above = [other for other in self.given.known if other.type in encoder.schema.entity_ancestors(uid.type)]
            above = [other for other in above if other != uid]
            child, there = self._const(uid), encoder.exists(self._const(uid))
            edges = {other: terms.app("parent", "Bool", (child, self._const(other))) for other in above}
            for other in above:
                rises = terms.lt(self._rank(uid), self._rank(other))  # nothing is in itself
                self.fixed.append(terms.implies(terms.and_(there, edges[other]), rises))
                if entity is not None:
                    stays = terms.eq(edges[other], terms.boolean(other in entity.parents))
                    path = f"{self.given.names[uid]} in {other}"
                    self._add(path, ParentPlace(uid, other), terms.implies(there, stays), _MEMBERSHIP)
                group = self._const(other)
                ways = (terms.and_(edges[step], encoder.inside(self._const(step), group)) for step in above)
                within = terms.app("in", "Bool", (child, group))
                self.fixed.append(terms.eq(within, terms.and_(there, terms.or_(*ways))))

    def _rank(self, uid: EntityUid) -> Term:
        return self._terms.app("rank", "Int", (self._const(uid),))

    # ---- tags

    def _tags(self, known: list[Term]) -> None:
        for kind, declared in self._schema.entity_types.items():
            if declared.tags is None or (f"{kind}#?", "Bool", f"E:{kind}") not in self._functions:
                continue
            keys = [term.args[1] for term in known if term.op == "app" and term.data == f"{kind}#?"]
            names = [key.data for key in keys if key.op == "const"]
            if any(key.op != "const" for key in keys):
                names += [*self._texts, *self._given_texts()]
                names += [tag for uid, row in self.given.known.items() if row and uid.type == kind for tag in row.tags]
            names = list(dict.fromkeys(names))
            for uid, entity in self.given.known.items():
                if entity is not None and uid.type == kind:
                    for name in names:
                        self._tag(uid, entity, name)
            for key in keys:
                if key.op == "app":
                    self.fixed.append(self._terms.or_(*(self._terms.eq(key, self._terms.text(n)) for n in names)))

    def _tag(self, uid: EntityUid, entity: Entity, name: str) -> None:
        terms, args = self._terms, (self._const(uid), self._terms.text(name))
        has, given = terms.app(f"{uid.type}#?", "Bool", args), entity.tags.get(name)
        declared = self._schema.entity_types[uid.type].tags
        assert declared is not None
        stays = has if given is not None else terms.not_(has)
        value = unknown(terms, f"{uid.type}#", args, declared)
        term = value.term if isinstance(value, Scalar) and self._is_asked(value.term) else None
        if given is not None and term is not None:
            stays = terms.and_(stays, self._same(term, given))
        path = f"{self.given.names[uid]} tag {quote(name)}"
        self._add(path, TagPlace(uid, name), stays, _TAG, Leaf(has, term, given))

    def _given_texts(self) -> Iterator[str]:
        """Texts that are given: what a computed name of a tag can be."""
        for part in self.parts.values():
            if part.leaf is not None and isinstance(part.leaf.given, str):
                yield part.leaf.given

    # ---- the world is closed

    def _close(self, roots: list[Term], known: list[Term]) -> None:
        """No entity but the known ones: for every reference, also those that facts about the pins bring in."""
        done: set[Term] = {self._space.principal.term, self._space.resource.term}
        for _ in range(_ROUNDS):
            fresh = [t for t in known if t.op == "app" and t.sort.startswith("E:") and t not in done]
            fresh = [term for term in fresh if term.sort[2:] in self._schema.entity_types]
            if not fresh:
                return
            done.update(fresh)
            self.fixed += [self._one_of(term) for term in fresh]
            known = self._cone([*roots, *self.fixed, *(part.term for part in self.parts.values())])

    def _one_of(self, term: Term) -> Term:
        kind, terms = term.sort[2:], self._terms
        if not any(uid.type == kind for uid in self.given.known):
            self._add_unknown(kind)
        among = [self._const(uid) for uid in self.given.known if uid.type == kind]
        there = self._space.encoder.exists
        needed = self._complete and self._schema.entity_types[kind].enum is None
        return terms.or_(*(terms.and_(terms.eq(term, c), there(c) if needed else terms.true) for c in among))


def _listed(declared: Attribute) -> tuple[str, ...]:
    return tuple(value for value, _ in split_values(declared.annotations.get("values", "")) if value)


def _function(term: Term) -> tuple[str, str, str]:
    return term.data, term.sort, term.args[0].sort if term.args else ""


def _begins(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and (len(name) == len(prefix) or name[len(prefix)] in ".:?")


def constant_of(space: Space, sort: str, value: Value) -> Term:
    """A concrete value as a term of ``sort``."""
    terms = space.terms
    match value:
        case bool():
            return terms.boolean(value)
        case int():
            return terms.integer(value)
        case str():
            return terms.text(value)
        case EntityUid(type=kind, id=id):
            return terms.const(f"E:{kind}", id)
        case Decimal4(units=number) | Datetime(millis=number) | Duration(millis=number):
            return terms.integer(number)
        case Ip():
            return terms.const("Ip", value)
        case SetValue():
            return terms.literal_set(sort[2:], [constant_of(space, sort[2:], member) for member in value.members()])
    raise Unsupported("records have no term of their own")
