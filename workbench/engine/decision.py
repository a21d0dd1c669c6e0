"""What a decision is: outcome, reasons, and the evidence that a person can check.

Values only; ``engine.evaluator`` makes them. ``to_dict`` is the JSON that every face prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

Outcome: TypeAlias = Literal["allow", "deny", "hold"]
Retry: TypeAlias = Literal["never", "after_approval", "after_change"]

Code: TypeAlias = Literal[
    "allowed",  # a permit was satisfied, nothing forbade or held
    "forbidden",  # a forbid was satisfied
    "not_permitted",  # default deny: no permit was satisfied
    "evaluation_error",  # a rule whose scope matched errored: fail closed
    "invalid_request",  # the request does not fit the schema
    "invalid_entity",  # an entity sent with the request does not fit the schema
    "held",  # permitted, but procedures wait for people
    "deadline_exceeded",  # the time for one decision ran out; some rules were not asked
    "sandbox_limit",  # the sandboxed worker went over a limit, or died
    "stopped",  # an operator stopped this agent, this action or everything, for a while
    "sealed",  # the workspace was restored from an older state: nothing is allowed until a signer acknowledges it
    "refused_claim",  # the caller claimed what it may not (another principal, an attribute that is the server's)
    "speech_claimed",  # the caller brought a judgement of its own words, which only the service makes
    "speech_missing",  # the action is judged by what is said, and the request says nothing
    "speech_invalid",  # what is said cannot be judged: not a conversation, not grounds, too long
    "speech_differs",  # the request gives another text than the one that was judged
]


class Read(NamedTuple):
    """One input field that a rule actually read on this request.

    ``path`` as a person writes it (``context.amount``, ``principal in Team::"x"``); ``value`` in Cedar's JSON form;
    ``missing`` when the read failed because the field is absent; ``source`` who vouches for it (schema ``@source``).
    """

    path: str
    value: Any
    missing: bool = False
    source: str = "caller"


class Evidence(NamedTuple):
    """A rule that was satisfied or errored, and what it read. ``severity``: of a rule marked ``@norm``, else empty."""

    rule: str
    effect: Literal["permit", "forbid", "prefer", "procedure"]
    reads: tuple[Read, ...]
    stage: Literal["enforce", "observe"] = "enforce"
    severity: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "effect": self.effect,
            "stage": self.stage,
            **({"severity": self.severity} if self.severity else {}),
            "reads": {read.path: read.value for read in self.reads},
            "sources": {read.path: read.source for read in self.reads},
            "missing": [read.path for read in self.reads if read.missing],
        }


@dataclass(frozen=True, slots=True)
class RuleError:
    """``rule`` is empty where the request or an entity itself was wrong."""

    rule: str
    message: str

    def to_dict(self) -> dict[str, str]:
        return {"rule": self.rule, "message": self.message}


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A permit that would have allowed the request but for ``failed`` (conditions as text, with the values read)."""

    rule: str
    failed: tuple[str, ...]
    reads: tuple[Read, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"rule": self.rule, "failed": list(self.failed), "reads": {r.path: r.value for r in self.reads}}


@dataclass(frozen=True, slots=True)
class Sparing:
    """What would have kept a satisfied forbid from applying: any one of ``conditions`` being as it says, made so.

    ``conditions`` are texts such as ``"`context.amount > 500` is false"``; empty where nothing that the request or the
    data say can spare it. ``reads`` are the fields that these conditions read, with their values.
    """

    rule: str
    conditions: tuple[str, ...]
    reads: tuple[Read, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"rule": self.rule, "conditions": list(self.conditions), "reads": {r.path: r.value for r in self.reads}}


@dataclass(frozen=True, eq=False)
class Decision:
    """The engine's answer to one request; equal to any other that says the same.

    ``reasons``: ids of the rules that determined it. ``procedures``: names of the procedures that hold it.
    ``observed``: ids of ``@stage("observe")`` rules that would have bound. ``why_not``: for a default deny, the nearest
    permits. ``spared_by``: for a forbidden request, what would have spared it, forbid by forbid (all must be spared).
    ``score``: exact sum of satisfied preferences.
    """

    outcome: Outcome
    code: Code
    retry: Retry
    remedy: str
    reasons: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    errors: tuple[RuleError, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    observed: tuple[str, ...] = ()
    why_not: tuple[NearMiss, ...] = ()
    spared_by: tuple[Sparing, ...] = ()
    score: Decimal = field(default=Decimal(0))

    @property
    def allowed(self) -> bool:
        return self.outcome == "allow"

    @property
    def violation(self) -> bool:
        """Whether this deny is a violation (a satisfied forbid, or a rule error), not a plain refusal."""
        return self.outcome == "deny" and self.code in ("forbidden", "evaluation_error")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decision) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.outcome, self.code, self.reasons, self.procedures))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travels as plain values, whatever it was made from."""
        return (Decision, tuple(getattr(self, field.name) for field in fields(Decision)))

    def to_dict(self) -> Mapping[str, Any]:
        """The JSON form; ``score`` as a string, so that it stays exact."""
        return {
            "outcome": self.outcome,
            "code": self.code,
            "retry": self.retry,
            "remedy": self.remedy,
            "reasons": list(self.reasons),
            "procedures": list(self.procedures),
            "errors": [error.to_dict() for error in self.errors],
            "evidence": [item.to_dict() for item in self.evidence],
            "observed": list(self.observed),
            "why_not": [item.to_dict() for item in self.why_not],
            "spared_by": [item.to_dict() for item in self.spared_by],
            "score": str(self.score),
        }


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates in order of preference, each with its place in the input.

    ``allowed`` by score, the highest first, ties by place; ``held`` and ``denied`` by place, whatever their score.
    """

    allowed: tuple[tuple[int, Decision], ...]
    held: tuple[tuple[int, Decision], ...]
    denied: tuple[tuple[int, Decision], ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: per list, the decisions with their ``index``."""
        return {
            name: [{"index": index, **decision.to_dict()} for index, decision in found]
            for name, found in (("allowed", self.allowed), ("held", self.held), ("denied", self.denied))
        }
