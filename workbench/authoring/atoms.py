"""Leaves of conditions: how a mention of an attribute, a value or a number becomes an expression. Pure.

Each function returns a :class:`Leaf` that, given the environment, offers every expression which fits the types there
and none that does not. Imports language, meaning, lexicon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network

from workbench.authoring.clock import hours
from workbench.authoring.established import facts, outward
from workbench.authoring.lexicon import ValueWord, is_number, is_text
from workbench.authoring.meaning import OWNERS, AttrRef, Cond, Env, Leaf, Option, Place, Ref, chain, resolve, value_expr
from workbench.authoring.moments import dated, days, passed, relate_moments
from workbench.authoring.quantities import (
    Amount,
    ago,
    between,
    compare,
    headed,
    is_decimal,
    measured,
    number_expr,
    unit_of,
    without_unit,
)
from workbench.authoring.relations import (
    agent,
    ancestors,
    entity,
    group_notes,
    identity,
    is_type,
    member,
    own,
    same,
    within,
)
from workbench.authoring.words import split_name
from workbench.language.ast import (
    WILDCARD,
    Binary,
    Call,
    Expr,
    Has,
    If,
    Is,
    Like,
    Lit,
    Method,
    SetLit,
    Var,
    Wildcard,
)
from workbench.language.schema import EntityRef, ExtensionType, PrimitiveType, SetType

__all__ = [  # the leaves that stand elsewhere
    "agent",
    "ago",
    "ancestors",
    "between",
    "compare",
    "dated",
    "days",
    "entity",
    "group_notes",
    "headed",
    "hours",
    "identity",
    "is_type",
    "member",
    "own",
    "passed",
    "relate_moments",
    "same",
    "within",
]  # fmt: skip


def values(words: Sequence[ValueWord], ref: Ref, start: int = 0, end: int = 0) -> Leaf:
    """``ref`` has the value that these words name."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded([place], value_expr(place, value), unknown) for place, value in env.value_places(words, ref)
        ]

    return Leaf(build, start, end)


def named_value(mention: AttrRef, text: str, start: int, end: int, *, exact: bool) -> Leaf:
    """The attribute mentioned has the value ``text``, said outright ("priority high", ``tagged "x"``).

    Not ``exact``: an unquoted word, allowed only where the schema lists no values for the attribute.
    """

    def build(env: Env, unknown: bool) -> list[Option]:
        places = env.places(mention)
        if not exact and any(_closed(env, mention, place) for place in places):
            return []
        notes = () if exact else (f'the value "{text}" is taken as written',)
        return [
            env.guarded([p], value_expr(p, text), unknown, notes)
            for p in places
            if is_text(p.type) or (exact and _takes_id(env, p, text))
        ]

    return Leaf(build, start, end)


def _takes_id(env: Env, place: Place, name: str) -> bool:
    """Whether the attribute holds entities that may have the id ``name``."""
    inner = place.type.element if isinstance(place.type, SetType) else place.type
    enum = env.lexicon.schema.entity_types[inner.name].enum if isinstance(inner, EntityRef) else ()
    return enum is None or name in enum


def known_value(mention: AttrRef, words: Sequence[ValueWord], start: int, end: int) -> Leaf:
    """The attribute mentioned has one of its listed values ("priority high")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        mentioned = set(env.places(mention))
        pairs = env.value_places(words, Ref(OWNERS))
        return [env.guarded([place], value_expr(place, value), unknown) for place, value in pairs if place in mentioned]

    return Leaf(build, start, end)


def _closed(env: Env, mention: AttrRef, place: Place) -> bool:
    return any((w.place, w.path) in env.lexicon.closed for w in mention.words if w.path == place.path)


def relate(left: AttrRef, op: str, right: AttrRef, start: int, end: int) -> Leaf:
    """One attribute compared with another, both of one type; never with itself."""

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        for a in env.places(left):
            for b in env.places(right):
                if a == b or a.type != b.type or (op not in ("==", "!=") and not _ordered(a)):
                    continue
                units = {unit_of(env, place.path[-1]) for place in (a, b)} - {""}
                if len(units) > 1:
                    env.failures.append((start, end, "they are counted in different units"))
                    continue
                found.append(env.guarded([a, b], number_expr(a.expr, is_decimal(a), op, b.expr), unknown))
        return found

    return Leaf(build, start, end)


def _ordered(place: Place) -> bool:
    """Whether one value of the attribute may be above another."""
    return is_number(place.type) or place.type in (ExtensionType("datetime"), ExtensionType("duration"))


def boolean(mention: AttrRef, start: int, end: int) -> Leaf:
    """A Bool attribute holds."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded([place], place.expr, unknown)
            for place in env.places(mention)
            if isinstance(place.type, PrimitiveType) and place.type.name == "Bool"
        ]

    return Leaf(build, start, end)


def text_like(mention: AttrRef, before: bool, text: str, after: bool, start: int, end: int) -> Leaf:
    """``x like "*text*"``, with a wildcard ``before`` and/or ``after``; for a set, membership is not meant."""

    def build(env: Env, unknown: bool) -> list[Option]:
        pattern: tuple[str | Wildcard, ...] = (
            *((WILDCARD,) if before else ()), *((text,) if text else ()), *((WILDCARD,) if after else ()),
        )  # fmt: skip
        return [
            env.guarded([place], Like(place.expr, pattern), unknown)
            for place in env.places(mention)
            if isinstance(place.type, PrimitiveType) and place.type.name == "String"
        ]

    return Leaf(build, start, end)


def measure(op: str, value: int | str | Amount, start: int, end: int) -> Leaf:
    """A number compared without its attribute said ("a refund above 500"): the request's or the resource's amount."""
    amount = value if isinstance(value, Amount) else Amount(value)

    def build(env: Env, unknown: bool) -> list[Option]:
        measures, sizes = set(env.lexicon.words.naming.measures), set(env.lexicon.words.unit.size.values())
        found = []
        for word in env.lexicon.attributes:
            items = split_name(word.path[-1])
            names = set(without_unit(env, items))
            told = amount.unit in sizes and unit_of(env, word.path[-1]) == amount.unit  # "over 100 kg": the weight
            named = not measures.isdisjoint(names) and names <= measures | _action_words(env)
            if word.phrase.items != items or not (told or named):
                continue
            bare = replace(word, unsaid=unit_of(env, word.path[-1]))
            for place in env.places(AttrRef((word,), Ref(("context", "resource")))):
                notes = (f"{amount} is the `{word.name}`",)
                found.extend(measured(env, bare, place, op, amount, unknown, notes))
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)


def _action_words(env: Env) -> set[str]:
    return {word for action in env.actions for word in split_name(action.id)}


def given(mention: AttrRef, start: int, end: int) -> Leaf:
    """The optional attribute mentioned is there ("with a ticket"); of a flag it would be asked whether it holds."""

    def build(env: Env, _: bool) -> list[Option]:
        found = []
        for place in env.places(mention):
            attribute = env.attribute(place.owner, place.path, place.only)
            if attribute is None or attribute.required or place.type == PrimitiveType("Bool"):
                continue
            base = replace(place, path=place.path[:-1])
            if base.path and not env.required(base):
                continue
            expr: Expr = Has(base.expr, (place.path[-1],))
            if place.only is not None:
                expr = chain("&&", [Is(Var(place.owner), place.only), expr])
            found.append(Option(expr, (f"`{'.'.join(place.path)}` is there when it is given at all",)))
        return found

    return Leaf(build, start, end)


def sided(cond: Cond, unknown: bool, start: int, end: int) -> Leaf:
    """``cond`` that counts as ``unknown`` when something is missing, whatever the sentence around it wants.

    Only where something may be missing.
    """

    def build(env: Env, _: bool) -> list[Option]:
        found = [replace(option, expr=outward(option.expr)) for option in resolve(cond, env, unknown)]
        return [
            option
            for option in found
            if (isinstance(option.expr, If) if unknown else any(isinstance(test, Has) for test in facts(option.expr)))
        ]

    return Leaf(build, start, end)


def among(mention: AttrRef, texts: Sequence[str], start: int, end: int) -> Leaf:
    """The text mentioned is one of a set of constants."""

    def build(env: Env, unknown: bool) -> list[Option]:
        constants = SetLit(tuple(Lit(text) for text in texts))
        return [
            env.guarded([place], Method(constants, "contains", (place.expr,)), unknown)
            for place in env.places(mention)
            if place.type == PrimitiveType("String")
        ]

    return Leaf(build, start, end)


def holds(mention: AttrRef, other: AttrRef, start: int, end: int) -> Leaf:
    """The set mentioned contains what another attribute is."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded([many, one], Method(many.expr, "contains", (one.expr,)), unknown)
            for many in env.places(mention)
            for one in env.places(other)
            if isinstance(many.type, SetType) and many.type.element == one.type
        ]

    return Leaf(build, start, end)


def none_left(mention: AttrRef, start: int, end: int) -> Leaf:
    """A count of things is zero ("with no refills left"), where the attribute's name has them in the plural."""

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        for word in mention.words:
            nouns = word.phrase.nouns
            if not any(
                noun != item and noun.endswith("s") for noun, item in zip(nouns, word.phrase.items, strict=False)
            ):
                continue
            for place in env.places(AttrRef((word,), mention.ref)):
                if place.type == PrimitiveType("Long"):
                    found.append(env.guarded([place], Binary("==", place.expr, Lit(0)), unknown))
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)


def tag(ref: Ref, key: str, value: str | None, start: int, end: int) -> Leaf:
    """The entity has a tag ``key``, with this value where one is said."""

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        for being in env.beings(ref):
            kinds = [env.lexicon.schema.entity_types[name] for name in being.types]
            texts = [kind.tags == PrimitiveType("String") for kind in kinds]
            if not kinds or not all(texts if value is not None else [kind.tags is not None for kind in kinds]):
                continue
            has: Expr = Method(being.expr, "hasTag", (Lit(key),))
            if value is not None:
                same = Binary("==", Method(being.expr, "getTag", (Lit(key),)), Lit(value))
                note = f'where there is no tag "{key}", the rule takes the stricter side'
                whole = If(has, same, Lit(True)) if unknown else chain("&&", [has, same])
                found.append(env.guarded(being.places, whole, unknown, (note,)))
            else:
                found.append(env.guarded(being.places, has, unknown))
        return found

    return Leaf(build, start, end)


def inside(mention: AttrRef, text: str, start: int, end: int) -> Leaf:
    """The address mentioned lies in a range ("10.0.0.0/8"), or is the one address."""

    def build(env: Env, unknown: bool) -> list[Option]:
        try:
            range_ = "/" in text
            ip_network(text) if range_ else ip_address(text)
        except ValueError:
            env.failures.append((start, end, f"`{text}` is no address and no range of addresses"))
            return []
        constant = Call("ip", (Lit(text),))
        return [
            env.guarded(
                [p],
                Method(p.expr, "isInRange", (constant,)) if range_ else Binary("==", p.expr, constant),
                unknown,
            )
            for p in env.places(mention)
            if p.type == ExtensionType("ipaddr")
        ]

    return Leaf(build, start, end)
