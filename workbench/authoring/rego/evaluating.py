"""Terms of Rego → branches: what a term is, and when.

Imports nodes, terms, operators, functions and refusals. Everything that rules contribute comes through :class:`Runner`,
so that this module knows neither bodies nor how rules are put together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Protocol, TypeAlias

from workbench.authoring.rego.index import Index
from workbench.authoring.rego.nodes import (
    Call,
    Collection,
    Comprehension,
    Infix,
    Literal,
    Object,
    Place,
    Ref,
    Scalar,
    Term,
    Var,
)
from workbench.authoring.rego.operators import as_condition, calculate, compare, element, equal, truth
from workbench.authoring.rego.refusals import RefusalError
from workbench.authoring.rego.terms import (
    FALSE,
    TRUE,
    Branch,
    Branches,
    Const,
    Fact,
    Input,
    Many,
    Rules,
    Table,
    Value,
    conj,
    disj,
    live,
    neg,
)
from workbench.authoring.rego.worlds import World
from workbench.language.ast import Expr

MOST_BRANCHES = 512
Scope: TypeAlias = Mapping[str, Value | None]
"""Local names; ``None`` for one that is declared and has no value yet."""


class Runner(Protocol):
    """Who evaluates: what is known, the text's rules, and what they come to.

    ``searches``: how often an element was taken out of something, so that a name could have several values.
    """

    world: World
    index: Index
    searches: int

    def rule(self, name: str, place: Place) -> Branches:
        """The values of the rule called ``name``."""
        ...

    def elements(self, rules: Rules, place: Place) -> Branches:
        """What ``rules`` puts together."""
        ...

    def call(self, name: str, args: Sequence[Value], place: Place) -> Branches:
        """A function of the text, or of Rego, applied."""
        ...

    def condition(self, body: Sequence[Literal], scope: Scope) -> Expr:
        """When a body holds."""
        ...


def evaluate(run: Runner, term: Term, scope: Scope) -> Branches:
    """The branches of ``term``, whose conditions exclude each other. Raises ``RefusalError``."""
    match term:
        case Scalar(value=value, place=place):
            if value is not None:
                return [Branch(TRUE, Const(value))]
            raise RefusalError("null", "Cedar has no `null`", place, "leave the attribute out, and test with `not`")
        case Var(name=name, place=place):
            return _name(run, name, scope, place)
        case Ref():
            return _reference(run, term, scope)
        case Call(function=name, args=args, place=place):
            return _called(run, name, args, scope, place)
        case Infix():
            return _infix(run, term, scope)
        case Collection(kind=kind, items=items):
            return [Branch(when, Many(kind, values)) for when, values in _each(run, items, scope)]
        case Object():
            return _object(run, term, scope)
        case Comprehension(kind=kind, place=place):
            help_ = "write the condition on one element with `some … in`, or with `every`"
            raise RefusalError("comprehension", f"a comprehension (of a new {kind}) has no counterpart", place, help_)


def forced(run: Runner, value: Value, place: Place) -> Value:
    """``value`` as something that can be compared: a part of the input becomes the fact that it is."""
    if not isinstance(value, Input):
        return value
    found = run.world.lookup(value.path)
    shown = ".".join(("input", *value.path))
    if found is None:  # pragma: no cover - a value is made where it was found
        raise RefusalError("no_such_input", f"`{shown}` is nowhere", place)
    if found.value is None or run.world.uses.has_parts(value.path):
        help_ = f"compare what names it, as `{shown}.id`; `--map {shown}.id=principal` says that this is the id"
        raise RefusalError("record", f"`{shown}` has parts, and cannot be compared as a whole", place, help_)
    return found.value


def values(run: Runner, term: Term, scope: Scope) -> Branches:
    """As :func:`evaluate`, with every value forced."""
    return [Branch(when, forced(run, value, term.place)) for when, value in evaluate(run, term, scope)]


def holds(run: Runner, term: Term, scope: Scope) -> Branches:
    """As :func:`evaluate`, each value being whether it counts as true."""
    found = []
    for when, value in evaluate(run, term, scope):
        if isinstance(value, Input):
            seen = run.world.lookup(value.path)
            parts = seen is None or seen.value is None or run.world.uses.has_parts(value.path)
            value = Const(True) if parts or seen is None or seen.value is None else seen.value
        found.append(Branch(conj(when, as_condition(value)), Const(True)))
    return live(found)


def bounded(found: Sequence[Branch], place: Place) -> None:
    """Refuse a term that has so many cases that nobody could read the rule."""
    if len(found) > MOST_BRANCHES:
        raise RefusalError(
            "too_many_cases", f"this has over {MOST_BRANCHES} cases", place, "write smaller tables, or fewer at once"
        )


def _each(run: Runner, terms: Sequence[Term], scope: Scope) -> list[tuple[Expr, tuple[Value, ...]]]:
    """Every way in which all ``terms`` are there, with their values."""
    ways = []
    lists = [evaluate(run, term, scope) for term in terms]
    total = 1
    for one in lists:
        total *= len(one)
    if total > MOST_BRANCHES:
        raise RefusalError(
            "too_many_cases", f"this has over {MOST_BRANCHES} cases", terms[0].place, "write smaller tables"
        )
    for way in product(*lists):
        when = conj(*(branch.condition for branch in way))
        if when != FALSE:
            ways.append((when, tuple(forced(run, b.value, t.place) for b, t in zip(way, terms, strict=True))))
    return ways


def _name(run: Runner, name: str, scope: Scope, place: Place) -> Branches:
    if name in scope:
        value = scope[name]
        if value is None:
            raise RefusalError("unsafe", f"`{name}` has no value here", place, "give it one with `:=` or `some … in`")
        return [Branch(TRUE, value)]
    if name == "input":
        return [Branch(TRUE, Input(()))]
    if name in run.index.rules:
        return run.rule(name, place)
    if name in run.index.aliases:
        root, *rest = run.index.aliases[name]
        steps = tuple(Scalar(step, place) for step in rest)
        return evaluate(run, Ref(Var(root, place), steps, place) if steps else Var(root, place), {})
    if name == "data":
        raise _data(place)
    raise RefusalError("unsafe", f"`{name}` is not defined", place, "define it in this file")


def _data(place: Place) -> RefusalError:
    help_ = "write the table into this file, or let the caller send what it says as attributes"
    return RefusalError("data", "`data` is outside of this file", place, help_)


def _reference(run: Runner, ref: Ref, scope: Scope) -> Branches:
    base, steps = ref.base, ref.steps
    if isinstance(base, Var) and base.name in run.index.aliases and base.name not in scope:
        root, *rest = run.index.aliases[base.name]
        base, steps = Var(root, base.place), (*(Scalar(step, base.place) for step in rest), *steps)
    if isinstance(base, Var) and base.name == "data" and base.name not in scope:
        own = run.index.package
        named = tuple(step.value for step in steps[: len(own) + 1] if isinstance(step, Scalar))
        if len(named) <= len(own) or named[:-1] != own or named[-1] not in run.index.rules:
            raise _data(ref.place)
        base, steps = Var(str(named[-1]), ref.place), steps[len(own) + 1 :]
        scope = {name: value for name, value in scope.items() if name != base.name}
    found = evaluate(run, base, scope)
    for step in steps:
        found = [
            Branch(conj(when, then), inner) for when, value in found for then, inner in _step(run, value, step, scope)
        ]
        found = live(found)
        bounded(found, ref.place)
    return found


def _step(run: Runner, value: Value, step: Term, scope: Scope) -> Branches:
    """``value[step]``."""
    found = []
    for when, key in values(run, step, scope):
        found += [Branch(conj(when, then), inner) for then, inner in _at(run, value, key, step.place)]
    return live(found)


def _at(run: Runner, value: Value, key: Value, place: Place) -> Branches:
    if isinstance(value, Input):
        if not isinstance(key, Const) or not isinstance(key.value, str):
            what = "an index" if isinstance(key, Const) else "a name that is only known from the request"
            help_ = "ask for an element with `in`; a set of Cedar has no order, and names stand in the rule"
            raise RefusalError("index", f"`{'.'.join(('input', *value.path))}` is read at {what}", place, help_)
        path = (*value.path, key.value)
        found = run.world.lookup(path)
        return [] if found is None else [Branch(found.present, Input(path))]
    if isinstance(value, Table):
        return _alternatives(run, value.items, key, place)
    if isinstance(value, Many) and value.kind == "array":
        if isinstance(key, Const) and isinstance(key.value, int) and not isinstance(key.value, bool):
            return [Branch(TRUE, value.items[key.value])] if 0 <= key.value < len(value.items) else []
        raise RefusalError(
            "index", "an array is read at an index from the request", place, "ask for an element with `in`"
        )
    if isinstance(value, Many):
        inside = as_condition(element(key, value, run.world.uses, place))
        return live([Branch(inside, key)])
    if isinstance(value, Rules):
        inside = disj(
            *(
                conj(when, as_condition(equal(key, forced(run, item, place), run.world.uses, place)))
                for when, item in run.elements(value, place)
            )
        )
        return live([Branch(inside, Const(True) if value.keyed else key)])
    if isinstance(value, Const):
        return []  # a text or a number has no parts
    raise RefusalError("index", "this cannot be read at a key", place, "read attributes by their names")


def _alternatives(run: Runner, items: Sequence[tuple[Const, Value]], key: Value, place: Place) -> Branches:
    found = []
    for name, inner in items:
        if isinstance(key, Const):
            if key == name:
                found.append(Branch(TRUE, inner))
            continue
        found.append(Branch(as_condition(equal(key, name, run.world.uses, place)), inner))
    return live(found)


def _infix(run: Runner, term: Infix, scope: Scope) -> Branches:
    uses, place, op = run.world.uses, term.place, term.op
    if op in {"&", "|"}:
        raise RefusalError(
            "set_operation", f"`{op}` makes a new set", place, "ask for elements with `some … in` and `in`"
        )
    found = []
    rights = evaluate(run, term.right, scope)
    for when, left in values(run, term.left, scope):
        for then, right in rights:
            both = conj(when, then)
            if op == "in":
                found += [Branch(conj(both, also), value) for also, value in _member(run, left, right, place)]
                continue
            right = forced(run, right, term.right.place)
            if op == "==":
                value = equal(left, right, uses, place)
            elif op == "!=":
                value = _negated(equal(left, right, uses, place))
            elif op in {"<", "<=", ">", ">="}:
                value = compare(op, left, right, uses, place)
            else:
                value = calculate(op, left, right, uses, place)
            found.append(Branch(both, value))
    bounded(found, place)
    return live(found)


def _member(run: Runner, item: Value, collection: Value, place: Place) -> Branches:
    uses = run.world.uses
    if isinstance(collection, Rules):
        if collection.keyed:
            help_ = f"write `{collection.name}[…]`, or `{collection.name} contains … if`"
            raise RefusalError(
                "keyed_rule", f"`{collection.name}[…]` is a set in one Rego and an object in the other", place, help_
            )
        inside = disj(
            *(
                conj(when, as_condition(equal(item, forced(run, other, place), uses, place)))
                for when, other in run.elements(collection, place)
            )
        )
        return [Branch(TRUE, truth(inside))]
    if isinstance(collection, Table):
        collection = Many("set", tuple(inner for _, inner in collection.items))
    if isinstance(collection, Const):
        return [Branch(TRUE, Const(False))]
    return [Branch(TRUE, element(item, forced(run, collection, place), uses, place))]


def _negated(value: Value) -> Value:
    if isinstance(value, Const):
        return Const(not value.value)
    assert isinstance(value, Fact)
    return Fact(neg(value.expr), value.kind)


def _object(run: Runner, term: Object, scope: Scope) -> Branches:
    keys = []
    for key, _ in term.items:
        if not isinstance(key, Scalar) or key.value is None:
            raise RefusalError("dynamic_key", "a key of an object is not a constant", key.place, "write the keys out")
        keys.append(Const(key.value))
    if len(set(keys)) < len(keys):
        raise RefusalError("dynamic_key", "a key stands twice", term.place, "write each key once")
    inner = _each(run, [value for _, value in term.items], scope)
    return [Branch(when, Table(tuple(zip(keys, found, strict=True)))) for when, found in inner]


def _called(run: Runner, name: str, args: Sequence[Term], scope: Scope, place: Place) -> Branches:
    found = []
    own = ".".join(("data", *run.index.package, ""))
    if name.partition(".")[0] in {"data", *run.index.aliases} and not name.startswith(own):
        raise _data(place)
    lists = [evaluate(run, arg, scope) for arg in args]
    for way in product(*lists):
        when = conj(*(branch.condition for branch in way))
        if when == FALSE:
            continue
        results = run.call(name, [branch.value for branch in way], place)
        found += [Branch(conj(when, then), value) for then, value in results]
    bounded(found, place)
    return live(found)
