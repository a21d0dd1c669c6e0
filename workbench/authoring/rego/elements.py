"""Elements of sets of the request: what `some x in input.s` and `every x in input.s` come to without a variable.

Imports nodes, terms, operators, evaluating and refusals. Cedar asks a set whether it contains an element, all of some,
or any of some; so an element that a rule compares with something else is that something, and a rule that says only
which elements there may be is about the set as a whole. Anything else is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from workbench.authoring.rego.evaluating import Runner, Scope, evaluate, forced, values
from workbench.authoring.rego.kinds import Kind
from workbench.authoring.rego.nodes import (
    Assign,
    Call,
    Every,
    Infix,
    Literal,
    Not,
    Place,
    Ref,
    SomeIn,
    Term,
    Test,
    Var,
    parts,
    variables,
)
from workbench.authoring.rego.operators import agreed, as_condition, as_set, element, elements_of
from workbench.authoring.rego.refusals import RefusalError
from workbench.authoring.rego.terms import TRUE, Branch, Const, Fact, Many, Rules, Table, Value, Words, conj, disj, neg
from workbench.language.ast import Expr, Method, SetLit

MESSAGE = "message#"
"""The name that stands for what a `deny` gives out."""
Remaining = tuple[Expr, Scope, list[Literal]]


class About(NamedTuple):
    """What one literal says of an element: that it is (``positive``) one of what ``other`` is, or is not.

    ``listed``: ``other`` is a collection. ``closed``: the literal is false, not undefined, where ``other`` is missing;
    a negation is true there.
    """

    positive: bool
    listed: bool
    other: Term
    negated: bool


def about(literal: Literal, name: str) -> About | None:
    """What ``literal`` says of the element ``name``, where it says no more than that."""
    if isinstance(literal, Not):
        inner = about(literal.inner, name)
        if inner is None or inner.negated:
            return None
        return About(not inner.positive, inner.listed, inner.other, True)
    if isinstance(literal, Assign):
        if not literal.unify:
            return None
        literal = Test(Infix("==", literal.left, literal.right, literal.place), literal.place)
    if not isinstance(literal, Test) or not isinstance(literal.term, Infix):
        return None
    op, left, right = literal.term.op, literal.term.left, literal.term.right
    if op in {"==", "!="}:
        if isinstance(right, Var) and right.name == name:
            left, right = right, left
    elif op != "in":
        return None
    if not isinstance(left, Var) or left.name != name or name in variables(right):
        return None
    return About(op != "!=", op == "in", right, False)


def some_element(
    run: Runner, name: str, fact: Fact, rest: Sequence[Literal], scope: Scope, place: Place
) -> list[Remaining]:
    """`some name in fact`, with the rest of the body: each way its condition, scope, and what is left to do.

    Raises ``RefusalError`` where the rest asks of the element what Cedar cannot.
    """
    kind = elements_of(fact, place)
    asking = [literal for literal in rest if name in variables(literal) and not _message(literal)]
    others = [literal for literal in rest if literal not in asking]
    told: Scope = {**scope, name: Words()}  # where it is not known which element it is, a message can still name it
    if not asking:
        return [(neg(_empty(fact)), told, others)]
    if (merged := _paired(asking, others, name)) is not None:
        return some_element(run, name, fact, merged, scope, place)
    for literal in asking:
        found = _candidates(run, literal, name, kind, scope)
        if found is None:
            continue
        ways: list[Remaining] = []
        left = [other for other in rest if other is not literal]
        if isinstance(found, Branch):
            if len(asking) > 1:
                continue
            assert isinstance(found.value, Fact)
            return [(conj(found.condition, Method(fact.expr, "containsAny", (found.value.expr,))), told, others)]
        if len(asking) == 1 and len(found) > 1 and _plain(found):
            many = Many("set", tuple(value for _, value, _ in found))
            return [(Method(fact.expr, "containsAny", (as_set(many, kind, run.world.uses, place),)), told, others)]
        for when, value, settled in found:
            has = as_condition(element(value, fact, run.world.uses, place))
            ways.append((conj(when, has), {**scope, name: value}, left if settled else list(rest)))
        return ways
    outside = [about(literal, name) for literal in asking]
    if all(one is not None and not one.positive for one in outside):
        return [
            (_some_outside(run, fact, kind, [one for one in outside if one is not None], scope, place), told, others)
        ]
    raise _refused(asking, name)


def _message(literal: Literal) -> bool:
    """Whether a literal only puts a message together, which is there whatever the element is."""
    if not isinstance(literal, Assign) or literal.unify or not isinstance(literal.left, Var):
        return False
    if literal.left.name == MESSAGE:
        return True
    return isinstance(literal.right, Call) and literal.right.function in {"sprintf", "concat"}


def _refused(asking: Sequence[Literal], name: str) -> RefusalError:
    shown = "an element of a set" if name.endswith("#") else f"`{name}`, an element of a set of the request,"
    help_ = "an element can be compared with `==`, `!=` and `in`; else let the caller send what the rule needs to know"
    return RefusalError("iteration", f"{shown} is asked what Cedar cannot ask", asking[0].place, help_)


def _meets(fact: Fact, other: Expr) -> Expr:
    """Some element of ``fact`` is in ``other``."""
    if isinstance(other, SetLit) and len(other.items) == 1:
        return Method(fact.expr, "contains", other.items)
    return Method(other, "containsAny", (fact.expr,))


def _empty(fact: Fact) -> Expr:
    return Method(fact.expr, "isEmpty", ())


def _paired(asking: Sequence[Literal], others: Sequence[Literal], name: str) -> list[Literal] | None:
    """``some x in a; some y in b; x == y`` as ``x in b``, where ``y`` is for nothing else."""
    for literal in asking:
        said = about(literal, name)
        if said is None or not said.positive or said.listed or said.negated or not isinstance(said.other, Var):
            continue
        other = said.other.name
        for some in others:
            if isinstance(some, SomeIn) and isinstance(some.value, Var) and some.value.name == other:
                left = [each for each in (*asking, *others) if each is not literal and each is not some]
                if not any(other in variables(each) for each in left):
                    member = Test(Infix("in", Var(name, literal.place), some.domain, literal.place), literal.place)
                    return [member, *left]
    return None


def _plain(found: Sequence[tuple[Expr, Value, bool]]) -> bool:
    return all(when == TRUE and settled and isinstance(value, Const) for when, value, settled in found)


def _candidates(
    run: Runner, literal: Literal, name: str, kind: Kind, scope: Scope
) -> list[tuple[Expr, Value, bool]] | Branch | None:
    """What the element can be for ``literal`` to hold; each with its condition, and whether that settles the literal.

    A branch: the element has to be one of that set's, a fact.
    """
    said = about(literal, name)
    if said is not None and said.positive and not said.negated:
        if _unready(run, said.other, scope):
            return None
        if not said.listed:
            return [(when, value, True) for when, value in values(run, said.other, scope)]
        found: list[tuple[Expr, Value, bool]] = []
        branches = evaluate(run, said.other, scope)
        for when, collection in branches:
            listed = _listed(run, collection, said.other.place)
            if listed is None:
                whole = forced(run, collection, said.other.place)
                if isinstance(whole, Fact) and len(branches) == 1:
                    agreed(elements_of(whole, said.other.place), kind, said.other.place, "an element")
                    return Branch(when, whole)
                return None
            found += [(conj(when, then), forced(run, value, literal.place), True) for then, value in listed]
        return found
    for ref in _read(literal):
        for at, step in enumerate(ref.steps):
            if not isinstance(step, Var) or step.name != name:
                continue
            whole_term: Term = Ref(ref.base, ref.steps[:at], ref.place) if at else ref.base
            if name in variables(whole_term) or _unready(run, whole_term, scope):
                continue
            keys: list[tuple[Expr, Value, bool]] = []
            for when, collection in evaluate(run, whole_term, scope):
                named = _keys(run, collection, literal.place)
                if named is None:
                    return None
                keys += [(conj(when, then), forced(run, key, literal.place), False) for then, key in named]
            return keys
    return None


def _read(literal: Literal) -> Iterator[Ref]:
    """Everything that has to be there for ``literal`` to hold."""
    pending: list[Term] = []
    match literal:
        case Test(term=term):
            pending = [term]
        case Assign(left=left, right=right):
            pending = [left, right]
        case SomeIn(domain=domain) | Every(domain=domain):
            pending = [domain]
        case _:
            return
    while pending:
        term = pending.pop()
        if isinstance(term, Ref):
            yield term
        pending.extend(parts(term))


def _unready(run: Runner, term: Term, scope: Scope) -> bool:
    return any((scope[n] is None) if n in scope else not run.index.names(n) for n in variables(term))


def _listed(run: Runner, collection: Value, place: Place) -> list[tuple[Expr, Value]] | None:
    if isinstance(collection, Many):
        return [(TRUE, item) for item in collection.items]
    if isinstance(collection, Table):
        return [(TRUE, item) for _, item in collection.items]
    if isinstance(collection, Rules) and not collection.keyed:
        return [(when, item) for when, item in run.elements(collection, place)]
    return None


def _keys(run: Runner, collection: Value, place: Place) -> list[tuple[Expr, Value]] | None:
    if isinstance(collection, Table):
        return [(TRUE, key) for key, _ in collection.items]
    if isinstance(collection, Many) and collection.kind == "set":
        return [(TRUE, item) for item in collection.items]
    if isinstance(collection, Rules):
        return [(when, item) for when, item in run.elements(collection, place)]
    return None


# ---- sets as a whole -----------------------------------------------------------------------------------------------


def _other(run: Runner, said: About, kind: Kind, scope: Scope, place: Place) -> list[tuple[Expr, Expr | None]]:
    """What ``said`` compares with, as sets of Cedar with their conditions; ``None`` for the empty one."""
    found: list[tuple[Expr, Expr | None]] = []
    if _unready(run, said.other, scope):
        raise RefusalError(
            "iteration", "an element is compared with what has no value here", place, "compare with a constant"
        )
    for when, value in evaluate(run, said.other, scope):
        if not said.listed:
            one = forced(run, value, place)
            found.append((when, as_set(Many("set", (one,)), kind, run.world.uses, place)))
            continue
        listed = _listed(run, value, place)
        if listed is None:
            whole = forced(run, value, place)
            if not isinstance(whole, Fact):
                raise RefusalError(
                    "iteration", "this is no set of which Cedar knows the elements", place, "write it out"
                )
            agreed(elements_of(whole, place), kind, place, "an element")
            found.append((when, whole.expr))
            continue
        if any(then != TRUE for then, _ in listed):
            raise RefusalError("iteration", "the elements of this depend on the request", place, "write the set out")
        items = tuple(forced(run, item, place) for _, item in listed)
        found.append((when, as_set(Many("set", items), kind, run.world.uses, place) if items else None))
    return found


def _some_outside(run: Runner, fact: Fact, kind: Kind, outside: Sequence[About], scope: Scope, place: Place) -> Expr:
    """Some element is in none of what ``outside`` says."""
    if len(outside) == 1:
        said = outside[0]
        cases, present = [], []
        for when, other in _other(run, said, kind, scope, place):
            present.append(when)
            all_in = _empty(fact) if other is None else Method(other, "containsAll", (fact.expr,))
            cases.append(conj(when, neg(all_in)))
        missing = conj(neg(disj(*present)), neg(_empty(fact))) if said.negated else TRUE
        return disj(*cases, missing) if said.negated else disj(*cases)
    items: dict[Expr, None] = {}
    for said in outside:
        found = _other(run, said, kind, scope, place)
        if len(found) != 1 or found[0][0] != TRUE or not isinstance(found[0][1], SetLit | None):
            raise RefusalError(
                "iteration", "several things are asked of one element", place, "ask them of sets written out"
            )
        if isinstance(found[0][1], SetLit):
            items.update(dict.fromkeys(found[0][1].items))
    if not items:
        return neg(_empty(fact))
    return neg(Method(SetLit(tuple(items)), "containsAll", (fact.expr,)))


def every_element(run: Runner, literal: Every, fact: Fact, scope: Scope) -> Expr:
    """`every x in fact { … }`. Raises ``RefusalError`` where the body asks of an element what Cedar cannot."""
    kind = elements_of(fact, literal.place)
    name, found_parts = literal.value, []
    for inner in literal.body:
        said = about(inner, name)
        if said is None:
            if name in variables(inner) or isinstance(inner, SomeIn | Assign):
                raise _refused([inner], name)
            found_parts.append(run.condition([inner], scope))
            continue
        cases, present = [], []
        for when, other in _other(run, said, kind, scope, literal.place):
            present.append(when)
            if said.positive:
                inside = _empty(fact) if other is None else Method(other, "containsAll", (fact.expr,))
            elif other is None:
                inside = TRUE
            else:
                inside = neg(_meets(fact, other))
            cases.append(conj(when, inside))
        if said.negated:
            cases.append(neg(disj(*present)))
        found_parts.append(disj(*cases))
    whole = conj(*found_parts)
    if whole == TRUE:
        return TRUE
    return whole if _holds_of_none(run, literal, scope) else disj(_empty(fact), whole)


def _holds_of_none(run: Runner, literal: Every, scope: Scope) -> bool:
    """Whether what came out is true of the empty set by itself, so that nothing needs to be said of it."""
    for inner in literal.body:
        said = about(inner, literal.value)
        if said is None or any(when != TRUE for when, _ in evaluate(run, said.other, scope)):
            return False
    return True
