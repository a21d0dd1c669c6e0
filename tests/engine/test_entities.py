"""The entity store: parsing, the hierarchy, deltas, and what it refuses."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.support import entity, evaluator
from workbench.engine import Entities, EntityError, Request
from workbench.engine.values import EntityUid, to_json

SCHEMA = """
entity Team in [Team]; entity U in [Team] = { name: String, cost?: decimal, boss?: U } tags Set<datetime>;
action all; action some in [all]; action read in [some] appliesTo { principal: [U], resource: [Team] };
"""


def names(store: Entities, uid: str) -> set[str]:
    found = store.get(uid)
    assert found is not None
    return {ancestor.id for ancestor in found.ancestors}


def test_the_hierarchy_is_closed() -> None:
    rows = [entity("T::a", {}, ["T::b"]), entity("T::b", {}, ["T::c", "T::d"]), entity("T::c", {}, ["T::d"])]
    store = Entities.from_json(rows)
    assert names(store, 'T::"a"') == {"b", "c", "d"}
    assert store.get('T::"d"') is None


@pytest.mark.parametrize(
    "rows",
    [
        [entity("T::a", {}, ["T::a"])],
        [entity("T::a", {}, ["T::b"]), entity("T::b", {}, ["T::a"])],
        [entity("T::x", {}, ["T::a"]), *(entity(f"T::{a}", {}, [f"T::{b}"]) for a, b in ("ab", "bc", "ca"))],
    ],
)  # fmt: skip
def test_a_cycle_is_refused(rows: list[Any]) -> None:
    with pytest.raises(EntityError, match="member of itself"):
        Entities.from_json(rows)


def test_a_long_chain_needs_no_deep_stack() -> None:
    rows = [entity(f"T::{i}", {}, [f"T::{i + 1}"]) for i in range(1_300)]
    assert len(names(Entities.from_json(rows), 'T::"0"')) == 1_300


def test_with_added_leaves_the_base_alone() -> None:
    base = Entities.from_json([entity("T::a", {"x": 1}, ["T::b"]), entity("T::b")])
    more = base.with_added([entity("T::c", {}, ["T::a"])])
    assert names(more, 'T::"c"') == {"a", "b"}
    assert base.get('T::"c"') is None
    assert len(base) == 2
    assert len(more) == 3
    with pytest.raises(EntityError, match="already known"):
        more.with_added([entity("T::c")])


def test_with_added_reaches_what_was_already_there() -> None:
    """A new entity that old ones are in brings its own parents to them."""
    base = Entities.from_json([entity("T::a", {}, ["T::later"])])
    for store in (
        base.with_added([entity("T::later", {}, ["T::top"])]),
        base.with_added([entity("T::z")]).with_added([entity("T::later", {}, ["T::top"])]),
        base.with_added([entity("T::z", {}, ["T::a"])]).with_added([entity("T::later", {}, ["T::top"])]),
    ):
        assert names(store, 'T::"a"') == {"later", "top"}
    with pytest.raises(EntityError, match="member of itself"):
        base.with_added([entity("T::later", {}, ["T::a"])])


@given(st.data())
def test_adding_in_two_steps_is_adding_at_once(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 8))
    rows = [
        entity(f"T::{i}", {}, [f"T::{p}" for p in data.draw(st.sets(st.integers(i + 1, count + 2), max_size=3))])
        for i in range(count)
    ]
    order = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, count))
    whole = Entities.from_json(rows)
    split = Entities.from_json(order[:cut]).with_added(order[cut:])
    assert {e.uid: e.ancestors for e in whole} == {e.uid: e.ancestors for e in split}


def test_actions_come_from_the_schema() -> None:
    engine = evaluator(
        '@id("p") permit (principal, action in Action::"all", resource) when { action in Action::"some" };', SCHEMA
    )
    request = Request('U::"u"', 'Action::"read"', 'Team::"t"')
    assert engine.decide(request).reasons == ("p",)
    assert engine.decide(request, [entity("Action::read", {}, ["Action::some"])]).reasons == ("p",)
    store = Entities.from_json([], schema=SCHEMA)
    assert names(store, 'Action::"read"') == {"some", "all"}
    assert len(store) == 0


def test_typed_parsing() -> None:
    rows = [
        entity(
            "U::a",
            {"name": "x", "cost": "1.5", "boss": {"type": "U", "id": "b"}},
            ["Team::t"],
            tags={"k": ["2024-01-01"]},
        )
    ]
    typed = Entities.from_json(rows, schema=SCHEMA)
    found = typed.get('U::"a"')
    assert found is not None
    assert to_json(found.attrs["cost"]) == {"__extn": {"fn": "decimal", "arg": "1.5"}}
    assert found.attrs["boss"] == EntityUid("U", "b")
    assert Entities.from_json(typed.to_json(), schema=SCHEMA).to_json() == typed.to_json()
    assert Entities.from_json(typed.to_json()).to_json() == typed.to_json()


def test_a_store_of_another_schema_is_checked_again() -> None:
    engine = evaluator("permit (principal, action, resource);", SCHEMA)
    request = Request('U::"a"', 'Action::"read"', 'Team::"t"')
    good, bad = Entities.from_json([entity("U::a", {"name": "x"})]), Entities.from_json([entity("U::a", {"name": 1})])
    assert engine.decide(request, good).outcome == "allow"
    assert engine.decide(request, bad).code == "invalid_entity"
    assert [decision.code for _, decision in engine.rank([request], bad).denied] == ["invalid_entity"]


def test_text() -> None:
    rows = [entity("T::a", {"x": [1, {"y": True}]})]
    assert Entities.from_json(json.dumps(rows)).to_json() == rows


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[{"uid": {"type": "T", "id": "a"}, "attrs": {"x": 1, "x": 2}, "parents": []}]', "`x`"),
        ('[{"uid": {"type": "T", "id": "a"}, "attrs": {"x": 1.5}, "parents": []}]', "1.5"),
        ('[{"uid": {"type": "T", "id": "a"}, "attrs": {"x": NaN}, "parents": []}]', "NaN"),
        ('[{"uid": {"type": "T", "id": "a"}, "attrs": {"x": null}, "parents": []}]', "`x`"),
        ('[{"uid": {"type": "T", "id": "a"}, "attrs": {"x": %s}, "parents": []}]' % ("[" * 70 + "]" * 70), "deep"),
        ("[" * 100_000, "deep"),
        ('{"uid": 1}', "list"),
        ("[", "JSON"),
        ("[%s]" % ("9" * 5_000), "long"),
    ],
)  # fmt: skip
def test_text_that_is_refused(text: str, word: str) -> None:
    with pytest.raises(EntityError, match=word):
        Entities.from_json(text)


def test_deep_data_is_refused_without_a_schema() -> None:
    data: Any = 1
    for _ in range(100_000):
        data = [data]
    with pytest.raises(EntityError, match="deeper"):
        Entities.from_json([entity("T::a", {"x": data})])
    decision = evaluator("permit (principal, action, resource);").decide(
        Request('T::"a"', 'T::"a"', 'T::"a"', {"x": data})
    )
    assert decision.code == "invalid_request"


def test_a_chain_of_groups_that_would_fill_the_memory_is_refused() -> None:
    """Every group of a chain is in all that follow: as many memberships as half the square of its length."""

    def chain(length: int) -> list[dict[str, Any]]:
        rows = [entity(f"Team::g{i}", {}, [f"Team::g{i + 1}"]) for i in range(length)]
        return [*rows, entity(f"Team::g{length}")]

    assert len(Entities.from_json(chain(400)).get('Team::"g0"').ancestors) == 400  # type: ignore[union-attr]
    with pytest.raises(EntityError, match="too many memberships"):
        Entities.from_json(chain(3_000))
    decision = evaluator("permit (principal, action, resource);").decide(
        Request('Team::"g0"', 'Action::"a"', 'Team::"g1"'), chain(3_000)
    )
    assert (decision.outcome, decision.code) == ("deny", "invalid_entity")


def test_text_without_an_end_is_read_in_linear_time() -> None:
    def seconds(pairs: int) -> float:
        text = "[" + "[]," * 70 + '"' + '\\"' * pairs
        started = process_time()
        with pytest.raises(EntityError, match="not JSON"):
            Entities.from_json(text)
        return process_time() - started

    seconds(10)
    assert seconds(64_000) < 20 * max(seconds(16_000), 0.01)  # four times as long; quadratic: minutes


def test_an_attribute_that_holds_an_action_holds_a_declared_one() -> None:
    """As Cedar has it: which actions there are is known."""
    schema = "entity U = { last: Action }; action go, stop appliesTo { principal: [U], resource: [U] };"

    def user(action: str) -> list[dict[str, object]]:
        attrs = {"last": {"__entity": {"type": "Action", "id": action}}}
        return [{"uid": {"type": "U", "id": "u"}, "attrs": attrs, "parents": []}]

    assert len(Entities.from_json(user("stop"), schema=schema)) == 1
    with pytest.raises(EntityError, match="attribute `last`: expected an entity of type `Action`"):
        Entities.from_json(user("leap"), schema=schema)
