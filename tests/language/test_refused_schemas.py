"""What the schema linter refuses binds on every way from text to a program, and on none that mends or keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.language.check import check
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.schema_reader import read_schema
from workbench.service.constitution import Constitution
from workbench.service.sandbox import SandboxedEvaluator

PLAIN = "entity A { role: Long };\naction a appliesTo { principal: A, resource: A, context: { n: Long } };"
ALIKE = PLAIN.replace("{ role: Long }", "{ role: Long, roIe: Long }")
RULES = '@id("schema") permit (principal, action, resource) when { principal.role > 1 };'


def test_a_schema_text_that_the_linter_refuses_makes_no_program() -> None:
    assert check(RULES, PLAIN).program is not None
    result = check(RULES, ALIKE)
    assert result.program is None
    (found,) = result.errors
    assert (found.code, found.rule) == ("CP011", "schema")
    assert found.message.startswith("in the schema, line 1, column 24: the attributes `roIe` and `role`")


def test_the_rules_are_judged_under_a_refused_schema_too() -> None:
    found = check(RULES.replace("role > 1", "rol > 1"), ALIKE).errors
    assert sorted(diagnostic.code for diagnostic in found) == ["CP002", "CP011"]


def test_warnings_of_the_linter_refuse_nothing() -> None:
    result = check(RULES, PLAIN + "\nentity Unused;")
    assert result.program is not None
    assert "CP111" not in [found.code for found in result.diagnostics]


def test_what_stands_keeps_working_and_what_is_to_be_mended_can_be_read() -> None:
    assert check(RULES, ALIKE, standing=True).program is not None
    assert check(RULES, read_schema(ALIKE)).program is not None


def test_a_constitution_of_text_or_files_is_bound(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticsError, match="CP011"):
        Constitution.from_source(RULES, schema=ALIKE)
    (tmp_path / "rules.cedarplus").write_text(RULES)
    (tmp_path / "rules.cedarschema").write_text(ALIKE)
    with pytest.raises(DiagnosticsError, match="CP011"):
        Constitution.load(tmp_path / "rules.cedarplus")
    with pytest.raises(DiagnosticsError, match="CP011"), SandboxedEvaluator(RULES, ALIKE):
        pass
