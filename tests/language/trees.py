"""Hypothesis strategies for surface trees, for the round trips between trees and text."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from workbench.language import ast
from workbench.language.ast import WILDCARD

IDENTIFIERS = st.sampled_from(["a", "b", "role", "when", "on", "principal", "_x1", "permit", "Set", "score"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
ATTRIBUTES = st.one_of(IDENTIFIERS, st.sampled_from(["a b", "", "if", "__cedar", 'q"q', "é"]), TEXTS)
TYPES = st.sampled_from(["User", "A::B", "Ns::Deep::Type", "principal", "on"])
ENTITIES = st.builds(ast.EntityLit, TYPES, TEXTS)
ACTIONS = st.builds(ast.EntityLit, st.sampled_from(["Action", "Ns::Action"]), TEXTS)
LONGS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63)]))
DECIMALS = st.builds(
    lambda sign, whole, fraction: f"{sign}{whole}.{fraction}",
    st.sampled_from(["", "-"]),
    st.integers(0, 10**14),
    st.from_regex(r"[0-9]{1,4}", fullmatch=True).filter(str.isascii),
)
METHODS = st.sampled_from(
    [
        *(("contains", 1), ("containsAll", 1), ("containsAny", 1), ("isEmpty", 0), ("getTag", 1), ("hasTag", 1)),
        *(("lessThan", 1), ("isInRange", 2), ("toDate", 0), ("offset", 1)),
    ]
)


def _pieces(raw: list[object]) -> tuple[object, ...]:
    """Patterns as the parser makes them: no empty text, no two texts side by side."""
    pieces: list[object] = []
    for piece in raw:
        if piece is WILDCARD:
            pieces.append(piece)
        elif pieces and isinstance(pieces[-1], str):
            pieces[-1] += str(piece)
        elif piece:
            pieces.append(piece)
    return tuple(pieces)


PATTERNS = st.lists(st.one_of(TEXTS, st.just("*"), st.just(WILDCARD)), max_size=5).map(_pieces)


def expressions(*, bare_names: bool = False) -> st.SearchStrategy[ast.Expr]:
    """Surface expressions; with ``bare_names`` some leaves are bare identifiers."""
    leaves: list[st.SearchStrategy[ast.Expr]] = [
        st.builds(ast.Lit, st.one_of(st.booleans(), LONGS, TEXTS)),
        st.builds(ast.DecimalLit, DECIMALS),
        ENTITIES,
        st.builds(ast.Var, st.sampled_from(["principal", "action", "resource", "context"])),
    ]
    if bare_names:
        leaves.append(st.builds(ast.Name, st.sampled_from(["amount", "score", "now", "permit"])))
    return st.recursive(st.one_of(*leaves), _compound, max_leaves=12)


def _compound(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    several = st.lists(inner, max_size=3).map(tuple)
    path = st.one_of(
        ATTRIBUTES.map(lambda name: (name,)),
        st.lists(st.sampled_from(["a", "b", "on", "principal"]), min_size=2, max_size=3).map(tuple),
    )
    fields = st.dictionaries(ATTRIBUTES, inner, max_size=3).map(lambda found: tuple(found.items()))
    return st.one_of(
        st.builds(_unary, st.sampled_from("!-"), inner),
        st.builds(
            ast.Binary,
            st.sampled_from(["&&", "||", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "in"]),
            inner,
            inner,
        ),
        st.builds(ast.Has, inner, path),
        st.builds(ast.Like, inner, PATTERNS),
        st.builds(ast.Is, inner, TYPES, st.none() | inner),
        st.builds(ast.If, inner, inner, inner),
        st.builds(ast.GetAttr, inner, ATTRIBUTES),
        st.builds(ast.SetLit, several),
        st.builds(ast.RecordLit, fields),
        st.builds(ast.Call, st.sampled_from(["ip", "decimal", "datetime", "duration"]), several),
        st.builds(
            lambda receiver, method, args: ast.Method(receiver, method[0], tuple(args[: method[1]])),
            inner,
            METHODS,
            st.lists(inner, min_size=2, max_size=2),
        ),
    )


def _unary(op: str, arg: ast.Expr) -> ast.Expr:
    return ast.Unary("!" if op == "!" else "-", arg)


ANNOTATIONS = st.lists(
    st.builds(ast.Annotation, st.sampled_from(["id", "doc", "if", "permit", "english"]), TEXTS),
    max_size=3,
    unique_by=lambda found: found.name,
).map(tuple)


def _entity_scopes(name: str) -> st.SearchStrategy[ast.EntityScope]:
    target = st.one_of(ENTITIES, st.just(ast.Slot(name)))
    return st.one_of(
        st.just(ast.EntityScope("any")),
        st.builds(ast.EntityScope, st.sampled_from(["eq", "in"]), target),
        st.builds(lambda kind: ast.EntityScope("is", None, kind), TYPES),
        st.builds(lambda kind, entity: ast.EntityScope("is_in", entity, kind), TYPES, target),
    )


TRIGGERS = st.one_of(
    st.builds(lambda entity: ast.ActionScope("eq", (entity,)), ACTIONS),
    st.builds(lambda entity: ast.ActionScope("in", (entity,)), ACTIONS),
    st.builds(lambda found: ast.ActionScope("in", tuple(found), True), st.lists(ACTIONS, min_size=1, max_size=3)),
)
SCOPES = st.builds(
    ast.Scope, _entity_scopes("principal"), st.just(ast.ActionScope("any")) | TRIGGERS, _entity_scopes("resource")
)
CONDITIONS = st.lists(st.builds(ast.Condition, st.sampled_from(["when", "unless"]), expressions()), max_size=2).map(
    tuple
)
POLICIES = st.builds(ast.Policy, st.sampled_from(["permit", "forbid"]), SCOPES, CONDITIONS, ANNOTATIONS)
SCORES = st.integers(-10_000_000_000, 10_000_000_000).map(lambda units: Decimal(units) / 10_000)
PREFERENCES = st.builds(ast.Prefer, SCORES, SCOPES, CONDITIONS, ANNOTATIONS)
DURATIONS = st.builds(ast.Duration, st.integers(0, 10_000), st.sampled_from(["second", "minute", "hour", "day"]))
FALLBACKS = st.one_of(
    st.just(ast.Fallback("deny")),
    st.builds(lambda name: ast.Fallback("escalate", name), st.sampled_from(["p", "permit", "manual_review"])),
)
PROCEDURES = st.builds(
    lambda name, trigger, amendment, requires, when, **rest: ast.Procedure(
        name,
        tuple(requires),
        trigger if amendment is None else None,
        amendment,
        when,
        **rest,
    ),
    st.sampled_from(["p", "amend_major", "permit", "score"]),
    TRIGGERS,
    st.none() | st.sampled_from(["minor", "major", "sensitive"]),
    st.lists(st.builds(ast.Require, st.integers(1, 9), st.none() | expressions()), max_size=2),
    st.none() | expressions(bare_names=True),
    timelock=st.none() | DURATIONS,
    timeout=st.none() | DURATIONS,
    on_timeout=st.none() | FALLBACKS,
    on_rejection=st.none() | FALLBACKS,
    annotations=ANNOTATIONS,
)
STATEMENTS = st.one_of(POLICIES, PREFERENCES, PROCEDURES)
