"""Hypothesis strategies for rules of Cedar+ over a schema: every kind of statement, scope and expression.

Names and constants come from the schema itself and from a few adversarial words, so that what a rule says is often
close to what another rule would say. Nothing is type-checked: what holds for these holds for rules that check.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from workbench.authoring.lexicon import lexicon_of
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
    Is,
    Like,
    Lit,
    Method,
    Policy,
    Prefer,
    Procedure,
    RecordLit,
    Require,
    Scope,
    SetLit,
    Slot,
    Statement,
    Unary,
    Var,
)
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

ANY = EntityScope("any")
TWINS = read_schema("""
namespace Desk {
  entity Group;
  entity Clerk in [Group] = {
    role: String, group: Group, region: String, is_blocked: Bool, blocked: Bool, limit: Long };
  entity Paper = { owner: Clerk, group: Group, region: String, tags: Set<String>, size: Long, archived: Bool };
  action file;
  action reply in [file] appliesTo {
    principal: [Clerk], resource: [Paper], context: { hour: Long, amount: Long, note?: String } };
  action close in [file] appliesTo { principal: [Clerk], resource: [Paper], context: { amount: Long } };
}
namespace Floor {
  entity Group;
  entity Clerk in [Group] = { role: String, region: String, limit: Long };
  entity Request = { owner: Clerk, region: String, tags: Set<String> };
  action reply appliesTo {
    principal: [Clerk, Desk::Clerk], resource: [Request, Desk::Paper], context: { amount: Long } };
}
""")
"""Two namespaces that share an action's name and types' names; a type that is called as the context is."""

TEXTS = ["a", "a*b", "or", 'x" or "y', "amount", "role", "is given", "lead", "", "back\\slash", "line\nbreak", "high"]
TIMES = ["2026-12-24", "2026-12-24T10:00:00Z"]


def values() -> st.SearchStrategy[Expr]:
    """Constants."""
    return st.one_of(
        st.sampled_from(TEXTS).map(Lit),
        st.sampled_from([-3, -1, 0, 1, 2, 8, 20, 24, 500]).map(Lit),
        st.booleans().map(Lit),
        st.sampled_from(["0.5", "0.50", "00.5", "-1.0", "x"]).map(lambda t: Call("decimal", (Lit(t),))),
        st.sampled_from(TIMES).map(lambda t: Call("datetime", (Lit(t),))),
        st.sampled_from(["90m", "1h30m", "-2d", "x"]).map(lambda t: Call("duration", (Lit(t),))),
        st.just(Call("ip", (Lit("10.0.0.0/8"),))),
    )


class Rules:
    """Strategies over one schema."""

    def __init__(self, schema: Schema) -> None:
        words = lexicon_of(schema)
        self.types = [*schema.entity_types, "Stranger"]
        self.actions = list(schema.actions)
        self.paths = sorted({(w.place, w.path) for w in words.attributes})
        self.texts = sorted({w.value for w in words.values} | set(TEXTS))

    def variables(self) -> st.SearchStrategy[Expr]:
        return st.sampled_from([Var("principal"), Var("resource"), Var("context"), Var("action")])

    def attributes(self) -> st.SearchStrategy[Expr]:
        def build(place: tuple[str, tuple[str, ...]], owner: str) -> Expr:
            node: Expr = Var("context" if place[0] == "context" else owner)  # type: ignore[arg-type]
            for step in place[1]:
                node = GetAttr(node, step)
            return node

        known = st.builds(build, st.sampled_from(self.paths), st.sampled_from(["principal", "resource"]))
        odd = st.builds(
            GetAttr, self.variables(), st.sampled_from(["requester", "own role", "isOwn", "x_or_y", "given"])
        )
        deep = st.builds(GetAttr, known, st.sampled_from(["role", "limit", "group"]))
        return st.one_of(known, known, known, deep, odd)

    def entities(self) -> st.SearchStrategy[EntityLit]:
        plain = st.builds(EntityLit, st.sampled_from(self.types), st.sampled_from(["billing", "x", 'q"']))
        return st.one_of(plain, self.action())

    def action(self) -> st.SearchStrategy[EntityLit]:
        return st.sampled_from(self.actions).map(lambda uid: EntityLit(*uid))

    def listed(self) -> st.SearchStrategy[Expr]:
        return st.sampled_from(self.texts).map(Lit)

    def conditions(self) -> st.SearchStrategy[Expr]:
        """Clauses of the kinds that the grammar reads."""
        compared = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
        simple = st.one_of(
            st.builds(
                lambda a, o, n: Binary(o, a, Lit(n)), self.attributes(), compared, st.sampled_from([0, 8, 20, 500])
            ),
            st.builds(lambda a, o, v: Binary(o, a, v), self.attributes(), st.sampled_from(["==", "!="]), self.listed()),
            st.builds(lambda a, o, b: Binary(o, a, b), self.attributes(), compared, self.attributes()),
            st.builds(lambda a, v: Method(a, "contains", (v,)), self.attributes(), self.listed()),
            st.builds(lambda v, a: Binary("==", v, a), self.variables(), self.attributes()),
            st.builds(lambda v, e: Binary("in", v, e), self.variables(), self.entities()),
            st.builds(lambda a: a, self.attributes()),
        )
        return st.one_of(simple, simple.map(lambda e: Unary("!", e)))

    def chains(self) -> st.SearchStrategy[Expr]:
        def build(op: Any, parts: list[Expr]) -> Expr:
            node = parts[0]
            for part in parts[1:]:
                node = Binary(op, node, part)
            return node

        return st.builds(build, st.sampled_from(["&&", "||"]), st.lists(self.conditions(), min_size=1, max_size=3))

    def expressions(self) -> st.SearchStrategy[Expr]:
        """Expressions of every kind."""
        leaves = st.one_of(self.variables(), self.attributes(), values(), self.entities(), self.conditions())

        def grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
            binary = st.sampled_from(["&&", "||", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "in"])
            one = st.sampled_from(
                ["contains", "containsAll", "containsAny", "hasTag", "getTag", "isInRange", "lessThan", "greaterThan",
                 "lessThanOrEqual", "greaterThanOrEqual", "offset", "durationSince"]
            )  # fmt: skip
            none = st.sampled_from(["isEmpty", "isIpv4", "isLoopback", "toDate", "toTime", "toHours", "toDays"])
            items = st.lists(inner, max_size=3).map(tuple)
            pieces = st.lists(st.sampled_from([WILDCARD, WILDCARD, "a", "b*"]), max_size=3).map(tuple)
            records = st.lists(st.tuples(st.sampled_from(["a", "b c"]), inner), max_size=2, unique_by=lambda p: p[0])
            return st.one_of(
                st.builds(lambda o, a, b: Binary(o, a, b), binary, inner, inner),
                st.builds(lambda o, a: Unary(o, a), st.sampled_from(["!", "!", "-"]), inner),
                st.builds(Has, inner, st.sampled_from([("amount",), ("note",), ("a", "b"), ("odd one",)])),
                st.builds(Like, inner, pieces),
                st.builds(Is, inner, st.sampled_from(self.types), st.one_of(st.none(), inner)),
                st.builds(If, inner, inner, inner),
                st.builds(GetAttr, inner, st.sampled_from(["role", "odd one"])),
                items.map(SetLit),
                records.map(lambda r: RecordLit(tuple(r))),
                st.builds(lambda r, m, a: Method(r, m, (a,)), inner, one, inner),
                st.builds(lambda r, m: Method(r, m, ()), inner, none),
            )

        return st.recursive(leaves, grow, max_leaves=6)

    # ---- statements

    def entity_scopes(self, variable: str, *, slots: bool) -> st.SearchStrategy[EntityScope]:
        one: st.SearchStrategy[EntityLit | Slot] = st.builds(
            EntityLit, st.sampled_from(self.types), st.sampled_from(["billing", "x"])
        )
        if slots:
            one = st.one_of(one, st.just(Slot(variable)))
        return st.one_of(
            st.just(ANY),
            st.builds(lambda e: EntityScope("eq", e), one),
            st.builds(lambda e: EntityScope("in", e), one),
            st.sampled_from(self.types).map(lambda t: EntityScope("is", type=t)),
            st.builds(lambda e, t: EntityScope("is_in", e, t), one, st.sampled_from(self.types)),
        )

    def action_scopes(self) -> st.SearchStrategy[ActionScope]:
        several = st.lists(self.action(), max_size=3).map(lambda es: ActionScope("in", tuple(es), True))
        return st.one_of(
            st.just(ActionScope("any")),
            self.action().map(lambda e: ActionScope("eq", (e,))),
            self.action().map(lambda e: ActionScope("in", (e,), False)),
            several,
        )

    def scopes(self, *, slots: bool = True) -> st.SearchStrategy[Scope]:
        principal, resource = (self.entity_scopes(v, slots=slots) for v in ("principal", "resource"))
        return st.builds(
            Scope, st.one_of(st.just(ANY), principal), self.action_scopes(), st.one_of(st.just(ANY), resource)
        )

    def bodies(self) -> st.SearchStrategy[Expr]:
        return st.one_of(self.chains(), self.expressions())

    def policies(self) -> st.SearchStrategy[Policy | Prefer]:
        condition = st.builds(Condition, st.sampled_from(["when", "unless"]), self.bodies())
        conditions = st.lists(condition, max_size=2).map(tuple)
        policy = st.builds(Policy, st.sampled_from(["permit", "forbid"]), self.scopes(), conditions)
        score = st.sampled_from([Decimal("1.0"), Decimal("-1.0"), Decimal("0.25"), Decimal("2")])
        return st.one_of(policy, policy, st.builds(Prefer, score, self.scopes(slots=False), conditions))

    def procedures(self) -> st.SearchStrategy[Procedure]:
        signer = st.sampled_from(["operator", "supervisor"]).map(
            lambda r: Binary("==", GetAttr(Var("principal"), "role"), Lit(r))
        )
        required = st.builds(Require, st.sampled_from([1, 2, 5]), st.one_of(st.none(), signer, self.bodies()))
        time = st.builds(Duration, st.sampled_from([1, 2, 7]), st.sampled_from(["second", "minute", "hour", "day"]))
        fallback = st.one_of(st.just(Fallback("deny")), st.just(Fallback("escalate", "manual_review")))
        maybe = st.one_of(st.none(), time)

        def build(trigger: Any, **parts: Any) -> Procedure:
            return Procedure("big_one", action=None if isinstance(trigger, str) else trigger,
                             amendment=trigger if isinstance(trigger, str) else None, **parts)  # fmt: skip

        return st.builds(
            build, st.one_of(self.action_scopes(), st.sampled_from(["minor", "major", "sensitive"])),
            requires=st.lists(required, min_size=1, max_size=3).map(tuple), when=st.one_of(st.none(), self.bodies()),
            timelock=maybe, timeout=maybe, on_timeout=st.one_of(st.none(), fallback),
            on_rejection=st.one_of(st.none(), fallback),
        )  # fmt: skip

    def statements(self) -> st.SearchStrategy[Statement]:
        return st.one_of(self.policies(), self.policies(), self.procedures())
