"""A solver's model → a request and its entities, or what the model got wrong about the world. Pure.

The solver knows less than is true: not that memberships pass on, nor which texts a combination of ``like`` patterns
allows. Where a model breaks such a rule, :func:`repairs` gives the facts that it lacks (true of every world, so a proof
that uses them stays a proof), and the question is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, product
from typing import Any, TypeAlias

from workbench.analysis.defaults import plain_value
from workbench.analysis.patterns import Pattern, find_text, matches
from workbench.analysis.solver import Model, Other
from workbench.analysis.space import CONTEXT, Space
from workbench.analysis.terms import Term
from workbench.analysis.values import leaf, path_to, sort_of
from workbench.engine.extensions.datetime import Datetime, Duration
from workbench.engine.extensions.decimal import Decimal4
from workbench.engine.values import EntityUid, Record, SetValue, Value, to_json
from workbench.language.schema import Attribute, EntityRef, ExtensionType, RecordType, SetType, Type

_MILLIS: Mapping[str, Callable[[int], Value]] = {"decimal": Decimal4, "datetime": Datetime, "duration": Duration}


@dataclass(frozen=True, slots=True)
class Case:
    """A request and entities in Cedar's JSON forms; uids of the request as ``Type::"id"`` texts."""

    request: Mapping[str, Any]
    entities: tuple[Mapping[str, Any], ...]


class Reading:
    """The values of all terms of a question in one model."""

    def __init__(self, model: Model, terms: Iterable[Term]) -> None:
        self.terms = list(terms)
        self._model = model
        self._values: dict[Term, Any] = {}

    def value(self, term: Term) -> Any:
        """As ``solver.Model.value``; each asked once."""
        if term not in self._values:
            self._values[term] = term.data if term.op == "const" else self._model.value(term)
        return self._values[term]

    def of(self, op: str) -> list[Term]:
        return [term for term in self.terms if term.op == op]

    def sorted_as(self, prefix: str) -> list[Term]:
        """The terms whose sort begins so, in their order."""
        return [term for term in self.terms if term.sort.startswith(prefix)]


# ---- what the model lacks --------------------------------------------------------------------------------------------


def repairs(space: Space, reading: Reading) -> list[Term]:
    """Facts that the model breaks; none where it can be made concrete. Raises ``patterns.TooManyStates``."""
    return [*_of_texts(space, reading), *_of_memberships(space, reading)]


def _of_texts(space: Space, reading: Reading) -> list[Term]:
    """Where a text is a constant, what it matches; where it is not, that some combinations of patterns leave only few
    texts, or none. What is true of one text is said of every text that is asked about."""
    terms = space.terms
    likes = reading.of("like")
    found = []
    for like in likes:
        value = reading.value(like.args[0])
        if not isinstance(value, Other) and reading.value(like) != matches(value, like.data):
            same = terms.eq(like.args[0], terms.text(value))
            found.append(terms.implies(same, like if matches(value, like.data) else terms.not_(like)))
    _, stuck = spelled(reading)
    for said in stuck:
        only = _language(said)
        for text in dict.fromkeys(like.args[0] for like in likes):
            parts = ((terms.like(text, pattern), so) for pattern, so in said.items())
            such = terms.and_(*(part if so else terms.not_(part) for part, so in parts))
            found.append(terms.implies(such, terms.or_(*(terms.eq(text, terms.text(each)) for each in only))))
    return found


Said: TypeAlias = Mapping[Pattern, bool]  # of a text: which patterns it matches, and which not


def spelled(reading: Reading, hints: Sequence[str] = ()) -> tuple[dict[str, str], list[Said]]:
    """A text for each abstract one that patterns speak of, all different and none of them a constant; of ``hints``,
    where one fits and keeps no text from another.

    And, where there is none left, what is said of it, no more than is needed to leave none.
    """
    said: dict[str, dict[Pattern, bool]] = {}
    for like in reading.of("like"):
        value = reading.value(like.args[0])
        if isinstance(value, Other):
            said.setdefault(value, {})[like.data] = reading.value(like)
    taken = {term.data for term in reading.terms if term.op == "const" and term.sort == "Text"}
    texts: dict[str, str] = {}
    stuck: list[Said] = []
    for value, patterns in said.items():
        text = _text_for(patterns, taken)
        if text is None:
            stuck.append(_needed(patterns, taken))
        else:
            texts[value] = text
            taken.add(text)
    for value in texts if hints else ():
        taken.remove(texts[value])
        better = _text_for(said[value], taken, hints)
        texts[value] = texts[value] if better is None else better
        taken.add(texts[value])
    return texts, stuck


def _text_for(said: Said, taken: Collection[str], hints: Sequence[str] = ()) -> str | None:
    like, unlike = (tuple(pattern for pattern, so in said.items() if so is wanted) for wanted in (True, False))
    return _text_like(like, unlike, frozenset(taken), tuple(hints))


@lru_cache(maxsize=2_048)
def _text_like(
    like: tuple[Pattern, ...], unlike: tuple[Pattern, ...], taken: frozenset[str], hints: tuple[str, ...]
) -> str | None:
    """Kept, for models of one environment say much the same of their texts."""
    return find_text(like, unlike, taken, hints)


def _needed(said: Said, taken: Collection[str]) -> Said:
    """A small part of what is said that leaves no text but those taken."""
    left = dict(said)
    for pattern, so in said.items():
        del left[pattern]
        if _text_for(left, taken) is not None:
            left[pattern] = so
    return left


def _language(said: Said) -> list[str]:
    """Every text of which this can be said, known to be few."""
    found: list[str] = []
    while (text := _text_for(said, found)) is not None:
        found.append(text)
    return found


def _of_memberships(space: Space, reading: Reading) -> list[Term]:
    """Memberships that follow from others and are denied, or that run in a circle."""
    asked = [term for term in reading.of("app") if term.data == "in"]
    above: dict[Any, set[Any]] = {}
    for term in asked:
        if reading.value(term):
            child, parent = (_place(reading, arg) for arg in term.args)
            above.setdefault(child, set()).add(parent)
    closed = {place: _reached(place, above) for place in above}
    denied = any(
        not reading.value(term) and _place(reading, term.args[1]) in closed.get(_place(reading, term.args[0]), ())
        for term in asked
    )
    if not denied and not any(place in reached for place, reached in closed.items()):
        return []
    return _passing_on(space, reading, [term for term in asked if reading.value(term)])


def _place(reading: Reading, term: Term) -> tuple[str, Any]:
    return term.sort, reading.value(term)


def _reached(start: Any, above: Mapping[Any, set[Any]]) -> set[Any]:
    reached: set[Any] = set()
    pending = list(above.get(start, ()))
    while pending:
        place = pending.pop()
        if place not in reached:
            reached.add(place)
            pending += above.get(place, ())
    return reached


def _passing_on(space: Space, reading: Reading, held: list[Term]) -> list[Term]:
    terms, found = space.terms, []
    for low, high in product(held, held):
        if _place(reading, low.args[1]) == _place(reading, high.args[0]):
            meets = terms.eq(low.args[1], high.args[0])
            follows = space.encoder.inside(low.args[0], high.args[1])
            circle = low.args[0].sort == high.args[1].sort
            apart = terms.not_(terms.eq(low.args[0], high.args[1])) if circle else terms.true
            found.append(terms.implies(terms.and_(low, meets, high), terms.and_(follows, apart)))
    return found


# ---- a world ---------------------------------------------------------------------------------------------------------


class World:
    """Makes the request and the entities that a model describes, for one schema. ``hints``: texts to prefer."""

    def __init__(self, space: Space, reading: Reading, hints: Iterable[str] = ()) -> None:
        self._space = space
        self._schema = space.schema
        self._reading = reading
        self._hints = tuple(hints)
        self._ids: dict[tuple[str, Any], EntityUid] = {}
        self._texts, _ = spelled(reading, self._hints)
        constants = {term.data for term in reading.terms if term.op == "const" and term.sort == "Text"}
        self._taken: set[str] = {*constants, *self._texts.values()}
        self._leaves: dict[tuple[str, str, tuple[Any, ...]], Term] = {}
        self._members: dict[tuple[str, Any], list[Term]] = {}
        self._name_entities()
        for term in reading.terms:
            if term.op == "app":
                self._leaves[term.data, term.sort, self._key(term.args)] = term
            elif term.op == "member" and reading.value(term):
                self._members.setdefault(_place(reading, term.args[0]), []).append(term.args[1])

    def case(self) -> Case:
        """The request and every entity that the question is about and that exists."""
        principal, resource = self._uid(self._space.principal.term), self._uid(self._space.resource.term)
        kind, id = self._space.environment.action
        context = self._record(CONTEXT, (), self._space.action.context.attributes)
        request = {
            "principal": str(principal),
            "action": str(EntityUid(kind, id)),
            "resource": str(resource),
            "context": to_json(context),
        }
        rows = []
        listed: set[EntityUid] = set()
        while waiting := [place for place in self._ids if self._ids[place] not in listed]:
            for place in waiting:  # a row may name further entities
                listed.add(self._ids[place])
                row = self._row(place)
                if row is not None:
                    rows.append(row)
        return Case(request, tuple(rows))

    # ---- names

    def _key(self, args: Iterable[Term]) -> tuple[Any, ...]:
        return tuple(_place(self._reading, arg) for arg in args)

    def _name_entities(self) -> None:
        named = [self._space.principal.term, self._space.resource.term, *self._reading.sorted_as("E:")]
        for term in named:
            value = self._reading.value(term)
            if not isinstance(value, Other):
                self._ids[term.sort, value] = EntityUid(term.sort[2:], value)
        for term in named:
            self._uid(term)

    def _uid(self, term: Term) -> EntityUid:
        place = _place(self._reading, term)
        if place not in self._ids:
            self._ids[place] = self._fresh(term.sort[2:])
        return self._ids[place]

    def _fresh(self, kind: str) -> EntityUid:
        ids = self._space.encoder.ids(kind)
        if ids is not None:
            return EntityUid(kind, ids[0])
        stem = kind.rpartition("::")[2].lower()
        taken = set(self._ids.values())
        return next(uid for n in count(1) if (uid := EntityUid(kind, f"{stem}-{n}")) not in taken)

    def _some(self, kind: str) -> EntityUid:
        """Some entity of the type, where it does not matter which."""
        return next((uid for uid in self._ids.values() if uid.type == kind), None) or self._placed(kind)

    def _placed(self, kind: str) -> EntityUid:
        made = self._ids[f"E:{kind}", Other("some")] = self._fresh(kind)
        return made

    def _text(self, term: Term) -> str:
        value = self._reading.value(term)
        if not isinstance(value, Other):
            return str(value)
        if value not in self._texts:  # patterns do not speak of it
            text = _text_for({}, self._taken, self._hints)
            assert text is not None
            self._taken.add(text)
            self._texts[value] = text
        return self._texts[value]

    # ---- values

    def _value(self, term: Term, type_: Type) -> Value:
        match type_:
            case EntityRef():
                return self._uid(term)
            case SetType(element=element):
                held = self._members.get(_place(self._reading, term), ())
                return SetValue.of(self._value(item, element) for item in held)
            case ExtensionType(name=name) if name in _MILLIS:
                return _MILLIS[name](self._reading.value(term))
        if term.sort == "Text":
            return self._text(term)
        value: Value = self._reading.value(term)
        return value

    def _leaf(self, name: str, sort: str, key: tuple[Any, ...]) -> Term | None:
        return self._leaves.get((name, sort, key))

    def _unknown(self, name: str, key: tuple[Any, ...], type_: Type) -> Value:
        """The value of the function ``name`` at ``key``; a plain one where the question does not say."""
        if isinstance(type_, RecordType):
            return self._record(name, key, type_.attributes)
        sort = sort_of(type_)
        term = None if sort is None else self._leaf(leaf(name, type_), sort, key)
        if term is not None:
            return self._value(term, type_)
        return self._some(type_.name) if isinstance(type_, EntityRef) else plain_value(type_)

    def _record(self, name: str, key: tuple[Any, ...], attributes: Mapping[str, Attribute]) -> Record:
        found = Record()
        for field, declared in attributes.items():
            path = path_to(name, field)
            if not declared.required:
                there = self._leaf(f"{path}?", "Bool", key)
                if there is None or not self._reading.value(there):
                    continue
            found[field] = self._unknown(path, key, declared.type)
        return found

    # ---- entities

    def _row(self, place: tuple[str, Any]) -> dict[str, Any] | None:
        uid = self._ids[place]
        if uid.type not in self._schema.entity_types:
            return None  # the schema has the actions
        exists = self._leaf("exists", "Bool", (place,))
        if exists is not None and not self._reading.value(exists):
            return None
        declared = self._schema.entity_types[uid.type]
        parents = []
        for term in self._reading.of("app"):
            if term.data == "in" and _place(self._reading, term.args[0]) == place and self._reading.value(term):
                parents.append(self._uid(term.args[1]))
        row: dict[str, Any] = {
            "uid": {"type": uid.type, "id": uid.id},
            "attrs": to_json(self._record(uid.type, (place,), declared.attributes)),
            "parents": [{"type": each.type, "id": each.id} for each in dict.fromkeys(parents)],
        }
        if declared.tags is not None:
            tags = self._tags(uid.type, place, declared.tags)
            if tags:
                row["tags"] = tags
        return row

    def _tags(self, kind: str, place: tuple[str, Any], type_: Type) -> dict[str, Any]:
        found = {}
        for term in self._reading.of("app"):
            if term.data == f"{kind}#?" and _place(self._reading, term.args[0]) == place and self._reading.value(term):
                key = self._key(term.args)
                found[self._text(term.args[1])] = to_json(self._unknown(f"{kind}#", key, type_))
        return found
