"""Cases and History over the real workspace, keyboard only: a held refund is approved and done; an auditor finds who
signed a rule and verifies everything. Only the clock is not real.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.service.conftest import CONTEXT, FACTS, ticket
from tests.tui.test_journey import drawn, type_text, until
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.governing_views import SignWith
from workbench.service.views import Credential, Recorded
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp

JONAS = 'Agent::"jonas"'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    return tmp_path / "demo"


def refund(workspace: Workspace, amount: int) -> Recorded:
    """Jonas asks for a refund on T-1."""
    wanted = Request(JONAS, 'Action::"issue_refund"', 'Ticket::"T-1"', CONTEXT | {"amount": amount})
    entities: list[Any] = [ticket(category="billing")]
    return workspace.decide(wanted, credential=Credential(JONAS), entities=entities, facts=FACTS)


async def vote(pilot: Pilot[None], key: str, case: str, comment: str) -> None:
    """Press ``key``, fill in the window by hand, and vote."""
    await pilot.press(key)
    await until(pilot, "Last six")
    await pilot.press("tab", "tab")  # from Cancel round to the key, which is the right one, and on to its passphrase
    await type_text(pilot, "demo-only")
    await pilot.press("enter")
    await type_text(pilot, comment)
    await pilot.press("enter")
    await type_text(pilot, case[-6:])
    await pilot.press("enter", "enter")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "small"])
async def test_a_held_refund_is_approved_and_then_done_once(place: Path, size: tuple[int, int]) -> None:
    clock = FrozenClock()
    Workspace.create(place, clock=clock).close()
    app = WorkbenchApp(place, clock=clock)
    async with app.run_test(size=size) as pilot:
        await until(pilot, "v1.0.0")
        agents = Workspace.open(place, clock=clock)
        held = refund(agents, 800)
        assert held.decision.outcome == "hold"
        await pilot.press("7")
        shown = await until(pilot, "jonas asks to issue_refund")
        assert "0 of 1 filled" in shown
        await vote(pilot, "a", held.cases[0], "called the customer")
        shown = await until(pilot, "✓ granted")
        assert "filled by viktor Agent" in shown
        assert agents.cases.get(held.cases[0]).votes[0].comment == "called the customer"
        assert refund(agents, 800).decision.outcome == "allow"
        await until(pilot, "✓ used")
        assert refund(agents, 800).decision.outcome == "hold", "a grant is used once"
        await pilot.press("enter")  # the decision that opened it
        assert f"#{held.seq}" in await until(pilot, "RULE THAT DECIDED")
        await pilot.press("9")
        await until(pilot, "jonas uses the grant of issue_refund on T-1, 800 EUR")
        agents.close()


async def test_an_auditor_finds_who_signed_a_rule_and_verifies_everything(place: Path) -> None:
    clock = FrozenClock()
    rule = '\n@id("no-email-outside")\n@english("No addresses outside.")\n'
    rule += (
        'forbid (principal, action == Action::"share_external", resource)\nwhen { resource.tags.contains("email") };\n'
    )
    with Workspace.create(place, clock=clock) as workspace:
        draft = workspace.draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus + rule, revision=draft.revision)
        proposed = workspace.propose("no addresses outside", proposer='Operator::"ana"')
        for name in ("ana", "sam"):
            using = SignWith(key_path=str(place / "keys" / f"demo-{name}"), passphrase="demo-only")
            workspace.vote(proposed.version.digest, using=using, comment=f"read by {name}")
        clock.advance(11)
        assert workspace.tick()
    app = WorkbenchApp(place, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "v1.1.0")
        await pilot.press("9")
        await until(pilot, "1.1.0 comes into force after 1.0.0")
        await pilot.press("slash")
        await type_text(pilot, "comes into force after")
        await pilot.press("enter")
        shown = await until(pilot, "1 entry found")
        assert "no addresses outside" in await until(pilot, "SIGNED BY"), shown
        await pilot.press("r")
        await until(pilot, "rules of 1.1.0")
        await pilot.press("G")
        shown = await until(pilot, "“No addresses outside.”")
        for words in ("this since 1.1.0", "“read by ana”", "“read by sam”"):
            assert words in shown
        await pilot.press("escape", "d")
        assert '+ @id("no-email-outside")' in await until(pilot, "1.0.0 → 1.1.0")
        await pilot.press("escape", "V")
        shown = await until(pilot, "each continuing the one before")
        assert "✓ verified, anchored in the genesis pin" in shown
        await pilot.press("escape")
        await pilot.pause()
        assert "1 entry found" in drawn(app)
