"""Three at night, over ssh, on 80x24: an agent goes rogue. It is seen in Groups, read about, stopped and acknowledged;
and whoever sits down at another terminal next sees who did what, and why.
"""

from __future__ import annotations

from pathlib import Path

from tests.service.conftest import CONTEXT, FACTS, ticket
from tests.tui.hands import before_the_screens
from tests.tui.test_journey import HANDS
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.views import Credential, Recorded
from workbench.service.workspace import Workspace

NORA = 'Agent::"nora"'
STORM = 200  # refused e-mails within a minute


def mail(agents: Workspace, who: str = NORA) -> Recorded:
    """``who`` sends an e-mail to where none may go."""
    wanted = Request(who, 'Action::"send_email"', 'Ticket::"T-1"', CONTEXT | {"recipient": "x@evil.example.net"})
    return agents.decide(wanted, credential=Credential(who), entities=[ticket()], facts=FACTS)


def storm(agents: Workspace) -> None:
    """Nora sends many; another agent does its work meanwhile."""
    reply = Request('Agent::"emil"', 'Action::"close_ticket"', 'Ticket::"T-1"', CONTEXT)
    for number in range(STORM):
        mail(agents)
        if number % 20 == 0:
            agents.decide(reply, credential=Credential('Agent::"emil"'), entities=[ticket()], facts=FACTS)


@HANDS
async def test_a_rogue_agent_is_found_stopped_known_and_handed_over(swarm: Path, hand: str) -> None:
    clock = FrozenClock()
    async with before_the_screens(hand, swarm, clock) as person:
        await person.sees("v1.0.0", "In force")
        agents = Workspace.open(swarm, clock=person.clock)
        digest = agents.version().digest
        storm(agents)
        await person.go("live")  # opens with the groups: nobody has to know that there are any
        await person.sees("email-domains", "nora", "send_email", "200", "Groups")

        await person.open("email-domains")
        await person.sees("200 in all", "ITS NEWEST DECISION", "E-mail may be sent only to addresses", "A rule forbids")

        await person.act("S", "Stop")
        await person.sees("Stop decisions", "Which         nora")
        await person.fill("Why", "mails to strangers")
        await person.fill("Passphrase", "demo-only", hidden=True)
        await person.fill("Last six", digest[-6:])
        await person.answer("Stop", "enter", "enter")
        await person.sees("■ STOP  agent nora", gone="Stop decisions")
        refused = mail(agents)
        assert refused.decision.code == "stopped"
        assert agents.decide(
            Request('Agent::"emil"', 'Action::"close_ticket"', 'Ticket::"T-1"', CONTEXT),
            credential=Credential('Agent::"emil"'), entities=[ticket()], facts=FACTS,
        ).decision.outcome == "allow", "the others go on"  # fmt: skip

        await person.act("A", "Acknowledge")
        await person.sees("Why")
        await person.fill("Why", "stopped, ana asks its owner")
        await person.fill("Passphrase", "demo-only", hidden=True)
        await person.answer("Acknowledge", "enter", "right", "enter")
        await person.sees("✓ acknowledged")
        (word,) = [group.ack for group in agents.groups.list("1h", "rate").groups if group.ack]
        assert word is not None
        assert (word.rule, word.agent, word.why) == ("email-domains", "nora", "stopped, ana asks its owner")

        async with before_the_screens("keys-80x24", swarm, clock if "terminal" not in hand else person.clock) as other:
            await other.sees("■ STOP  agent nora", "ana")
            await other.go("live")
            await other.sees("nora")
            await other.press("V")
            await other.open("email-domains")
            await other.sees("stopped, ana asks its owner")
            await other.press("escape", "L")
            await other.sees("mails to strangers", "ana")
            await other.press("escape")
            await other.go("history")
            await other.sees("nora is stopped for 4 h by ana")
            await other.open("ana acknowledges that email-domains")
            await other.sees("ana asks its owner")
        agents.close()
