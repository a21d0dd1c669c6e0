"""``compile(paraphrase(rule)) == rule`` for generated rules that fit their schema, over every schema of the corpus.

Permits, forbids, preferences and procedures, of the kinds of conditions that the grammar reads. A question is allowed
(words of a schema may mean two things) but rare; a refusal is not allowed, and another rule never is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.authoring.corpus import schema_of
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.established import facts
from workbench.authoring.lexicon import flatten, lexicon_of, real_actions
from workbench.authoring.meaning import Env, contradictory, flat
from workbench.authoring.paraphrase import paraphrase
from workbench.authoring.relations import ancestors
from workbench.language.ast import (
    WILDCARD,
    ActionScope,
    Binary,
    Call,
    Condition,
    Duration,
    EntityLit,
    EntityScope,
    Expr,
    Fallback,
    GetAttr,
    Has,
    If,
    Like,
    Lit,
    Method,
    Policy,
    Prefer,
    Procedure,
    Require,
    Scope,
    Statement,
    Unary,
    Var,
)
from workbench.language.schema import (
    ActionType,
    EntityRef,
    ExtensionType,
    PrimitiveType,
    Schema,
    SetType,
    Type,
)

SCHEMAS = ("support-swarm", "coding-agent", "finance-operations", "incident-response", "game-world", "data-platform")
RUN = settings(
    max_examples=25, deadline=None, phases=(Phase.generate, Phase.reuse), suppress_health_check=list(HealthCheck)
)
ANY = EntityScope("any")


class Typed:
    """Conditions that fit one action of a schema, its principal and resource of one type each."""

    def __init__(self, schema: Schema, action: ActionType) -> None:
        self.schema = schema
        self.action = action
        self.principal = action.principals[0]
        self.resource = action.resources[0]
        self.env = Env(lexicon_of(schema), (action,), self.principal, self.resource)
        self.places = list(self._places())

    def _places(self) -> Iterator[tuple[Expr, Type, tuple[Expr, ...]]]:
        """Every attribute, its type, and the tests that it needs."""
        records = {
            "principal": self.schema.entity_types[self.principal].attributes,
            "resource": self.schema.entity_types[self.resource].attributes,
            "context": self.action.context.attributes,
        }
        for owner, record in records.items():
            for path, attribute in flatten(record):
                node: Expr = Var(owner)  # type: ignore[arg-type]
                tests: list[Expr] = []
                for place, step in enumerate(path):
                    found = self.env.attribute(owner, path[: place + 1])  # type: ignore[arg-type]
                    assert found is not None
                    held = self.env.attribute(owner, path[:place]) if place else None  # type: ignore[arg-type]
                    if not found.required and (held is None or held.required):
                        tests.append(Has(node, (step,)))
                    node = GetAttr(node, step)
                yield node, attribute.type, tuple(tests)

    def atoms(self, *, unknown: bool) -> st.SearchStrategy[Expr]:
        def build(place: tuple[Expr, Type, tuple[Expr, ...]], number: int, text: str, sign: str, denied: bool) -> Expr:
            node, kind, tests = place
            test = self._test(node, kind, number, text, sign, denied)
            if not tests:
                return test
            guard = tests[0]
            for more in tests[1:]:
                guard = Binary("&&", guard, more)
            return If(guard, test, Lit(True)) if unknown else Binary("&&", guard, test)

        able = [place for place in self.places if self._testable(*place[:2])]
        return st.builds(
            build, st.sampled_from(able), st.integers(0, 10**9), st.sampled_from(["a", "Night shift", "x-1"]),
            st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.booleans(),
        )  # fmt: skip

    def _testable(self, node: Expr, kind: Type) -> bool:
        match kind:
            case EntityRef() if isinstance(node, GetAttr) and node.expr == Var("principal"):
                return False  # nobody asks whether one is one's own manager
            case PrimitiveType() | ExtensionType(name="decimal" | "datetime"):
                return True
            case SetType(element=PrimitiveType(name="String")):
                return True
            case EntityRef(name=name):
                return name == self.principal or name in ancestors(self.env, self.principal)
            case _:
                return False

    def _test(self, node: Expr, kind: Type, number: int, text: str, sign: str, denied: bool) -> Expr:
        match kind:
            case PrimitiveType(name="Long"):
                return Binary(sign, node, Lit(number))  # type: ignore[arg-type]
            case PrimitiveType(name="Bool"):
                return Unary("!", node) if denied else node
            case PrimitiveType() if sign in ("<", ">"):
                like = Like(node, (text, WILDCARD) if sign == "<" else (WILDCARD, text))
                return Unary("!", like) if denied else like
            case PrimitiveType():
                return Binary("!=" if denied else "==", node, Lit(text))
            case ExtensionType(name="decimal"):
                names = {"<": "lessThan", "<=": "lessThanOrEqual", ">": "greaterThan", ">=": "greaterThanOrEqual"}
                value = Call("decimal", (Lit(f"{number % 1000}.25"),))
                return Method(node, names[sign], (value,)) if sign in names else Binary("==", node, value)
            case ExtensionType():
                return Binary("<" if denied else ">=", node, Call("datetime", (Lit("2027-01-31"),)))
            case SetType():
                held = Method(node, "contains", (Lit(text),))
                return Unary("!", held) if denied else held
            case EntityRef(name=name) if name == self.principal:
                return Binary("!=" if denied else "==", Var("principal"), node)
            case _:
                within = Binary("in", Var("principal"), node)
                return Unary("!", within) if denied else within

    def bodies(self, *, unknown: bool) -> st.SearchStrategy[Expr]:
        def build(parts: list[Expr], op: Any) -> Expr:
            flatly = [one for part in parts for one in flat(part, op)]  # as people write it
            node = flatly[0]
            for part in flatly[1:]:
                node = Binary(op, node, part)
            return node

        lists = st.lists(self.atoms(unknown=unknown), min_size=1, max_size=3, unique=True)
        return st.builds(build, lists, st.sampled_from(["&&", "&&", "||"])).filter(sensible)


def sensible(expr: Expr) -> bool:
    """Whether a condition is one that somebody means: not two things at once, no guard that another has made."""
    parts = flat(expr, "&&")
    tests = [test for part in parts for test in facts(part)]
    own = [part for part in parts if isinstance(part, If)]
    return not contradictory(parts) and len(tests) == len(set(tests)) and len(own) < 2 and not (own and tests)


def conditions(typed: Typed, effect: str) -> st.SearchStrategy[tuple[Condition, ...]]:
    forbids = effect == "forbid"
    when = st.one_of(st.none(), typed.bodies(unknown=forbids))
    unless = st.one_of(st.none(), st.none(), typed.bodies(unknown=not forbids))
    return st.builds(
        lambda w, u: tuple(Condition(k, e) for k, e in (("when", w), ("unless", u)) if e is not None), when, unless
    )  # type: ignore[arg-type]


def rules(schema: Schema) -> st.SearchStrategy[Statement]:
    actions = real_actions(schema)

    def scope(typed: Typed) -> Scope:
        def limited(mine: str, several: tuple[str, ...]) -> EntityScope:
            return EntityScope("is", type=mine) if len(several) > 1 else ANY

        uid = typed.action.uid
        return Scope(
            limited(typed.principal, typed.action.principals), ActionScope("eq", (EntityLit(*uid),)),
            limited(typed.resource, typed.action.resources),
        )  # fmt: skip

    def policies(typed: Typed) -> st.SearchStrategy[Statement]:
        return st.sampled_from(["permit", "forbid"]).flatmap(
            lambda effect: conditions(typed, effect).map(lambda c: Policy(effect, scope(typed), c))  # type: ignore[arg-type]
        )

    def preferences(typed: Typed) -> st.SearchStrategy[Statement]:
        scores = st.sampled_from([Decimal("1.0"), Decimal("-2.5"), Decimal("0.1")])
        return st.builds(lambda s, c: Prefer(s, scope(typed), c), scores, conditions(typed, "prefer"))

    def procedures(typed: Typed) -> st.SearchStrategy[Statement]:
        time = st.builds(Duration, st.integers(1, 90), st.sampled_from(["second", "minute", "hour", "day"]))
        fallback = st.sampled_from([None, Fallback("deny"), Fallback("escalate", "manual_review")])
        asker = Binary("!=", Var("principal"), GetAttr(Var("context"), "requester"))
        require = st.builds(Require, st.integers(1, 4), st.sampled_from([None, asker]))
        when = st.one_of(st.none(), typed.bodies(unknown=True))
        return st.builds(
            lambda w, r, t, lock, f, g: Procedure("big_one", tuple(r), scope(typed).action, None, w, lock, t, f, g),
            when, st.lists(require, min_size=1, max_size=2), time, st.one_of(st.none(), time), fallback, fallback,
        )  # fmt: skip

    alone = [a for a in actions if len(a.principals) == len(a.resources) == 1]
    plain = st.sampled_from(actions).map(lambda a: Typed(schema, a))
    single = st.sampled_from(alone or list(actions)).map(lambda a: Typed(schema, a))
    return st.one_of(
        plain.flatmap(policies), plain.flatmap(policies), plain.flatmap(preferences), single.flatmap(procedures)
    )


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_rule_that_fits_its_schema_comes_back(name: str) -> None:
    schema = schema_of(name)
    came: Counter[str] = Counter()

    @RUN
    @given(rules(schema))
    def check(rule: Statement) -> None:
        said = paraphrase(rule, schema)
        result = compile_sentence(said, schema)
        came[result.status] += 1
        if result.status == "compiled":
            assert result.candidates[0].statements == (rule,), said
        else:
            assert result.status == "ambiguous", (said, result.diagnostics)
            assert (rule,) in [reading.statements for reading in result.candidates], said

    check()
    assert came["compiled"] >= 2 * came["ambiguous"], came  # a sum without its currency is a question
