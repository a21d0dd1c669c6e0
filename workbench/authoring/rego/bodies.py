"""Bodies of Rego → the ways in which they hold: a condition of Cedar, and what the local names stand for.

Imports nodes, terms, operators, evaluating, elements and refusals. A body is searched as Rego searches it: literals in
any order that gives every name a value before it is read; a name that takes several values makes several ways. What
takes elements out of a set of the request goes to :mod:`~workbench.authoring.rego.elements`, because Cedar has no
variable that runs over a set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from workbench.authoring.rego.elements import every_element, some_element
from workbench.authoring.rego.evaluating import MOST_BRANCHES, Runner, Scope, evaluate, forced, holds
from workbench.authoring.rego.nodes import (
    Assign,
    Declare,
    Every,
    Infix,
    Literal,
    Not,
    Place,
    Ref,
    Scalar,
    SomeIn,
    Term,
    Test,
    Var,
    With,
    assigned,
    parts,
    variables,
)
from workbench.authoring.rego.operators import as_condition, equal
from workbench.authoring.rego.refusals import RefusalError
from workbench.authoring.rego.terms import FALSE, TRUE, Const, Fact, Input, Many, Rules, Table, Value, conj, disj, neg
from workbench.language.ast import Expr


class Way(NamedTuple):
    """One way in which a body holds."""

    condition: Expr
    scope: Scope


def condition_of(run: Runner, body: Sequence[Literal], scope: Scope, *, lenient: bool = False) -> Expr:
    """When ``body`` holds in any way."""
    return disj(*(way.condition for way in solve(run, body, scope, lenient=lenient)))


def solve(run: Runner, body: Sequence[Literal], scope: Scope, *, lenient: bool = False) -> list[Way]:
    """Every way in which ``body`` holds. Raises ``RefusalError`` at the first literal without a counterpart.

    ``lenient``: such literals are left out instead, so that the conditions hold whenever the body does, and perhaps
    more often.
    """
    try:
        return _solve(run, list(body), {**scope, **dict.fromkeys(assigned(list(body)))}, lenient)
    except RecursionError:
        raise RefusalError("too_deep", "the rule is nested too deep", body[0].place, "write it in parts") from None


def _solve(run: Runner, body: list[Literal], scope: Scope, lenient: bool) -> list[Way]:
    if not body:
        return [Way(TRUE, scope)]
    ready = next((at for at, literal in enumerate(body) if _ready(run, literal, body, scope)), None)
    if ready is None:
        if lenient:
            return [Way(TRUE, scope)]
        raise _not_ready(run, body, scope)
    literal, rest = body[ready], body[:ready] + body[ready + 1 :]
    try:
        ways, rest = _literal(run, literal, rest, scope, lenient)
    except RefusalError:
        if not lenient:
            raise
        ways = [Way(TRUE, scope)]
    found: list[Way] = []
    for way in ways:
        if way.condition != FALSE:
            for after in _solve(run, rest, way.scope, lenient):
                when = conj(way.condition, after.condition)
                if when != FALSE:
                    found.append(Way(when, after.scope))
        if len(found) > MOST_BRANCHES:
            raise RefusalError(
                "too_many_cases", f"this has over {MOST_BRANCHES} cases", literal.place, "write smaller tables"
            )
    return found


# ---- which literal is next -----------------------------------------------------------------------------------------


def unbound(run: Runner, name: str, scope: Scope) -> bool:
    """Whether ``name`` is a variable without a value."""
    return scope[name] is None if name in scope else not run.index.names(name)


def _free(run: Runner, node: Term | Literal, scope: Scope) -> set[str]:
    return {name for name in variables(node) if unbound(run, name, scope)}


def _indexed(run: Runner, node: Term, scope: Scope) -> set[str]:
    """Free names that stand alone at an index somewhere in ``node``, where Rego tries every key."""
    found: set[str] = set()
    if isinstance(node, Ref):
        found = {step.name for step in node.steps if isinstance(step, Var) and unbound(run, step.name, scope)}
    for part in parts(node):
        found |= _indexed(run, part, scope)
    return found


def _taken(body: Sequence[Literal], literal: Literal) -> set[str]:
    """Names that another literal of the body takes out of something, so that no index has to."""
    return {
        name
        for other in body
        if isinstance(other, SomeIn) and other is not literal
        for term in (other.key, other.value)
        if term is not None
        for name in variables(term)
    }


def _ready(run: Runner, literal: Literal, body: Sequence[Literal], scope: Scope) -> bool:
    match literal:
        case Declare() | With():
            return True
        case SomeIn(domain=domain):
            return not _free(run, domain, scope) and not _late(run, literal, body, scope)
        case Not():
            free = _free(run, literal, scope)
            return not free or all(name.endswith("#") for name in free)
        case Every():
            return not _free(run, literal, scope)
        case Assign(left=left, right=right, unify=unify):
            targets = [(left, right), (right, left)] if unify else [(left, right)]
            for target, source in targets:
                if isinstance(target, Var) and not (_free(run, source, scope) - _indexed(run, source, scope)):
                    return not (_free(run, source, scope) & _taken(body, literal))
            return not _free(run, literal, scope)
        case Test(term=term):
            free = _free(run, term, scope)
            return free <= _indexed(run, term, scope) and not free & _taken(body, literal)


def _late(run: Runner, literal: SomeIn, body: Sequence[Literal], scope: Scope) -> bool:
    """Whether something else can be done before elements of the request's sets are looked for."""
    if isinstance(literal.domain, Ref | Var) and not _of_request(run, literal.domain, scope):
        return False
    others = [other for other in body if other is not literal and not isinstance(other, SomeIn)]
    return any(_ready(run, other, body, scope) for other in others)


def _of_request(run: Runner, domain: Term, scope: Scope) -> bool:
    try:
        return any(isinstance(branch.value, Input | Fact) for branch in evaluate(run, domain, scope))
    except RefusalError:
        return False  # said where the literal itself is looked at


def _not_ready(run: Runner, body: Sequence[Literal], scope: Scope) -> RefusalError:
    for literal in body:
        if isinstance(literal, Assign) and not isinstance(literal.left, Var) and _free(run, literal.left, scope):
            help_ = "compare with `==`, assign one name at a time with `:=`"
            return RefusalError("pattern_assignment", "something is taken apart", literal.place, help_)
    free = sorted(_free(run, body[0], scope))
    shown = ", ".join(f"`{name}`" for name in free if not name.endswith("#")) or "`_`"
    return RefusalError(
        "unsafe", f"{shown} has no value here", body[0].place, "define it in this file, or give it a value"
    )


# ---- one literal ---------------------------------------------------------------------------------------------------


def _literal(
    run: Runner, literal: Literal, rest: list[Literal], scope: Scope, lenient: bool
) -> tuple[list[Way], list[Literal]]:
    """The ways of one literal, and what remains to be done in each."""
    match literal:
        case Declare():
            return [Way(TRUE, scope)], rest
        case With(place=place):
            help_ = "test what the rule says of the request as it is"
            raise RefusalError("with", "`with` has no counterpart in Cedar", place, help_)
        case Not(inner=inner):
            return [Way(neg(_inner(run, inner, scope)), scope)], rest
        case SomeIn():
            return _some(run, literal, rest, scope, lenient)
        case Every():
            return [Way(_every(run, literal, scope), scope)], rest
        case Assign():
            return _assign(run, literal, rest, scope)
        case Test(term=term):
            lifted, taken = _lifted(run, term, scope)
            if taken:
                return [Way(TRUE, scope)], [*taken, Test(lifted, literal.place), *rest]
            return [Way(disj(*(b.condition for b in holds(run, term, scope))), scope)], rest


def _inner(run: Runner, inner: Literal, scope: Scope) -> Expr:
    """When what `not` stands before holds."""
    if isinstance(inner, Not | With | Every):
        raise RefusalError(
            "negation", "this cannot be negated", inner.place, "write it in a rule of its own, and negate that"
        )
    if isinstance(inner, Test) and not _free(run, inner, scope):
        return condition_of(run, [inner], scope)
    if isinstance(inner, Assign) and inner.unify and not _free(run, inner, scope):
        return condition_of(run, [inner], scope)
    help_ = "write `not x in input.list`, or a rule of its own and negate that"
    raise RefusalError("negation", "a search is negated", inner.place, help_)


def _lifted(run: Runner, term: Term, scope: Scope) -> tuple[Term, list[SomeIn]]:
    """``term`` with each free index replaced by a name that a literal before it takes out of what is indexed."""
    taken: list[SomeIn] = []

    def lift(node: Term) -> Term:
        match node:
            case Ref(base=base, steps=steps, place=place):
                done: Term = lift(base)
                for step in steps:
                    if isinstance(step, Var) and unbound(run, step.name, scope):
                        name = f"{step.name}@{place.line}:{place.column}:{len(taken)}#"
                        taken.append(SomeIn(step, Var(name, place), done, place, True))
                        done = Var(name, place)
                        continue
                    inner = lift(step)
                    done = (
                        Ref(done.base, (*done.steps, inner), place)
                        if isinstance(done, Ref)
                        else Ref(done, (inner,), place)
                    )
                return done
            case Infix(op=op, left=left, right=right, place=place):
                return Infix(op, lift(left), lift(right), place)
            case _:
                if any(_indexed(run, part, scope) for part in parts(node)):
                    help_ = "take the element out first: `some x in …`"
                    raise RefusalError("index", "an index is searched within something else", node.place, help_)
                return node

    return lift(term), taken


def _assign(run: Runner, literal: Assign, rest: list[Literal], scope: Scope) -> tuple[list[Way], list[Literal]]:
    left, right, place = literal.left, literal.right, literal.place
    if literal.unify and not (isinstance(left, Var) and _settable(run, left, scope)):
        left, right = right, left
    if isinstance(left, Var) and (not literal.unify or _settable(run, left, scope)):
        lifted, taken = _lifted(run, right, scope)
        if taken and isinstance(lifted, Var):  # `x := list[_]` takes `x` itself out of the list
            last = taken[-1]
            return [Way(TRUE, scope)], [*taken[:-1], SomeIn(last.key, left, last.domain, place, True), *rest]
        if taken:
            return [Way(TRUE, scope)], [*taken, Assign(left, lifted, literal.unify, place), *rest]
        if left.name in scope and scope[left.name] is not None:
            raise RefusalError("assigned_twice", f"`{left.name}` is given a value twice", place, "use another name")
        return [Way(when, {**scope, left.name: value}) for when, value in evaluate(run, right, scope)], rest
    if not literal.unify:
        raise RefusalError("pattern_assignment", "several names are given values at once", place, "assign one by one")
    both = Test(Infix("==", literal.left, literal.right, place), place)
    if _free(run, both, scope) - _indexed(run, both.term, scope):
        raise RefusalError(
            "unification", "`=` takes something apart here", place, "compare with `==`, assign with `:=`"
        )
    return _literal(run, both, rest, scope, False)


def _settable(run: Runner, var: Var, scope: Scope) -> bool:
    return unbound(run, var.name, scope)


# ---- out of collections --------------------------------------------------------------------------------------------


def members(run: Runner, domain: Value, keyed: bool, place: Place) -> list[tuple[Expr, Value, Value]] | None:
    """``(when, key, value)`` for all that is in a collection of the text; ``None`` for one of the request."""
    if isinstance(domain, Many):
        if domain.kind == "array":
            return [(TRUE, Const(at), item) for at, item in enumerate(domain.items)]
        return [(TRUE, item, item) for item in domain.items]
    if isinstance(domain, Table):
        return [(TRUE, key, value) for key, value in domain.items]
    if isinstance(domain, Rules):
        if domain.keyed and not keyed:
            help_ = f"write `{domain.name}[x]`, or `{domain.name} contains x if …`"
            raise RefusalError(
                "keyed_rule", f"`{domain.name}[…]` is a set in one Rego and an object in the other", place, help_
            )
        return [(when, item, Const(True) if domain.keyed else item) for when, item in run.elements(domain, place)]
    if isinstance(domain, Input):
        return None
    if isinstance(domain, Const):
        return []
    raise RefusalError("iteration", "this cannot be iterated over", place, "iterate over a set or an array")


def _some(
    run: Runner, literal: SomeIn, rest: list[Literal], scope: Scope, lenient: bool
) -> tuple[list[Way], list[Literal]]:
    value, key, place = literal.value, literal.key, literal.place
    run.searches += 1
    indexed = literal.indexed
    if not isinstance(value, Var):
        name = f"some@{place.line}:{place.column}#"
        equal_ = Test(Infix("==", Var(name, place), value, place), place)
        return [Way(TRUE, scope)], [SomeIn(key, Var(name, place), literal.domain, place, indexed), equal_, *rest]
    found: list[Way] = []
    for when, domain in evaluate(run, literal.domain, scope):
        listed = members(run, domain, indexed, place)
        if listed is None:
            if key is not None and any(name in variables(other) for other in rest for name in variables(key)):
                help_ = "a set of Cedar has no order: ask for elements only"
                raise RefusalError("index", "the index of an element is used", place, help_)
            fact = forced(run, domain, place)
            if not isinstance(fact, Fact):
                raise RefusalError("iteration", "this cannot be iterated over", place, "iterate over a set or an array")
            for condition, bound, left in some_element(run, value.name, fact, rest, scope, place):
                for way in _solve(run, left, bound, lenient):
                    found.append(Way(conj(when, condition, way.condition), way.scope))
            continue
        for then, at, item in listed:
            condition = conj(when, then)
            bound = {**scope, value.name: item}
            if isinstance(key, Var):
                if unbound(run, key.name, scope) or not indexed:
                    bound[key.name] = at
                else:
                    found_key = scope.get(key.name)
                    condition = conj(condition, as_condition(equal(found_key, at, run.world.uses, place)))  # type: ignore[arg-type]
            elif isinstance(key, Scalar) and key.value is not None:
                condition = conj(condition, as_condition(equal(Const(key.value), at, run.world.uses, place)))
            elif key is not None:
                raise RefusalError(
                    "pattern_assignment", "a key is taken apart", place, "take it out with a name, and test that"
                )
            for way in _solve(run, rest, bound, lenient):
                found.append(Way(conj(condition, way.condition), way.scope))
    return found, []


def _every(run: Runner, literal: Every, scope: Scope) -> Expr:
    inner = {name: value for name, value in scope.items() if name not in (literal.key, literal.value)}
    cases = []
    for when, domain in evaluate(run, literal.domain, scope):
        listed = members(run, domain, False, literal.place)
        if listed is None:
            if literal.key is not None and any(literal.key in variables(other) for other in literal.body):
                raise RefusalError("index", "the index of an element is used", literal.place, "ask for elements only")
            fact = forced(run, domain, literal.place)
            if not isinstance(fact, Fact):
                raise RefusalError("iteration", "this cannot be iterated over", literal.place, "iterate over a set")
            cases.append(conj(when, every_element(run, literal, fact, inner)))
            continue
        each = []
        for then, at, item in listed:
            bound: dict[str, Value | None] = {**inner, literal.value: item}
            if literal.key is not None:
                bound[literal.key] = at
            each.append(disj(neg(then), condition_of(run, literal.body, bound)))
        cases.append(conj(when, *each))
    return disj(*cases)
