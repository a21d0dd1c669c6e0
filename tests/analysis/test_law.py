"""Logic of terms and of plain coverings, against truth tables; what binds an environment, rule by rule."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.little import EVERY, OURS, program, task
from workbench.analysis.inquiry import Inquiry, Settled, both
from workbench.analysis.law import Blame, covering
from workbench.analysis.model import Case
from workbench.analysis.terms import Term, Terms
from workbench.language.program import Rule

NAMES = ("a", "b", "c", "d")
WORLDS = [dict(zip(NAMES, values, strict=True)) for values in product((False, True), repeat=len(NAMES))]
Tree = tuple[object, ...]

TREES: st.SearchStrategy[Tree] = st.recursive(
    st.sampled_from([*((name,) for name in NAMES), (True,), (False,)]),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or", "implies"]), inner, inner),
        st.tuples(st.just("ite"), inner, inner, inner),
    ),
    max_leaves=12,
)


def made(terms: Terms, tree: Tree) -> Term:
    match tree:
        case (bool() as value,):
            return terms.boolean(value)
        case (str() as name,):
            return terms.app(name, "Bool")
    op, *inner = tree
    args = [made(terms, each) for each in inner]  # type: ignore[arg-type]
    made_by = {"not": terms.not_, "and": terms.and_, "or": terms.or_, "implies": terms.implies, "ite": terms.ite}
    result: Term = made_by[str(op)](*args)  # type: ignore[operator]
    return result


def meant(tree: Tree, world: Mapping[str, bool]) -> bool:
    """By Python's own logic."""
    match tree:
        case (bool() as value,):
            return value
        case (str() as name,):
            return world[name]
    op, *inner = tree
    values = [meant(each, world) for each in inner]  # type: ignore[arg-type]
    match op:
        case "not":
            return not values[0]
        case "and":
            return values[0] and values[1]
        case "or":
            return values[0] or values[1]
        case "implies":
            return not values[0] or values[1]
    return values[1] if values[0] else values[2]


def value(term: Term, world: Mapping[str, bool]) -> bool:
    match term.op:
        case "const":
            return bool(term.data)
        case "app":
            return world[term.data]
        case "not":
            return not value(term.args[0], world)
        case "and":
            return all(value(each, world) for each in term.args)
        case "or":
            return any(value(each, world) for each in term.args)
    raise AssertionError(term.op)


@given(TREES)
def test_a_term_is_true_where_what_it_was_made_from_is(tree: Tree) -> None:
    term = made(Terms(), tree)
    assert [value(term, world) for world in WORLDS] == [meant(tree, world) for world in WORLDS]


@given(TREES)
def test_a_negation_is_true_where_its_term_is_not_and_stands_before_unknowns_alone(tree: Tree) -> None:
    terms = Terms()
    term = made(terms, tree)
    negated = terms.not_(term)
    assert [value(negated, world) for world in WORLDS] == [not value(term, world) for world in WORLDS]
    assert all(each.args[0].op == "app" for each in negated.walk() if each.op == "not")
    again = terms.not_(negated)
    assert [value(again, world) for world in WORLDS] == [value(term, world) for world in WORLDS]


RULE = program('@id("it") permit (principal, action, resource);').rules[0]


def blames(terms: Terms, trees: list[Tree]) -> list[Blame]:
    found = []
    for place, tree in enumerate(trees):
        so = made(terms, tree)
        rule = Rule(str(place), str(place), RULE.kind, RULE.statement, "", RULE.span)
        found.append(Blame(rule, False, so, terms.not_(so)))
    return found


@given(TREES, st.lists(TREES, max_size=4))
def test_what_is_plainly_covered_is_covered(wanted: Tree, trees: list[Tree]) -> None:
    terms = Terms()
    term, among = made(terms, wanted), blames(terms, trees)
    found = covering(term, among)
    if found is not None and term is not terms.false:
        for world in WORLDS:
            assert not value(term, world) or any(value(each.so, world) for each in found)


def test_it_is_plain_that_a_part_follows() -> None:
    terms = Terms()
    a, b, c = (terms.app(name, "Bool") for name in "abc")
    rule = blames(terms, [("a",), ("or", ("b",), ("c",)), ("and", ("a",), ("c",))])
    assert covering(terms.and_(a, b), rule[:1]) == (rule[0],)
    assert covering(terms.and_(b, c), rule[1:2]) == (rule[1],)
    assert covering(terms.and_(a, b, c), rule[2:]) == (rule[2],)
    assert covering(terms.and_(a, b), rule[2:]) is None
    assert covering(terms.or_(a, b), rule[:2]) == (rule[0], rule[1])
    assert covering(terms.or_(a, b), rule[:1]) is None


def test_halves_of_a_statement() -> None:
    proved, found = Settled("none", by=("a",)), Settled("found")
    open_, odd = Settled("undecided", why="slow"), Settled("unsupported", why="odd")
    assert both(proved, Settled("none", by=("b", "a"))) == Settled("none", by=("a", "b"))
    assert both(proved, found) == both(found, open_) == both(odd, found) == found
    assert both(proved, open_) == both(odd, open_) == open_
    assert both(odd, proved) == odd


def test_the_law_of_an_environment_is_what_binds_there() -> None:
    text = """
    @id("p") permit (principal, action == Action::"edit", resource);
    @id("seen") @stage("observe") forbid (principal, action, resource);
    @id("likes") prefer score(1.0) (principal, action, resource);
    @id("other") forbid (principal, action == Action::"view", resource);
    @id("holds") procedure holds { on action == Action::"edit" require approval from principal }
    """
    for assumption in EVERY:
        inquiry = Inquiry(program(text), task(assumption))
        edit = next(each for each in inquiry.prover.environments if each.action[1] == "edit")
        expected = ["p", "holds"] if assumption.semantics == "cedar+" else ["p"]
        assert [rule.id for rule in inquiry.law(edit).rules] == expected


def test_the_law_concludes_as_the_space_does() -> None:
    """`Law.without` no rule at all is what the engine decided."""
    text = """
    @id("p") permit (principal, action, resource) when { context.n < 50 };
    @id("f") forbid (principal, action, resource) when { context.n + 1 < 4 };
    @id("holds") procedure holds { on action == Action::"edit" when n > 40 require approval from principal }
    """
    inquiry = Inquiry(program(text), task(OURS))
    edit = next(each for each in inquiry.prover.environments if each.action[1] == "edit")
    nobody = Rule("nobody", "nobody", RULE.kind, RULE.statement, "", RULE.span)
    outcomes = set()
    for n in (2, 10, 45, 60, 2**63 - 1):
        sought = inquiry.prover.search(edit).find(
            inquiry.prover.space(edit).terms.true,
            lambda case, n=n: inquiry.seen(edit, with_n(case, n)),  # type: ignore[misc]
        )
        assert sought.value is not None
        assert sought.value.outcome == inquiry.prover.replay.outcome(sought.value.case, "cedar+")
        assert inquiry.law(edit).without(sought.value, nobody) == sought.value.outcome
        outcomes.add(sought.value.outcome)
    assert outcomes == {"allow", "deny", "hold"}


def with_n(case: Case, n: int) -> Case:
    return Case({**case.request, "context": {"n": n}}, case.entities)
