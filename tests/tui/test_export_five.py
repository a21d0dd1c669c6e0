"""What Author, Tests, Sign, Cases and Speech give to be exported: what they list, as it is filtered, and exact."""

from __future__ import annotations

import json
from typing import Any

from tests.tui.draft_fakes import CASES, NEW_DIGEST, DraftWorkspace
from tests.tui.fakes import NOW, make_app, settled
from tests.tui.held_fakes import busy, held
from tests.tui.test_mistakes import Small, worked
from workbench.service.speech_scripts import WORDS, read_script
from workbench.service.speech_turns import Manner, judged
from workbench.tui.remembered import Remembered
from workbench.tui.view import exported
from workbench.tui.view.export import ExportView, rendered
from workbench.tui.widgets.find_bar import FindBar


async def opened(pilot: Any, digit: str) -> Any:
    await settled(pilot)
    await pilot.press(digit)
    await settled(pilot)
    return pilot.app.screen


def listed(view: ExportView | None) -> list[dict[str, Any]]:
    """The rows as a reader of the JSON Lines gets them."""
    assert view is not None
    return [json.loads(line) for line in rendered(view, "jsonl")]


async def test_tests_gives_the_cases_that_the_filter_leaves_and_each_view_its_own() -> None:
    async with make_app(DraftWorkspace()).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, "3")
        every = listed(screen.export_view())
        assert [row["test"] for row in every] == [case.name for case in CASES]
        assert {row["result"] for row in every} == {"pass", "fail"}
        assert json.loads(every[0]["request"])["principal"] == 'Agent::"ada"'
        await pilot.press("f")  # those that fail
        await settled(pilot)
        assert [row["test"] for row in listed(screen.export_view())] == ["reply elsewhere"]
    async with make_app(Small()).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, "3")
        await pilot.press("v")
        await worked(pilot)
        assert {"rule", "condition", "true in cases"} <= set(listed(screen.export_view())[0])
        await pilot.press("v")
        await worked(pilot)
        mistakes = listed(screen.export_view())
        assert len(mistakes) == len(screen._pane().list.rows)
        assert {row["noticed"] for row in mistakes} <= {"no", "not known"}
        assert json.loads(mistakes[0]["case that would"])["expect"] in ("allow", "deny", "hold")


async def test_cases_gives_what_the_words_leave_and_remembers_them() -> None:
    memory = Remembered()
    async with make_app(busy(), remembered=memory).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, "7")
        waiting = listed(screen.export_view())
        assert {row["state"] for row in waiting} == {"open"}
        assert all(row["deadline"].endswith("Z") and row["filled"] <= row["seats"] for row in waiting)
        await pilot.press("v")
        await settled(pilot)
        assert len(listed(screen.export_view())) > len(waiting)
        one = waiting[0]["requester"].partition('::"')[2].rstrip('"')
        screen.query_one(FindBar).query_one("Input").value = one
        await pilot.pause(0.4)
        await settled(pilot)
        narrowed = listed(screen.export_view())
        assert [row["case"] for row in narrowed] == [case.id for case in screen._listed]
        assert 0 < len(narrowed) < len(screen._cases)
    async with make_app(busy(), remembered=memory).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, "7")
        await pilot.pause(0.4)
        await settled(pilot)
        assert [row["case"] for row in listed(screen.export_view())] == [row["case"] for row in narrowed]


async def test_sign_and_author_give_what_they_list_and_nothing_where_there_is_nothing() -> None:
    async with make_app(DraftWorkspace(proposed=True)).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, "5")
        (row,) = listed(screen.export_view())
        assert (row["digest"], row["state"], row["seats"], row["filled"]) == (NEW_DIGEST, "proposed", 2, 0)
        screen = await opened(pilot, "2")
        cedar = screen.query_one("#cedar")
        cedar.insert("\nforbid (principal, action, resource) when { resource.wrong };\n", cedar.document.end)
        await pilot.pause(0.4)
        await settled(pilot)
        (found,) = listed(screen.export_view())
        place = cedar.diagnostics[0].start
        assert (found["pane"], found["line"], found["column"]) == ("cedar", place.line, 54)
        assert "region" in found["finding"] or "wrong" in found["finding"]
    async with make_app(DraftWorkspace()).run_test(size=(100, 30)) as pilot:
        assert (await opened(pilot, "5")).export_view() is None
        assert (await opened(pilot, "8")).export_view() is None


def test_statements_are_listed_with_their_verdicts_and_hostile_words_stay_data() -> None:
    said = "We must pay.\x1b[31m It is blocked."
    script = read_script(said, "x", WORDS)
    found = {0: judged(script, 0, Manner())}
    rows = listed(exported.statements(found))
    assert [row["statement"] for row in rows] == [
        each.statement_id
        for each in found[0].judgment.statement_evaluations  # type: ignore[union-attr]
    ]
    assert rows[0]["status"] == "violates_norm"
    assert "\x1b" not in "".join(rendered(exported.statements(found), "jsonl"))
    assert any("\x1b" in row["text"] for row in rows), "nothing is lost: it is escaped"


def test_a_case_without_a_deadline_and_one_with_seats() -> None:
    (row,) = listed(exported.cases([held(1, deadline=None)], everything=True))
    assert row["deadline"] is None
    assert row["opened"] <= NOW.isoformat().replace("+00:00", "Z")
