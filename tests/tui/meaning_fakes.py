"""A draft that changes decisions, with what the analyses answer of it: values of ``analysis.results``, no solver.

The witnesses' decisions are not written down: our own engine decides them, before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.tui.draft_fakes import CEDAR, ENGLISH, NEW_RULE, SENTENCE, DraftWorkspace
from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.results import (
    CHANGES,
    Answer,
    Change,
    ChangeWitness,
    Difference,
    EnvironmentDifference,
    Judged,
    ProofReport,
    RequestEnvironment,
    Verdict,
    Witness,
)
from workbench.analysis.stop import Progress
from workbench.analysis.task import NO_SOLVER, NO_SOLVER_HELP
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.program import Program
from workbench.service.analysis_subjects import Subject
from workbench.service.errors import WorkbenchError
from workbench.service.rules import rule_changes
from workbench.service.views import Blocker, Draft, ReviewView

SCHEMA = (Path(__file__).parents[2] / "samples/support-swarm/schema.cedarschema").read_text(encoding="utf-8")
STANDING = (
    CEDAR
    + """
@id("share-own-region")
@english("Agents may share tickets in their own region with external services.")
permit (principal, action == Action::"share_external", resource)
when { principal.region == resource.region };

@id("refund-billing")
@english("Members of the billing team may issue refunds of up to 5000.")
permit (principal in Team::"billing", action == Action::"issue_refund", resource)
when { context.amount <= 5000 };

@id("refund-approval")
@english("A refund above 500 requires approval from a supervisor.")
procedure refund_approval {
  on action == Action::"issue_refund"
  when context.amount > 500
  require approval from principal where principal.role == "supervisor"
  with timeout 1 hour
}

@id("memory-read")
@english("Agents can read shared memory that they own.")
permit (principal, action == Action::"read_shared_memory", resource)
when { principal == resource.owner };
"""
)
DRAFTED = STANDING.replace("amount > 500", "amount > 300").replace("above 500", "above 300") + (
    f"""
{NEW_RULE}
@id("memory-swarm")
@english("Agents can read shared memory that is swarm-wide.")
permit (principal, action == Action::"read_shared_memory", resource)
when {{ resource.scope == "swarm" }};
"""
)
INVARIANTS = """@id("no-pii-outside")
@english("Personal data is never shared with external services.")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("pii") };

@id("refunds-capped")
@english("No refund is above 5000.")
forbid (principal, action == Action::"issue_refund", resource)
when { context.amount > 5000 };
"""
TIME_LIMIT = "the time limit of 3 seconds was reached"

_TICKETS = ("close_ticket", "delete_ticket", "handle_task", "reassign", "send_email", "view_customer")
_MEMORIES = ("write_shared_memory", "delete_shared_memory")
DESK = {
    "amount": 0, "currency": "EUR", "recipient": "", "hour": 0, "weekday": "", "refunds_today": 0,
    "messages_last_hour": 0, "budget_remaining": 0, "estimated_cost": 0, "customer_consented": False, "approvals": 0,
    "verified_identity": False,
}  # fmt: skip
AGENT = {
    "uid": {"type": "Agent", "id": "a"},
    "attrs": {"role": "", "reputation": 0, "trust": 0, "languages": [], "region": "de"},
    "parents": [],
}
BILLING = {"uid": {"type": "Team", "id": "billing"}, "attrs": {}, "parents": []}
TICKET = {
    "uid": {"type": "Ticket", "id": "t"},
    "attrs": {
        "owner": {"__entity": {"type": "Agent", "id": "a"}},
        "category": "", "priority": "", "tags": ["email"], "scope": "", "customer_tier": "", "region": "de",
        "status": "",
    },
    "parents": [],
}  # fmt: skip
MEMORY = {
    "uid": {"type": "Memory", "id": "m"},
    "attrs": {"owner": {"__entity": {"type": "Agent", "id": "b"}}, "scope": "swarm", "tags": []},
    "parents": [],
}


def program(text: str) -> Program:
    """A text that is clean under the sample's schema."""
    result = check(text, SCHEMA, standing=True)
    assert result.program is not None, result.errors
    return result.program


BEFORE, AFTER, KEPT = program(STANDING), program(DRAFTED), program(INVARIANTS)


def judged(constitution: Program, request: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> Judged:
    """What our engine says, and what it says in Cedar's semantics."""
    engine, asked = Evaluator(constitution), Request.from_json(request)
    ours = engine.decide(asked, list(entities))
    plain = engine.decide(asked, list(entities), semantics="cedar")
    assert plain.outcome != "hold"
    errors = tuple(error.rule or "" for error in ours.errors)
    return Judged(ours.outcome, plain.outcome, ours.code, ours.reasons or ours.procedures, errors)  # type: ignore[arg-type]


def witness(
    action: str, resource: str, context: Mapping[str, Any], *entities: Mapping[str, Any], change: bool = True
) -> Witness:
    """Agent ``a`` asks for it; decided by the engine."""
    request = {
        "principal": 'Agent::"a"',
        "action": f'Action::"{action}"',
        "resource": resource,
        "context": dict(context),
    }
    after = judged(AFTER, request, entities)
    return Witness(request, entities, after, judged(BEFORE, request, entities) if change else None)


def environment(action: str) -> RequestEnvironment:
    """Requests of an agent for this action."""
    return RequestEnvironment("Agent", ("Action", action), "Memory" if "memory" in action else "Ticket")


SHARED = witness("share_external", 'Ticket::"t"', DESK, AGENT, TICKET)
REFUND = witness(
    "issue_refund",
    'Ticket::"t"',
    DESK | {"amount": 301},
    AGENT | {"parents": [{"type": "Team", "id": "billing"}]},
    BILLING,
    TICKET,
)
READ = witness("read_shared_memory", 'Memory::"m"', {"hour": 0}, AGENT, MEMORY)
UNKNOWN = witness("reply", 'Ticket::"t"', DESK, TICKET, change=False)


def differs(action: str, change: Change, found: Witness, rules: tuple[str, ...], *, exhausted: bool = True) -> Any:
    """An environment in which one kind of change has a witness."""
    verdicts: dict[Change, Verdict] = dict.fromkeys(CHANGES, "holds")
    verdicts[change] = "fails"
    told = (ChangeWitness(change, found, rules),)
    return EnvironmentDifference(environment(action), verdicts, told, {change: exhausted})


def difference(assumption: Assumption = OURS) -> Difference:
    """Three environments differ, one is not decided in full, the others are proved unchanged."""
    same: dict[Change, Verdict] = dict.fromkeys(CHANGES, "holds")
    half = same | {"denied": "undecided"}
    quiet = (EnvironmentDifference(environment(name), same, touched=False) for name in (*_TICKETS, *_MEMORIES))
    return Difference(
        assumption,
        (
            *quiet,
            differs("share_external", "denied", SHARED, ("never-share-email",)),
            differs("issue_refund", "held", REFUND, ("refund-approval",)),
            differs("read_shared_memory", "permitted", READ, ("memory-swarm",), exhausted=False),
            EnvironmentDifference(environment("reply"), half, why={"denied": TIME_LIMIT}),
        ),
    )


def unchanged(assumption: Assumption = OURS) -> Difference:
    """Nothing is decided otherwise: proved."""
    same: dict[Change, Verdict] = dict.fromkeys(CHANGES, "holds")
    return Difference(
        assumption, tuple(EnvironmentDifference(environment(name), same) for name in (*_TICKETS, "reply"))
    )


def report(assumption: Assumption = OURS) -> ProofReport:
    """One invariant broken, one kept, a rule covered by another, one that can fail, and what is no news."""
    shared = witness(
        "share_external",
        'Ticket::"t"',
        DESK,
        AGENT,
        TICKET | {"attrs": TICKET["attrs"] | {"tags": ["pii"]}},
        change=False,
    )
    of = {"assumption": assumption, "environments": 12}
    answers = (
        Answer("never_errors", "reply-own-region", "fails", environment=environment("reply"), witness=UNKNOWN, **of),
        Answer("never_errors", "memory-swarm", "undecided", why=TIME_LIMIT, proved=3, **of),
        Answer("never_applies", "reply-rate", "fails", environment=environment("reply"), witness=UNKNOWN, **of),
        Answer("redundant", "memory-read", "holds", by=("memory-swarm",), proved=12, **of),
        Answer("unpermitted", "delete_ticket", "holds", proved=12, **of),
        Answer("invariant", "refunds-capped", "holds", by=("refund-billing",), proved=12, **of),
        Answer(
            "invariant",
            "no-pii-outside",
            "fails",
            environment=environment("share_external"),
            witness=shared,
            by=("share-own-region",),
            **of,
        ),
    )
    return ProofReport(assumption, answers, len(AFTER.rules), 12, ("two amendment procedures meet no request",))


class FakeJob:
    """Work that ends when :meth:`finish` is called, or at once where it is given what came of it."""

    def __init__(self, about: tuple[Subject, ...], make: Callable[[], Any], *, waits: bool = False) -> None:
        self.about = about
        self.progress: Progress | None = None
        self.result: Any = None
        self.error: Exception | None = None
        self.done = False
        self.stopped = False
        self._make = make
        if not waits:
            self.finish()

    def stop(self) -> None:
        self.stopped = self.done = True

    def finish(self) -> None:
        """It is done now; what is stopped stays without a result."""
        if not self.stopped:
            try:
                self.result = self._make()
            except WorkbenchError as error:
                self.error = error
        self.done = True


class FakeAnalysing:
    """``ws.analysing``: answers from this module. ``waits``: jobs end when a test says so."""

    def __init__(self, workspace: MeaningWorkspace) -> None:
        self._workspace = workspace
        self.waits = False
        self.solver = True
        self.jobs: list[FakeJob] = []
        self.asked: list[tuple[str, str, Assumption]] = []
        self.differences: Callable[[Assumption], Difference] = difference
        self.reports: Callable[[Assumption], ProofReport] = report

    def pair(self, before: str = "^", after: str = "draft") -> tuple[Subject, Subject]:
        draft = self._workspace.saved
        if "wrong" in draft.cedar_plus:
            raise WorkbenchError("it is not clean", "draft: line 1: …", "correct the text, then ask again", "not_clean")
        return Subject("1.0.0", BEFORE), Subject("draft", program(draft.cedar_plus), KEPT, draft.revision)

    def start_difference(
        self, before: str = "^", after: str = "draft", *, assumption: Assumption = OURS, limit_ms: int = 3_000
    ) -> FakeJob:
        return self._start("difference", after, assumption, lambda: self.differences(assumption))

    def start_prove(self, what: str = "draft", *, assumption: Assumption = OURS, limit_ms: int = 3_000) -> FakeJob:
        return self._start("prove", what, assumption, lambda: self.reports(assumption))

    def _start(self, kind: str, what: str, assumption: Assumption, make: Callable[[], Any]) -> FakeJob:
        self.asked.append((kind, what, assumption))

        def answer() -> Any:
            if not self.solver:
                raise WorkbenchError(NO_SOLVER, "", NO_SOLVER_HELP, "no_solver")
            return make()

        self.jobs.append(FakeJob(self.pair(), answer, waits=self.waits))
        return self.jobs[-1]


class MeaningWorkspace(DraftWorkspace):
    """A clean draft under the sample's schema, which differs from what is in force (or not: ``differs=False``)."""

    def __init__(self, *, differs: bool = True, proposed: bool = False, **options: Any) -> None:
        super().__init__(**options)
        text, said = (DRAFTED, ENGLISH + SENTENCE + "\n") if differs else (STANDING, ENGLISH)
        self.version_now = replace(self.version_now, cedar_plus=STANDING, schema=SCHEMA)
        self.saved = replace(
            self.saved, english=said, cedar_plus=text, schema=SCHEMA, invariants=INVARIANTS, changed=differs
        )
        self.analysing: Any = FakeAnalysing(self)
        if proposed:
            self.propose("Never share e-mail addresses", proposer='Operator::"ana"')

    def review(self) -> ReviewView:
        self._called("review")
        same = self.saved.cedar_plus == STANDING
        after = program(self.saved.cedar_plus)
        blockers = (Blocker("tests_fail", "`reply elsewhere` fails", "see Tests: correct the rule or the test"),)
        return ReviewView(
            before_version="1.0.0",
            before_cedar=STANDING,
            after_cedar=self.saved.cedar_plus,
            before_english=ENGLISH,
            after_english=self.saved.english,
            changes=rule_changes(BEFORE, after),
            amendment_class="" if same else "major",
            class_reasons=() if same else ("the forbid `never-share-email` is added",),
            procedure="" if same else "amend_major: 2 approvals, timelock 10 seconds",
            blockers=blockers if self.blocked else (),
        )

    def add_tests(self, cases: Sequence[Mapping[str, Any]]) -> Draft:
        self._called("add_tests")
        tests = (*self.saved.tests, *cases)
        self.saved = replace(self.saved, tests=tests, revision=self.saved.revision + 1)
        return self.saved
