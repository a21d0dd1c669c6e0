"""``schema diff``: every kind of change is named once, with the right verdict, and layout alone is no change."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from tests.language.schema_texts import schema_text
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.schema_diff import Change, diff_schemas
from workbench.language.schema_reader import read_schema

BASE = """
entity Team;
entity Agent in [Team] = { role: String, trust: Long, home?: { city: String } } tags String;
entity Colour enum ["red", "green"];
type Work = { amount: Long, @source("server") hour: Long, colour: Colour };
action money;
action pay in [money] appliesTo { principal: [Agent], resource: [Team], context: Work };
action read appliesTo { principal: [Agent, Team], resource: [Team] };
"""


def changes(old: str, new: str) -> list[Change]:
    return list(diff_schemas(read_schema(old), read_schema(new)).changes)


def edited(*replacements: str) -> str:
    text = BASE
    for before, after in zip(replacements[::2], replacements[1::2], strict=True):
        assert before in text
        text = text.replace(before, after)
    return text


PAY = 'Action::"pay"'
CASES = [
    (("entity Team;", "entity Team; entity Extra;"), ("added", "entity type", "Extra", False)),
    (('action read', 'action write appliesTo { principal: Agent, resource: Team }; action read'),
     ("added", "action", 'Action::"write"', False)),
    (("role: String", "role: Long"), ("changed", "attribute", "Agent.role", True)),
    (("role: String", "role?: String"), ("changed", "attribute", "Agent.role", True)),
    (("home?:", "home:"), ("changed", "attribute", "Agent.home", True)),
    (("city: String", "city: String, zip: String"), ("added", "attribute", "Agent.home.zip", True)),
    (("city: String", "city: String, zip?: String"), ("added", "attribute", "Agent.home.zip", False)),
    (("role: String, ", ""), ("removed", "attribute", "Agent.role", True)),
    (("role: String", '@renamed_from("role") post: String'), ("renamed", "attribute", "Agent.post", True)),
    (("entity Agent in [Team]", "entity Agent"), ("removed", "parents", "Agent", True)),
    (("entity Team;", "entity Team in [Team];"), ("added", "parents", "Team", False)),
    (("tags String", "tags Long"), ("changed", "tags", "Agent.tags", True)),
    ((" tags String", ""), ("removed", "tags", "Agent", True)),
    (('"red", "green"', '"red"'), ("removed", "ids", "Colour", True)),
    (('"red", "green"', '"red", "green", "blue"'), ("added", "ids", "Colour", False)),
    (('Colour enum ["red", "green"]', "Colour"), ("changed", "ids", "Colour", False)),
    (("pay in [money]", "pay"), ("removed", "groups", PAY, True)),
    (("action read", "action read in [money]"), ("added", "groups", 'Action::"read"', False)),
    (("[Agent, Team]", "[Agent]"), ("removed", "action", 'Action::"read"', True)),
    (("principal: [Agent], ", "principal: [Agent, Team], "), ("added", "action", PAY, False)),
    (('@source("server") hour', "hour"), ("changed", "context", f"{PAY} context.hour", False)),
    (('@source("server") hour', '@source("meter") hour'), ("changed", "context", f"{PAY} context.hour", True)),
    (("hour: Long", "@volatile hour: Long"), ("changed", "context", f"{PAY} context.hour", False)),
    (("amount: Long", '@phrase("sum") amount: Long'), ("added", "words", f"{PAY} context.amount @phrase", False)),
    (("amount: Long", "amount: decimal"), ("changed", "context", f"{PAY} context.amount", True)),
    (("action read", '@renamed_from("read") action look'), ("renamed", "action", 'Action::"look"', True)),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "expected"), CASES, ids=[f"{case[1][0]} {case[1][2]}" for case in CASES])
def test_one_edit_is_one_change(edit: tuple[str, ...], expected: tuple[str, str, str, bool]) -> None:
    (change,) = changes(BASE, edited(*edit))
    assert (change.kind, change.part, change.name, change.breaking) == expected
    assert change.why


def test_a_renamed_type_is_one_change_wherever_it_is_named() -> None:
    new = edited("entity Colour", '@renamed_from("Colour") entity Hue', "colour: Colour", "colour: Hue")
    assert [(c.kind, c.name, c.before, c.mechanical) for c in changes(BASE, new)] == [
        ("renamed", "Hue", "Colour", True)
    ]


def test_a_rename_that_the_schemas_do_not_bear_out_is_none() -> None:
    kept = edited("entity Colour", "entity Colour", "entity Team;", 'entity Team; @renamed_from("Colour") entity Hue;')
    assert [(c.kind, c.name) for c in changes(BASE, kept)] == [("added", "Hue")]


def test_layout_order_and_common_types_are_no_change() -> None:
    inlined = edited("context: Work", 'context: { colour: Colour, @source("server") hour: Long, amount: Long }')
    reordered = "\n".join(reversed(inlined.strip().split("\n"))) + "// end\n"
    assert changes(BASE, reordered) == []


def test_a_schema_does_not_differ_from_itself_and_differs_from_others_both_ways() -> None:
    schemas = []
    for seed in range(400):
        try:
            schemas.append(read_schema(schema_text(Random(f"diff {seed}"))))
        except DiagnosticsError:
            continue
    assert len(schemas) > 50
    for old, new in pairwise(schemas):
        assert diff_schemas(old, old).changes == ()
        there, back = diff_schemas(old, new).changes, diff_schemas(new, old).changes
        added = {(c.part, c.after) for c in there if c.kind == "added" and c.part in ("entity type", "action")}
        removed = {(c.part, c.before) for c in back if c.kind == "removed" and c.part in ("entity type", "action")}
        renamed = {(c.part, c.before) for c in back if c.kind == "renamed"}
        assert added <= removed | renamed
        assert bool(there) == bool(back)
