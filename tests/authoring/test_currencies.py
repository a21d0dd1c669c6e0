"""Sums of money: the currency that is said, and the question where it is not."""

from __future__ import annotations

import pytest

from workbench.authoring.compiler import compile_sentence
from workbench.language.schema_reader import read_schema

SHOP = """
entity Clerk; entity Order = {{ note: String }};
type Till = {{ amount: Long, restocking_price: Long, {currency} }};
action refund_order appliesTo {{ principal: [Clerk], resource: [Order], context: Till }};
"""
LISTED = read_schema(SHOP.format(currency='@values("usd: dollars; eur: euros") currency: String'))
SINGLE = read_schema(SHOP.format(currency='@values("usd: dollars") currency: String'))
OPEN = read_schema(SHOP.format(currency="currency: String"))
NONE = read_schema(SHOP.format(currency="hour: Long"))
CAP = 'forbid (principal, action == Action::"refund_order", resource)\nwhen {{ {} }};'


def readings(text: str, schema: object) -> list[str]:
    return [reading.cedar_plus for reading in compile_sentence(text, schema).candidates]  # type: ignore[arg-type]


def test_a_sum_without_its_currency_is_asked_about_where_several_are_listed() -> None:
    assert readings("Refunds must not exceed 500.", LISTED) == [
        CAP.format("context.amount > 500"),
        CAP.format('context.amount > 500 && context.currency == "usd"'),
        CAP.format('context.amount > 500 && context.currency == "eur"'),
    ]


@pytest.mark.parametrize("schema", [SINGLE, OPEN, NONE])
def test_it_is_not_asked_about_where_none_or_one_is_listed(schema: object) -> None:
    assert readings("Refunds must not exceed 500.", schema) == [CAP.format("context.amount > 500")]


def test_a_sentence_that_speaks_of_the_currency_says_enough() -> None:
    text = "Clerks must not refund orders when the amount is above 500 and the currency is dollars."
    assert readings(text, LISTED) == [CAP.format('context.amount > 500 && context.currency == "usd"')]


def test_a_sum_in_a_listed_currency_says_nothing_of_the_others() -> None:
    assert readings("Refunds must not exceed 500 euros.", LISTED) == [
        CAP.format('context.amount > 500 && context.currency == "eur"')
    ]


def test_two_sums_are_meant_in_one_currency() -> None:
    text = "Clerks must not refund orders when the amount is above 500 or the restocking price is above 20."
    found = readings(text, LISTED)
    assert len(found) == 3
    assert found[1].count('context.currency == "usd"') == 2


def test_a_currency_that_the_schema_does_not_list_is_refused() -> None:
    result = compile_sentence("Refunds must not exceed 500 yen.", LISTED)
    assert result.status == "refused"


def test_the_currency_of_another_type_says_nothing_of_a_sum() -> None:
    schema = read_schema("""
    entity Clerk; entity Bill = { amount: Long, @values("usd: dollars; eur: euros") currency: String };
    entity Trip = { amount: Long };
    action settle_bill appliesTo { principal: [Clerk], resource: [Bill] };
    action refund_trip appliesTo { principal: [Clerk], resource: [Trip] };
    """)
    assert readings("Nobody may refund a trip with an amount above 50.", schema) == [
        'forbid (principal, action == Action::"refund_trip", resource)\nwhen { resource.amount > 50 };'
    ]
    assert len(readings("Nobody may settle a bill with an amount above 50.", schema)) == 3
