"""A norm compiled to a forbid bites exactly where the specification says that it does (world-norms §2): on our engine,
in Cedar's own, and on the whole corpus that the original was asked for."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine.decision import Decision
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.cedar import SchemaHandle, authorize, parse_schema
from workbench.language.check import check
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema
from workbench.norms import Norm, NormError, Told, compile_norm, tokens, told, world_of

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "compat" / "data" / "normsync_dev.jsonl.gz"
BASE = '@id("act") permit (principal, action == Action::"act", resource);\n'


@cache
def schema() -> Schema:
    return read_schema((ROOT / "samples" / "schemas" / "world-norms.cedarschema").read_text(encoding="utf-8"))


@cache
def handle() -> SchemaHandle:
    return parse_schema(schema().text)


def program(norms: Sequence[Norm]) -> tuple[str, Evaluator]:
    """The base rule and one forbid for each norm, called n0, n1 … whatever their ids."""
    texts = [
        compile_norm(norm, schema()).replace(f'@id("{norm.id}")', f'@id("n{n}")', 1) for n, norm in enumerate(norms)
    ]
    source = BASE + "".join(texts)
    checked = check(source, schema()).program
    assert checked is not None
    return source, Evaluator(checked)


def asked(words: Told, agent: str = "hero") -> dict[str, Any]:
    uids = {"principal": f'Agent::"{agent}"', "action": 'Action::"act"', "resource": 'World::"world"'}
    return {**uids, "context": words._asdict()}


def decided(engine: Evaluator, words: Told, members: Sequence[str] = ()) -> Decision:
    return engine.decide(Request.from_json(asked(words)), entities(members))


def entities(factions: Sequence[str]) -> list[dict[str, Any]]:
    parents = [{"type": "Faction", "id": faction} for faction in dict.fromkeys(factions)]
    rows = [{"uid": {"type": "Agent", "id": "hero"}, "attrs": {}, "parents": parents}]
    return [*rows, *({"uid": parent, "attrs": {}, "parents": []} for parent in parents)] if parents else []


def broken(decision: Decision) -> set[int]:
    return {int(rule[1:]) for rule in decision.reasons} if decision.code == "forbidden" else set()


def by_the_book(norm: Norm, action: str, location: str, target: str, faction: str) -> bool:
    """The specification, written out once more."""
    hay = (action + " " + location + " " + target + " " + faction).lower()
    verb = action.lower().strip()
    condition, prohibited = (text.lower().replace("==", "").split() for text in (norm.condition, norm.prohibited))
    return all(word in hay for word in condition) and any(word in verb for word in prohibited)


WORDS = st.lists(
    st.sampled_from(
        ["attack", "Attack", "art", "party", "safe_zone", "==", "location == safe_zone", "*", "a*b", "\\", '"', "\\*",
         "ß", "SS", "İ", "ı", "é", "\u0301", "\u2003", "\u00a0", "\x1c", "\t", "\n", "\x00", "x==y", "=", "🐉", "|"]
    ) | st.text(max_size=4),
    max_size=4,
).map(" ".join)  # fmt: skip


def _clean(text: str) -> str:
    return text.encode("utf-8", "ignore").decode()


TEXT = WORDS.map(_clean)


@settings(max_examples=150, deadline=None)
@given(
    condition=TEXT, prohibited=TEXT, action=TEXT, location=TEXT, target=TEXT, faction=TEXT,
    scope=st.sampled_from(["global", "Global ", "Reds", "reds", "ß"]), members=st.lists(st.sampled_from(["Reds", "ß"])),
)  # fmt: skip
def test_both_engines_match_as_the_specification_does(
    condition: str, prohibited: str, action: str, location: str, target: str, faction: str, scope: str,
    members: list[str],
) -> None:  # fmt: skip
    norm = Norm("n", "", condition, prohibited, scope)
    if not tokens(prohibited):
        with pytest.raises(NormError, check=lambda error: error.code == "nothing_prohibited"):
            compile_norm(norm, schema())
        assert not by_the_book(norm, action, location, target, faction)
        return
    bound = scope.strip().lower() == "global" or faction.lower().strip() == scope.lower() or scope in members
    meant = by_the_book(norm, action, location, target, faction) and bound
    source, engine = program([norm])
    words = told(action, location, target, faction)
    assert (decided(engine, words, members).code == "forbidden") == meant
    answer = authorize(source, asked(words), entities(members), handle())
    assert (answer.outcome == "deny") == meant


def corpus() -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(CORPUS.read_bytes()).decode().splitlines()]


def test_the_whole_corpus_of_the_original() -> None:
    """Scope takes no part in the original's matching: there every norm binds everyone. Norms that it has as inactive,
    or that prohibit nothing, are none here. A norm that is listed twice fires twice there, and once here."""
    cases, fired = corpus(), 0
    for case in cases:
        norms = [Norm.from_dict({**norm, "scope": "global"}) for norm in case["norms"]]
        assert [norm.id for norm in norms] == case["expected_norm_ids"], case["id"]
        active = [norm for norm, raw in zip(norms, case["norms"], strict=True) if raw.get("active", True)]
        distinct = list(
            {(norm.id, tokens(norm.prohibited)): norm for norm in active if tokens(norm.prohibited)}.values()
        )
        _, engine = program(distinct)
        action = case["action"]
        words = told(action["action"], action["location"], action["target"], action["faction"])
        found = {distinct[place].id for place in broken(decided(engine, words))}
        assert found == {violation["norm_id"] for violation in case["expected_violations"]}, case["id"]
        fired += len(found)
    assert len(cases) >= 200
    assert fired > 100  # else the corpus says nothing


def test_what_the_words_of_an_action_are() -> None:
    assert told("  Cast Spell ", "Market", "A b", " Reds ") == Told(
        "cast spell", "market", "a b", "reds", "  cast spell  market a b  reds "
    )
    with pytest.raises(NormError, check=lambda error: error.code == "not_text"):
        told(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (Norm("", "", "", "steal"), "name_missing"),
        (Norm("n", "", "", " == "), "nothing_prohibited"),
        (Norm("n", "", "", "steal", scope="  "), "scope_missing"),
        (Norm("n", "", " ".join(f"w{n}" for n in range(61)), "steal"), "too_many_words"),
    ],
)
def test_what_is_no_norm_of_a_world(text: Norm, code: str) -> None:
    with pytest.raises(NormError, check=lambda error: error.code == code):
        compile_norm(text, schema())


def test_the_longest_norm_still_compiles() -> None:
    most = Norm("n", "", " ".join(f"c{n}" for n in range(60)), " ".join(f"p{n}" for n in range(60)), scope="Reds")
    _, engine = program([most])
    hay = " ".join(f"c{n}" for n in range(60))
    assert decided(engine, told("p59", hay, faction="REDS")).code == "forbidden"
    assert decided(engine, told("p59", hay[:-1], faction="REDS")).code == "allowed"


def test_the_shape_of_a_world_is_told_by_its_words() -> None:
    assert world_of(schema()) is not None
    text = schema().text
    assert world_of(read_schema(text.replace("verb: String", "verb: Long"))) is None
    assert world_of(read_schema(text.replace("hay: String", "hay?: String"))) is None
    assert world_of(read_schema(text.replace("action act ", "action deed "))) is None
