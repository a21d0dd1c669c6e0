"""Ways to spoil a request or its entities so that they no longer fit a schema (or, now and then, still do)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.engine.typed import IDS, World

Case = tuple[dict[str, Any], list[dict[str, Any]]]  # the request and the entities, both to be changed in place

PLAIN: list[Any] = [None, True, 0, -(2**63), 2**63, 1.5, "", "x", "10.0.0.1", "1.0", "1d", "1970-01-01"]
NESTED: list[Any] = [[], [1], [True, 1], [[]], {}, {"n": 1}]
ENTITIES: list[Any] = [
    {"type": "Agent", "id": "a"}, {"type": "Nobody", "id": "a"}, {"type": "Level", "id": "middle"},
    {"type": "Level", "id": "low"}, {"type": "App::Doc"}, {"id": "a"}, {"type": 1, "id": 1},
    {"__entity": {"type": "Team", "id": "a"}}, {"__entity": "Team"},
]  # fmt: skip
CALLS: list[Any] = [
    {"__extn": {"fn": "ip", "arg": "::1"}}, {"__extn": {"fn": "decimal", "arg": 1}}, {"__expr": 'ip("::1")'},
    {"__extn": {"fn": "nothing", "arg": "1"}}, {"__extn": {"fn": "datetime", "arg": "2023-02-29"}},
    {"__extn": "1970-01-01"}, {"fn": "duration", "arg": "1d"}, {"fn": "datetime"},
]  # fmt: skip
JUNK = [*PLAIN, *NESTED, *ENTITIES, *CALLS]


def _some(world: World, rows: list[dict[str, Any]]) -> dict[str, Any]:
    if not rows:
        rows.append({"uid": {"type": "Team", "id": "a"}, "attrs": {}, "parents": []})
    return world.r.choice(rows)


def _spoil(world: World, record: dict[str, Any]) -> None:
    """Drop a field, add one, or put junk in its place; sometimes further down."""
    r = world.r
    if not record or r.random() < 0.2:
        escapes = [] if "type" in record else ["__entity"]
        record[r.choice(["extra", "n", "x y", *escapes])] = r.choice(JUNK)
        return
    name = r.choice(sorted(record))
    inner = record[name]
    if isinstance(inner, dict) and inner and r.random() < 0.5:
        _spoil(world, inner)
    elif isinstance(inner, list) and r.random() < 0.5:
        inner.append(r.choice(JUNK))
    elif r.random() < 0.3:
        del record[name]
    else:
        record[name] = r.choice(JUNK)


def context(world: World, case: Case) -> None:
    _spoil(world, case[0]["context"])


def attributes(world: World, case: Case) -> None:
    _spoil(world, _some(world, case[1])["attrs"])


def tags(world: World, case: Case) -> None:
    row = _some(world, case[1])
    row["tags"] = {world.r.choice(["t1", "new"]): world.r.choice(JUNK), **row.get("tags", {})}


def parents(world: World, case: Case) -> None:
    row = _some(world, case[1])
    type_ = world.r.choice([*world.types, "Nobody", "Action"])
    row["parents"] = [*row["parents"], {"type": type_, "id": world.r.choice([*IDS, "low"])}]


def cycle(world: World, case: Case) -> None:
    row = _some(world, case[1])
    row["parents"] = [*row["parents"], row["uid"]]


def undeclared(world: World, case: Case) -> None:
    type_ = world.r.choice(["Nobody", "Level", "Action", "Agent", "App::Team"])
    case[1].append(
        {"uid": {"type": type_, "id": world.r.choice(["a", "low", "read", "new"])}, "attrs": {}, "parents": []}
    )


def action_entity(world: World, case: Case) -> None:
    """With the groups as the schema has them: Cedar wants to see all that an action is in, we know it."""
    r, given = world.r, {name: action.groups for name, action in world.actions.items() if not action.principals}
    given[r.choice(list(world.actions))] = r.sample(list(world.actions), r.randint(0, 2))
    for name, groups in given.items():
        named = [{"type": "Action", "id": group} for group in groups]
        case[1].append({"uid": {"type": "Action", "id": name}, "attrs": {}, "parents": named})


def again(world: World, case: Case) -> None:
    """One entity twice: Cedar takes it where both are alike, Cedar+ never does."""
    row = _some(world, case[1])
    case[1].append({**row, "parents": row["parents"][:1]})


def side(world: World, case: Case) -> None:
    role = world.r.choice(["principal", "resource"])
    case[0][role] = {"type": world.r.choice([*world.types, "Nobody", "Action"]), "id": world.r.choice([*IDS, "low"])}


def action(world: World, case: Case) -> None:
    case[0]["action"] = {
        "type": world.r.choice(["Action", "App::Action"]),
        "id": world.r.choice(["all", "read", "none"]),
    }


WAYS: list[Callable[[World, Case], None]] = [
    context, context, attributes, attributes, tags, parents, cycle, undeclared, action_entity, again, side, action,
]  # fmt: skip
