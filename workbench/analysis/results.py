"""What the analyses answer: verdicts, witnesses, differences, matrices. Values only; ``analysis.words`` says them.

Nothing undecided is ever folded into an answer: a verdict is ``holds`` (proved for every request that fits the schema),
``fails`` (there is a witness, confirmed by both engines), ``undecided`` (no proof and no witness within the limits, or
a witness that did not reproduce) or ``unsupported`` (a rule uses what the analysis cannot express).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from workbench.analysis.assumptions import OURS, Assumption
from workbench.language.quotation import bare

Verdict: TypeAlias = Literal["holds", "fails", "undecided", "unsupported"]
Outcome: TypeAlias = Literal["allow", "deny", "hold"]


@dataclass(frozen=True, slots=True, order=True)
class RequestEnvironment:
    """Requests of one kind: a principal of this type does this action to a resource of that type.

    ``action`` is the action's uid, ``(type, id)``. Types are fully qualified.
    """

    principal: str
    action: tuple[str, str]
    resource: str

    def __str__(self) -> str:
        kind, id = self.action
        return f"{self.principal} · {bare(id) if kind == 'Action' else f'{kind}::{bare(id)}'} · {self.resource}"


@dataclass(frozen=True, slots=True)
class Judged:
    """What one program says of a witness, on both engines. ``cedar``: permits and forbids alone, decided by Cedar.

    ``reasons``: ids of the rules that determine it; where a procedure holds it, the procedures' ids. ``errors``: ids of
    the rules that erred. ``permits``: where procedures hold it, the ids of the permits that would let it through.
    """

    outcome: Outcome
    cedar: Literal["allow", "deny"]
    code: str
    reasons: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    permits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Witness:
    """A concrete request with all the data that it needs; replayed on our engine and on Cedar's before it is shown.

    ``request``: ``{"principal", "action", "resource", "context"}``, uids as ``Type::"id"`` texts, context in Cedar's
    JSON form. ``entities``: Cedar's JSON list. ``after``: what the program (the newer one, for a difference) says of
    it; ``before``: what the older one says, for a difference.
    """

    request: Mapping[str, Any]
    entities: tuple[Mapping[str, Any], ...]
    after: Judged
    before: Judged | None = None


Kind: TypeAlias = Literal[
    "never_errors",  # of a rule: whatever the request, it evaluates
    "never_applies",  # of a rule: no request satisfies it
    "always_applies",  # of a rule: every request that its scope's actions and types allow satisfies it
    "overridden",  # of a permit: whenever it applies, forbids deny (by which, from the core)
    "redundant",  # of a permit or forbid: removing it changes no decision (covered by which)
    "unpermitted",  # of an action: no request for it can be permitted, not even after approval
    "idle_forbid",  # of a forbid: nothing that it forbids is permitted by any rule
    "invariant",  # of an invariant: it is kept
    "idle_procedure",  # of a procedure: it can never hold a request
    "no_approver",  # of a requirement of a procedure (``name`` or ``name#2``): nobody can be the approver
    "held_alone",  # of two procedures (``a + b``): no request is held by both
    "idle_preference",  # of a prefer: it never applies to a request that is allowed or held
    "tightens",  # of a change: it allows nothing, and holds nothing, that was denied; allows nothing that was held
]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the statement ``kind`` holds of ``about`` (a rule id, an action's text, an invariant's id …).

    ``environment`` and ``witness``: where it fails, the first. ``by``: rules that make it so (an unsatisfiable core of
    a proof, the determining rules of a witness). ``why``: for ``undecided`` and ``unsupported``, what stood in the way.
    ``proved``: for how many of ``environments`` request environments it is proved.
    """

    kind: Kind
    about: str
    verdict: Verdict
    assumption: Assumption
    environment: RequestEnvironment | None = None
    witness: Witness | None = None
    by: tuple[str, ...] = ()
    why: str = ""
    proved: int = 0
    environments: int = 0


Change: TypeAlias = Literal["permitted", "denied", "held"]
CHANGES: tuple[Change, ...] = ("permitted", "denied", "held")


@dataclass(frozen=True, slots=True)
class ChangeWitness:
    """A request whose decision changes, and the ids of the rules (old or new) that make it so."""

    change: Change
    witness: Witness
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnvironmentDifference:
    """What changes for the requests of one environment.

    ``verdicts``: per change, ``holds`` where *no* request changes so (proved), ``fails`` where there are witnesses.
    ``exhausted``: for a change with witnesses, whether every further request that changes so is explained by the rules
    of one of them. ``why``: per change, what stood in the way of deciding. ``touched``: false where no rule that
    applies here differs, so that nothing had to be proved.
    """

    environment: RequestEnvironment
    verdicts: Mapping[Change, Verdict]
    witnesses: tuple[ChangeWitness, ...] = ()
    exhausted: Mapping[Change, bool] = field(default_factory=dict)
    why: Mapping[Change, str] = field(default_factory=dict)
    touched: bool = True

    @property
    def unchanged(self) -> bool:
        """Whether it is proved that no request of this environment is decided otherwise."""
        return all(self.verdicts[change] == "holds" for change in CHANGES)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change of a constitution means. ``only_before``/``only_after``: sentences of what exists on one side only
    (an environment, an attribute, a type), which is therefore not compared. ``scores``: ids of preferences that differ.
    """

    assumption: Assumption
    environments: tuple[EnvironmentDifference, ...]
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()

    def verdict(self, change: Change) -> Verdict:
        """Over all environments: ``fails`` if anywhere, else undecided or unsupported if anywhere, else ``holds``."""
        found = {each.verdicts[change] for each in self.environments}
        return worst(found)

    @property
    def unchanged(self) -> bool:
        """Whether it is proved that nothing that both sides can be asked is decided otherwise."""
        return all(each.unchanged for each in self.environments)

    @property
    def witnesses(self) -> tuple[tuple[RequestEnvironment, ChangeWitness], ...]:
        """All witnesses with their environments."""
        return tuple((each.environment, found) for each in self.environments for found in each.witnesses)


def worst(verdicts: set[Verdict]) -> Verdict:
    """One verdict for many of the same statement: what fails anywhere fails; what is open anywhere is open."""
    order: tuple[Verdict, ...] = ("fails", "undecided", "unsupported")
    return next((each for each in order if each in verdicts), "holds")


CellVerdict: TypeAlias = Literal["always", "never", "depends", "undecided", "unsupported"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a permission matrix: may principals with this value do this action?

    ``held``: whether what is permitted can still be held by a procedure. ``permitted``/``denied``: a witness of each,
    for ``depends`` both.
    """

    value: str
    action: tuple[str, str]
    verdict: CellVerdict
    held: bool = False
    permitted: Witness | None = None
    denied: Witness | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Values of ``attribute`` (``principal.role`` …) × actions. ``values``: rows in order; the last may be "any other
    value" (:data:`OTHER`)."""

    assumption: Assumption
    attribute: str
    values: tuple[str, ...]
    actions: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]


OTHER = "(any other)"
"""The row of a matrix for every value that no rule and no ``@values`` names."""


@dataclass(frozen=True, slots=True)
class Closest:
    """The smallest change to a request and its entities that flips the decision.

    ``changes``: ``(path, was, becomes)``, JSON values, ``None`` for absent; paths as evidence writes them
    (``context.amount``, ``principal.role``, ``principal in Team::"x"``). ``minimal``: whether it is proved that no
    smaller set of changes does it. ``holds``: none does, whatever becomes of context and data.
    """

    verdict: Verdict
    wanted: Outcome
    changes: tuple[tuple[str, Any, Any], ...] = ()
    witness: Witness | None = None
    minimal: bool = False
    why: str = ""
    assumption: Assumption = OURS


@dataclass(frozen=True, slots=True)
class ProofReport:
    """Every property of one constitution. ``left_out``: sentences about what was not looked into, and why."""

    assumption: Assumption
    answers: tuple[Answer, ...]
    rules: int
    environments: int
    left_out: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[Answer, ...]:
        """The answers of one kind, in their order."""
        return tuple(answer for answer in self.answers if answer.kind == kind)
