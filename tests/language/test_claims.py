"""CP101: which permits and which exceptions rest on the caller's claims alone, by the schema's sources."""

from __future__ import annotations

import pytest

from workbench.language.check import check

SCHEMA = """entity Team;
entity User in [Team] = { role: String, @source("caller") mood: String } tags String;
entity Doc = { team: Team, @source("caller") label: String, owners: Set<User> };
type Paid = { amount: Long, @source("meter") spent: Long };
action read appliesTo { principal: [User], resource: [Doc], context: {
  ok: Bool, n: Long, who: User, paid: Paid, @source("server") now: Long, @source("server") seen: Paid
} };
action ping appliesTo { principal: [User], resource: [Doc], context: { ok: Bool } };
"""
READ = 'action == Action::"read"'


def warned(source: str) -> list[str]:
    """The places of CP101 in a text that is clean."""
    result = check(source, SCHEMA)
    assert result.program is not None, result.errors
    return [source[d.span.start : d.span.end] for d in result.diagnostics if d.code == "CP101"]


ALONE = [
    "context.ok",
    "context.n < 5",
    "context has ok",
    "context.paid.amount < 5",
    "context.paid has amount",
    "principal.mood == context.who.mood",
    'resource.label == "x"',
    "principal == context.who",
    "context.who == principal",
    "principal in context.who",
    "principal is User in context.who",
    "[context.who].contains(principal)",
]
NOT_ALONE = [
    "context.n < context.now",
    "context.paid.amount < context.paid.spent",
    "context.seen.amount < 5",
    'context.ok && principal.role == "x"',
    'context.ok && principal == User::"ann"',
    'context.ok && User::"ann" == principal',
    'context.ok && principal in Team::"a"',
    'context.ok && principal is User in Team::"a"',
    "context.ok && principal in resource.team",
    "context.ok && resource.owners.contains(principal)",
    'context.ok && [User::"ann", User::"bob"].contains(principal)',
    'context.ok && principal.hasTag("a")',
    "1 < 2",
    "principal is User",
]


@pytest.mark.parametrize("condition", ALONE)
def test_claims_alone(condition: str) -> None:
    when = f"when {{ {condition} }}"
    assert warned(f"permit (principal, {READ}, resource) {when};") == [when]
    unless = f"unless {{ {condition} }}"
    assert warned(f"forbid (principal, {READ}, resource) {unless};") == [unless]
    assert warned(f"forbid (principal, {READ}, resource) when {{ !({condition}) }};") == [f"!({condition})"]
    assert warned(f"forbid (principal, {READ}, resource) {when};") == []


@pytest.mark.parametrize("condition", NOT_ALONE)
def test_something_else_too(condition: str) -> None:
    assert warned(f"permit (principal, {READ}, resource) when {{ {condition} }};") == []
    assert warned(f"forbid (principal, {READ}, resource) unless {{ {condition} }};") == []
    assert warned(f"forbid (principal, {READ}, resource) when {{ !({condition}) }};") == []


@pytest.mark.parametrize("who", ['== User::"ann"', 'in Team::"a"', 'is User in Team::"a"'])
def test_a_permit_for_someone_named_rests_on_who_it_is(who: str) -> None:
    when = "when { context.ok }"
    assert warned(f"permit (principal {who}, {READ}, resource) {when};") == []
    assert warned(f'permit (principal is User, {READ}, resource == Doc::"d") {when};') == [when]
    # whom a forbid is about says nothing of what spares them
    assert warned(f"forbid (principal {who}, {READ}, resource) unless {{ context.ok }};") == ["unless { context.ok }"]


def test_the_whole_context_is_claimed_where_no_part_of_it_has_another_source() -> None:
    whole = "when { context == {ok: true} }"
    assert warned(f'permit (principal, action == Action::"ping", resource) {whole};') == [whole]
    served = SCHEMA.replace("context: { ok: Bool }", 'context: { @source("server") ok: Bool }')
    result = check(f'permit (principal, action == Action::"ping", resource) {whole};', served)
    assert result.program is not None
    assert "CP101" not in [found.code for found in result.diagnostics]


def test_the_conditions_of_a_permit_count_together_and_those_of_a_forbid_each_for_itself() -> None:
    assert (
        warned(f'permit (principal, {READ}, resource) when {{ context.ok }} unless {{ principal.role == "x" }};') == []
    )
    both = "when { context.ok } unless { context.n > 3 }"
    assert warned(f"permit (principal, {READ}, resource) {both};") == [both]
    two = 'unless { context.ok } unless { principal.role == "x" }'
    assert warned(f"forbid (principal, {READ}, resource) {two};") == ["unless { context.ok }"]


@pytest.mark.parametrize(
    ("when", "exceptions"),
    [
        ('principal.role == "x" && !(context.ok) && context.n > 3', ["!(context.ok)"]),
        ("!(context.ok) && !(context.n == 1)", ["!(context.ok)", "!(context.n == 1)"]),
        ("!(!(context.ok))", []),
        ("!(!(!(context.ok)))", ["!(!(!(context.ok)))"]),
        ('!(context.ok) || principal.role == "x"', []),
    ],
)
def test_a_negation_that_a_forbid_depends_on_is_an_exception(when: str, exceptions: list[str]) -> None:
    assert warned(f"forbid (principal, {READ}, resource) when {{ {when} }};") == exceptions
