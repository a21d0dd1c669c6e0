"""At the desk: a request is held; from the feed it leads to its case, which is answered there, and what was held is
done. And what an agent said for an action is judged anew from the feed, and one comes back to where one was.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.hands import before_the_screens
from tests.tui.test_governing_journey import refund
from tests.tui.test_journey import HANDS
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.views import Credential
from workbench.service.workspace import Workspace


@HANDS
async def test_a_held_refund_is_answered_from_the_feed(swarm: Path, hand: str) -> None:
    async with before_the_screens(hand, swarm, FrozenClock()) as person:
        await person.sees("v1.0.0", "In force")
        agents = Workspace.open(swarm, clock=person.clock)
        held = refund(agents, 800)
        assert held.decision.outcome == "hold"
        await person.go("live")
        await person.open("refund_above_500")
        await person.sees(f"#{held.seq}", "0 of 1 seats filled")
        await person.act("C", "Case")
        await person.sees("jonas asks to issue_refund", "0 of 1 filled", "open to")
        await person.act("a", "Approve")
        await person.sees("Last six")
        await person.fill("Passphrase", "demo-only", hidden=True)
        await person.fill("Comment", "called the customer")
        await person.fill("Last six", held.cases[0][-6:])
        await person.answer("Approve", "enter", "enter")
        await person.sees("✓ granted", gone="Last six")
        assert agents.cases.get(held.cases[0]).votes[0].comment == "called the customer"
        assert refund(agents, 800).decision.outcome == "allow"
        await person.sees("✓ used")
        assert refund(agents, 800).decision.outcome == "hold", "a grant is used once"
        await person.leave()  # to where one came from, with the decision still open
        await person.sees(f"#{held.seq}", "1 of 1 seats filled")
        agents.close()


async def test_what_was_said_for_an_action_is_judged_anew_from_the_feed_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    place, clock = tmp_path / "desk", FrozenClock()
    with Workspace.create(place, sample="customer-desk", clock=clock, swarm_id="swarm-tui-desk-journey") as desk:
        said = {"agent_output": "You must cancel the contract today."}
        asked = Request('Agent::"mara"', 'Action::"send_message"', 'Customer::"c-otto"', {}, said)
        seq = desk.decide(asked, credential=Credential('Agent::"mara"')).seq
    async with before_the_screens("keys-80x24", place, clock) as person:
        await person.sees("v1.0.0", "In force")
        await person.go("live")
        await person.open("send_message")
        await person.sees(f"#{seq}", "mara")
        await person.act("w", "Words")
        await person.sees("You must cancel the contract today", "violates a norm", "A5", gone="Nothing is judged yet")
        await person.press("escape")
        await person.sees(f"#{seq}", "mara", "WHAT WAS SAID")
