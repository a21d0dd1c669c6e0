"""Which rules could matter to a request: by action, then by pins. Pure; may import the engine and language types.

A tree per action. In each node every rule is placed by its first unused pin: principal or resource uid (looked up with
the uid and its ancestors), ``attribute == literal``, ``attribute.contains(literal)``, a threshold on a Long, a type.
Where the attribute is missing or of a wrong type the conditions would fail, so all rules of that group are asked. What
is found is a superset of the rules that are satisfied or fail: each one's own test decides, except where the way to it
already met everything that the rule demands.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TypeAlias

from workbench.engine.env import Env
from workbench.engine.pins import (
    ContainsPin,
    EqualPin,
    Holder,
    Order,
    Pin,
    Pins,
    RangePin,
    Side,
    TypePin,
    UidPin,
    pins_of,
)
from workbench.engine.rules import CompiledRule, uid_of
from workbench.engine.values import EntityUid, Record, SetValue, key

LEAF = 1  # a group this small is not divided further
DEPTH = 5
_SHARED_MAX = 64  # rules without an action are copied into each action's tree while they are few
_REMEMBERED = 4_096

Rules: TypeAlias = list[CompiledRule]
# Adds to its second argument the rules to ask, to its third those that are certain to be satisfied.
Select: TypeAlias = Callable[[Env, Rules, Rules], None]
Entry: TypeAlias = tuple[CompiledRule, tuple[Pin, ...], bool]  # a rule, its unused pins, whether they complete it

_FIELDS: Mapping[Holder, Callable[[Env], Record]] = {
    "principal": attrgetter("principal_attrs"),
    "resource": attrgetter("resource_attrs"),
    "context": attrgetter("context"),
}


class ActionIndex:
    """The rules by action; what the schema knows of actions is prepared, the rest is made when first asked for."""

    def __init__(self, rules: Sequence[CompiledRule], actions: Mapping[EntityUid, frozenset[EntityUid]]) -> None:
        """``actions``: every action that a request may name, with its groups; empty where they are not known."""
        self._unscoped: list[CompiledRule] = []
        self._by_uid: dict[EntityUid, list[CompiledRule]] = {}
        self._groups: dict[EntityUid, list[CompiledRule]] = {}
        for rule in rules:
            scope = rule.scope.action
            if scope.kind == "any":
                self._unscoped.append(rule)
            for entity in scope.entities:
                uid = uid_of(entity)
                self._by_uid.setdefault(uid, []).append(rule)
                if scope.kind == "in":
                    self._groups.setdefault(uid, []).append(rule)
        self._pins: dict[CompiledRule, Pins] = {}  # kept only while the trees of the known actions are made
        self._shared = None if len(self._unscoped) <= _SHARED_MAX else self._tree(self._unscoped)
        self._listed: dict[tuple[EntityUid, frozenset[EntityUid]], list[CompiledRule]] = {}
        self._made: dict[tuple[EntityUid, frozenset[EntityUid]], tuple[Select, ...]] = {}
        self._known = {uid: self._selectors(uid, ancestors) for uid, ancestors in actions.items()}
        self._pins = {}

    def select(self, env: Env) -> tuple[Rules, Rules]:
        """The rules to ask, which alone may be satisfied or fail, and those certain to be satisfied; in no order."""
        ask: Rules = []
        certain: Rules = []
        selectors = self._known.get(env.action)
        if selectors is None:
            entity = env.find(env.action)
            selectors = self._selectors(env.action, _NO_GROUPS if entity is None else entity.ancestors)
        for select in selectors:
            select(env, ask, certain)
        return ask, certain

    def applicable(self, env: Env) -> list[CompiledRule]:
        """Every rule whose action constraint matches, in source order."""
        entity = env.find(env.action)
        place = env.action, _NO_GROUPS if entity is None else entity.ancestors
        found = self._listed.get(place)
        if found is None:
            found = self._rules(*place, with_unscoped=True)
            if len(self._listed) < _REMEMBERED:
                self._listed[place] = found
        return found

    def _rules(self, uid: EntityUid, groups: frozenset[EntityUid], *, with_unscoped: bool) -> list[CompiledRule]:
        found = {rule.order: rule for rule in self._by_uid.get(uid, ())}
        for group in groups:
            found.update((rule.order, rule) for rule in self._groups.get(group, ()))
        if with_unscoped:
            found.update((rule.order, rule) for rule in self._unscoped)
        return [found[order] for order in sorted(found)]

    def _selectors(self, uid: EntityUid, groups: frozenset[EntityUid]) -> tuple[Select, ...]:
        made = self._made.get((uid, groups))
        if made is None:
            tree = self._tree(self._rules(uid, groups, with_unscoped=self._shared is None))
            made = (tree,) if self._shared is None else (self._shared, tree)
            if len(self._made) < _REMEMBERED:
                self._made[uid, groups] = made
        return made

    def _tree(self, rules: Iterable[CompiledRule]) -> Select:
        return build([(rule, *self._pins_of(rule)) for rule in rules], DEPTH)

    def _pins_of(self, rule: CompiledRule) -> Pins:
        found = self._pins.get(rule)
        if found is None:
            found = self._pins[rule] = pins_of(rule)
        return found


_NO_GROUPS: frozenset[EntityUid] = frozenset()


# ---- the tree --------------------------------------------------------------------------------------------------------


def build(entries: Sequence[Entry], depth: int) -> Select:
    """The look-up of these rules as a function that adds to its lists what a request calls for."""
    met = tuple([rule for rule, pins, complete in entries if complete and not pins])
    asked: Rules = []
    groups: dict[tuple[object, ...], list[Entry]] = {}
    few = len(entries) <= LEAF or depth == 0
    for entry in entries:
        rule, pins, complete = entry
        if not pins or few:
            if pins or not complete:
                asked.append(rule)
        else:
            groups.setdefault(_group_of(pins[0]), []).append(entry)
    branches: list[Select] = []
    for group in groups.values():
        if len(group) == 1:
            asked.append(group[0][0])
        else:
            branches.append(_branch(group, depth - 1))
    return _node(tuple(asked), met, tuple(branches))


def _node(asked: tuple[CompiledRule, ...], met: tuple[CompiledRule, ...], branches: tuple[Select, ...]) -> Select:
    if len(branches) == 1 and not asked and not met:
        return branches[0]
    if not branches:

        def add(_: Env, ask: Rules, certain: Rules) -> None:
            ask += asked
            certain += met

        return add

    def select(env: Env, ask: Rules, certain: Rules) -> None:
        ask.extend(asked)
        certain.extend(met)
        for branch in branches:
            branch(env, ask, certain)

    return select


def _group_of(pin: Pin) -> tuple[object, ...]:
    match pin:
        case UidPin(side=side, within=within):
            return UidPin, side, within
        case TypePin(side=side):
            return TypePin, side
        case EqualPin(holder=holder, attr=attr) | ContainsPin(holder=holder, attr=attr):
            return type(pin), holder, attr
        case RangePin(holder=holder, attr=attr, op=op):
            return RangePin, holder, attr, op


def _branch(group: Sequence[Entry], depth: int) -> Select:
    first = group[0][1][0]
    everyone = tuple([rule for rule, _, _ in group])
    match first:
        case RangePin(holder=holder, attr=attr, op=op):
            return _by_range(group, holder, attr, op)
        case UidPin(side=side, within=within):
            return (_by_membership if within else _by_identity)(_divided(group, depth), side)
        case TypePin(side=side):
            return _by_type(_divided(group, depth), side)
        case EqualPin(holder=holder, attr=attr):
            return _by_value(_divided(group, depth), everyone, holder, attr)
        case ContainsPin(holder=holder, attr=attr):
            return _by_member(_divided(group, depth), everyone, holder, attr)


def _divided(group: Sequence[Entry], depth: int) -> dict[object, Select]:
    """One sub-tree per value of the group's pin; the pin is used up."""
    by_value: dict[object, list[Entry]] = {}
    for rule, pins, complete in group:
        by_value.setdefault(_value_of(pins[0]), []).append((rule, pins[1:], complete))
    return {value: build(entries, depth) for value, entries in by_value.items()}


def _value_of(pin: Pin) -> object:
    match pin:
        case UidPin(uid=uid):
            return uid
        case TypePin(type=type_):
            return type_
        case EqualPin(value=value) | ContainsPin(value=value):
            return value
        case RangePin(bound=bound):
            return bound


def _by_identity(table: Mapping[object, Select], side: Side) -> Select:
    get, uid_of_side = table.get, attrgetter(side)

    def select(env: Env, ask: Rules, certain: Rules) -> None:
        branch = get(uid_of_side(env))
        if branch is not None:
            branch(env, ask, certain)

    return select


def _by_membership(table: Mapping[object, Select], side: Side) -> Select:
    get, uid_of_side, ancestors_of_side = table.get, attrgetter(side), attrgetter(f"{side}_ancestors")

    def select(env: Env, ask: Rules, certain: Rules) -> None:
        branch = get(uid_of_side(env))
        if branch is not None:
            branch(env, ask, certain)
        for ancestor in ancestors_of_side(env):
            branch = get(ancestor)
            if branch is not None:
                branch(env, ask, certain)

    return select


def _by_type(table: Mapping[object, Select], side: Side) -> Select:
    get, uid_of_side = table.get, attrgetter(side)

    def select(env: Env, ask: Rules, certain: Rules) -> None:
        branch = get(uid_of_side(env).type)
        if branch is not None:
            branch(env, ask, certain)

    return select


def _by_value(table: Mapping[object, Select], everyone: tuple[CompiledRule, ...], holder: Holder, attr: str) -> Select:
    get, fields = table.get, _FIELDS[holder]

    def select(env: Env, ask: Rules, certain: Rules) -> None:
        value = fields(env).get(attr)
        if value is None:
            ask.extend(everyone)  # the attribute is missing: each of them fails, or is guarded
            return
        branch = get(value if type(value) is not bool else key(value))
        if branch is not None:
            branch(env, ask, certain)

    return select


def _by_member(table: Mapping[object, Select], everyone: tuple[CompiledRule, ...], holder: Holder, attr: str) -> Select:
    get, fields = table.get, _FIELDS[holder]

    def select(env: Env, ask: Rules, certain: Rules) -> None:
        members = fields(env).get(attr)
        if type(members) is not SetValue:
            ask.extend(everyone)
            return
        if len(members) > len(table):
            for value, branch in table.items():
                if value in members:
                    branch(env, ask, certain)
            return
        for member in members:
            chosen = get(member)
            if chosen is not None:
                chosen(env, ask, certain)

    return select


def _by_range(group: Sequence[Entry], holder: Holder, attr: str, op: Order) -> Select:
    """Rules sorted by their bound: those that the value satisfies are a prefix (``>``) or a suffix (``<``).

    Rules of which the bound is the last demand come apart from the rest: within their bound they are satisfied.
    """
    everyone = tuple([rule for rule, _, _ in group])
    met = _Bounded([entry for entry in group if entry[2] and len(entry[1]) == 1], op)
    asked = _Bounded([entry for entry in group if not (entry[2] and len(entry[1]) == 1)], op)
    fields = _FIELDS[holder]

    def select(env: Env, ask: Rules, certain: Rules) -> None:
        value = fields(env).get(attr)
        if type(value) is not int:
            ask.extend(everyone)
            return
        if met.rules:
            certain.extend(met.within(value))
        if asked.rules:
            ask.extend(asked.within(value))

    return select


class _Bounded:
    """Rules in the order of the bounds of their first pin, all with one operator."""

    __slots__ = ("_bounds", "_find", "_prefix", "rules")

    def __init__(self, group: Sequence[Entry], op: Order) -> None:
        bounded = [(pins[0].bound, rule) for rule, pins, _ in group if isinstance(pins[0], RangePin)]
        bounded.sort(key=lambda item: item[0])
        self._bounds = [bound for bound, _ in bounded]
        self.rules = tuple([rule for _, rule in bounded])
        self._find = bisect_left if op in (">", "<=") else bisect_right
        self._prefix = op in (">", ">=")

    def within(self, value: int) -> tuple[CompiledRule, ...]:
        """Those whose comparison with ``value`` is true."""
        at = self._find(self._bounds, value)
        return self.rules[:at] if self._prefix else self.rules[at:]
