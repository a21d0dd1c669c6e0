"""A small workspace for tests of screens: frozen, seeded values with the real one's methods, no store behind it."""

from __future__ import annotations

import math
import random
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

from tests.tui.author_fakes import FakeWriting
from tests.tui.finding_fakes import FakeFinding
from tests.tui.group_fakes import FakeAgents, FakeGroups
from workbench.service.errors import WorkbenchError
from workbench.service.notice_views import DeliveryReport
from workbench.service.pulse_views import Pulse, Share
from workbench.service.views import (
    Bucket,
    CheckView,
    Draft,
    EventDetail,
    EventRow,
    KeyView,
    ProposalView,
    RuleView,
    SignerView,
    Status,
    Verification,
    VerifyLine,
    VersionView,
)
from workbench.tui.app import WorkbenchApp
from workbench.tui.remembered import Remembered
from workbench.tui.screens.overview import OverviewScreen

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DIGEST = "sha256:4f1c9e07ab52d8836e0b7c41f29d5a6683b0e1749c5d2fa8e6017b3c94d5e2f1"
HOSTILE = "a1\x1b[31m[red]‮evil​"

_AGENTS = ("ada", "bruno", "chen", "dalia", "emil", "fatou", "goran", "hana", "ines", "jonas", "kofi", "lotte")
_ACTIONS = ("reply", "read_ticket", "issue_refund", "share_external", "close_ticket", "escalate")

RULES = (
    RuleView(
        "forbid-refund-over-500",
        "sha256:" + "1" * 64,
        "forbid",
        "enforce",
        '@id("forbid-refund-over-500")\nforbid (principal, action == Action::"issue_refund", resource)\n'
        "when { context.amount > 500 };",
        "Nobody may issue a refund when the amount is more than 500.",
        "Refunds above 500 euros are never paid.",
        12,
    ),
    RuleView(
        "permit-daily-work",
        "sha256:" + "2" * 64,
        "permit",
        "enforce",
        '@id("permit-daily-work")\npermit (principal, action, resource)\nunless { principal.suspended };',
        "Everyone may do everything unless suspended.",
        "Agents do their daily work.",
        3,
    ),
    RuleView(
        "hold-large-refund",
        "sha256:" + "3" * 64,
        "procedure",
        "enforce",
        'procedure hold_large_refund\non action == Action::"issue_refund"\nwhen { context.amount > 200 }\n'
        "require 1 approval from operator\ntimeout 2 hours;",
        "A refund of more than 200 waits for one operator.",
        "Refunds above 200 euros wait for an operator.",
        18,
    ),
    RuleView(
        "prefer-short",
        "sha256:" + "4" * 64,
        "prefer",
        "enforce",
        'prefer (principal, action, resource) score decimal("0.5");',
        "Short replies are preferred.",
        "Prefer short replies.",
        25,
    ),
)

VERSION = VersionView(
    version="1.0.0",
    digest=DIGEST,
    parent_version=None,
    amendment_class="major",
    summary="The constitution the swarm began with",
    proposed_by='Operator::"ana"',
    created_at=NOW - timedelta(hours=5),
    effective_at=NOW - timedelta(hours=4, minutes=12),
    signers=(
        SignerView('Operator::"ana"', "operator", "SHA256:Zk3", "approve", NOW - timedelta(hours=5)),
        SignerView('Operator::"sam"', "supervisor", "SHA256:Qp9", "approve", NOW - timedelta(hours=5)),
    ),
    english="Agents do their daily work.\n",
    cedar_plus="\n\n".join(rule.cedar_plus for rule in RULES),
    schema="",
    path="versions/1.0.0.yaml",
)


def make_row(seq: int) -> EventRow:
    """The decision with that number; the same every time."""
    dice = random.Random(seq)
    action = dice.choice(_ACTIONS)
    outcome, code, rule, violation = "allow", "allowed", "permit-daily-work", False
    if action == "issue_refund" and seq % 3 == 0:
        outcome, code, rule = "hold", "held", "hold-large-refund"
    elif seq % 23 == 0:
        outcome, code, rule, violation = "deny", "forbidden", "forbid-refund-over-500", True
    elif seq % 17 == 0:
        outcome, code, rule = "deny", "not_permitted", ""
    return EventRow(
        seq=seq,
        at=NOW - timedelta(hours=1) + timedelta(seconds=seq),
        agent=dice.choice(_AGENTS),
        action=action,
        resource=f"T-{48000 + dice.randrange(900)}",
        outcome=outcome,  # type: ignore[arg-type]
        code=code,
        rule=rule,
        violation=violation,
        version="1.0.0",
    )


def no_solver(*_: object, **__: object) -> Any:
    """An installation without the solver: what every analysis says then."""
    raise WorkbenchError("the solver is not installed", "", "proofs need the extra `proofs`", "no_solver")


class FakeWorkspace:
    """``events`` decisions are there at first; ``grow`` adds more. Ledger numbers have gaps, as the real ones do."""

    def __init__(self, events: int = 200, *, status: Callable[[Status], Status] | None = None) -> None:
        self.seqs = array("q", (number + number // 50 for number in range(1, events + 1)))
        self.change_status = status
        self.activations: list[VersionView] = []
        self.rows_by_seq: dict[int, EventRow] = {}
        self.calls: list[str] = []
        self.fail: dict[str, Exception] = {}
        self.closed = False
        self.saved = Draft(VERSION.english, VERSION.cedar_plus, "", (), 1, "1.0.0", NOW, False)
        self.version_now = VERSION
        # what Cases and History ask: nothing waits, nothing has happened (their own fakes have more)

        def nothing(*_: object, **__: object) -> tuple[()]:
            return ()

        self.cases: Any = SimpleNamespace(list=nothing, approver_keys=nothing, of_event=nothing)
        self.timeline: Any = SimpleNamespace(page=nothing)
        # what stands beside the version: nothing; nobody's agent runs, no channel is configured
        self.overlays: Any = SimpleNamespace(list=nothing, now=lambda: NOW)
        self.norms: Any = SimpleNamespace(list=nothing, revisions=nothing, unsigned=False, world=None)
        self.norm_reports: Any = SimpleNamespace(conflicts=nothing, fleet=nothing)
        self.acknowledging: Any = SimpleNamespace(pending=nothing)
        self.audit: Any = SimpleNamespace(verify=lambda **_: self.verify())
        self.key_care: Any = SimpleNamespace(agent_keys=self._agent_keys)
        self.notices: Any = SimpleNamespace(deliver=self._deliver, list=nothing)
        self.pulse: Any = SimpleNamespace(read=self._pulse)
        self.finding: Any = FakeFinding(self, NOW)
        self.drafting: Any = SimpleNamespace(writing=FakeWriting(self))
        self.analysing: Any = SimpleNamespace(pair=no_solver, start_difference=no_solver, start_prove=no_solver)
        self.groups: Any = FakeGroups()
        self.agents: Any = FakeAgents()
        self.agent: tuple[KeyView, ...] = ()
        self.deliveries = 0

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fail:
            raise self.fail[name]

    def _agent_keys(self) -> tuple[KeyView, ...]:
        if not self.agent:
            raise WorkbenchError("no ssh-agent", "SSH_AUTH_SOCK names none", "start one", "no_agent")
        return self.agent

    def _deliver(self, limit: int = 50) -> DeliveryReport:
        self.deliveries += 1
        return DeliveryReport(0, 0, ())

    def grow(self, count: int) -> None:
        """Record ``count`` more decisions."""
        last = self.seqs[-1] if self.seqs else 0
        self.seqs.extend(range(last + 1, last + 1 + count))

    def add(self, row: EventRow) -> None:
        """Record this decision (its ``seq`` must be the largest)."""
        self.seqs.append(row.seq)
        self.rows_by_seq[row.seq] = row

    def row(self, seq: int) -> EventRow:
        """One decision."""
        return self.rows_by_seq.get(seq) or make_row(seq)

    # -- the real one's methods ----------------------------------------------------------------------------------

    def status(self) -> Status:
        self._called("status")
        rows = [self.row(seq) for seq in self.seqs[-500:]]
        status = Status(
            workspace="/demo",
            swarm_id="support-swarm-demo",
            badge="DEMO",
            version=self.version_now,
            rules={"permit": 9, "forbid": 6, "prefer": 2, "procedure": 4},
            tests=38,
            open_proposals=1,
            draft_changed=True,
            receipts=len(self.seqs),
            outcomes={name: sum(row.outcome == name for row in rows) for name in ("allow", "deny", "hold")},
            violations=sum(row.violation for row in rows),
            chain_ok=True,
            chain_message="1 version, anchored in the genesis pin",
            ledger_ok=True,
            ledger_message=f"{len(self.seqs):,} receipts, every hash follows",
            now=NOW,
        )
        return self.change_status(status) if self.change_status else status

    def tick(self) -> tuple[VersionView, ...]:
        self._called("tick")
        activated, self.activations = tuple(self.activations), []
        if activated:
            self.version_now = activated[-1]
        return activated

    def version(self, version: str | None = None) -> VersionView:
        return self.version_now

    def versions(self) -> tuple[VersionView, ...]:
        return (self.version_now,)

    def rules(self, version: str | None = None) -> tuple[RuleView, ...]:
        return RULES

    def high_water(self) -> int:
        self._called("high_water")
        return self.seqs[-1] if self.seqs else 0

    def event_ids(self, only: str = "all", after: int = 0) -> array[int]:
        self._called("event_ids")
        found = self.seqs[bisect_right(self.seqs, after) :]
        if only == "all":
            return found
        if only == "violations":
            return array("q", (seq for seq in found if self.row(seq).violation))
        return array("q", (seq for seq in found if self.row(seq).outcome == only))

    def events(self, after: int, before: int | None = None, limit: int = 128) -> tuple[EventRow, ...]:
        found = [seq for seq in self.seqs if seq > after and (before is None or seq < before)]
        return tuple(self.row(seq) for seq in found[:limit])

    def last_events(self, limit: int = 128) -> tuple[EventRow, ...]:
        return tuple(self.row(seq) for seq in self.seqs[-limit:])

    def rows(self, ids: Iterable[int]) -> tuple[EventRow, ...]:
        self._called("rows")
        return tuple(self.row(seq) for seq in ids)

    def event(self, seq: int) -> EventDetail:
        self._called("event")
        row = self.row(seq)
        rule = next((rule for rule in RULES if rule.id == row.rule), None)
        evidence = [
            {
                "rule": row.rule,
                "effect": rule.kind if rule else "permit",
                "stage": "enforce",
                "reads": {"context.amount": 900, "resource.tags": ["email", "warranty"]},
                "sources": {"context.amount": "caller", "resource.tags": "directory"},
                "missing": [],
            }
        ]
        why_not = [
            {
                "rule": "permit-replies",
                "failed": ['resource.scope == "internal"'],
                "reads": {"resource.scope": "external"},
            }
        ]
        decision: dict[str, Any] = {
            "outcome": row.outcome,
            "code": row.code,
            "retry": {"hold": "after_approval", "deny": "never"}.get(row.outcome, "never"),
            "remedy": "ask an operator to approve it" if row.outcome == "hold" else "",
            "reasons": [row.rule] if rule and rule.kind != "procedure" else [],
            "procedures": [row.rule] if rule and rule.kind == "procedure" else [],
            "errors": [],
            "evidence": evidence if rule else [],
            "observed": [],
            "why_not": [] if rule else why_not,
            "score": "0",
        }
        return EventDetail(
            row=row,
            request={
                "principal": f'Agent::"{row.agent}"',
                "action": f'Action::"{row.action}"',
                "resource": f'Ticket::"{row.resource}"',
                "context": {"amount": 900, "currency": "EUR", "customer_consented": False},
            },
            entities=(
                {
                    "uid": {"type": "Ticket", "id": row.resource},
                    "attrs": {"tags": ["email", "warranty"]},
                    "parents": [],
                },
            ),
            decision=decision,
            rules=(rule,) if rule else (),
            version_digest=DIGEST,
            receipt={
                "seq": seq,
                "hash": "9b" * 32,
                "previous": "7c" * 32,
                "recorded_at": row.at,
                "digests": {"constitution": DIGEST, "request": "sha256:" + "a" * 64},
            },
        )

    def rates(self, buckets: int = 60, width_seconds: float = 1.0) -> tuple[Bucket, ...]:
        self._called("rates")
        dice = random.Random(len(self.seqs))
        made = []
        for index in range(buckets):
            start = NOW - timedelta(seconds=(buckets - index) * width_seconds)
            made.append(
                Bucket(start, dice.randrange(2, 12), dice.randrange(0, 3), dice.randrange(0, 2), dice.randrange(0, 2))
            )
        return tuple(made)

    def _pulse(self, seconds: float = 300.0, most: int = 50) -> Pulse:
        """A wave; who was refused is told from the decisions there are."""
        self._called("pulse")
        dice, rows = random.Random(len(self.seqs)), [self.row(seq) for seq in self.seqs[-500:]]
        width = seconds / 240
        buckets = []
        for index in range(240):
            many = round(6 + 4 * math.sin(index / 17) + 2 * dice.random()) if rows else 0
            odd = [int(bool(rows) and dice.random() < share) for share in (0.12, 0.2, 0.06)]
            start = NOW - timedelta(seconds=(240 - index) * width)
            buckets.append(Bucket(start, many, odd[0] + odd[2], odd[1], odd[2]))
        agents, rules = _shares(rows, "agent"), _shares([row for row in rows if row.outcome != "allow"], "rule")
        return Pulse(seconds, width, tuple(buckets), agents[:most], rules[:most], len(agents))

    def violations(self, limit: int = 50) -> tuple[EventRow, ...]:
        self._called("violations")
        found = [seq for seq in reversed(self.seqs) if self.row(seq).violation]
        return tuple(self.row(seq) for seq in found[:limit])

    def draft(self) -> Draft:
        return self.saved

    def save_draft(self, *, revision: int, **changes: Any) -> Draft:
        if revision != self.saved.revision:
            raise WorkbenchError("the draft has changed", "someone saved it meanwhile", "load it again", "stale_draft")
        given = {name: value for name, value in changes.items() if value is not None}
        self.saved = replace(self.saved, revision=revision + 1, changed=True, **given)
        return self.saved

    def check(self, cedar_plus: str, revision: int = 0, schema: str | None = None) -> CheckView:
        return CheckView(revision, (), RULES, True)

    def proposals(self, open_only: bool = False) -> tuple[ProposalView, ...]:
        return ()

    def verify(self) -> Verification:
        self._called("verify")
        lines = (VerifyLine(True, "1.0.0", "digest, quorum and links are right"),)
        return Verification(True, True, DIGEST, "the chain verifies", lines)

    def signing_keys(self) -> tuple[KeyView, ...]:
        return (
            KeyView("keys/demo-ana", "SHA256:Zk3", 'Operator::"ana"', "operator", True, True),
            KeyView("keys/demo-sam", "SHA256:Qp9", 'Operator::"sam"', "supervisor", True, True),
        )

    def demo_passphrase(self) -> str:
        return ""

    def close(self) -> None:
        self.closed = True


def _shares(rows: Iterable[EventRow], field: str) -> tuple[Share, ...]:
    """The outcomes of ``rows`` by agent or rule, the most violations first."""
    found: dict[str, list[int]] = {}
    for row in rows:
        slot = found.setdefault(getattr(row, field), [0, 0, 0, 0])
        slot[("allow", "deny", "hold").index(row.outcome)] += 1
        slot[3] += row.violation
    shares = [Share(name, *slot) for name, slot in found.items()]
    return tuple(sorted(shares, key=lambda each: (-each.violations, -each.refused, -each.total, each.name)))


class FakePlayer:
    """A player that plays nothing and remembers what it was told."""

    def __init__(self) -> None:
        self.pace = 8.0
        self.paused = False
        self.finished = False
        self.position, self.total = 0, 100
        self.error: Exception | None = None
        self.started = self.stopped = False

    def start(self) -> None:
        self.started = True

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def rewind(self) -> None:
        self.finished = False

    def set_pace(self, actions_per_second: float) -> None:
        self.pace = actions_per_second

    def stop(self) -> None:
        self.stopped = True


def make_app(
    workspace: FakeWorkspace | None = None, *, player: FakePlayer | None = None, **options: Any
) -> WorkbenchApp:
    """The app over a fake workspace (made now when none is given), with a memory that ends with it."""
    made = workspace or FakeWorkspace()
    options.setdefault("remembered", Remembered())
    return WorkbenchApp(open_workspace=lambda: made, player=player or FakePlayer(), **options)  # type: ignore[arg-type]


async def settled(pilot: Any, rounds: int = 3) -> None:
    """Wait until no worker runs and every message was handled."""
    for _ in range(rounds):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
    await _norms_told(pilot)


async def _norms_told(pilot: Any) -> None:
    """Overview asks for norms with its first tick, which may be a second away, and its list takes the focus once it is
    shown; a workspace that fails never answers."""
    screen = pilot.app.screen
    if not isinstance(screen, OverviewScreen) or not screen.has_workspace or screen in _WAITED:
        return
    for _ in range(40):
        told = None not in (screen._norms_of, screen._broken_of, screen._waits, screen._answer)
        if told and (screen.focused is not None or not screen._answer.rows):
            break
        await pilot.pause(0.05)
    _WAITED.add(screen)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


_WAITED: WeakSet[OverviewScreen] = WeakSet()
