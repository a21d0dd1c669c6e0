"""Stop, lift, acknowledge and veto over the real workspace, by the keyboard alone. Only the clock is not real."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.service.conftest import CONTEXT, FACTS, ticket
from tests.tui.test_governing_journey import JONAS, refund
from tests.tui.test_journey import drawn, type_text, until
from tests.tui.test_shell import toasts
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.governing_views import SignWith
from workbench.service.views import Credential, Recorded
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp

NORA = 'Agent::"nora"'
SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "small"])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "demo"
    shutil.rmtree(tmp_path / "demo")


def ask(workspace: Workspace, who: str) -> Recorded:
    """``who`` shares a ticket of her own region outside, which the demo's constitution permits."""
    wanted = Request(who, 'Action::"share_external"', 'Ticket::"T-1"', CONTEXT)
    entities: list[Any] = [ticket()]
    return workspace.decide(wanted, credential=Credential(who), entities=entities, facts=FACTS)


async def said(pilot: Pilot[None], words: str, seconds: float = 15.0) -> str:
    """Wait for words in a toast; all that were said."""
    for _ in range(int(seconds / 0.1)):
        await pilot.pause(0.1)
        if any(words in toast for toast in toasts(pilot.app)):
            return "\n".join(toasts(pilot.app))
    raise AssertionError(f"`{words}` was never said: {toasts(pilot.app)}")


async def signed(pilot: Pilot[None], confirm: str, *, passphrase: str = "demo-only") -> None:
    """From the key's row on: the passphrase, the six characters, and the button."""
    await pilot.press("tab")
    await type_text(pilot, passphrase)
    await pilot.press("tab")
    await type_text(pilot, confirm)
    await pilot.press("enter", "enter")


@SIZES
async def test_an_agent_is_stopped_and_let_go_again(place: Path, size: tuple[int, int]) -> None:
    clock = FrozenClock()
    Workspace.create(place, clock=clock).close()
    app = WorkbenchApp(place, clock=clock)
    async with app.run_test(size=size) as pilot:
        await until(pilot, "v1.0.0")
        assert "STOP" not in drawn(app)
        agents = Workspace.open(place, clock=clock)
        digest = agents.version().digest
        assert ask(agents, NORA).decision.outcome == "allow"
        await pilot.press("6")
        await until(pilot, "share_external")

        await pilot.press("f", "S")  # stay with this row: while the feed follows, nobody is offered
        shown = await until(pilot, "Last six")
        assert "It stops decisions, not processes" in shown
        assert app.screen.query_one("#name", Input).value == "nora", "the agent under the cursor is offered"
        await pilot.press("enter")  # the focus is on Cancel: nothing may be stopped
        await pilot.pause(0.3)
        assert agents.overlays.list() == ()

        await pilot.press("S")
        await until(pilot, "Last six")
        await pilot.press("tab", "tab", "tab", "tab", "tab")  # past what, which and for how long, to why and the key
        await signed(pilot, digest[-6:])
        await until(pilot, "say why")
        assert agents.overlays.list() == ()
        await type_text(pilot, "forty refunds a minute")
        await pilot.press("tab")
        await signed(pilot, digest[-6:])
        shown = await until(pilot, "■ STOP")
        (stop,) = agents.overlays.list()
        assert (stop.what, stop.why, stop.signers) == (
            f"agent {NORA}",
            "forty refunds a minute",
            ('Operator::"ana"',),
        )
        assert "■ STOP  agent nora · 4 h left · ana" in shown
        await said(pilot, "■ STOPPED|agent nora until")

        denied = ask(agents, NORA)
        assert denied.decision.code == "stopped"
        assert ask(agents, 'Agent::"emil"').decision.code != "stopped"
        assert "✗ deny" in await until(pilot, "■ stop by ana")
        for key in "1579":  # whatever screen is in front
            await pilot.press(key)
            await until(pilot, "■ STOP  agent nora")
        clock.advance(3 * 3600 + 3541)
        await until(pilot, "agent nora · 59 s")

        await pilot.press("L")
        shown = await until(pilot, "placed it, or a supervisor")
        await pilot.press("enter")
        await until(pilot, "Lift the stop")
        await pilot.press("tab")
        await type_text(pilot, "it was the customer")
        await pilot.press("tab")
        await signed(pilot, stop.id[-6:])
        await until(pilot, "Nothing acts beside")
        await said(pilot, "Lifted|STOP agent nora acts no more")
        assert agents.overlays.get(stop.id).ended_why == "it was the customer"
        await pilot.press("escape")
        await pilot.pause(0.3)
        assert "STOP" not in drawn(app).splitlines()[2]
        assert ask(agents, NORA).decision.outcome == "allow"
        agents.close()


async def test_a_wrong_passphrase_and_a_stop_of_who_governs_are_refused_in_the_window(place: Path) -> None:
    clock = FrozenClock()
    Workspace.create(place, clock=clock).close()
    app = WorkbenchApp(place, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "v1.0.0")
        assert app.workspace is not None
        digest = app.workspace.version().digest
        await pilot.press("6")
        await until(pilot, "no decision yet")
        await pilot.press("S")
        await until(pilot, "Last six")
        await pilot.press("tab", "tab")
        await type_text(pilot, "sam")
        await pilot.press("tab", "tab")
        await type_text(pilot, "he talks too much")
        await pilot.press("tab")
        await signed(pilot, digest[-6:])
        await until(pilot, "amending and voting cannot be stopped")
        window = app.screen
        window.query_one("#name").value = "nobody-here"  # type: ignore[attr-defined]
        window.query_one("#passphrase").value = "swordfish"  # type: ignore[attr-defined]
        window.query_one("#sign").press()  # type: ignore[attr-defined]
        shown = await until(pilot, "no agent `nobody-here`")
        assert "swordfish" not in shown
        window.query_one("#target").value = "all"  # type: ignore[attr-defined]
        await pilot.pause()
        window.query_one("#passphrase").value = "swordfish"  # type: ignore[attr-defined]
        window.query_one("#sign").press()  # type: ignore[attr-defined]
        await until(pilot, "passphrase")
        assert app.workspace.overlays.list() == ()
        assert app.screen is window, "what was typed is still there"
        assert window.query_one("#why").value == "he talks too much"  # type: ignore[attr-defined]


@SIZES
async def test_a_jump_of_the_clock_is_on_every_screen_until_an_operator_signs(
    place: Path, size: tuple[int, int]
) -> None:
    clock = FrozenClock()
    Workspace.create(place, clock=clock).close()
    app = WorkbenchApp(place, clock=clock)
    async with app.run_test(size=size) as pilot:
        await until(pilot, "v1.0.0")
        await pilot.press("exclamation_mark")
        await pilot.pause(0.5)
        assert not app.screen.is_modal, "nothing waits for a signer's word"
        clock.jump(3600)
        await until(pilot, "◷ CLOCK FROZEN")
        assert app.workspace is not None
        for key in "569":
            await pilot.press(key)
            await until(pilot, "◷ CLOCK FROZEN")
        await pilot.press("exclamation_mark")
        await until(pilot, "3,600 seconds ahead")
        await pilot.press("enter")
        await pilot.pause(0.3)
        assert app.workspace.status().frozen_since is not None, "enter alone signs nothing"
        await pilot.press("exclamation_mark")
        await until(pilot, "Last six")
        await pilot.press("tab")
        await type_text(pilot, "the time server was right")
        await pilot.press("tab")
        await signed(pilot, app.workspace.version().digest[-6:])
        await said(pilot, "Acknowledged|the clock's time is accepted")
        assert app.workspace.status().frozen_since is None
        for _ in range(100):  # with the next second
            if "CLOCK FROZEN" not in drawn(app):
                break
            await pilot.pause(0.1)
        assert "CLOCK FROZEN" not in drawn(app)


async def test_a_held_decision_leads_to_its_case_also_when_it_was_asked_again(place: Path) -> None:
    clock = FrozenClock()
    Workspace.create(place, clock=clock).close()
    app = WorkbenchApp(place, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "v1.0.0")
        agents = Workspace.open(place, clock=clock)
        first, again = refund(agents, 800), refund(agents, 800)
        assert first.cases == again.cases
        for recorded in (first, again):
            await pilot.press("6")
            await app.goto_event(recorded.seq)
            shown = await until(pilot, f"#{recorded.seq} ")
            shown = await until(pilot, "0 of 1 seats filled")
            assert first.cases[0] in shown
            await pilot.press("C")
            shown = await until(pilot, "jonas asks to issue_refund")
            assert app.current_mode == "cases"
        assert JONAS in str(agents.cases.get(first.cases[0]).requester)
        agents.close()


async def test_the_dossier_is_written_read_and_named_in_the_vote_and_a_version_is_taken_back(place: Path) -> None:
    clock = FrozenClock()
    with Workspace.create(place, clock=clock) as workspace:
        draft = workspace.draft()
        rule = '\n@id("no-email")\n@english("No addresses outside.")\n'
        rule += (
            'forbid (principal, action == Action::"share_external", resource) when { resource.tags.contains("email") };'
        )
        workspace.save_draft(cedar_plus=draft.cedar_plus + rule, revision=draft.revision)
        digest = workspace.propose("addresses stay", proposer='Operator::"ana"').version.digest
    app = WorkbenchApp(place, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "v1.0.0")
        workspace = app.workspace
        assert workspace is not None
        await pilot.press("5")
        await until(pilot, "◌ proposed")
        await pilot.press("D")
        await until(pilot, "Dossier of 1.1.0")
        await pilot.press("enter")
        assert str(place.parent) in await said(pilot, "The dossier is written")
        (file,) = place.parent.glob("dossier-*.html")
        assert b"addresses stay" in file.read_bytes()
        await until(pilot, "dossier  ")
        await pilot.press("a")
        await until(pilot, "Last six")
        window = app.screen
        window.query_one("#dossier").value = workspace.dossiers.make(digest).digest  # type: ignore[attr-defined]
        await pilot.press("tab")  # to the key
        await pilot.press("tab")
        await type_text(pilot, "demo-only")
        await pilot.press("tab", "tab", "tab")
        await type_text(pilot, digest[-6:])
        await pilot.press("enter", "enter")
        shown = await until(pilot, "DSSE by SHA256:")
        assert "1 of 2 seats filled" in shown
        envelope = json.loads(workspace.export_vote(digest, 'Operator::"ana"'))
        vote = json.loads(base64.b64decode(envelope["payload"]))
        assert vote["dossier_digest"] == f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        workspace.vote(digest, using=SignWith(str(place / "keys" / "demo-sam"), "demo-only"))
        await until(pilot, "◷ approved")
        await pilot.press("x")
        assert "Veto version" in await until(pilot, "a rejection now is a veto")
        await pilot.press("escape")
        clock.advance(11)
        await until(pilot, "R Revert")
        await pilot.press("R")
        await until(pilot, "Go back from 1.1.0")
        await pilot.press("enter", "tab", "enter")  # enter alone leads to Cancel
        await until(pilot, "say why")
        await type_text(pilot, "it broke the refunds desk")
        await pilot.press("enter", "tab", "enter")
        shown = await until(pilot, "↺ a revert")
        assert "it broke the refunds desk" in shown
