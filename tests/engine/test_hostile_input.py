"""Raw garbage as request and entities, a broad permit present: never an exception or an allow, always a reason."""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.support import entity, evaluator
from workbench.engine import Decision, Entities, Evaluator, Request
from workbench.engine.entities import EntityError

SCHEMA = """
entity Team;
entity U in [Team] = { n: Long, s: String, d?: decimal, r?: { o: U, x?: Bool }, t?: Set<Set<ipaddr>> } tags Long;
action g;
action a in [g] appliesTo {
    principal: [U], resource: [U, Team],
    context: { n: Long, u?: U, i?: ipaddr, w?: datetime, l?: duration, r?: { o: U, x?: Bool }, t?: Set<String> }
};
"""
BROAD = '@id("broad") permit (principal, action, resource);'
ENGINES = {"schema": evaluator(BROAD, SCHEMA), "no schema": evaluator(BROAD)}
U = {"type": "U", "id": "u"}
GOOD: dict[str, Any] = {
    "principal": U,
    "action": {"type": "Action", "id": "a"},
    "resource": {"type": "Team", "id": "t"},
    "context": {
        "n": 1, "u": U, "i": "::1", "w": "2024-01-01", "l": "1d", "r": {"o": U, "x": True}, "t": ["a"],
    },
}  # fmt: skip
ROWS: list[Any] = [
    entity("U::u", {"n": 1, "s": "x", "d": "1.0", "r": {"o": U}, "t": [["::1"], []]}, ["Team::t"], tags={"k": 1}),
    entity("Team::t"),
]
CODES = {"invalid_request", "invalid_entity"}


def refused(decision: Decision) -> None:
    """Denied as input that does not fit, saying why."""
    assert (decision.outcome, decision.retry, decision.reasons) == ("deny", "after_change", ())
    assert decision.code in CODES
    assert [error.rule for error in decision.errors] == [""]
    assert decision.errors[0].message
    assert decision.errors[0].message in decision.remedy
    assert json.loads(json.dumps(decision.to_dict())) == decision.to_dict()


def nested(depth: int, inner: Any = 1, *, record: bool = False) -> Any:
    for _ in range(depth):
        inner = {"a": inner} if record else [inner]
    return inner


def looped() -> Any:
    ring: list[Any] = []
    ring.append({"a": ring})
    return ring


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=6), st.binary(max_size=2),
    st.sampled_from([2**63, -(2**63) - 1, 10**400, "\ud800", "\0", "U", "__entity", "__extn", 'U::"u"', "1d", "ip"]),
)  # fmt: skip
names = st.sampled_from(
    ["type", "id", "__entity", "__extn", "__expr", "fn", "arg", "args", "uid", "attrs", "parents", "tags", "n", "u", "",
     "principal", "action", "resource", "context", "\ud800"]
)  # fmt: skip
garbage = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(names, inner, max_size=4),
        st.dictionaries(scalars, inner, max_size=1),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("known", ENGINES)
@settings(max_examples=150, deadline=None)
@given(garbage)
def test_a_garbage_request(known: str, data: Any) -> None:
    refused(ENGINES[known].decide(data, ROWS))


@pytest.mark.parametrize("known", ENGINES)
@pytest.mark.parametrize("part", ["principal", "action", "resource"])
@settings(max_examples=60, deadline=None)
@given(garbage.filter(lambda data: data != 'U::"u"'))
def test_a_garbage_side(known: str, part: str, data: Any) -> None:
    decision = ENGINES[known].decide(GOOD | {part: data}, ROWS)
    if known == "no schema" and decision.outcome == "allow":
        assert {"type", "id"} <= set(data.get("__entity", data))  # a uid after all
    else:
        refused(decision)


@pytest.mark.parametrize("known", ENGINES)
@settings(max_examples=150, deadline=None)
@given(garbage.filter(lambda data: data not in ([], "", ())))
def test_garbage_entities(known: str, data: Any) -> None:
    decision = ENGINES[known].decide(GOOD, data)
    if not data:  # no entities at all
        assert decision.code in ("allowed", *CODES)
    else:
        refused(decision)


@pytest.mark.parametrize("known", ENGINES)
@pytest.mark.parametrize(
    "data", [looped(), nested(3_000), nested(3_000, record=True)], ids=["loop", "lists", "records"]
)
def test_what_has_no_end(known: str, data: Any) -> None:
    engine = ENGINES[known]
    refused(engine.decide(data, ROWS))
    refused(engine.decide(GOOD, data))
    refused(engine.decide(GOOD, [data]))
    for part in GOOD:
        refused(engine.decide(GOOD | {part: data}, ROWS))


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a value."""
    inner: list[tuple[Any, ...]] = []
    for step, item in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        inner += [(*path, step), *places(item, (*path, step))]
    return inner


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    data = deepcopy(data)
    target = data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return data


JUNK: list[Any] = [
    None, 1.5, float("nan"), float("inf"), 2**63, 10**400, "\ud800", b"x", object(), {1, 2}, looped(), nested(70),
    nested(70, record=True), {1: 1}, {None: 1}, {"__expr": "1"}, {"__extn": {"fn": "ip", "arg": "x"}}, {1.5: 1},
    {"fn": "ip", "arg": 1}, {"__extn": {"fn": "no", "arg": "1"}}, {"__extn": {"fn": "offset", "args": []}},
    {"__entity": {"type": "if", "id": "x"}},
]  # fmt: skip


@pytest.mark.parametrize("path", places(GOOD), ids=str)
def test_junk_anywhere_in_a_request(path: tuple[Any, ...]) -> None:
    for junk in JUNK:
        refused(ENGINES["schema"].decide(replaced(GOOD, path, junk), ROWS))


@pytest.mark.parametrize("path", places(ROWS), ids=str)
def test_junk_anywhere_in_the_entities(path: tuple[Any, ...]) -> None:
    for junk in JUNK:
        rows = replaced(ROWS, path, junk)
        refused(ENGINES["schema"].decide(GOOD, rows))
        with pytest.raises(EntityError):
            Entities.from_json(rows, SCHEMA)


def test_what_is_replaced_was_good() -> None:
    assert ENGINES["schema"].decide(GOOD, ROWS).outcome == "allow"
    assert ENGINES["schema"].decide(GOOD, json.dumps(ROWS)).outcome == "allow"


@pytest.mark.parametrize("place", ["request", "entity", "tag"])
def test_without_a_schema_depth_and_numbers_are_bounded_all_the_same(place: str) -> None:
    for junk in (None, 1.5, float("nan"), 2**63, "\ud800", looped(), nested(65), nested(65, record=True), b"x"):
        data, rows = deepcopy(GOOD), deepcopy(ROWS)
        if place == "request":
            data["context"]["free"] = junk
        else:
            rows[0]["attrs" if place == "entity" else "tags"]["free"] = junk
        refused(ENGINES["no schema"].decide(data, rows))


TEXT = json.dumps(ROWS)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not JSON"),
        (TEXT[:-1], "not JSON"),
        (TEXT + "x", "not JSON"),
        (TEXT.replace('"n": 1', '"n": 1, "n": 1'), "twice"),
        (TEXT.replace('"type": "U"', '"type": "U", "type": "U"'), "twice"),
        (TEXT.replace('"n": 1', '"n": 1.0'), "1.0"),
        (TEXT.replace('"n": 1', '"n": NaN'), "NaN"),
        (TEXT.replace('"n": 1', '"n": -Infinity'), "Infinity"),
        (TEXT.replace('"n": 1', '"n": 1e2'), "1e2"),
        (TEXT.replace('"n": 1', '"n": ' + "9" * 10_000), "n"),
        (TEXT.replace('"n": 1', '"n": ' + "[" * 100_000), "nested"),
        (TEXT.replace('"x"', '"\\ud800"'), "Unicode"),
        ("[" * 100_000 + "]" * 100_000, "nested"),
        ("{}", "list"),
        ("null", "list"),
        ("7", "list"),
        ('"[]"', "list"),
        ("\ud800", ""),
    ],
    ids=range(18),
)
def test_entities_as_text(text: str, word: str) -> None:
    decision = ENGINES["schema"].decide(GOOD, text)
    refused(decision)
    assert word in decision.errors[0].message


# ---- the stack -------------------------------------------------------------------------------------------------------


def deepest(condition: str, layer: str) -> Evaluator:
    """A forbid nested as deep as the language allows, beside the broad permit."""
    for _ in range(30):
        condition = layer.replace("…", condition)
    return evaluator(f'{BROAD}\n@id("deep") forbid (principal, action, resource) when {{ {condition} }};')


@pytest.mark.parametrize(
    "layer", ["!(…)", "(if … then true else false)", "[…].contains(true)", "[…] == [true]", "{a: …}.a"]
)
def test_a_rule_at_the_limit_is_decided(layer: str) -> None:
    engine = deepest("context.n == 1", layer)
    assert engine.decide(GOOD, ROWS).reasons == ("deep",)
    assert deepest("context.gone == 1", layer).decide(GOOD, ROWS).code == "evaluation_error"


def test_with_hardly_any_stack_left_it_still_never_allows() -> None:
    """Called from the depths of someone's recursion: the right answer, a recorded deny, or Python's own error."""
    engine, entities = deepest("context.n == 1", "!(…)"), Entities.from_json(ROWS)
    assert engine.decide(GOOD, entities).code == "forbidden"

    def at(depth: int) -> str:
        return at(depth - 1) if depth > 0 else engine.decide(GOOD, entities).code

    def outcome(depth: int) -> str:
        try:
            return at(depth)
        except RecursionError:
            return "raised"

    left = sys.getrecursionlimit() - len(_frames())
    codes = [outcome(depth) for depth in range(left - 120, left)]
    assert (
        {"forbidden", "evaluation_error"}
        <= set(codes)
        <= {"forbidden", "evaluation_error", "invalid_request", "raised"}
    )


def _frames() -> list[Any]:
    found, frame = [], sys._getframe()
    while frame is not None:
        found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("nothing", [None, {}, 0, False, set(), b"", iter(())])
def test_what_is_no_list_is_not_taken_for_no_entities(nothing: Any) -> None:
    """A forbid that asks for a membership would stay silent if what should have been sent went unnoticed."""
    engine = evaluator('permit (principal, action, resource); forbid (principal in T::"banned", action, resource);')
    request = Request('U::"u"', 'A::"a"', 'D::"d"')
    decision = engine.decide(request, nothing)
    assert (decision.outcome, decision.code) == ("deny", "invalid_entity")
    assert engine.decide_all([request], nothing)[0].code == "invalid_entity"
    for empty in ((), [], "[]"):
        assert engine.decide(request, empty).outcome == "allow"


def test_what_is_no_grant_grants_nothing() -> None:
    engine = evaluator(
        'permit (principal, action, resource); procedure p { on action == Action::"a" require approval from principal }'
    )
    request = Request('U::"u"', 'Action::"a"', 'D::"d"')
    assert engine.decide(request, grants=[7, None, ("p", "x"), ["p"]]).outcome == "hold"  # type: ignore[list-item]
