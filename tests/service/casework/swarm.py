"""A small swarm whose procedures cover what cases go through: escalations, timelocks, several at once. For tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.engine.request import Request
from workbench.service import creating
from workbench.service.clock import Clock, FrozenClock
from workbench.service.governing_views import CaseView, SignWith
from workbench.service.samples import load_sample
from workbench.service.views import Credential, Recorded
from workbench.service.workspace import Workspace

MINUTE, HOUR, DAY = 60, 3_600, 86_400

SCHEMA = """
entity Team;
entity Agent in [Team] = { role: String, limit: Long };
entity Order = { amount: Long, owner: Agent };
type Asked = { amount: Long, @volatile nonce: String, @source("meter") spent: Long };
action refund appliesTo { principal: [Agent], resource: [Order], context: Asked };
action pay appliesTo { principal: [Agent], resource: [Order], context: Asked };
action wire appliesTo { principal: [Agent], resource: [Order], context: Asked };
action sell appliesTo { principal: [Agent], resource: [Order], context: Asked };
action ship appliesTo { principal: [Agent], resource: [Order], context: Asked };
action gift appliesTo { principal: [Agent], resource: [Order], context: Asked };
"""

RULES = """
@id("work")
@english("Agents may work.")
permit (principal, action, resource);

@id("cap")
@english("Nobody moves more than 9000.")
forbid (principal, action, resource) when { context.amount > 9000 || context.spent > 100 };

@id("banned-owner")
@english("Nothing of a banned owner is refunded.")
forbid (principal, action == Action::"refund", resource) when { resource.owner.role == "banned" };

@id("rule-of-refunds")
@english("A refund above 500 requires approval from a supervisor.")
procedure refunds {
  on action == Action::"refund"
  when context.amount > 500
  require approval from principal where principal.role == "supervisor"
  with timeout 1 hour
  on timeout escalate to procedure leads
  on rejection escalate to procedure leads
}

@id("leads")
@english("Two leads approve a sale.")
procedure leads {
  on action == Action::"sell"
  require 2 approvals from principal where principal.role == "lead"
  with timeout 2 hours
  on timeout escalate to procedure directors
}

@id("directors")
@english("A director approves a shipment.")
procedure directors {
  on action == Action::"ship"
  require approval from principal where principal.role == "director" && principal != context.requester
  with timeout 1 day
}

@id("first-of-two")
@english("A payment requires approval from a supervisor.")
procedure first_of_two {
  on action == Action::"pay"
  require approval from principal where principal.role == "supervisor"
  with timeout 4 hours
}

@id("second-of-two")
@english("A payment above 1000 requires approval from a lead.")
procedure second_of_two {
  on action == Action::"pay"
  when context.amount > 1000
  require approval from principal where principal.role == "lead"
  with timeout 1 hour
}

@id("wires")
@english("A wire requires approval from two people who may approve the amount of the order.")
procedure wires {
  on action == Action::"wire"
  require 2 approvals from principal where principal.limit >= resource.amount
  with timelock 10 minutes
  with timeout 30 minutes
}

@id("gifts")
@english("A gift requires approval.")
procedure gifts {
  on action == Action::"gift"
  require approval from principal
}

@id("watched")
@stage("observe")
@english("A gift will require approval from a director.")
procedure watched {
  on action == Action::"gift"
  require approval from principal where principal.role == "director"
}

@id("amend_minor")
@english("A minor amendment requires approval from an operator.")
procedure amend_minor {
  on amendment minor
  require approval from principal where principal.role == "operator"
}

@id("amend_major")
@english("A major amendment requires approval from an operator and takes effect 10 seconds later.")
procedure amend_major {
  on amendment major
  require approval from principal where principal.role == "operator"
  with timelock 10 seconds
}

@id("amend_sensitive")
@english("A sensitive amendment requires approval from an operator, and takes effect 10 seconds later.")
procedure amend_sensitive {
  on amendment sensitive
  require approval from principal where principal.role == "operator"
  with timelock 10 seconds
}
"""

ROLES = {
    "jonas": ("agent", 0),
    "nora": ("agent", 0),
    "viktor": ("supervisor", 3_000),
    "vera": ("supervisor", 3_000),
    "camille": ("lead", 500),
    "ravi": ("lead", 500),
    "lara": ("lead", 500),
    "dora": ("director", 10_000),
}
TOKENS = "tokens-of-the-test.json"
WITH_KEYS = ("viktor", "camille", "ravi")  # the demo makes keys for these; the others vote by token


def agent(name: str, role: str = "", limit: int = 0) -> dict[str, Any]:
    """An agent in Cedar's JSON form."""
    attrs = {"role": role or ROLES[name][0], "limit": limit or ROLES.get(name, ("", 0))[1]}
    return {"uid": {"type": "Agent", "id": name}, "attrs": attrs, "parents": []}


def order(name: str, amount: int, owner: str = "nora") -> dict[str, Any]:
    """An order in Cedar's JSON form."""
    attrs = {"amount": amount, "owner": {"__entity": {"type": "Agent", "id": owner}}}
    return {"uid": {"type": "Order", "id": name}, "attrs": attrs, "parents": []}


def uid(name: str) -> str:
    """The principal of a name."""
    return f'Agent::"{name}"'


def make(place: Path, clock: Clock, *, swarm: str = "swarm-approvals", database: str = "") -> None:
    """Make a demo workspace of this swarm at ``place``, its record on ``database`` where one is named."""
    directory = (*(agent(name) for name in ROLES), order("known", 2_000))
    sample = replace(load_sample(), schema=SCHEMA, cedar_plus=RULES, english="", tests=(), directory=directory)
    read, creating.load_sample = creating.load_sample, lambda name="": sample
    try:
        workspace = Workspace.create(place, clock=clock, swarm_id=swarm, database=database)
    finally:
        creating.load_sample = read
    with workspace:
        names = [name for name in ROLES if name not in WITH_KEYS]
        tokens = {name: workspace.credentials.new_token(uid(name), "test")[1] for name in names}
    (place / TOKENS).write_text(json.dumps(tokens))


@dataclass
class Desk:
    """An open workspace, and who asks and votes in it. ``tokens``: by name, of those without a key."""

    workspace: Workspace
    clock: FrozenClock
    tokens: dict[str, str]

    @classmethod
    def open(cls, place: Path, clock: FrozenClock) -> Desk:
        """Open a workspace that :func:`make` made, or a copy of it."""
        return cls(Workspace.open(place, clock=clock), clock, json.loads((place / TOKENS).read_text()))

    def reopen(self) -> Desk:
        """Close everything and open it again, as after a restart."""
        place = self.workspace.location
        self.workspace.close()
        self.workspace = Workspace.open(place, clock=self.clock)
        return self

    def ask(
        self,
        action: str = "refund",
        amount: int = 800,
        *,
        who: str = "jonas",
        nonce: str = "n",
        spent: int = 0,
        resource: str = "known",
        entities: list[Any] | None = None,
    ) -> Recorded:
        """Ask as ``who``."""
        request = Request(uid(who), f'Action::"{action}"', f'Order::"{resource}"', {"amount": amount, "nonce": nonce})
        return self.workspace.decide(
            request, credential=Credential(uid(who)), entities=entities or [], facts={"spent": spent}
        )

    def held(self, action: str = "refund", amount: int = 800, **more: Any) -> str:
        """Ask for what is held by one procedure; the case's id."""
        recorded = self.ask(action, amount, **more)
        assert recorded.decision.outcome == "hold", recorded
        assert len(recorded.cases) == 1
        return recorded.cases[0]

    def signer(self, name: str) -> SignWith:
        """The key that the demo made for ``name``."""
        return SignWith(str(self.workspace.location / "keys" / f"demo-{name}"), self.workspace.demo_passphrase())

    def vote(self, case: str, name: str, verdict: str = "approve", comment: str = "") -> CaseView:
        """Vote as ``name``, by key or by token."""
        if name in self.tokens:
            return self.workspace.cases.vote_with_token(case, verdict, self.tokens[name], comment)
        return self.workspace.cases.vote(case, verdict, using=self.signer(name), comment=comment)

    def case(self, id: str) -> CaseView:
        """The case, after a tick."""
        self.workspace.tick()
        return self.workspace.cases.get(id)

    def later(self, seconds: float) -> None:
        """Let time pass, and take what is due."""
        self.clock.advance(seconds)
        self.workspace.tick()

    def amend(self, old: str, new: str, summary: str = "change") -> None:
        """Put a version in force in which ``old`` reads ``new``."""
        draft = self.workspace.draft()
        assert old in draft.cedar_plus
        self.workspace.save_draft(cedar_plus=draft.cedar_plus.replace(old, new), revision=draft.revision)
        proposal = self.workspace.propose(summary, proposer='Operator::"ana"')
        self.workspace.vote(
            proposal.version.digest,
            key_path=self.workspace.location / "keys" / "demo-ana",
            passphrase=self.workspace.demo_passphrase(),
        )
        self.later(10)
        assert self.workspace.version().digest == proposal.version.digest

    def events(self, kind: str) -> list[tuple[str, str]]:
        """(event, case id) of every ledger entry of a kind, oldest first."""
        page = self.workspace.timeline.page(limit=1_000, kinds=[kind])
        return [(str(entry.body["event"]), str(entry.body["id"])) for entry in reversed(page)]
