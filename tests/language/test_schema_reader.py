"""Schemas: our reader and cedarpy accept the same texts, and what is read means what Cedar takes it to mean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.language.cedar import CedarError, parse_schema, parse_schema_json, validate
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.guard import schema_findings
from workbench.language.schema import (
    Attribute,
    EntityRef,
    ExtensionType,
    PrimitiveType,
    RecordType,
    SetType,
)
from workbench.language.schema_json import schema_json, slice_handle
from workbench.language.schema_reader import read_schema, schema_diagnostics

EDGES: list[str] = json.loads((Path(__file__).parent / "data" / "schemas.json").read_text())
LONG, STRING = PrimitiveType("Long"), PrimitiveType("String")


def agree(text: str) -> bool:
    """Asserts that both readers accept or both refuse ``text``; on acceptance, that our JSON of it is accepted too."""
    if schema_findings(text):
        return False
    try:
        parse_schema(text)
        accepted = True
    except CedarError:
        accepted = False
    diagnostics = schema_diagnostics(text)
    assert accepted == (not diagnostics), f"{text!r}: cedarpy accepts: {accepted}, we say {diagnostics}"
    for diagnostic in diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
    if accepted:
        parse_schema_json(json.dumps(schema_json(read_schema(text))))
    return accepted


@pytest.mark.parametrize("text", EDGES)
def test_edges(text: str) -> None:
    agree(text)


def test_the_edges_are_of_both_kinds() -> None:
    assert 30 < sum(map(agree, EDGES)) < len(EDGES) - 30


WORDS = [
    *("entity", "action", "type", "namespace", "in", "enum", "tags", "appliesTo", "attributes", "Set<", ">", "Long"),
    *("{", "}", "[", "]", ":", "::", ",", ";", "=", "?", "@a", '@a("b")', '"x y"', "A", "B", "principal", "resource"),
    *("context", "String", "__cedar::Long", "if", "decimal", "Action", "// c\n"),
]


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(EDGES), st.integers(0, 100), st.sampled_from([*WORDS, ""]), st.integers(0, 1))
def test_schemas_with_one_word_changed(text: str, place: int, word: str, removed: int) -> None:
    parts = text.replace(";", " ; ").replace("{", " { ").replace(":", " : ").replace(" :  : ", "::").split(" ")
    place %= len(parts) + 1
    parts[place : place + removed] = [word]
    agree(" ".join(parts))


TYPED = """
@doc("everything") namespace Shop {
  type Money = { amount: Long, @phrase("in euros") currency?: String };
  @phrase("a shop assistant") entity Clerk, Chief in [Team, Staff] = {
    @source("server") @volatile level: Long, "full name"?: Set<String>, boss?: Chief, pay: Money
  } tags Set<Money>;
  entity Team in Staff;
  entity Staff;
  entity Colour enum ["red", "green"];
  action trade;
  @phrase("sell …") action sell, "give away" in [trade, Action::"trade"] appliesTo {
    principal: [Clerk, Chief], resource: Item, context: { price: Money, at: datetime, from: ipaddr, off: Common::Rate }
  };
}
entity Item = { rating: decimal, lasts: duration, fine: Bool, shown: Shop::Colour };
namespace Common { type Rate = __cedar::decimal; action audit in Shop::Action::"trade"; }
"""


def test_the_typed_model_says_all_that_the_text_says() -> None:
    schema = read_schema(TYPED)
    money = RecordType({"amount": Attribute(LONG), "currency": Attribute(STRING, False, {"phrase": "in euros"})})
    clerk = schema.entity_types["Shop::Clerk"]
    assert clerk.parents == ("Shop::Team", "Shop::Staff")
    assert clerk.tags == SetType(money)
    assert clerk.annotations == {"phrase": "a shop assistant"}
    assert dict(clerk.attributes) == {
        "level": Attribute(LONG, True, {"source": "server", "volatile": ""}),
        "full name": Attribute(SetType(STRING), False),
        "boss": Attribute(EntityRef("Shop::Chief"), False),
        "pay": Attribute(money),
    }
    assert clerk.attributes["level"].source == "server"
    assert clerk.attributes["level"].volatile
    assert schema.entity_types["Shop::Chief"].attributes == clerk.attributes
    assert schema.entity_types["Shop::Colour"].enum == ("red", "green")
    assert schema.entity_types["Item"].attributes["shown"].type == EntityRef("Shop::Colour")
    give = schema.actions["Shop::Action", "give away"]
    assert give.groups == (("Shop::Action", "trade"),)
    assert (give.principals, give.resources) == (("Shop::Clerk", "Shop::Chief"), ("Item",))
    assert give.context.attributes["off"] == Attribute(ExtensionType("decimal"))
    assert give.annotations == {"phrase": "sell …"}
    assert schema.actions["Common::Action", "audit"].groups == (("Shop::Action", "trade"),)
    trade = ("Shop::Action", "trade")
    assert [action.id for action in schema.members_of(trade)] == ["trade", "sell", "give away", "audit"]
    assert list(schema.entity_types)[-2:] == ["Shop::Colour", "Item"], "in the order of the text"


RULES = [
    'permit (principal is Shop::Clerk, action == Shop::Action::"sell", resource) when { principal.level > 3 };',
    'permit (principal, action in Shop::Action::"trade", resource) when { context.price.amount > 3 };',
    "permit (principal, action, resource) when { resource.rating.lessThan(context.off) };",
    'permit (principal, action, resource) when { principal["full name"].contains("x") };',
    'permit (principal, action, resource) when { resource.shown == Shop::Colour::"blue" };',
    'permit (principal, action, resource) when { principal.hasTag("a") && principal.getTag("a").isEmpty() };',
    'permit (principal, action == Shop::Action::"nope", resource);',
    "permit (principal, action, resource) when { principal.pay has currency && principal.pay.currency == 3 };",
]


@pytest.mark.parametrize("rule", RULES)
def test_our_json_and_slices_judge_as_the_text_does(rule: str) -> None:
    schema = read_schema(TYPED)
    whole = validate(rule, TYPED)
    assert validate(rule, parse_schema_json(json.dumps(schema_json(schema)))) == whole
    assert validate(rule, slice_handle(TYPED, frozenset(schema.actions))) == whole


def test_a_slice_of_a_large_schema_judges_rules_about_its_actions_alike() -> None:
    many = "".join(
        f"action a{index} appliesTo {{ principal: P, resource: P, context: {{ x{index}: Long }} }};"
        for index in range(40)
    )
    text = f"entity P {{ n: Long }}; action g; {many}"
    handle = slice_handle(text, frozenset({("Action", "a7")}))
    for condition in ("context.x7 > 1", "context.x8 > 1", 'action == Action::"a8" && context.x8 > 1', "principal.n"):
        rule = f'permit (principal, action == Action::"a7", resource) when {{ {condition} }};'
        assert validate(rule, handle) == validate(rule, text)


def test_entities_shadow_primitives_and_common_types_win() -> None:
    schema = read_schema("entity Long; entity T; type T = String; entity E { a: Long, b: T, c: __cedar::Long };")
    attributes = schema.entity_types["E"].attributes
    assert [attributes[name].type for name in "abc"] == [EntityRef("Long"), STRING, LONG]


def test_a_path_is_read_from_the_top_wherever_it_stands() -> None:
    text = "namespace N { entity E { x: M::T }; } namespace M { type T = Long; } namespace N::M { type T = String; }"
    assert agree(text)
    assert read_schema(text).entity_types["N::E"].attributes["x"].type == LONG


def test_the_last_of_two_attributes_of_one_name_counts() -> None:
    text = "entity P { a: Long, a: String }; action x appliesTo { principal: P, resource: P };"
    assert read_schema(text).entity_types["P"].attributes["a"].type == STRING
    assert validate('permit (principal, action, resource) when { principal.a == "x" };', text) == []


def test_mistakes_have_places() -> None:
    text = "entity A;\nentity B in [Aa];"
    with pytest.raises(DiagnosticsError) as caught:
        read_schema(text)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.start.line, diagnostic.start.column) == ("CP002", 2, 14)
    assert text[diagnostic.span.start : diagnostic.span.end] == "Aa"


def test_reading_twice_gives_the_same_object() -> None:
    assert read_schema(TYPED) is read_schema("".join(TYPED))


def test_what_a_later_attribute_of_the_same_name_replaces_is_not_read() -> None:
    text = 'entity P { "a": No::Such, a: Long };'
    assert agree(text)
    assert read_schema(text).entity_types["P"].attributes["a"].type == LONG


MISTAKES = [
    ("entity A in [Aa];", "Aa", "unknown entity type `Aa`", "A"),
    ("entity Agent { x: Strin };", "Strin", "unknown type `Strin`", "String"),
    ("entity Agent { x: Boolean };", "Boolean", "unknown type `Boolean`", "Bool"),
    ("action memory; action read in [memry];", "memry", "unknown action `memry`", "memory"),
    ("type T = Long; entity A; action a appliesTo { principal: T, resource: A };", "T", "unknown entity type `T`", ""),
    ("entity A;\nentity B, A;", "A", "`A` is declared twice", ""),
    ("entity A; namespace N { entity A; }", "A", "illegally shadows", ""),
    ("entity A; action read, write appliesTo { principal: A };", "read", "missing `resource` declaration", ""),
    ("type Long = String; entity A;", "Long", "reserved schema keyword", ""),
    ("entity A; action a appliesTo { principal: A, resource: A, context: Long };", "a", "other than `Record`", ""),
    ("action a in [b]; action b in [a];", "", "cycle in action hierarchy", ""),
]


@pytest.mark.parametrize(("text", "under", "message", "fix"), MISTAKES)
def test_a_mistake_is_underlined_and_mended(text: str, under: str, message: str, fix: str) -> None:
    found = schema_diagnostics(text)[0]
    assert (found.code, found.severity) == ("CP002", "error")
    assert message in found.message
    assert found.help
    assert text[found.span.start : found.span.end] == under or not under
    assert found.fix == fix
    if fix:
        assert not schema_diagnostics(text[: found.span.start] + fix + text[found.span.end :])


def test_every_unknown_name_is_told_at_once() -> None:
    found = schema_diagnostics("entity A { x: Foo, y: Bar } in_;".replace(" in_", "") + " action x in [nope];")
    assert [diagnostic.message for diagnostic in found] == [
        "unknown type `Foo`",
        "unknown type `Bar`",
        "unknown action `nope`",
    ]
