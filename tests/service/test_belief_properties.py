"""Whatever a caller sends: what the directory says stays as it is, and only servers, meters and providers vouch."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.service.test_belief import AT, DIRECTORY, LIE, NORA, ref, world
from workbench.engine.entities import EntityError
from workbench.engine.request import Request
from workbench.engine.values import EntityUid, Record, SetValue
from workbench.service.belief import RefusedError, believe
from workbench.service.views import Credential

SAID = {"proven", "scanned", "cleared"}  # the names of sourced attributes, which are no names of others

# Everything fits the schema, so that what is refused is refused for what it says. Mostly ids of the caller's own.
honest: dict[str, Any] = {"site": "x"}
origins: st.SearchStrategy[dict[str, Any]] = st.sampled_from([honest] * 4 + [LIE])
stamps = st.lists(st.just(LIE), max_size=1)
deep = st.builds(lambda origin: {"inner": {"origin": origin}}, origins)
optional: dict[str, st.SearchStrategy[Any]] = {
    "scanned": st.booleans(),
    "origin": origins,
    "history": stamps,
    "deep": deep,
}
context_values: dict[str, st.SearchStrategy[Any]] = {
    "note": st.just("x"),
    "hour": st.just(23),
    "spent": st.just(0),
    "asked": origins,
    "trail": stamps,
    "deep": deep,
}


@st.composite
def some_of(draw: st.DrawFn, among: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    """None of them half of the time, else one or two."""
    names = draw(st.just([]) | st.lists(st.sampled_from(sorted(among)), max_size=2, unique=True))
    return {name: draw(among[name]) for name in names}


def uid_of(type_: str, *ids: str) -> st.SearchStrategy[dict[str, str]]:
    return st.sampled_from(ids).map(lambda id_: {"type": type_, "id": id_})


shelves = uid_of("Shelf", "mine", "house", "mine", "house", "open", "cellar", "attic")


@st.composite
def entities(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["Doc", "Doc", "Shelf", "Shelf", "Person", "Team", "Agent"]))
    row: dict[str, Any] = {"attrs": {}, "parents": []}
    match kind:
        case "Doc":
            row["uid"] = draw(uid_of("Doc", "d", "e"))
            row["attrs"] = {"label": "x"} | draw(some_of(optional))
            row["parents"] = draw(st.lists(shelves | uid_of("Agent", "nora", "x"), max_size=2))
            row["tags"] = {"seal": draw(origins)} if draw(st.booleans()) else {}
        case "Shelf":
            row |= {"uid": draw(shelves), "parents": draw(st.lists(shelves, max_size=1))}
        case "Person":
            row |= {"uid": draw(uid_of("Person", "mine", "mine", "pia")), "attrs": {"level": 9}}
        case "Team":
            teams = uid_of("Team", "mine", "house", "desk", "ghosts", "admins")
            row |= {"uid": draw(teams), "parents": draw(st.lists(teams, max_size=1))}
            row["attrs"] = draw(st.sampled_from([{}, {}, {"cleared": True}]))
        case _:
            row |= {
                "uid": draw(uid_of("Agent", "nora", "x")),
                "attrs": {"role": "chief", "chief": ref("Person", "mine")},
            }
    return row


def mentions(value: Any) -> set[str]:
    """The attribute names in a value, however deep."""
    if isinstance(value, Record):
        return set(value).union(*(mentions(item) for item in value.values()))
    if isinstance(value, SetValue):
        return set().union(*(mentions(item) for item in value.members()))
    return set()


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from([NORA] * 9 + ['Agent::"zoë"']), some_of(context_values), st.lists(entities(), max_size=3))
def test_nothing_that_is_sent_changes_what_is_known(who: str, context: dict[str, Any], sent: list[Any]) -> None:
    known = world().known
    before = json.dumps([context, sent])
    try:
        asked = believe(Request(who, 'Action::"read"', 'Doc::"d"', context), Credential(NORA), sent, {}, AT, known)
        store = known.directory.with_added(sent)
    except (RefusedError, EntityError):
        assert json.dumps([context, sent]) == before
        return
    assert str(asked.principal) == NORA == who
    assert asked.context["hour"] == AT.hour
    assert not {"spent", "login"} & set(asked.context)
    theirs = {EntityUid(row["uid"]["type"], row["uid"]["id"]) for row in DIRECTORY} | known.named
    for uid in theirs:
        assert store.find(uid) == known.directory.find(uid)
    for entity in store:
        if entity.uid not in theirs:
            assert entity.uid.type not in ("Agent", "Action")
            assert not entity.ancestors & theirs
            said = mentions(entity.attrs).union(*(mentions(tag) for tag in entity.tags.values()))
            assert not said & SAID
