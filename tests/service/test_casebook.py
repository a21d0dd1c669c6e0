"""The casebook: what people say of test cases stays, whatever is proposed, written or read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace

CHANGED = """
@id("never-view")
forbid (principal, action == Action::"view_customer", resource) when { context.amount > 9 };
"""


@pytest.fixture
def book(workspace: Workspace) -> Any:
    return workspace.casebook


def names(workspace: Workspace) -> list[str]:
    return [str(case["name"]) for case in workspace.draft().tests]


def one(workspace: Workspace, name: str) -> dict[str, Any]:
    return next(dict(case) for case in workspace.draft().tests if case["name"] == name)


def proposed(workspace: Workspace) -> None:
    found = workspace.casebook.propose().value()
    assert found is not None
    workspace.casebook.take(found)


def test_a_rejected_case_is_kept_and_not_run(workspace: Workspace, book: Any) -> None:
    before = book.run()
    name = before.run.results[0].name
    book.reject(name)
    after = book.run()
    assert len(after.run.results) == len(before.run.results) - 1
    assert [case["name"] for case in after.rejected] == [name]
    assert "reviewed_by" not in one(workspace, name), "who confirmed it did not confirm that nobody wants it"
    book.restore(name)
    assert book.run().rejected == ()
    assert name in names(workspace)


def test_what_is_proposed_does_not_bring_back_what_was_rejected(workspace: Workspace, book: Any) -> None:
    proposed(workspace)
    generated = next(case for case in workspace.draft().tests if case.get("origin") == "generated")
    book.reject(str(generated["name"]))
    asked = generated["request"]
    proposed(workspace)
    same = [case for case in workspace.draft().tests if case["request"] == asked]
    assert [case.get("origin") for case in same if case["name"] == generated["name"]] == ["rejected"]


def test_a_corrected_expectation_is_a_persons_word(workspace: Workspace, book: Any) -> None:
    proposed(workspace)
    generated = next(
        case for case in workspace.draft().tests if case.get("origin") == "generated" and case["expect"] == "allow"
    )
    name = str(generated["name"])
    book.correct(name, "deny")
    proposed(workspace)
    assert one(workspace, name)["expect"] == "deny"
    assert one(workspace, name)["origin"] == "corrected"


def test_correcting_a_hold_lets_go_of_what_it_expected_of_approvals(workspace: Workspace, book: Any) -> None:
    proposed(workspace)
    held = next(case for case in workspace.draft().tests if case.get("requires") and case["expect"] == "hold")
    book.correct(str(held["name"]), "deny")
    assert not {"requires", "procedures", "procedure"} & one(workspace, str(held["name"])).keys()


def test_proposals_follow_the_rules_and_what_is_reviewed_stays(workspace: Workspace, book: Any) -> None:
    reviewed = names(workspace)
    proposed(workspace)
    before = names(workspace)
    assert before[: len(reviewed)] == reviewed
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + CHANGED, revision=draft.revision)
    proposed(workspace)
    more = [name for name in names(workspace) if name not in before]
    assert any("view_customer" in name for name in more)
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus.replace(CHANGED, ""), revision=draft.revision)
    proposed(workspace)
    assert names(workspace) == before, "what the rules no longer give is gone, and nothing else"


def test_proposals_for_an_older_draft_are_not_saved(workspace: Workspace, book: Any) -> None:
    found = book.propose().value()
    draft = workspace.draft()
    workspace.save_draft(english=draft.english + "\n# More\n", revision=draft.revision)
    before = names(workspace)
    with pytest.raises(WorkbenchError) as caught:
        book.take(found)
    assert caught.value.code == "stale_draft"
    assert names(workspace) == before


def test_written_cases_are_read_back_as_nobodys(workspace: Workspace, book: Any, tmp_path: Path) -> None:
    path, plain = tmp_path / "cases.json", tmp_path / "cedar.json"
    wanted = names(workspace)[:3]
    assert book.write(path, wanted, cedar=False) == (3, ())
    count, notes = book.write(plain, cedar=True)
    assert count == len(json.loads(plain.read_text()))
    assert any("held for approval" in note for note in notes), "Cedar has no holds, and that is said"
    with pytest.raises(WorkbenchError) as caught:
        book.write(path, wanted, cedar=False)
    assert caught.value.code == "exists"
    _, added, there = book.read(path)
    assert (added, there) == (0, 3)
    for name in wanted:
        workspace.remove_test(name)
    _, added, there = book.read(path)
    assert (added, there) == (3, 0)
    assert not any(one(workspace, name).get("reviewed_by") for name in wanted)
    _, added, _ = book.read(plain)
    assert added == 0, "the same questions in Cedar's form"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", "bad_json"),
        ("{}", "bad_tests"),
        ('[{"name": "x"}]', "bad_tests"),
        ('[{"name": "x", "request": {"principal": 1}, "entities": [], "expect": "allow"}]', "bad_tests"),
    ],
)
def test_a_file_that_holds_no_cases_changes_nothing(
    workspace: Workspace, book: Any, tmp_path: Path, text: str, code: str
) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")
    before = workspace.draft().revision
    with pytest.raises(WorkbenchError) as caught:
        book.read(path)
    assert caught.value.code == code
    assert workspace.draft().revision == before


def test_nothing_to_write_and_a_draft_that_is_not_clean_are_said(
    workspace: Workspace, book: Any, tmp_path: Path
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        book.write(tmp_path / "x.json", [], cedar=False)
    assert caught.value.code == "nothing_to_write"
    draft = workspace.draft()
    workspace.save_draft(cedar_plus="permit (", revision=draft.revision)
    for call in (book.run, book.coverage, book.propose().value, book.measure().value):
        with pytest.raises(WorkbenchError) as caught:
            call()
        assert caught.value.code == "not_clean"


def test_measuring_is_stopped_at_once(book: Any) -> None:
    job = book.measure(seconds=None)
    job.stop()
    assert job.wait(5)
    assert job.result is None
    assert job.join(30)
