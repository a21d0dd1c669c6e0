"""Writes ``actions.jsonl``: one working day of the support swarm, action by action.

    python samples/support-swarm/make_actions.py            # rewrites actions.jsonl beside this file
    python samples/support-swarm/make_actions.py --stdout   # prints it instead

Nothing here is real: people, tickets and addresses are made up. The same bytes come out of every run and every
Python version, because the only source of chance is ``random.Random(SEED).random()``.

The day runs from 08:00 to 18:00 UTC on Monday 2026-03-16. Twelve agents work it, each with a temper (how often
something goes wrong), a role, a team and a region from ``directory.json``. Meters (messages in the last hour, refunds
today, budget left) are counted here as a server would count them, over the actions that version 1.0.0 does not deny.
About one action in sixty shares a ticket tagged ``email`` with an external service: 1.0.0 allows that, and the norm
that the README has you write forbids it.

May import the standard library only.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

HERE = Path(__file__).parent
SEED = 20260316
ACTIONS = 2400
OPENING = datetime(2026, 3, 16, 8, 0, tzinfo=UTC)
DAY_SECONDS = 10 * 3600
FIRST_EMAIL_SHARE = 22  # 0-based place of the first share of a ticket tagged "email"
EMAIL_SHARE_EVERY = 60  # and about this many actions from one to the next
EARLY = {6: "send_email", 11: "issue_refund"}  # 0-based places of an early violation and an early hold
EARLY_REFUND = 820
REFUND_THRESHOLD = 500
MESSAGES_AN_HOUR = 30
REFUNDS_A_DAY = 50

# temper: chance that an action goes wrong; pace: how busy the agent is; budget: units to spend in the day
AGENTS: dict[str, dict[str, Any]] = {
    "nora": {"temper": "careful", "slips": 0.020, "pace": 1.1, "budget": 2000},
    "emil": {"temper": "hasty", "slips": 0.090, "pace": 1.2, "budget": 1400},
    "lotte": {"temper": "careful", "slips": 0.015, "pace": 1.0, "budget": 2000},
    "oscar": {"temper": "hasty", "slips": 0.100, "pace": 1.5, "budget": 2000},
    "priya": {"temper": "steady", "slips": 0.025, "pace": 1.2, "budget": 2000},
    "theo": {"temper": "curious", "slips": 0.070, "pace": 1.0, "budget": 520},
    "camille": {"temper": "steady", "slips": 0.020, "pace": 0.9, "budget": 2500},
    "jonas": {"temper": "brisk", "slips": 0.045, "pace": 1.1, "budget": 2500},
    "maeve": {"temper": "hasty", "slips": 0.060, "pace": 1.2, "budget": 2500},
    "ravi": {"temper": "steady", "slips": 0.020, "pace": 0.9, "budget": 3000},
    "ines": {"temper": "careful", "slips": 0.010, "pace": 0.8, "budget": 2500},
    "viktor": {"temper": "brisk", "slips": 0.030, "pace": 0.7, "budget": 3500},
}

# What each kind of agent does, and how often (weights).
WORK: dict[str, dict[str, float]] = {
    "frontline": {
        "reply": 52,
        "close_ticket": 13,
        "handle_task": 12,
        "send_email": 8,
        "view_customer": 6,
        "read_shared_memory": 5,
        "write_shared_memory": 2,
        "share_external": 1.5,
        "reassign": 2,
    },
    "billing": {
        "reply": 30,
        "issue_refund": 25,
        "close_ticket": 10,
        "handle_task": 8,
        "view_customer": 10,
        "send_email": 5,
        "read_shared_memory": 3,
    },
    "compliance_handler": {
        "view_customer": 26,
        "write_shared_memory": 18,
        "read_shared_memory": 18,
        "reply": 18,
        "handle_task": 10,
        "reassign": 6,
        "share_external": 4,
    },
    "supervisor": {
        "reassign": 26,
        "handle_task": 22,
        "close_ticket": 18,
        "reply": 14,
        "delete_ticket": 8,
        "delete_shared_memory": 3,
        "read_shared_memory": 9,
    },
}
COST = {
    "reply": 3,
    "close_ticket": 1,
    "handle_task": 4,
    "send_email": 2,
    "view_customer": 1,
    "share_external": 5,
    "reassign": 1,
    "issue_refund": 6,
    "delete_ticket": 1,
}
QUARTER_LOAD = (0.7, 1.1, 1.4, 1.5, 1.4, 1.2, 0.9, 0.6, 0.5, 0.8, 1.1, 1.2, 1.3, 1.3, 1.2, 1.1, 1.0, 0.9, 0.7, 0.5)
RUSH = ("oscar", 13 * 60 + 20, 14 * 60 + 20, 4.0)  # who, from and until (minutes of the day), how many times as busy
SERVICES = ("sync@crm.example.net", "intake@parcels.example.net", "desk@translators.example.net")
NAMES = ("amara", "bjorn", "chen", "dalia", "eva", "finn", "greta", "hugo", "ilse", "jamal", "kofi", "lena")

T = TypeVar("T")


class Chance:
    """Draws that depend on ``Random.random`` alone, whose sequence Python guarantees."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def below(self, probability: float) -> bool:
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def one(self, items: Sequence[T]) -> T:
        return items[self.whole(0, len(items) - 1)]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        mark = self._random.random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]

    def some(self, items: Sequence[T], probability: float) -> list[T]:
        return [item for item in items if self.below(probability)]


class Agent:
    """One agent's day so far: what the meters show."""

    def __init__(self, entity: dict[str, Any]) -> None:
        self.id: str = entity["uid"]["id"]
        self.role: str = entity["attrs"]["role"]
        self.region: str = entity["attrs"]["region"]
        self.team: str = entity["parents"][0]["id"]
        own = AGENTS[self.id]
        self.slips: float = own["slips"]
        self.pace: float = own["pace"]
        self.budget: int = own["budget"]
        self.refunds = 0
        self._messages: deque[datetime] = deque()

    @property
    def work(self) -> dict[str, float]:
        return WORK.get(self.role) or WORK[self.team]

    def busyness(self, now: datetime) -> float:
        """Its weight among the agents now. An agent that has nothing left to spend still tries once in a while."""
        who, start, end, times = RUSH
        rush = times if self.id == who and start <= now.hour * 60 + now.minute < end else 1.0
        return self.pace * rush * (0.12 if self.budget < 6 else 1.0)

    def messages_last_hour(self, now: datetime) -> int:
        while self._messages and self._messages[0] <= now - timedelta(hours=1):
            self._messages.popleft()
        return len(self._messages)

    def sent(self, now: datetime) -> None:
        self._messages.append(now)


class Day:
    """The tickets, the notes in shared memory, and the twelve agents; ``action`` makes the next record."""

    def __init__(self) -> None:
        self.chance = Chance(SEED)
        directory = json.loads((HERE / "directory.json").read_text(encoding="utf-8"))
        self.agents = [Agent(entity) for entity in directory if entity["uid"]["type"] == "Agent"]
        self._next_ticket = 48210
        self.tickets = [self._ticket() for _ in range(90)]
        self.memories = [self._memory(number) for number in range(1, 41)]

    def records(self) -> list[dict[str, Any]]:
        """The whole day in order of time."""
        times = self._times()
        records = []
        share_at = FIRST_EMAIL_SHARE
        for place, now in enumerate(times):
            if place in EARLY:
                records.append(self._early(EARLY[place], now))
            elif place == share_at:
                records.append(self._email_share(now))
                share_at += EMAIL_SHARE_EVERY + self.chance.whole(-4, 4)
            else:
                records.append(self._action(now))
        return records

    def _times(self) -> list[datetime]:
        """``ACTIONS`` different moments (to the tenth of a second), denser where the day is busy."""
        slots = len(QUARTER_LOAD)
        tenths: set[int] = set()
        while len(tenths) < ACTIONS:
            slot = self.chance.weighted(range(slots), QUARTER_LOAD)
            tenths.add(slot * (DAY_SECONDS * 10 // slots) + self.chance.whole(0, DAY_SECONDS * 10 // slots - 1))
        return [OPENING + timedelta(milliseconds=100 * tenth) for tenth in sorted(tenths)]

    # Things in the world -------------------------------------------------------------------------------------------

    def _ticket(self, **fixed: Any) -> dict[str, Any]:
        chance = self.chance
        self._next_ticket += chance.whole(1, 7)
        region = fixed.get("region") or chance.weighted(("de", "en", "fr"), (40, 40, 20))
        owner = chance.one([agent for agent in self.agents if agent.region == region])
        attrs = {
            "owner": {"__entity": {"type": "Agent", "id": owner.id}},
            "category": chance.weighted(("delivery", "billing", "account", "sensitive"), (45, 30, 19, 6)),
            "priority": chance.weighted(("low", "normal", "high"), (30, 55, 15)),
            "tags": chance.some(("delivery", "invoice", "photo", "warranty"), 0.3),
            "scope": "internal",
            "customer_tier": chance.weighted(("standard", "plus", "premium"), (70, 22, 8)),
            "region": region,
            "status": chance.weighted(("new", "open", "waiting"), (20, 60, 20)),
        }
        attrs.update(fixed)
        return {"uid": {"type": "Ticket", "id": f"T-{self._next_ticket}"}, "attrs": attrs, "parents": []}

    def _memory(self, number: int, **fixed: Any) -> dict[str, Any]:
        chance = self.chance
        attrs = {
            "owner": {"__entity": {"type": "Agent", "id": chance.one(self.agents).id}},
            "scope": chance.weighted(("swarm", "private"), (85, 15)),
            "tags": chance.some(("routing", "template", "outage"), 0.35),
        }
        attrs.update(fixed)
        return {"uid": {"type": "Memory", "id": f"note-{number:03d}"}, "attrs": attrs, "parents": []}

    def _pick(self, agent: Agent, **wanted: Any) -> dict[str, Any]:
        """An open ticket of the agent's region (unless ``region`` says otherwise); now and then a new one arrives."""
        wanted.setdefault("region", agent.region)
        if self.chance.below(0.2):
            self.tickets[self.chance.whole(0, len(self.tickets) - 1)] = self._ticket()
        fitting = [ticket for ticket in self.tickets if wanted.items() <= ticket["attrs"].items()]
        return self.chance.one(fitting) if fitting else self._ticket(**wanted)

    def _elsewhere(self, agent: Agent) -> dict[str, Any]:
        return self._pick(agent, region=self.chance.one([r for r in ("de", "en", "fr") if r != agent.region]))

    # Actions -------------------------------------------------------------------------------------------------------

    def _action(self, now: datetime) -> dict[str, Any]:
        chance = self.chance
        weights = [agent.busyness(now) for agent in self.agents]
        agent = chance.weighted(self.agents, weights)
        names = list(agent.work)
        action = chance.weighted(names, [agent.work[name] for name in names])
        if action == "reply" and agent.messages_last_hour(now) >= MESSAGES_AN_HOUR and not chance.below(0.35):
            action = "close_ticket"
        slip = chance.below(agent.slips)
        if action.endswith("_memory"):
            return self._on_memory(agent, action, now, slip)
        return getattr(self, f"_{action}")(agent, now, slip)

    def _reply(self, agent: Agent, now: datetime, slip: bool) -> dict[str, Any]:
        ticket = self._elsewhere(agent) if slip else self._pick(agent)
        return self._desk(agent, "reply", ticket, now, lets_through=not slip)

    def _close_ticket(self, agent: Agent, now: datetime, slip: bool) -> dict[str, Any]:
        if slip and agent.role != "lead":
            others = [a for a in self.agents if a.id != agent.id and a.region == agent.region]
            owner = {"__entity": {"type": "Agent", "id": self.chance.one(others).id}}
            return self._desk(agent, "close_ticket", self._pick(agent, priority="high", owner=owner), now, False)
        return self._desk(agent, "close_ticket", self._pick(agent, priority=self.chance.one(("normal", "low"))), now)

    def _handle_task(self, agent: Agent, now: datetime, _slip: bool) -> dict[str, Any]:
        return self._desk(agent, "handle_task", self._pick(agent), now)

    def _reassign(self, agent: Agent, now: datetime, _slip: bool) -> dict[str, Any]:
        return self._desk(agent, "reassign", self._pick(agent), now)

    def _send_email(self, agent: Agent, now: datetime, slip: bool) -> dict[str, Any]:
        domain = "mail.example.net" if slip else self.chance.one(("example.com", "example.org"))
        recipient = f"{self.chance.one(NAMES)}@{domain}"
        return self._desk(agent, "send_email", self._pick(agent), now, not slip, recipient=recipient)

    def _view_customer(self, agent: Agent, now: datetime, slip: bool) -> dict[str, Any]:
        consented, verified = (self.chance.one(((True, False), (False, True)))) if slip else (True, True)
        return self._desk(
            agent,
            "view_customer",
            self._pick(agent),
            now,
            not slip,
            customer_consented=consented,
            verified_identity=verified,
        )

    def _share_external(self, agent: Agent, now: datetime, slip: bool) -> dict[str, Any]:
        ticket = self._elsewhere(agent) if slip else self._pick(agent)
        return self._desk(agent, "share_external", ticket, now, not slip, recipient=self.chance.one(SERVICES))

    def _early(self, action: str, now: datetime) -> dict[str, Any]:
        """A violation and a hold soon after opening, so that whoever watches sees each kind within seconds."""
        agent = next(a for a in self.agents if a.team == "billing")
        if action == "send_email":
            return self._send_email(agent, now, slip=True)
        return self._desk(agent, "issue_refund", self._pick(agent, category="billing"), now, amount=EARLY_REFUND)

    def _email_share(self, now: datetime) -> dict[str, Any]:
        """A share that 1.0.0 allows and the README's norm forbids."""
        agent = self.chance.one([a for a in self.agents if a.team == "frontline" and a.budget >= 20])
        tags = ["email", *self.chance.some(("delivery", "invoice"), 0.5)]
        ticket = self._ticket(region=agent.region, tags=tags)
        return self._desk(agent, "share_external", ticket, now, recipient=self.chance.one(SERVICES))

    def _delete_ticket(self, agent: Agent, now: datetime, _slip: bool) -> dict[str, Any]:
        return self._desk(agent, "delete_ticket", self._pick(agent, priority="low"), now)

    def _issue_refund(self, agent: Agent, now: datetime, _slip: bool) -> dict[str, Any]:
        chance = self.chance
        amount = chance.weighted(
            (
                chance.whole(5, 80),
                chance.whole(81, 300),
                chance.whole(301, REFUND_THRESHOLD),
                chance.whole(REFUND_THRESHOLD + 1, 1200),
                chance.whole(1201, 3200),
            ),
            (32, 20, 10, 31, 7),
        )
        through = agent.refunds < REFUNDS_A_DAY and agent.team == "billing"
        return self._desk(agent, "issue_refund", self._pick(agent, category="billing"), now, through, amount=amount)

    def _on_memory(self, agent: Agent, action: str, now: datetime, slip: bool) -> dict[str, Any]:
        chance = self.chance
        if action == "read_shared_memory":
            other = chance.one([a for a in self.agents if a.id != agent.id])
            note = (
                self._memory(
                    chance.whole(41, 60), scope="private", owner={"__entity": {"type": "Agent", "id": other.id}}
                )
                if slip
                else chance.one([m for m in self.memories if m["attrs"]["scope"] == "swarm"])
            )
        elif action == "write_shared_memory":
            personal = slip or (agent.role == "compliance_handler" and chance.below(0.5))
            note = self._memory(chance.whole(61, 99), **({"tags": ["pii"]} if personal else {}))
        else:
            note = chance.one(self.memories)
        return self._record(agent, action, note, now, {"hour": now.hour}, {})

    def _desk(
        self, agent: Agent, action: str, ticket: dict[str, Any], now: datetime, lets_through: bool = True, **claims: Any
    ) -> dict[str, Any]:
        """An action at the desk; the caller's claims apart from what the server and the meters say."""
        context = {
            "amount": 0,
            "currency": "EUR",
            "recipient": f"{self.chance.one(NAMES)}@example.com",
            "estimated_cost": COST[action] + self.chance.whole(0, 3),
            "customer_consented": self.chance.below(0.8),
            "approvals": 0,
            "verified_identity": self.chance.below(0.9),
        }
        context.update(claims)
        facts = {
            "hour": now.hour,
            "weekday": now.strftime("%A").lower(),
            "refunds_today": agent.refunds,
            "messages_last_hour": agent.messages_last_hour(now),
            "budget_remaining": agent.budget,
        }
        affordable = context["estimated_cost"] <= agent.budget
        quiet = action != "reply" or facts["messages_last_hour"] < MESSAGES_AN_HOUR
        if lets_through and affordable and quiet:
            agent.budget -= context["estimated_cost"]
            if action in ("reply", "send_email"):
                agent.sent(now)
            if action == "issue_refund":
                agent.refunds += 1
        return self._record(agent, action, ticket, now, context, facts)

    def _record(
        self,
        agent: Agent,
        action: str,
        resource: dict[str, Any],
        now: datetime,
        context: dict[str, Any],
        facts: dict[str, Any],
    ) -> dict[str, Any]:
        uid = resource["uid"]
        return {
            "at": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
            "request": {
                "principal": f'Agent::"{agent.id}"',
                "action": f'Action::"{action}"',
                "resource": f'{uid["type"]}::"{uid["id"]}"',
                "context": context,
            },
            "facts": facts,
            "entities": [resource],
        }


def text() -> str:
    """The file's content: one JSON object a line."""
    return "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in Day().records())


if __name__ == "__main__":
    if sys.argv[1:] == ["--stdout"]:
        sys.stdout.write(text())
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        (HERE / "actions.jsonl").write_bytes(text().encode("utf-8"))
