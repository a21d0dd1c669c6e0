"""An auditor asks why something was allowed on 3 March: from the moment in History to the decision, its rule, its
English, who signed it, the same decision made again and the proof of its receipt; and a list to take along.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.service.conftest import CONTEXT, FACTS, ticket
from tests.tui.hands import before_the_screens
from tests.tui.test_journey import HANDS
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

NORA = 'Agent::"nora"'
DAY = 86_400.0


def share(agents: Workspace, resource: str) -> int:
    """Nora shares a ticket outside; the number of its receipt."""
    wanted = Request(NORA, 'Action::"share_external"', f'Ticket::"{resource}"', CONTEXT)
    recorded = agents.decide(wanted, credential=Credential(NORA), entities=[ticket(resource)], facts=FACTS)
    assert recorded.decision.outcome == "allow"
    return recorded.seq


@HANDS
async def test_why_something_was_allowed_on_3_march(swarm: Path, hand: str) -> None:
    clock = FrozenClock()
    with Workspace.open(swarm, clock=clock) as agents:
        share(agents, "T-1")
        clock.advance(DAY + 5400)  # 3 March, 10:30
        asked = share(agents, "T-33")
        clock.advance(DAY)
        for number in range(20):
            share(agents, f"T-{number + 100}")
        clock.advance(16 * DAY)
    async with before_the_screens(hand, swarm, clock) as person:
        await person.sees("v1.0.0", "In force")
        await person.go("history")
        await person.sees("genesis")
        await person.act("colon", "Moment")
        await person.sees("yesterday")
        await person.type("3 March 2026 11:00")
        await person.sees("Tue 03 Mar 2026")
        await person.press("enter")
        await person.sees("by 2026-03-03 11:00")

        await person.act("P", "Why")
        shown = await person.sees(f"Why #{asked}", "share_external", "T-33", "✓ allow")
        assert "2026-03-03 10:30" in shown
        await person.reads("Agents may share tickets in their own region with external services.")
        await person.reads("approve ana as operator", "approve sam as supervisor")
        await person.reads("✓ comes out the same")
        await person.reads("✓ proved", f"entry {asked} is in the ledger")

        await person.press("enter")  # the same decision, in Live
        await person.sees(f"#{asked}", "share-own-region", "RULE THAT DECIDED")
        await person.act("o", "Open rule")
        await person.sees('@id("share-own-region")')
        await person.leave()
        await person.sees(f"#{asked}", "RULE THAT DECIDED")

        await person.go("history")
        await person.sees("by 2026-03-03 11:00")
        await person.hidden("e", "Export")
        await person.sees("Export", "JSON Lines", "Columns")
        await person.answer("Write", "enter")
        await person.holds(lambda: any(swarm.parent.glob("*.jsonl")), "the file")
        await person.sees("genesis", gone="Columns")
    (file,) = swarm.parent.glob("*.jsonl")
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(entries) >= 5
    assert all("2026-03-02" in line for line in file.read_text().splitlines()), "as it was listed: of then"
