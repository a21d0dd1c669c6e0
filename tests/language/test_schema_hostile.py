"""Schemas of a megabyte that are made to take long, or to exhaust something: read and linted within seconds."""

from __future__ import annotations

from time import monotonic

import pytest

from workbench.language.schema_diff import diff_schemas
from workbench.language.schema_lint import lint_schema
from workbench.language.schema_reader import read_schema, schema_diagnostics

SECONDS = 20.0  # several times what the slowest takes on one slow core; the quadratic ways took minutes


def many(count: int, text: str) -> str:
    """``text`` repeated with ``#`` replaced by a number."""
    return "".join(text.replace("#", str(index)) for index in range(count))


HOSTILE = {
    "empty namespaces": many(40_000, "namespace N# {}\n"),
    "namespaces of one type": many(3_900, "namespace N# { entity A#; }"),
    "actions with one phrase": "entity A; action g;"
    + many(3_900, '@phrase("do it") action a# in [g] appliesTo {principal: A, resource: A};'),
    "groups without members": many(3_900, "action a#;"),
    "unknown types": "entity A {" + many(3_900, "x#: T#,") + "};" + many(3_000, "entity B#;"),
    "unknown parents": many(3_900, "entity B# in [C#];"),
    "unknown groups": many(3_900, "action b# in [c#];"),
    "attributes": "entity A {" + many(3_900, '@phrase("p") @values("a: b | c") x#: String,') + "};",
    "attributes of one name": "entity A {" + "x: Long," * 3_900 + "};",
    "far too many attributes of one name": "entity A {" + "x: Long," * 100_000 + "};",
    "values": 'entity A { @values("' + many(60_000, "v#: p#;") + '") x: String};',
    "the same value": 'entity A { @values("' + "v;" * 200_000 + '") x: String};',
    "ids": "entity A enum [" + many(60_000, '"i#",') + '"j"];',
    "renames": many(3_900, '@renamed_from("Z#") entity B#;'),
    "annotations": many(60_000, "@a# ") + "entity A;",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_linted_in_time(text: str) -> None:
    start = monotonic()
    lint_schema(text)
    assert monotonic() - start < SECONDS


def test_attributes_of_one_record_are_bounded() -> None:
    (found,) = schema_diagnostics(HOSTILE["far too many attributes of one name"])
    assert found.code == "CP003"
    assert "100000 attributes" in found.message
    assert not schema_diagnostics("entity A { x: { " + many(3_900, "x#: Long,") + " } };")


def test_large_schemas_are_compared_in_time() -> None:
    context = "{" + many(20, "c#: Long,") + "}"
    actions = f"action a# appliesTo {{ principal: A, resource: A, context: {context} }};"
    old = read_schema("entity A;" + many(1_500, actions))
    new = read_schema("entity A;" + many(1_500, '@renamed_from("a#") ' + actions.replace("a#", "b#")))
    start = monotonic()
    assert len(diff_schemas(old, new).changes) == 1_500
    assert monotonic() - start < SECONDS
