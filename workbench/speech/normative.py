"""What the stages of the pipeline hand one another: statements, knowledge, candidate grounds, licences, results.

Imports nothing of the workbench. Names and values are those of the original's ``normative`` package; scopes, sources,
statuses and strengths that its public path never makes (contextual, weak …) are kept, because the stages know what to
do with them (draft-romanchuk-normative-admissibility-00, Table 5).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum, StrEnum


class Modality(Enum):
    """The form of a statement: claimed outright, under a condition, refused, or describing a state."""

    ASSERTIVE = "assertive"
    CONDITIONAL = "conditional"
    REFUSAL = "refusal"
    DESCRIPTIVE = "descriptive"


class Source(Enum):
    """Where knowledge comes from."""

    OBSERVED = "observed"
    EXPLICIT = "explicit"
    INFERRED = "inferred"
    REPEATED = "repeated"


class Status(Enum):
    """How settled knowledge is."""

    HYPOTHESIS = "hypothesis"
    CANDIDATE = "candidate"
    CONFIRMED = "confirmed"


class Scope(Enum):
    """What knowledge is about: the world, or the situation of whoever asks."""

    FACTUAL = "factual"
    CONTEXTUAL = "contextual"


class Strength(StrEnum):
    """How much one node licenses. Nodes carry plain strings, as in the original; these are equal to them."""

    STRONG = "strong"
    WEAK = "weak"


class EvaluationStatus(Enum):
    """The result of the axioms for one statement, or of aggregation for all of them."""

    WELL_FORMED = "well_formed"
    ILL_FORMED = "ill_formed"
    UNSUPPORTED = "unsupported"
    UNDERDETERMINED = "underdetermined"
    CONDITIONALLY_ACCEPTABLE = "conditionally_acceptable"
    VIOLATES_NORM = "violates_norm"
    ACCEPTABLE = "acceptable"
    NO_NORMATIVE_CONTENT = "no_normative_content"


@dataclass(slots=True)
class Statement:
    """One statement to be judged. ``conditions`` are those that a conditional declares, in its own words.

    The one type here that changes: the detector writes what it finds into it, which the original's callers rely on.
    """

    id: str
    subject: str
    predicate: str
    raw_text: str
    modality: Modality | None = None
    conditions: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KnowledgeNode:
    """One piece of evidence. ``confidence`` in 0…1, ``strength`` "strong" or "weak"; anything else is a ValueError."""

    id: str
    source: Source
    status: Status
    confidence: float
    scope: Scope
    strength: str = "strong"
    semantic_id: str | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence is between 0 and 1, not `{self.confidence}`")
        if self.strength not in ("strong", "weak"):
            raise ValueError(f"strength is `strong` or `weak`, not `{self.strength}`")


@dataclass(frozen=True, slots=True)
class GroundSet:
    """The candidate evidence for one statement, in the order in which it was found."""

    nodes: list[KnowledgeNode] = field(default_factory=list)

    def is_empty(self) -> bool:
        return not self.nodes

    def has_factual(self) -> bool:
        return self.has_scope(Scope.FACTUAL)

    def has_observed(self) -> bool:
        return any(node.source is Source.OBSERVED for node in self.nodes)

    def has_scope(self, scope: Scope) -> bool:
        return any(node.scope is scope for node in self.nodes)

    def get_nodes_by_scope(self, scope: Scope) -> list[KnowledgeNode]:
        return [node for node in self.nodes if node.scope is scope]

    def has_strong_in_scope(self, scope: Scope) -> bool:
        return any(node.scope is scope and node.strength == Strength.STRONG for node in self.nodes)

    def get_scope_strength(self, scope: Scope) -> str | None:
        """The best strength in a scope; None where the scope is empty."""
        if not self.has_scope(scope):
            return None
        return "strong" if self.has_strong_in_scope(scope) else "weak"

    def resolve_ground(self, ground_id: str) -> KnowledgeNode | None:
        """The first node with this id; failing that, the first whose semantic id it is."""
        for node in self.nodes:
            if node.id == ground_id:
                return node
        for node in self.nodes:
            if node.semantic_id == ground_id:
                return node
        return None


@dataclass(frozen=True, slots=True)
class License:
    """The modalities that the evidence permits."""

    permitted_modalities: AbstractSet[Modality] = frozenset()

    def permits(self, modality: Modality | None) -> bool:
        return modality in self.permitted_modalities

    def names(self) -> list[str]:
        """The permitted modalities' names in alphabetical order."""
        return sorted(modality.value for modality in self.permitted_modalities)


LicenseResult = License  # the word that the design uses


@dataclass(frozen=True, slots=True)
class AxiomCheckResult:
    """What the axioms say of one statement."""

    status: EvaluationStatus
    violated_axiom: str | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class StatementValidationResult:
    """One statement with its licence, its evidence and what the axioms say."""

    statement: Statement
    status: EvaluationStatus
    license: License
    ground_set: GroundSet
    violated_axiom: str | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """All statements taken together, lexicographically."""

    status: EvaluationStatus
    licensed: bool
    can_retry: bool
    feedback_hint: str | None = None
    violated_axioms: list[str] = field(default_factory=list)
    statement_results: list[StatementValidationResult] = field(default_factory=list)
    explanation: str = ""
    num_statements: int = 0
    num_acceptable: int = 0
    grounds_accepted: int = 0
    grounds_cited: int = 0
