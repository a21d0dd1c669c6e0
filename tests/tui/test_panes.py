"""Words, Try and Last days over a real workspace: what is shown, changed, decided; and how they look at three sizes."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.fakes import HOSTILE, FakePlayer
from tests.tui.pictures import SIZES, as_text, kept_text
from workbench.analysis.stop import Stopped
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.samples import load_sample
from workbench.service.views import Credential
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.screens.modals.last_days import ExampleScreen, LastDaysScreen
from workbench.tui.screens.modals.pick import PickScreen
from workbench.tui.screens.modals.trying import TryScreen
from workbench.tui.screens.modals.words import WordsScreen
from workbench.tui.widgets.row_list import RowList

STRICTER = '\n@id("no-sharing") forbid (principal, action == Action::"share_external", resource);\n'
ENGLISH = """- Agents may reply to tickets in their own region.
- A refund above 500 requires approval from a supervisor within 1 hour; if nobody answers, escalate to manual review.
"""
WINDOWS = {"WordsScreen": "#words", "TryScreen": "#try", "LastDaysScreen": "#days", "ExampleScreen": "#example"}
SHAPES = [*SIZES, (200, 60)]


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("panes")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
    patch.setenv("HOME", str(folder))
    with Workspace.create(folder / "demo", clock=FrozenClock(), swarm_id="swarm-panes") as made:
        lines = [json.loads(line) for line in load_sample().actions.read_text(encoding="utf-8").splitlines()]
        for action in lines[:45] + [line for line in lines if "issue_refund" in line["request"]["action"]][:15]:
            made.decide(
                Request.from_json(action["request"]),
                credential=Credential(action["request"]["principal"]),
                entities=action["entities"],
                facts=action["facts"],
            )
        made.save_draft(english=ENGLISH, revision=made.draft().revision)  # few sentences are looked at quickly
    yield folder / "demo"
    patch.undo()


@pytest.fixture
def workspace(_made: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(_made, tmp_path / "demo")
    with Workspace.open(tmp_path / "demo", clock=FrozenClock()) as opened:
        yield opened


def app_of(workspace: Workspace) -> WorkbenchApp:
    return WorkbenchApp(open_workspace=lambda: workspace, player=FakePlayer())  # type: ignore[arg-type]


async def still(pilot: Pilot[Any], rounds: int = 4) -> None:
    for _ in range(rounds):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def opened(pilot: Pilot[Any], letter: str, kind: type[Any]) -> Any:
    """Open a window from anywhere, and wait until it shows something."""
    await still(pilot)
    await pilot.press("ctrl+o", letter)
    for _ in range(200):
        await still(pilot, 1)
        screen = pilot.app.screen
        rows = [each for each in screen.query(RowList) if each.rows] if isinstance(screen, kind) else []
        if rows or (isinstance(screen, kind) and screen.query(".-said")):
            await still(pilot)
            return screen
        await asyncio.sleep(0.05)
    raise AssertionError("it did not open")


def drawn(pilot: Pilot[Any], window: str = "") -> str:
    """The text of the screen, or of a window alone."""
    if not window:
        return as_text(pilot.app)
    strips = pilot.app.screen._compositor.render_strips()
    region = pilot.app.screen.query_one(window).region
    lines = [strip.crop(region.x, region.right).text.rstrip() for strip in strips[region.y : region.bottom]]
    return "\n".join(lines) + "\n"


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").replace("▏", " ").split())


def kept_as(window: str) -> str:
    """The name of the text of a window alone, which has no picture."""
    return f"pane-{window.removesuffix('Screen').lower()}"


def stricter(workspace: Workspace) -> None:
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + STRICTER, revision=draft.revision)


# ---- how they look ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SHAPES, ids=lambda size: "x".join(map(str, size)))
async def test_they_look_as_they_did(workspace: Workspace, size: tuple[int, int]) -> None:
    stricter(workspace)
    looks: dict[str, str] = {}
    async with app_of(workspace).run_test(size=size) as pilot:
        for letter, kind, keys in (("w", WordsScreen, "jjjj"), ("t", TryScreen, "jjj"), ("d", LastDaysScreen, "")):
            await opened(pilot, letter, kind)
            await pilot.press(*keys)
            await still(pilot)
            looks[kind.__name__] = drawn(pilot, WINDOWS[kind.__name__])
            if kind is LastDaysScreen:
                await pilot.press("enter", "enter")
                await still(pilot)
                looks["ExampleScreen"] = drawn(pilot, WINDOWS["ExampleScreen"])
                await pilot.press("escape")
            await pilot.press("escape")
            await still(pilot)
    for name, text in looks.items():
        assert '::"' not in text, "no Cedar where there are words"
        kept_text(kept_as(name), size, text)


# ---- Words -----------------------------------------------------------------------------------------------------------


async def test_a_phrase_is_typed_looked_at_saved_and_taken_back(workspace: Workspace) -> None:
    before = workspace.draft().schema
    async with app_of(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "w", WordsScreen)
        await pilot.press("slash", *"issue")
        await asyncio.sleep(0.3)
        await still(pilot)
        await pilot.press("enter")
        await still(pilot)
        assert screen.word.key == "issue_refund"
        await pilot.press("a")
        screen.query_one("#words-input", Input).value = "pay … back"
        await pilot.press("enter")
        await still(pilot, 8)
        assert "| pay … back" in workspace.draft().schema
        assert "“pay … back”" in drawn(pilot, "#words-sayings")
        await pilot.press("u")
        await still(pilot, 8)
        assert workspace.draft().schema == before
        assert "pay … back" not in drawn(pilot, "#words-sayings")
        await pilot.press("escape")
        await still(pilot)
        assert not isinstance(pilot.app.screen, WordsScreen)


async def test_a_clash_is_asked_about_and_left_by_itself(workspace: Workspace) -> None:
    before = workspace.draft().schema
    async with app_of(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "w", WordsScreen)
        assert screen._rows.go_to("close_ticket")
        await pilot.press("a")
        screen.query_one("#words-input", Input).value = "refund ..."
        await pilot.press("enter")
        await still(pilot, 8)
        assert isinstance(pilot.app.screen, ChoiceScreen)
        said = flat(drawn(pilot))
        assert "also names “issue a refund”" in said
        assert "A refund above 500" in said
        await pilot.press("enter")  # the focus is on leaving it
        await still(pilot)
        assert workspace.draft().schema == before
        await pilot.press("enter")
        await still(pilot, 8)
        await pilot.press("right", "enter")
        await still(pilot, 8)
        assert "refund …" in workspace.draft().schema.split("action close_ticket")[0].rsplit("@phrase", 1)[1]


async def test_a_value_gets_a_phrase_and_a_phrase_goes(workspace: Workspace) -> None:
    async with app_of(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "w", WordsScreen)
        assert screen._rows.go_to("Ticket.priority")
        await still(pilot)
        await pilot.press("tab")
        assert screen._sayings.go_to("value high")
        await pilot.press("a")
        screen.query_one("#words-input", Input).value = "urgent"
        await pilot.press("enter")
        await still(pilot, 8)
        assert '@values("high: urgent; normal; low")' in workspace.draft().schema
        await pilot.press("tab")
        assert screen._sayings.go_to("value high urgent")
        await pilot.press("x")
        await still(pilot, 8)
        assert '@values("high; normal; low")' in workspace.draft().schema
        await pilot.press("x")
        await still(pilot, 8)
        assert '@values("high; normal; low")' in workspace.draft().schema, "a name stays"


async def test_nonsense_is_said_and_nothing_typed_is_lost(workspace: Workspace) -> None:
    async with app_of(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "w", WordsScreen)
        await pilot.press("a")
        line = screen.query_one("#words-input", Input)
        line.value = 'a "quoted" thing'
        await pilot.press("enter")
        await still(pilot, 8)
        assert "cannot stand in a phrase" in flat(drawn(pilot))
        assert line.value == 'a "quoted" thing'
        assert screen.has_class("-typing")


async def test_looking_at_many_sentences_tells_how_far_it_is_and_stops(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = threading.Event()

    def endless(*_: Any, step: Any, **__: Any) -> None:
        try:
            for done in range(10**6):
                step(done, 10**6)
                time.sleep(0.01)
        except Stopped:
            stopped.set()
            raise

    monkeypatch.setattr(workspace.vocabulary, "plan", endless)
    async with app_of(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "w", WordsScreen)
        await pilot.press("a")
        screen.query_one("#words-input", Input).value = "team spirit"
        await pilot.press("enter")
        await asyncio.sleep(1.0)
        assert "of 1,000,000 sentences · esc stops" in flat(drawn(pilot, "#words"))
        await pilot.press("escape")
        assert await asyncio.to_thread(stopped.wait, 5)
        await still(pilot)
        assert pilot.app.screen is screen
        assert "a adds a phrase" in flat(drawn(pilot, "#words"))


# ---- Try -------------------------------------------------------------------------------------------------------------


async def test_it_is_decided_as_one_types_and_esc_takes_it_back(workspace: Workspace) -> None:
    refund = next(row for row in workspace.last_events(100) if row.action == "issue_refund" and row.outcome == "allow")
    async with app_of(workspace).run_test(size=(120, 40)) as pilot:
        await still(pilot)
        pilot.app.push_screen(TryScreen(workspace, refund.seq))
        await still(pilot, 8)
        screen = pilot.app.screen
        assert "✓ ALLOW" in drawn(pilot, "#try-said")
        assert screen._rows.go_to("context.amount")
        await pilot.press("enter")
        line = screen.query_one("#try-input", Input)
        before = line.value
        line.value = "9000"
        await asyncio.sleep(0.3)
        await still(pilot)
        said = flat(drawn(pilot, "#try-said"))
        assert "✗ DENY" in said
        assert "amount: 9000" in said
        line.value = "lots"
        await asyncio.sleep(0.3)
        await still(pilot)
        assert "is not a whole number" in flat(drawn(pilot, "#try"))
        await pilot.press("enter")
        await still(pilot)
        assert (line.value, pilot.app.focused) == ("lots", line), "what is wrong stays to be mended"
        line.value = "9" * 30
        await asyncio.sleep(0.3)
        await still(pilot)
        assert "64 bits" in flat(drawn(pilot, "#try"))
        await pilot.press("escape")
        await still(pilot)
        assert "✓ ALLOW" in drawn(pilot, "#try-said")
        field = next(each for each in screen._tried.fields if each.key == "context.amount")
        assert field.text == before
        assert "is not a whole number" not in drawn(pilot)


async def test_choices_are_gone_through_and_the_draft_differs(workspace: Workspace) -> None:
    stricter(workspace)
    async with app_of(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "t", TryScreen)
        await pilot.press("enter")
        await still(pilot)
        picked = pilot.app.screen
        assert isinstance(picked, PickScreen)
        assert "share outside the company" in drawn(pilot, "#pick")
        picked.query_one(RowList).go_to('Action::"share_external"')
        await pilot.press("enter")
        await still(pilot)
        assert 'Action::"' not in drawn(pilot, "#try")
        assert "share outside the company" in drawn(pilot, "#try-form")
        assert screen._rows.go_to("context.customer_consented")
        was = screen.field.text
        await pilot.press("right")
        await still(pilot)
        assert {was, screen.field.text} == {"yes", "no"}
        assert "no-sharing" in [rule.id for rule in screen._tried.draft.rules]


async def test_it_is_kept_as_a_test_case(workspace: Workspace) -> None:
    before = len(workspace.draft().tests)
    async with app_of(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "t", TryScreen)
        outcome = screen._tried.draft.outcome
        await pilot.press("a")
        await still(pilot)
        await pilot.press("enter")
        await still(pilot)
        cases = workspace.draft().tests
        assert len(cases) == before + 1
        assert cases[-1]["expect"] == outcome
        await pilot.press("t")
        await still(pilot)
        assert str(cases[-1]["name"])[:30] in drawn(pilot, "#pick")


# ---- Last days -------------------------------------------------------------------------------------------------------


async def test_what_the_draft_would_have_changed_and_an_example_in_full(workspace: Workspace) -> None:
    stricter(workspace)
    shared = sum(row.action == "share_external" and row.outcome == "allow" for row in workspace.last_events(100))
    async with app_of(workspace).run_test(size=(120, 40)) as pilot:
        await opened(pilot, "d", LastDaysScreen)
        said = flat(drawn(pilot, "#days"))
        assert f"newly denied {shared}" in said
        assert "Nobody may share a ticket outside the company" in said
        await pilot.press("enter", "enter")
        await still(pilot)
        assert isinstance(pilot.app.screen, ExampleScreen)
        example = flat(drawn(pilot))
        assert "Then, under 1.0.0 ✓ ALLOW" in example
        assert "Now, under the draft ✗ DENY" in example
        await pilot.press("t")
        await still(pilot, 8)
        assert isinstance(pilot.app.screen, TryScreen)
        assert "The draft changes this" in flat(drawn(pilot, "#try-said"))


async def test_nothing_recorded_has_words_and_a_next_key(workspace: Workspace) -> None:
    workspace._session.clock.advance(40 * 86_400)  # type: ignore[attr-defined]
    async with app_of(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot, "d", LastDaysScreen)
        assert "Nothing was recorded in the last 7 days" in flat(drawn(pilot, "#days"))
        await pilot.press("right", "right")
        for _ in range(50):
            await still(pilot, 1)
            if pilot.app.screen._found is not None and pilot.app.screen._found.looked_at:
                break
            await asyncio.sleep(0.05)
        await still(pilot)
        assert "60 recorded decisions of everything recorded" in flat(drawn(pilot, "#days"))
        assert "would have changed nothing" in flat(drawn(pilot, "#days"))


async def test_a_draft_that_is_not_clean_is_said(workspace: Workspace) -> None:
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + "\npermit (", revision=draft.revision)
    async with app_of(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot, "d", LastDaysScreen)
        assert "it is not clean" in flat(drawn(pilot, "#days"))
        await pilot.press("escape")
        await still(pilot)
        await opened(pilot, "t", TryScreen)
        assert "it cannot be asked" in flat(drawn(pilot, "#try-said"))


async def test_what_agents_say_is_drawn_as_data(workspace: Workspace) -> None:
    """A resource called by terminal escapes, markup and a mark that turns the line around."""
    asked = json.loads(load_sample().actions.read_text(encoding="utf-8").splitlines()[0])
    entity = {**asked["entities"][0], "uid": {"type": "Ticket", "id": HOSTILE}}
    request = {**asked["request"], "resource": {"type": "Ticket", "id": HOSTILE}, "action": 'Action::"share_external"'}
    recorded = workspace.decide(
        Request.from_json(request),
        credential=Credential(asked["request"]["principal"]),
        entities=[{**entity, "attrs": {**entity["attrs"], "region": "de", "status": HOSTILE}}],
        facts=asked["facts"],
    )
    assert recorded.decision.outcome == "allow"
    stricter(workspace)
    async with app_of(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "t", TryScreen)
        assert screen._trial.origin == f"decision {recorded.seq}"
        assert "[red]" in drawn(pilot, "#try")
        await pilot.press("a", "enter")
        await still(pilot)
        assert "\x1b" not in drawn(pilot)
        await pilot.press("escape")
        await still(pilot)
        await opened(pilot, "d", LastDaysScreen)
        assert "[red]" in drawn(pilot, "#days")
        await pilot.press("enter", "enter")
        await still(pilot)
        assert isinstance(pilot.app.screen, ExampleScreen)
        for mark in "\x1b\u202e\u200b":
            assert mark not in drawn(pilot)


async def test_help_says_what_a_window_is_for(workspace: Workspace) -> None:
    async with app_of(workspace).run_test(size=(120, 40)) as pilot:
        await opened(pilot, "w", WordsScreen)
        await pilot.press("f1")
        await still(pilot)
        assert "always understood" in flat(drawn(pilot))
