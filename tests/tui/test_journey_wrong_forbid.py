"""A wrong forbid is in force: it is found from what it denies (the group, its rule, its English), the version that
brought it is taken back by the people who sign, and the next action is allowed again.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.service.conftest import CONTEXT, FACTS, ticket
from tests.tui.hands import before_the_screens
from tests.tui.test_journey import HANDS, sign
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.governing_views import SignWith
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

WRONG = """
@id("no-closing")
@english("Nobody closes a delivery ticket.")
forbid (principal, action == Action::"close_ticket", resource)
when { resource.category == "delivery" && resource.customer_tier == "plus" };
"""
EMIL = 'Agent::"emil"'


def in_force(place: Path, clock: FrozenClock) -> None:
    """The wrong rule, proposed and signed by two people who did not look."""
    with Workspace.open(place, clock=clock) as workspace:
        draft = workspace.draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus + WRONG, revision=draft.revision)
        proposed = workspace.propose("tickets stay open", proposer='Operator::"ana"')
        for name in ("ana", "sam"):
            using = SignWith(key_path=str(place / "keys" / f"demo-{name}"), passphrase="demo-only")
            workspace.vote(proposed.version.digest, using=using)
        clock.advance(11)
        assert [version.version for version in workspace.tick()] == ["1.1.0"]


def close(agents: Workspace) -> str:
    """Emil closes a ticket; what comes of it."""
    wanted = Request(EMIL, 'Action::"close_ticket"', 'Ticket::"T-1"', CONTEXT)
    return agents.decide(wanted, credential=Credential(EMIL), entities=[ticket()], facts=FACTS).decision.outcome


@HANDS
async def test_a_wrong_forbid_is_found_from_its_denials_and_taken_back(swarm: Path, hand: str) -> None:
    clock = FrozenClock(datetime.now(UTC) - timedelta(minutes=5)) if "terminal" in hand else FrozenClock()
    in_force(swarm, clock)  # for a real terminal a moment ago: going back is possible for three days
    async with before_the_screens(hand, swarm, clock) as person:
        await person.sees("v1.1.0", "In force")
        agents = Workspace.open(swarm, clock=person.clock)
        for _ in range(12):
            assert close(agents) == "deny"
        await person.go("live")
        await person.sees("▲ violation", "no-closing")
        await person.view("Groups", "V")
        await person.open("no-closing")
        await person.sees("12 in all", "“Nobody closes a delivery ticket.”", "in v1.1.0")
        await person.hidden("o", "Open rule")
        await person.sees('@id("no-closing")', "Nobody closes a delivery")
        await person.leave()
        await person.sees("12 in all")
        await person.act("escape", "Back")

        await person.go("sign")
        await person.sees("✓ active", "tickets stay open")
        await person.act("R", "Revert")
        await person.sees("Go back from 1.1.0")
        await person.type("it closed the desk")
        await person.answer("Propose", "enter", "right", "enter")
        shown = await person.sees("it closed the desk", "0 of 2 seats filled", gone="Go back from")
        found = re.search(r"[0-9a-f]{64}", shown)
        assert found
        for seats in ("1 of 2", "2 of 2"):
            await sign(person, "a", "Approve", found.group(), "Approve")
            await person.sees(f"{seats} seats filled")
        await person.meanwhile(11)
        await person.sees("✓ active", "it closed the desk")

        assert close(agents) == "allow"
        await person.go("live")
        await person.view("Feed", "V", 2)
        await person.sees("✓ allow", "desk-work")
        agents.close()
