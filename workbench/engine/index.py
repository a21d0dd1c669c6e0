"""Which rules could matter to a request: by action, then by pins. Pure; may import the engine and language types.

A tree per action. In each node every rule is placed by its first unused pin: principal or resource uid (looked up with
the uid and its ancestors), ``attribute == literal``, ``attribute.contains(literal)``, a threshold on a Long, a type.
Where the attribute is missing or of a wrong type the conditions would fail, so all rules of that group are asked. What
is found is a superset of the rules that are satisfied or fail: each one's own test still decides.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from workbench.engine.env import Env
from workbench.engine.pins import ContainsPin, EqualPin, Holder, Order, Pin, RangePin, Side, TypePin, UidPin, pins_of
from workbench.engine.rules import CompiledRule, uid_of
from workbench.engine.values import EntityUid, Record, SetValue, key

LEAF = 3  # a group this small is not divided further
DEPTH = 5
_SHARED_MAX = 64  # rules without an action are copied into each action's tree while they are few
_REMEMBERED = 4_096

Entry: TypeAlias = tuple[CompiledRule, tuple[Pin, ...]]
Select: TypeAlias = Callable[[Env, list[CompiledRule]], None]

_HOLDER: Mapping[Holder, Callable[[Env], Record]] = {
    "principal": lambda e: e.principal_attrs,
    "resource": lambda e: e.resource_attrs,
    "context": lambda e: e.context,
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
        self._pins = {rule: pins_of(rule) for rule in rules}
        self._shared = None if len(self._unscoped) <= _SHARED_MAX else self._tree(self._unscoped)
        self._listed: dict[tuple[EntityUid, frozenset[EntityUid]], list[CompiledRule]] = {}
        self._made: dict[tuple[EntityUid, frozenset[EntityUid]], tuple[Select, ...]] = {}
        self._known = {uid: self._selectors(uid, ancestors) for uid, ancestors in actions.items()}

    def candidates(self, env: Env) -> list[CompiledRule]:
        """The rules that may be satisfied or fail on this request; not in source order."""
        found: list[CompiledRule] = []
        selectors = self._known.get(env.action)
        if selectors is None:
            entity = env.find(env.action)
            selectors = self._selectors(env.action, _NO_GROUPS if entity is None else entity.ancestors)
        for select in selectors:
            select(env, found)
        return found

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
        return build([(rule, self._pins[rule]) for rule in rules], DEPTH)


_NO_GROUPS: frozenset[EntityUid] = frozenset()


# ---- the tree --------------------------------------------------------------------------------------------------------


def build(entries: Sequence[Entry], depth: int) -> Select:
    """The look-up of these rules as a function that appends to a list what a request calls for."""
    rest: list[CompiledRule] = []
    groups: dict[tuple[object, ...], list[Entry]] = {}
    if len(entries) <= LEAF or depth == 0:
        rest = [rule for rule, _ in entries]
    else:
        for rule, pins in entries:
            if pins:
                groups.setdefault(_group_of(pins[0]), []).append((rule, pins))
            else:
                rest.append(rule)
    branches: list[Select] = []
    for group in groups.values():
        if len(group) == 1:
            rest.append(group[0][0])
        else:
            branches.append(_branch(group, depth - 1))
    return _sequence(tuple(rest), tuple(branches))


def _sequence(rest: tuple[CompiledRule, ...], branches: tuple[Select, ...]) -> Select:
    if not branches:
        return lambda _, out: out.extend(rest)
    if len(branches) == 1 and not rest:
        return branches[0]

    def select(env: Env, out: list[CompiledRule]) -> None:
        out.extend(rest)
        for branch in branches:
            branch(env, out)

    return select


def _group_of(pin: Pin) -> tuple[object, ...]:
    match pin:
        case UidPin(side=side) | TypePin(side=side):
            return type(pin), side
        case EqualPin(holder=holder, attr=attr) | ContainsPin(holder=holder, attr=attr):
            return type(pin), holder, attr
        case RangePin(holder=holder, attr=attr, op=op):
            return RangePin, holder, attr, op


def _branch(group: Sequence[Entry], depth: int) -> Select:
    first = group[0][1][0]
    match first:
        case RangePin(holder=holder, attr=attr, op=op):
            return _by_range(group, holder, attr, op)
        case UidPin(side=side):
            return _by_uid(_divided(group, depth), side)
        case TypePin(side=side):
            return _by_type(_divided(group, depth), side)
        case EqualPin(holder=holder, attr=attr):
            return _by_value(_divided(group, depth), tuple(r for r, _ in group), holder, attr)
        case ContainsPin(holder=holder, attr=attr):
            return _by_member(_divided(group, depth), tuple(r for r, _ in group), holder, attr)


def _divided(group: Sequence[Entry], depth: int) -> dict[object, Select]:
    """One sub-tree per value of the group's pin; the pin is used up."""
    by_value: dict[object, list[Entry]] = {}
    for rule, pins in group:
        pin = pins[0]
        value = pin.uid if isinstance(pin, UidPin) else pin.type if isinstance(pin, TypePin) else _value_of(pin)
        by_value.setdefault(value, []).append((rule, pins[1:]))
    return {value: build(entries, depth) for value, entries in by_value.items()}


def _value_of(pin: EqualPin | ContainsPin | RangePin) -> object:
    return pin.bound if isinstance(pin, RangePin) else pin.value


def _by_uid(table: Mapping[object, Select], side: Side) -> Select:
    get = table.get
    if side == "principal":

        def by_principal(env: Env, out: list[CompiledRule]) -> None:
            branch = get(env.principal)
            if branch is not None:
                branch(env, out)
            for ancestor in env.principal_ancestors:
                branch = get(ancestor)
                if branch is not None:
                    branch(env, out)

        return by_principal

    def by_resource(env: Env, out: list[CompiledRule]) -> None:
        branch = get(env.resource)
        if branch is not None:
            branch(env, out)
        for ancestor in env.resource_ancestors:
            branch = get(ancestor)
            if branch is not None:
                branch(env, out)

    return by_resource


def _by_type(table: Mapping[object, Select], side: Side) -> Select:
    get = table.get

    def select(env: Env, out: list[CompiledRule]) -> None:
        branch = get((env.principal if side == "principal" else env.resource).type)
        if branch is not None:
            branch(env, out)

    return select


def _by_value(table: Mapping[object, Select], everyone: tuple[CompiledRule, ...], holder: Holder, attr: str) -> Select:
    get, fields = table.get, _HOLDER[holder]

    def select(env: Env, out: list[CompiledRule]) -> None:
        value = fields(env).get(attr)
        if value is None:
            out.extend(everyone)  # the attribute is missing: each of them fails, or is guarded
            return
        branch = get(key(value))
        if branch is not None:
            branch(env, out)

    return select


def _by_member(table: Mapping[object, Select], everyone: tuple[CompiledRule, ...], holder: Holder, attr: str) -> Select:
    get, fields = table.get, _HOLDER[holder]

    def select(env: Env, out: list[CompiledRule]) -> None:
        members = fields(env).get(attr)
        if type(members) is not SetValue:
            out.extend(everyone)
            return
        if len(members) > len(table):
            for value, branch in table.items():
                if value in members:
                    branch(env, out)
            return
        for member in members:
            chosen = get(member)
            if chosen is not None:
                chosen(env, out)

    return select


def _by_range(group: Sequence[Entry], holder: Holder, attr: str, op: Order) -> Select:
    """Rules sorted by their bound: those that the value satisfies are a prefix (``>``) or a suffix (``<``)."""
    bounded = sorted(((pins[0].bound, rule) for rule, pins in group if isinstance(pins[0], RangePin)), key=_bound)
    bounds = [bound for bound, _ in bounded]
    rules = tuple(rule for _, rule in bounded)
    fields = _HOLDER[holder]
    find = bisect_left if op in (">", "<=") else bisect_right
    prefix = op in (">", ">=")

    def select(env: Env, out: list[CompiledRule]) -> None:
        value = fields(env).get(attr)
        if type(value) is not int:
            out.extend(rules)
            return
        at = find(bounds, value)
        out.extend(rules[:at] if prefix else rules[at:])

    return select


def _bound(item: tuple[int, CompiledRule]) -> int:
    return item[0]
