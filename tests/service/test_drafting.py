"""The draft: revisions, races, following what is in force, tests that are confirmed and corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace


def test_a_new_draft_is_what_is_in_force(workspace: Workspace) -> None:
    draft, version = workspace.draft(), workspace.version()
    assert (draft.english, draft.cedar_plus, draft.schema) == (version.english, version.cedar_plus, version.schema)
    assert (draft.revision, draft.changed, draft.base_version) == (0, False, "1.0.0")
    assert len(draft.tests) == workspace.status().tests


def test_each_save_is_a_revision_and_the_same_text_is_none(workspace: Workspace) -> None:
    one = workspace.save_draft(english="One.", revision=0)
    assert (one.revision, one.changed) == (1, True)
    assert workspace.save_draft(english="One.", revision=1).revision == 1
    two = workspace.save_draft(cedar_plus="// two\r\n", revision=1)
    assert (two.revision, two.english, two.cedar_plus) == (2, "One.", "// two\n")
    assert workspace.draft() == two
    assert workspace.status().draft_changed


def test_a_stale_save_raises_and_its_text_is_kept(workspace: Workspace, place: Path, clock: FrozenClock) -> None:
    with Workspace.open(place, clock=clock) as other:
        other.save_draft(english="Theirs.", revision=0)
    with pytest.raises(WorkbenchError) as caught:
        workspace.save_draft(english="Mine.", revision=0)
    assert caught.value.code == "stale_draft"
    assert workspace.draft().english == "Theirs."
    assert {draft.english for draft in workspace.draft_history()} >= {"Theirs.", "Mine."}


def test_a_reset_keeps_the_text_in_the_history(workspace: Workspace) -> None:
    workspace.save_draft(english="Mine.", revision=0)
    fresh = workspace.reset_draft()
    assert (fresh.changed, fresh.revision) == (False, 2)
    assert "Mine." in [draft.english for draft in workspace.draft_history()]


def test_a_draft_survives_a_restart(workspace: Workspace, place: Path, clock: FrozenClock) -> None:
    saved = workspace.save_draft(english="Kept.", revision=0)
    workspace.close()
    with Workspace.open(place, clock=clock) as again:
        assert again.draft() == saved


def test_check_has_positions_and_saves_nothing(workspace: Workspace) -> None:
    view = workspace.check('permit (principal, action == Action::"replly", resource);', revision=5)
    assert (view.clean, view.revision, view.rules) == (False, 5, ())
    error = next(diagnostic for diagnostic in view.diagnostics if diagnostic.severity == "error")
    assert (error.start.line, error.start.column > 1, error.span.start > 0) == (1, True, True)
    clean = workspace.check(workspace.draft().cedar_plus)
    assert clean.clean
    assert [rule.id for rule in clean.rules] == [rule.id for rule in workspace.rules()]
    assert clean.rules[0].line > 1
    assert workspace.draft().revision == 0


def test_the_samples_tests_pass_on_both_engines(workspace: Workspace) -> None:
    run = workspace.run_tests()
    assert len(run.results) >= 10
    assert (run.failed, run.disagreements) == (0, 0)
    held = [result for result in run.results if result.ours == "hold"]
    assert held
    assert all(result.cedar is None for result in held)
    assert all(result.cedar == result.ours for result in run.results if result.ours != "hold")


def test_a_draft_that_is_not_clean_has_no_test_run(workspace: Workspace) -> None:
    workspace.save_draft(cedar_plus="permit (", revision=0)
    with pytest.raises(WorkbenchError) as caught:
        workspace.run_tests()
    assert caught.value.code == "not_clean"


def named(workspace: Workspace, name: str) -> Any:
    return next(case for case in workspace.draft().tests if case["name"] == name)


def test_confirming_correcting_and_removing(workspace: Workspace) -> None:
    name = str(workspace.draft().tests[0]["name"])
    workspace.confirm_test(name, 'Operator::"ana"')
    assert named(workspace, name)["reviewed_by"] == 'Operator::"ana"'
    assert workspace.run_tests().reviewed >= 1
    other = "deny" if named(workspace, name)["expect"] == "allow" else "allow"
    workspace.set_expectation(name, other)
    assert named(workspace, name)["expect"] == other
    assert not named(workspace, name).get("reviewed_by"), "another answer was confirmed"
    failed = [result for result in workspace.run_tests().results if not result.passed]
    assert [result.name for result in failed] == [name]
    assert failed[0].message
    workspace.remove_test(name)
    assert name not in [case["name"] for case in workspace.draft().tests]
    for call in (lambda: workspace.remove_test(name), lambda: workspace.set_expectation(name, "allow")):
        with pytest.raises(WorkbenchError, check=lambda error: error.code == "no_test"):
            call()
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "bad_expectation"):
        workspace.set_expectation("x", "perhaps")


def test_added_tests_get_names_of_their_own_and_no_doubles(workspace: Workspace) -> None:
    first = dict(workspace.draft().tests[0])
    count = len(workspace.draft().tests)
    workspace.add_tests([first])
    assert len(workspace.draft().tests) == count
    workspace.add_tests([{**first, "name": "otherwise called", "entities": list(reversed(first["entities"]))}])
    assert len(workspace.draft().tests) == count, "it asks the same"
    workspace.add_tests([{**first, "expect": "hold", "origin": "generated"}])
    assert len(workspace.draft().tests) == count, "a proposal contradicts nobody"
    workspace.add_tests([{**first, "expect": "hold"}])
    assert [case["name"] for case in workspace.draft().tests][-1] == f"{first['name']} (2)"


def test_a_case_that_is_no_request_fails_with_a_reason(workspace: Workspace) -> None:
    workspace.add_tests([{"name": "broken", "request": {"principal": "x"}, "expect": "deny"}])
    result = workspace.run_tests().results[-1]
    assert (result.passed, result.ours, result.engines_agree) == (False, "error", False)
    assert result.message


SENTENCE = "Agents must never share customer email addresses with external services."


def test_compiling_writes_rules_and_tests_into_the_draft(workspace: Workspace) -> None:
    before = workspace.draft()
    view = workspace.compile_english(before.english + f"\n- {SENTENCE}\n")
    assert [rule.kind for rule in view.new_rules] == ["forbid"]
    assert 'resource.tags.contains("email")' in view.new_rules[0].cedar_plus
    assert view.new_rules[0].english == SENTENCE
    assert view.new_rules[0].paraphrase
    assert view.new_tests
    assert view.cedar_plus.startswith(before.cedar_plus.rstrip())
    assert view.draft == workspace.draft()
    assert view.draft.revision == before.revision + 1
    run = workspace.run_tests()
    assert (run.failed, run.disagreements) == (0, 0), [r.message for r in run.results if not r.passed]
    again = workspace.compile_english(view.draft.english)
    assert again.new_rules == ()
    assert again.draft == view.draft


def test_a_sentence_outside_the_language_changes_nothing(workspace: Workspace) -> None:
    before = workspace.draft()
    view = workspace.compile_english("Agents must be polite.")
    assert [sentence.status for sentence in view.sentences] == ["refused"]
    assert view.sentences[0].diagnostics
    assert workspace.draft() == before == view.draft


def test_the_word_of_people_whom_the_roster_does_not_have_does_not_count(workspace: Workspace) -> None:
    name, other = (str(case["name"]) for case in workspace.draft().tests[:2])
    workspace.confirm_test(other, 'Operator::"ana"')
    before = workspace.run_tests().reviewed
    workspace.confirm_test(name, 'Operator::"stranger"')
    for run in (workspace.run_tests(), workspace.casebook.run().run):
        told = {result.name: result for result in run.results}
        assert (told[name].reviewed_by, told[name].reviewed_elsewhere) == ("", 'Operator::"stranger"')
        assert (told[other].reviewed_by, told[other].reviewed_elsewhere) == ('Operator::"ana"', "")
        assert run.reviewed == before - 1, "the sample's own reviewer said it before"
    assert named(workspace, name)["reviewed_by"] == 'Operator::"stranger"', "what is written stays as it was"
