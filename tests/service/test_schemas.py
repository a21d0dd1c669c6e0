"""Schemas in a workspace: what the linter refuses cannot be proposed, and what stands is not judged again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.language.schema_reader import read_schema
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.schemas import Fits, cases_text, impact, migrate
from workbench.service.workspace import Workspace

SCHEMA = "entity A { x: Long }; action a appliesTo { principal: A, resource: A, context: { n: Long } };"
RULES = '@id("one") permit (principal, action, resource) when { principal.x > 1 };'
REQUEST = {"principal": 'A::"p"', "action": 'Action::"a"', "resource": 'A::"p"', "context": {"n": 1}}
ENTITY = {"uid": {"type": "A", "id": "p"}, "attrs": {"x": 2}, "parents": []}


def test_a_schema_with_a_look_alike_name_cannot_be_proposed(workspace: Workspace) -> None:
    draft = workspace.draft()
    worse = draft.schema.replace("reputation: Long,", "reputation: Long, roIe?: String,")
    saved = workspace.save_draft(schema=worse, revision=draft.revision)
    (found,) = [b for b in workspace.review().blockers if b.code == "schema_refused"]
    assert "roIe" in found.message
    assert found.help
    with pytest.raises(WorkbenchError):
        workspace.propose("x", proposer='Operator::"ana"')
    better = draft.schema.replace("reputation: Long,", "reputation: Long, grade?: String,")
    workspace.save_draft(schema=better, revision=saved.revision)
    assert "schema_refused" not in [b.code for b in workspace.review().blockers]


def test_a_schema_that_stands_is_not_judged_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.language import schema_lint

    def never(_: str) -> None:
        raise AssertionError("the schema did not change")

    monkeypatch.setattr(schema_lint, "lint_schema", never)
    schema_lint.schema_refusals.cache_clear()
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + "\n// a comment\n", revision=draft.revision)
    workspace.review()


def test_a_linter_that_refuses_more_leaves_what_is_in_force_at_work(
    place: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.language import check, schema_lint

    refused = schema_lint.lint_schema("entity A { role: Long, roIe: Long };")[-1:]
    assert [found.code for found in refused] == ["CP011"]
    for module in (check, schema_lint):
        monkeypatch.setattr(module, "schema_refusals", lambda _: refused)
    with Workspace.open(place, clock=clock) as opened:
        assert opened.rules()
        assert opened.verify().ok
        draft = opened.draft()
        assert "CP011" not in [found.code for found in opened.check(draft.cedar_plus).diagnostics]
        opened.run_tests()
        saved = opened.save_draft(cedar_plus=draft.cedar_plus + "\n// a comment\n", revision=draft.revision)
        assert not {"schema_refused", "not_clean"} & {b.code for b in opened.review().blockers}
        opened.save_draft(schema=draft.schema + "\n", revision=saved.revision)
        codes = [blocker.code for blocker in opened.review().blockers]
        assert "schema_refused" in codes
        assert "not_clean" not in codes  # told once
        assert "CP011" in [found.code for found in opened.check(draft.cedar_plus).diagnostics]


@pytest.mark.parametrize(
    ("request_", "entities"),
    [
        ({**REQUEST, "action": 'Action::"b"'}, []),
        ({**REQUEST, "principal": 'B::"p"'}, []),
        ({**REQUEST, "context": {}}, []),
        ({**REQUEST, "context": {"n": 1, "m": 1}}, []),
        ({**REQUEST, "resource": 3}, []),
        ({"principal": 'A::"p"'}, []),
        (REQUEST, [{**ENTITY, "attrs": {}}]),
        (REQUEST, [{**ENTITY, "parents": [{"type": "A", "id": "q"}]}]),
        (REQUEST, [ENTITY, ENTITY]),
        (REQUEST, [3]),
        (3, 4),
    ],
)
def test_what_does_not_fit_is_told(request_: object, entities: object) -> None:
    fits = Fits(read_schema(SCHEMA))
    assert fits.misfit(REQUEST, [ENTITY]) == ""
    assert fits.misfit(request_, entities)  # type: ignore[arg-type]


def test_an_impact_never_raises_on_what_does_not_parse() -> None:
    old, new = read_schema(SCHEMA), read_schema(SCHEMA.replace("x: Long", "y: Long"))
    for source in ("", "nonsense", "permit (", RULES + "\nforbid (principal", '"'):
        found = impact("x", source, [{}, {"request": 3}, {"name": "c", "request": REQUEST, "entities": 3}], old, new)
        assert [rule.id for rule in found.rules] == (["one"] if RULES in source else [])
        assert found.tests_before == 3


def test_cases_keep_their_layout() -> None:
    case = {"name": "é", "request": REQUEST, "entities": [ENTITY], "expect": "allow"}
    lines = "[\n  " + json.dumps(case, ensure_ascii=False) + ",\n  " + json.dumps(case) + "\n]\n"
    assert json.loads(cases_text(lines, [case, case])) == [case, case]
    assert len(cases_text(lines, [case, case]).splitlines()) == 4
    assert "é" in cases_text(lines, [case, case])
    indented = json.dumps([case], indent=2)
    assert cases_text(indented, [case]).count("\n") > 10
    assert json.loads(cases_text("[]", [])) == []


def test_migrated_tests_that_still_do_not_fit_are_left() -> None:
    old = read_schema(SCHEMA)
    new = read_schema(SCHEMA.replace("x: Long", '@renamed_from("x") y: Long').replace("n: Long", "n: String"))
    moved = migrate(RULES, [{"name": "c", "request": REQUEST, "entities": [ENTITY], "expect": "allow"}], old, new)
    assert "principal.y > 1" in moved.rules.source
    assert moved.cases[0]["entities"][0]["attrs"] == {"y": 2}
    assert moved.cases_changed == 1
    assert [test.name for test in moved.tests_left] == ["c"]
