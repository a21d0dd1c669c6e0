"""Review over the real workspace and the real solver, keyboard only: a draft's meaning is read, one request of it
becomes a test, an invariant that it breaks is found, and without the solver the rest still works.
"""

import sys
import time
from pathlib import Path

import pytest

from tests.tui.test_journey import drawn, until
from workbench.service.clock import FrozenClock
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp

RULE = """
@id("no-email-outside")
@english("No addresses outside.")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("email") };
"""
INVARIANT = """@id("no-pii-outside")
@english("Personal data stays inside.")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("pii") };
"""
_RANGES = " && ".join(f"context.{name} > 1 && context.{name} < 10000" for name in ("amount", "approvals", "hour"))
_CUBES = " + ".join("*".join([f"context.{name}"] * 3) for name in ("amount", "approvals"))
HARD = f"""@id("hard") forbid (principal, action == Action::"share_external", resource)
when {{ {_RANGES} && {_CUBES} == context.hour*context.hour*context.hour }};
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    place = tmp_path / "demo"
    with Workspace.create(place, clock=FrozenClock()) as workspace:
        draft = workspace.draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus + RULE, invariants=INVARIANT, revision=draft.revision)
    return place


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "small"])
async def test_a_reviewer_reads_the_meaning_adds_a_test_and_finds_the_broken_invariant(place, size):
    app = WorkbenchApp(place, clock=FrozenClock())
    async with app.run_test(size=size) as pilot:
        await until(pilot, "v1.0.0")
        await pilot.press("4")
        await until(pilot, "Meaning  ✗ 1 denied")
        await pilot.press("v")
        shown = await until(pilot, "proved unchanged")
        assert "✗ 1 newly denied" in shown
        assert "Proved: only requests" in " ".join(shown.split()), "the solver proved that the witness stands for all"
        assert 'resource.tags ["email"]' in shown
        await pilot.press("enter")
        shown = await until(pilot, "1.0.0  ✓ allow  Cedar ✓ allow  by share-own-region")
        assert "draft  ✗ deny   Cedar ✗ deny   by no-email-outside" in shown
        await pilot.press("a")
        await until(pilot, "What should happen?")
        await pilot.press("enter")
        await until(pilot, "added as a test")
        await pilot.press("escape", "v")
        shown = await until(pilot, "The invariant `no-pii-outside` is broken.")
        assert "✗ 1 invariant broken" in shown
        await pilot.press("v")
        await until(pilot, "newly denied")
        with Workspace.open(place, clock=FrozenClock()) as other:
            run = other.run_tests()
        (added,) = [result for result in run.results if result.name.startswith("newly denied")]
        assert (added.expect, added.ours, added.cedar, added.engines_agree) == ("deny", "deny", "deny", True)
        await pilot.press("left_square_bracket", "i")
        await until(pilot, "✗ never permitted  no-pii-outside")
        assert "Invariants of the draft" in drawn(app)
        await pilot.press("escape")
        await until(pilot, "v View")
        await pilot.press("P")
        await pilot.pause()
        (refused,) = [said for said in app._notifications if said.title == "The draft cannot be proposed yet"]
        assert "the invariant `no-pii-outside` is broken" in refused.message


async def test_without_the_solver_texts_and_tests_are_reviewed_all_the_same(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "z3", None)
    app = WorkbenchApp(place, clock=FrozenClock())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "v1.0.0")
        await pilot.press("4")
        shown = await until(pilot, "– no solver")
        assert "+ no-email-outside  forbid added" in shown
        await pilot.press("v")
        shown = await until(pilot, "The solver is not installed")
        assert "pip install 'constitution-workbench[proofs]'" in shown
        await pilot.press("left_square_bracket", "left_square_bracket")
        await until(pilot, "= engines agree")


async def test_a_signer_reads_what_a_proposal_means_before_signing_it(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    place, clock = tmp_path / "demo", FrozenClock()
    with Workspace.create(place, clock=clock) as workspace:
        draft = workspace.draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus + RULE, revision=draft.revision)
        workspace.propose("no addresses outside", proposer='Operator::"ana"')
        draft = workspace.draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus.replace(RULE, ""), revision=draft.revision)
    app = WorkbenchApp(place, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "v1.0.0")
        await pilot.press("5")
        await until(pilot, "no addresses outside")
        await pilot.press("d")
        await until(pilot, "Meaning  ✗ 1 denied")
        await pilot.press("m")
        shown = await until(pilot, "proved unchanged")
        assert "1.1.0  ✗ deny" in shown, "of the proposal, not of the draft, which says the same as what is in force"
        await pilot.press("enter")
        shown = await until(pilot, "“No addresses outside.”")
        assert "forbid no-email-outside  + added" in shown


async def test_review_is_there_at_once_while_a_hard_invariant_is_proved_and_leaving_ends_it(place):
    with Workspace.open(place, clock=FrozenClock()) as workspace:
        workspace.save_draft(invariants=HARD, revision=workspace.draft().revision)
    app = WorkbenchApp(place, clock=FrozenClock())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "v1.0.0")
        await pilot.press("4")
        shown = await until(pilot, "◌ proving")
        assert "no-email-outside" in shown, "what changes is told meanwhile"
        assert "its invariants are not proved yet" in shown
        await until(pilot, "✗ 1 denied")  # the meaning of the change is proved beside it
        await pilot.press("P")
        await pilot.pause()
        assert [note.title for note in app._notifications] == ["The draft cannot be proposed yet"]
        await pilot.press("x")
        await until(pilot, "✗ 1 thing in the way")
        assert not app.screen._promises.running
        await pilot.press("r")
        await until(pilot, "◌ proving")
        began = time.monotonic()
        app.workspace.close()
        while app.screen._promises.running:
            await pilot.pause(0.01)
        assert time.monotonic() - began < 20, "it would go on for minutes"
