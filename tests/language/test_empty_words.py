"""No message shows an empty pair of backticks: where a text ends the message says so, and an empty name is ``""``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from workbench.language.check import check
from workbench.language.diagnostics import Diagnostic
from workbench.language.schema_lint import lint_schema
from workbench.language.schema_reader import schema_diagnostics
from workbench.service.constitution import sibling_schema
from workbench.service.errors import WorkbenchError

ROOT = Path(__file__).resolve().parents[2]
CORE = (ROOT / "samples" / "schemas" / "concord-core.cedarschema").read_text()
EXAMPLES = (Path(__file__).parent / "data" / "examples.cedarplus").read_text()
TASK = 'permit (principal, action == Action::"handle_task", resource) when {{ {} }};'
TEN = (
    EXAMPLES
    + """
@id("ten") @stage("observe") forbid (principal is Agent in Team::"a", action in [Action::"call_tool"], resource is Task)
unless { if -3 < principal.reputation - 0.5 then [1, 2].contains(context["amount"]) else {a: 1}.a == 1 };
"""
)


def without_a_word(found: Iterable[Diagnostic]) -> list[str]:
    return [text for d in found for text in (d.message, d.expected, d.help) if "``" in text]


def test_no_beginning_of_a_text_gives_a_message_without_its_word() -> None:
    assert check(TEN, None).program is not None
    assert TEN.count("\n") > 30
    for end in range(len(TEN)):
        assert without_a_word(check(TEN[:end], None).diagnostics) == [], TEN[max(0, end - 40) : end]


def test_no_beginning_of_a_schema_gives_a_message_without_its_word() -> None:
    for end in range(len(CORE)):
        assert without_a_word(schema_diagnostics(CORE[:end])) == [], CORE[max(0, end - 40) : end]


@pytest.mark.parametrize("text", ["permit (principal", "permit (principal, action", "permit (principal is A"])
def test_a_scope_at_the_end_of_the_text_ends_with_it(text: str) -> None:
    (found,) = check(text, None).errors
    assert found.message == "unexpected end of the text"


def test_a_number_at_the_end_of_the_text_ends_with_it() -> None:
    (found,) = check("permit (principal, action, resource) when { 5.", None).errors
    assert (found.message, found.fix) == ("unexpected end of the text", "5.0")


@pytest.mark.parametrize(
    "condition",
    [
        'principal[""] == 1',
        'context[""] > 1',
        '{"": 1, "": 2} == {"": 1}',
        '{"": 1}["a"] == 2',
        'action == Action::""',
        'principal.getTag("") == ""',
        '""',
    ],
)
def test_an_empty_name_in_a_rule_is_shown(condition: str) -> None:
    found = check(TASK.format(condition), CORE).errors
    assert found
    assert without_a_word(found) == []


@pytest.mark.parametrize(
    "schema",
    [
        'entity A { "": Long };',
        'entity A enum [""];',
        'entity A; action "" appliesTo { principal: A, resource: A };',
        'entity A; action a in [""] appliesTo { principal: A, resource: A };',
    ],
)
def test_an_empty_name_in_a_schema_is_shown(schema: str) -> None:
    found = [diagnostic for diagnostic in lint_schema(schema) if diagnostic.severity == "error"]
    assert any('`""`' in diagnostic.message for diagnostic in found)
    assert without_a_word(found) == []


def test_several_schemas_beside_a_text_are_counted_in_good_english(tmp_path: Path) -> None:
    for count, words in ((0, "there is no schema beside"), (2, "there are 2 schemas beside")):
        for number in range(count):
            (tmp_path / f"{number}.cedarschema").touch()
        with pytest.raises(WorkbenchError) as refused:
            sibling_schema(tmp_path / "rules.cedarplus")
        assert refused.value.detail.startswith(words)
