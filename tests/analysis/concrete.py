"""Terms read in one concrete world: what they are worth there, by the engine's own values, without the solver.

In every world a term that says that a rule is satisfied must say what the engine says, and every fact must be true. An
unknown is looked up where its name comes from: names are made once more from the schema, with the encoder's functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench.analysis.patterns import matches
from workbench.analysis.space import CONTEXT, Space
from workbench.analysis.terms import Term, Terms, cone
from workbench.analysis.values import Field, Opaque, RecordValue, Scalar, Value, field_of, fields_of, path_to, unknown
from workbench.engine import Entities, Request
from workbench.engine.extensions.datetime import Datetime, Duration
from workbench.engine.extensions.decimal import Decimal4
from workbench.engine.extensions.ipaddr import Ip
from workbench.engine.values import EntityUid, Record, SetValue

Get = Callable[[Any], Any]  # from a record, an entity's attributes or a tag to what an unknown is about; None: absent


class Names:
    """Which unknown stands for what, in one space: ``leaves`` by name and sort, ``present`` by name."""

    def __init__(self, space: Space) -> None:
        self.context: dict[tuple[str, str], Get] = {}
        self.of_entity: dict[tuple[str, str, str], Get] = {}
        self.of_tag: dict[tuple[str, str, str], Get] = {}
        self.has_tag: dict[str, str] = {}
        scratch = Terms()
        action = space.action
        for name, field in fields_of(scratch, CONTEXT, (), action.context.attributes).items():
            self._field(field, lambda record, name=name: record.get(name), self.context.__setitem__)
        for kind, declared in space.schema.entity_types.items():
            entity = scratch.app("it", f"E:{kind}")

            def note(key: tuple[str, str], get: Get, kind: str = kind) -> None:
                self.of_entity[(*key, kind)] = get

            for name, attribute in declared.attributes.items():
                field = field_of(scratch, path_to(kind, name), (entity,), attribute)
                self._field(field, lambda record, name=name: record.get(name), note)
            if declared.tags is not None:
                self.has_tag[f"{kind}#?"] = kind

                def note_tag(key: tuple[str, str], get: Get, kind: str = kind) -> None:
                    self.of_tag[(*key, kind)] = get

                key = scratch.app("key", "Text")
                self._value(unknown(scratch, f"{kind}#", (entity, key), declared.tags), lambda tag: tag, note_tag)

    def _field(self, field: Field, get: Get, note: Callable[[tuple[str, str], Get], None]) -> None:
        if field.present.op == "app":
            note((field.present.data, "Bool"), lambda record: get(record) is not None)
        self._value(field.value, get, note)

    def _value(self, value: Value, get: Get, note: Callable[[tuple[str, str], Get], None]) -> None:
        match value:
            case Scalar(term=term):
                note((term.data, term.sort), get)
            case RecordValue(fields=fields):
                for name, inner in fields.items():
                    self._field(
                        inner, lambda record, name=name: None if (r := get(record)) is None else r.get(name), note
                    )
            case Opaque():
                return


class Ground:
    """One request and its entities, fit for the space's schema."""

    def __init__(self, space: Space, names: Names, request: Mapping[str, Any], entities: Entities) -> None:
        self._space = space
        self._names = names
        self._entities = entities
        rules = entities.rules
        assert rules is not None
        self._request = Request.from_json(dict(request))
        self._context = rules.context_of(self._request)
        self._predicates: dict[str, Term] = {}
        self._values: dict[Term, Any] = {}

    def holds(self, term: Term) -> bool:
        """Whether a Bool term is true here."""
        value = self.value(term)
        assert isinstance(value, bool)
        return value

    def note(self, terms: Any) -> None:
        """Predicates whose witnesses may be asked for."""
        for term in terms:
            if term.op in ("subset", "meets", "within"):
                self._predicates[f"one of {term.id}"] = term

    def value(self, term: Term) -> Any:
        for each in cone([term]):
            if each not in self._values:
                self._values[each] = self._made(each, [self._values[arg] for arg in each.args])
        return self._values[term]

    def _made(self, term: Term, args: list[Any]) -> Any:
        match term.op:
            case "const":
                return term.data
            case "app":
                return self._unknown(term, args)
            case "not":
                return not args[0]
            case "and":
                return all(args)
            case "or":
                return any(args)
            case "ite":
                return args[1] if args[0] else args[2]
            case "eq":
                return type(args[0]) is type(args[1]) and args[0] == args[1]
            case "le":
                return args[0] <= args[1]
            case "add":
                return args[0] + args[1]
            case "mul":
                return args[0] * args[1]
            case "div":
                return args[0] // args[1]
            case "mod":
                return args[0] % args[1]
            case "like":
                return matches(args[0], term.data)
            case "v4":
                return args[0].is_ipv4()
            case "inrange":
                return args[0].is_in_range(args[1])
            case "set":
                return frozenset(map(_marked, args))
            case "member":
                return _marked(args[1]) in args[0]
            case "subset":
                return args[0] <= args[1]
            case "meets":
                return not args[0].isdisjoint(args[1])
            case "within":
                return any(self._inside(term.args[0].sort, args[0], term.args[1].sort[2:], each) for each in args[1])
        raise AssertionError(term.op)

    # ---- unknowns

    def _unknown(self, term: Term, args: list[Any]) -> Any:
        name = term.data
        sides = {"principal": self._request.principal, "resource": self._request.resource}
        if not args and name in sides:
            return sides[name].id
        if name in self._predicates:
            return self._witness(self._predicates[name], term.sort)
        if not args:
            found = self._names.context[name, term.sort](self._context)
        elif name == "exists":
            return self._entity(term.args[0].sort, args[0]) is not None
        elif name == "in":
            same = term.args[0].sort == term.args[1].sort and args[0] == args[1]
            return not same and self._inside(term.args[0].sort, args[0], term.args[1].sort, args[1])
        else:
            found = self._data(term, args)
        return _plain(found, term.sort, self._space)

    def _data(self, term: Term, args: list[Any]) -> Any:
        name, kind = term.data, term.args[0].sort[2:]
        entity = self._entity(term.args[0].sort, args[0])
        if name in self._names.has_tag:
            return entity is not None and args[1] in entity.tags
        if len(args) == 2:
            get = self._names.of_tag[name, term.sort, kind]
            tag = None if entity is None else entity.tags.get(args[1])
            return None if tag is None else get(tag)
        return None if entity is None else self._names.of_entity[name, term.sort, kind](entity.attrs)

    def _entity(self, sort: str, id_: Any) -> Any:
        return self._entities.find(EntityUid(sort[2:], id_))

    def _inside(self, sort: str, id_: Any, group_sort: str, group: Any) -> bool:
        if sort == group_sort and id_ == group:
            return True
        entity = self._entity(sort, id_)
        return entity is not None and EntityUid(group_sort[2:], group) in entity.ancestors

    def _witness(self, predicate: Term, sort: str) -> Any:
        """Something that the predicate speaks of, if there is any."""
        left, right = (self.value(arg) for arg in predicate.args)
        match predicate.op:
            case "subset":
                among = left - right
            case "meets":
                among = left & right
            case _:
                low = predicate.args[0].sort
                among = frozenset(each for each in right if self._inside(low, left, sort, each))
        return _unmarked(min(among, key=repr)) if among else _plain(None, sort, self._space)


class _Mark(str):
    """A Boolean in a set of terms, told apart from an Int."""

    __slots__ = ()


def _marked(value: Any) -> Any:
    return _Mark(value) if type(value) is bool else value


def _unmarked(value: Any) -> Any:
    return value == "True" if type(value) is _Mark else value


def _plain(value: Any, sort: str, space: Space) -> Any:
    """An engine's value as terms have it; for what is absent, some value of the sort."""
    match value:
        case None:
            return _any(sort, space)
        case EntityUid(id=id_):
            return id_
        case Decimal4(units=number) | Datetime(millis=number) | Duration(millis=number):
            return number
        case SetValue():
            return frozenset(_marked(_plain(each, sort[2:], space)) for each in value.members())
        case Record():
            raise AssertionError("records have no term")
    return value


def _any(sort: str, space: Space) -> Any:
    if sort.startswith("S:"):
        return frozenset()
    if sort.startswith("E:"):
        kind = space.schema.entity_types.get(sort[2:])
        return kind.enum[0] if kind is not None and kind.enum is not None else "nobody"
    return {"Bool": False, "Int": 0, "Text": "", "Ip": Ip(4, 0, 32)}[sort]
