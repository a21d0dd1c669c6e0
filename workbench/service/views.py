"""What the service returns to faces: frozen values, ready to be shown, free of sessions and rows.

Every field is data for people or programs; none is markup. Times are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from workbench.engine.decision import Decision
from workbench.language.diagnostics import Diagnostic

if TYPE_CHECKING:
    from workbench.analysis.results import Answer
    from workbench.authoring.links import Link
    from workbench.authoring.result import Question
    from workbench.service.governing_views import Behind, OverlayView
    from workbench.service.origins import Origin


@dataclass(frozen=True, slots=True)
class Credential:
    """Who asks, as the face established it: from a token, from the operator's ``--as``, or from a recording.

    ``principal`` is a uid (``Agent::"a1"``). The request's body never decides who asks. ``vouched_by``: the operator
    whose token handed in facts or what was heard with the request; kept with the decision.
    """

    principal: str
    kind: Literal["token", "operator", "recording"] = "operator"
    vouched_by: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision with its receipt: ``seq`` and ``receipt_hash`` are the ledger's, and it is on the disk.

    ``cases``: those that hold it, or whose grants it used. ``speech``: the judgement of what was said, as
    ``judging.Judged.told`` gives it, where the action is judged by that; what is sent must have its ``text_sha256``.
    """

    seq: int
    decision: Decision
    receipt_hash: str
    cases: tuple[str, ...] = ()
    speech: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SignerSpec:
    """A person who may sign in a new workspace; ``public_line`` is an OpenSSH ``ssh-ed25519 …`` line."""

    principal: str
    role: str
    public_line: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule beside its words: what reviewers read."""

    id: str
    digest: str
    kind: Literal["permit", "forbid", "prefer", "procedure"]
    stage: Literal["enforce", "observe"]
    cedar_plus: str
    paraphrase: str
    english: str
    line: int


@dataclass(frozen=True, slots=True)
class SignerView:
    """A vote. ``form``: how it is signed, ``sshsig`` or (empty) DSSE."""

    principal: str
    role: str
    fingerprint: str
    verdict: Literal["approve", "reject"]
    signed_at: datetime
    comment: str = ""
    counted: bool = True
    why_not: str = ""
    form: Literal["", "sshsig"] = ""


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of the constitution. ``effective_at`` is ``None`` until it is in force."""

    version: str
    digest: str
    parent_version: str | None
    amendment_class: str
    summary: str
    proposed_by: str
    created_at: datetime
    effective_at: datetime | None
    signers: tuple[SignerView, ...]
    english: str
    cedar_plus: str
    schema: str
    path: str


@dataclass(frozen=True, slots=True)
class Status:
    """The Overview's facts."""

    workspace: str
    swarm_id: str
    badge: str  # "DEMO", "SOLO", "UNSIGNED" or ""
    version: VersionView
    rules: Mapping[str, int]  # kind → how many
    tests: int
    open_proposals: int
    draft_changed: bool
    receipts: int
    outcomes: Mapping[str, int]  # allow, deny, hold → how many, ever
    violations: int
    chain_ok: bool
    chain_message: str
    ledger_ok: bool
    ledger_message: str
    now: datetime
    open_cases: int = 0  # requests that wait for people
    overdue: int = 0  # proposals that should be in force and are not
    overlays: tuple[OverlayView, ...] = ()  # stops, brakes and norms in force
    sealed: str = ""  # why every decision is denied until a signer acknowledges it; "" where it is not
    frozen_since: datetime | None = None  # since when a clock's jump holds the timelocks frozen
    draft_behind: Behind | None = None  # as of :class:`Draft`


@dataclass(frozen=True, slots=True)
class EventRow:
    """One decision as the feed lists it. ``seq`` is its ledger number; ``at`` when the action happened."""

    seq: int
    at: datetime
    agent: str  # id without its type
    action: str
    resource: str
    outcome: Literal["allow", "deny", "hold"]
    code: str
    rule: str  # first reason, procedure or erroring rule; "" for a default deny
    violation: bool
    version: str
    severity: str = ""  # of a violation: info, warn, high or critical, the highest among the norms that it breaks
    recorded_at: datetime | None = None  # when it was decided and written down, which may be long after ``at``
    verb: str = ""  # of an action that is told in words, all of which are called ``act``
    asked: str = ""  # what the request says beside that, in short, where rows were asked for with it


@dataclass(frozen=True, slots=True)
class EventDetail:
    """Everything about one decision, for the drill-down."""

    row: EventRow
    request: Mapping[str, Any]  # principal, action, resource, context
    entities: tuple[Mapping[str, Any], ...]
    decision: Mapping[str, Any]  # Decision.to_dict()
    rules: tuple[RuleView, ...]  # the determining rules, as they stood in the version that decided
    version_digest: str
    receipt: Mapping[str, Any]  # seq, hash, previous, recorded_at, digests


@dataclass(frozen=True, slots=True)
class Bucket:
    """Decisions in one slice of time, for sparklines."""

    start: datetime
    allow: int
    deny: int
    hold: int
    violations: int


@dataclass(frozen=True, slots=True)
class Draft:
    """The working text. ``revision`` grows with every save; a save names the revision that it was made from."""

    english: str
    cedar_plus: str
    schema: str
    tests: tuple[Mapping[str, Any], ...]  # the artifact's test_cases form
    revision: int
    base_version: str
    saved_at: datetime
    changed: bool  # differs from what is in force
    invariants: str = ""  # Cedar+: a forbid is "never permitted", a permit "always permitted"
    origins: Mapping[str, Origin] = field(default_factory=dict)  # by sentence: what was chosen, which model helped
    behind: Behind | None = None  # what came into force since, where it has work of its own on an older version


@dataclass(frozen=True, slots=True)
class CheckView:
    """Diagnostics of a Cedar+ text, and its rules where it is clean."""

    revision: int
    diagnostics: tuple[Diagnostic, ...]
    rules: tuple[RuleView, ...]
    clean: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of a sentence."""

    cedar_plus: str
    paraphrase: str
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SentenceView:
    """``status``: ``compiled``, ``kept`` (its rules stand already), ``ambiguous`` or ``refused``.

    ``links``: which words became which part of the one candidate's Cedar+, or of the rules that stand (``rules``: their
    ids, in order). ``readings``: all of them, where a person chose one and it is ``compiled`` by that.
    """

    text: str
    start: int
    end: int
    status: Literal["compiled", "kept", "ambiguous", "refused"]
    candidates: tuple[Candidate, ...]
    question: str
    diagnostics: tuple[Diagnostic, ...]
    asked: Question | None = None  # the question as data
    links: tuple[Link, ...] = ()
    rules: tuple[str, ...] = ()
    readings: tuple[Candidate, ...] = ()
    differs: bool = False  # its rules stand, but somebody wrote them: it compiles to something else
    meant: str = ""  # the sentence as it was compiled, where a pronoun at its start was replaced


@dataclass(frozen=True, slots=True)
class CompileView:
    """What compiling the English made of it; ``draft`` is what was saved (unchanged when nothing compiled)."""

    revision: int
    sentences: tuple[SentenceView, ...]
    cedar_plus: str
    new_rules: tuple[RuleView, ...]
    new_tests: tuple[Mapping[str, Any], ...]
    diagnostics: tuple[Diagnostic, ...]
    draft: Draft


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test case on both engines. ``cedar`` is ``None`` where Cedar alone cannot say (a hold, a bad request)."""

    name: str
    request: Mapping[str, Any]
    entities: tuple[Mapping[str, Any], ...]
    expect: str
    ours: str
    cedar: str | None
    cedar_semantics_ours: str | None  # our engine in Cedar's semantics; must equal ``cedar``
    passed: bool
    engines_agree: bool
    reviewed_by: str
    reasons: tuple[str, ...]
    message: str = ""
    reviewed_elsewhere: str = ""  # a name that the roster lacks, whose word does not count here


@dataclass(frozen=True, slots=True)
class TestRun:
    revision: int
    results: tuple[TestResult, ...]

    @property
    def failed(self) -> int:
        return sum(not r.passed for r in self.results)

    @property
    def disagreements(self) -> int:
        return sum(not r.engines_agree for r in self.results)

    @property
    def reviewed(self) -> int:
        return sum(bool(r.reviewed_by) for r in self.results)


@dataclass(frozen=True, slots=True)
class RuleChange:
    change: Literal["added", "removed", "changed"]
    rule: RuleView
    before: RuleView | None = None


UNPROVED = "invariants_unproved"  # the code of a Blocker: nobody has proved the invariants here, or not yet


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a draft cannot be proposed yet, and what to do about it."""

    code: str
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part beside the rules and the English that changes, as lines of text for people to compare."""

    part: Literal["schema", "invariants", "roster", "tests"]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A draft (or a proposal) against what is in force."""

    before_version: str
    before_cedar: str
    after_cedar: str
    before_english: str
    after_english: str
    changes: tuple[RuleChange, ...]
    amendment_class: str  # "" when nothing changed
    class_reasons: tuple[str, ...]
    procedure: str  # name of the amendment procedure that applies, in words
    blockers: tuple[Blocker, ...]
    warnings: tuple[Blocker, ...] = ()  # what a proposer should know, but may propose nevertheless
    after: str = ""  # the version it follows, where that is itself only proposed
    parts: tuple[PartChange, ...] = ()  # what else changes: schema, invariants, roster, test cases
    invariants: tuple[Answer, ...] = ()  # whether each is kept, under our semantics with any data missing
    invariant_words: tuple[str, ...] = ()  # each in words, in that order


@dataclass(frozen=True, slots=True)
class Seat:
    """One approval that the procedure asks for. ``filled_by`` is a principal or ``""``."""

    requirement: str  # in words: "operator"
    may_fill: tuple[str, ...]
    filled_by: str


@dataclass(frozen=True, slots=True)
class ProposalView:
    """``state``: proposed, approved (timelock running), active, superseded, rejected, vetoed, stale, expired.
    ``kind``: ``revert``, ``recovery``, ``reproposal`` (of one that was vetoed) or empty. ``reason``: in words, what it
    waits for or why it ended. ``overdue``: it should be in force by now and is not, which somebody must look into.
    """

    version: VersionView
    state: str
    seats: tuple[Seat, ...]
    timelock_seconds: int
    effective_at: datetime | None
    quorum_at: datetime | None
    expires_at: datetime
    review: ReviewView
    procedure: str
    kind: str = ""
    reason: str = ""
    overdue: bool = False
    after: str = ""  # number of the open proposal that it follows; empty: the version in force


@dataclass(frozen=True, slots=True)
class KeyView:
    """A signing key this machine has. Never the key itself."""

    path: str
    fingerprint: str
    principal: str  # "" when the roster in force does not know it
    role: str
    demo: bool
    encrypted: bool


@dataclass(frozen=True, slots=True)
class VerifyLine:
    """One thing that was checked; ``code``: the stable reason of a broken link of the chain, where there is one."""

    ok: bool
    subject: str
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of ``verify``: ``ok`` and ``anchored`` apart; ``lines`` say what was checked, first failure named."""

    ok: bool
    anchored: bool
    head: str
    message: str
    lines: tuple[VerifyLine, ...] = field(default=())
