"""Gates: may this side effect go ahead? A caller asks before it acts, and gets a verdict with an exit code.

Imports nothing of the workbench. Three gates, as the world-norms specification names them (section 10):

* an **action** is measured against what the active norms found; a high-risk action with *no* norm in force fails
  loud, for a store of norms that nobody fills is no protection;
* a **scope**: what was declared must cover what is reached for, and what is not public does not become public
  without a grant;
* a **rule review** counts only when every dimension of the taxonomy was looked at and nothing grave is open.

Verdicts and exit codes: ``PASS`` 0, ``FAIL`` 1 (a rule says no), ``FAIL_LOUD`` 2 (the gate itself has nothing to stand
on: a person must look). Every refusal carries a stable ``code``. Whatever is missing or is not text counts as empty,
hence as a refusal: a gate never lets pass what it cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

Verdict: TypeAlias = Literal["PASS", "FAIL", "FAIL_LOUD"]

EXIT_CODES: Mapping[str, int] = {"PASS": 0, "FAIL": 1, "FAIL_LOUD": 2}
CROSS_SCOPE = frozenset((
    "post", "publish", "auto_post", "tweet", "send", "send_email", "transfer", "exfiltrate", "declassify", "export",
    "share", "broadcast", "reveal",
))  # fmt: skip
HIGH_RISK = CROSS_SCOPE | {"delete", "wipe", "deploy", "attack"}
_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
DECLASSIFYING = frozenset(("declassify", "reveal", "exfiltrate"))
RULE_REVIEW_DIMENSIONS = (
    "document_structure",
    "scope_alignment",
    "normative_modality",
    "terminology_consistency",
    "cross_section_consistency",
)
GRAVE = frozenset(("critical", "blocker", "error", "high", "major"))
SETTLED = frozenset(("resolved", "fixed", "closed", "done"))
_PUBLIC = frozenset(("public", "open", "external", "internet", "www"))
_PUBLIC_PREFIXES = ("public_", "ext_")
_DUTY = re.compile(r"\b(?:shall|must)\b", re.IGNORECASE)
_LEAVE = re.compile(r"\b(?:may|might|can|could|should)\b", re.IGNORECASE)
_TURNED = re.compile(
    r"\b(?:shall|must)\b['\"`’”]?\s*(?:->|=>|→|➔|\b(?:(?:is|was)\s+)?(?:changed\s+|weakened\s+|softened\s+)?"
    r"(?:to|into|became|becomes)\b)\s*['\"`‘“]?\b(?:may|might|can|could|should)\b",
    re.IGNORECASE,
)


class ClosedLoopError(ValueError):
    """A gate refused, and the caller had asked to be stopped. ``outcome`` is what the gate said."""

    def __init__(self, outcome: GateOutcome) -> None:
        super().__init__(f"{outcome.verdict}: {outcome.reason}")
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """What a gate says. ``code`` is stable (``passed`` or a reason for refusal), ``reason`` is for people."""

    ok: bool
    verdict: Verdict
    reason: str
    exit_code: int
    action: str = ""
    agent_id: str = ""
    active_norm_count: int = 0
    violation_count: int = 0
    violations: tuple[Any, ...] = ()
    human_required: bool = False
    high_risk: bool = False
    declared_scope: str = ""
    target_scope: str = ""
    out_of_scope: bool = False
    covered_dimensions: tuple[str, ...] = ()
    missing_dimensions: tuple[str, ...] = ()
    critical_finding_count: int = 0
    code: str = "passed"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, in the order of the fields; violations by their own ``to_dict`` where they have one."""
        written = {field.name: getattr(self, field.name) for field in fields(self)}
        written["violations"] = [v.to_dict() if hasattr(v, "to_dict") else v for v in self.violations]
        written["covered_dimensions"] = list(self.covered_dimensions)
        written["missing_dimensions"] = list(self.missing_dimensions)
        return written


def _outcome(verdict: Verdict, code: str, reason: str, **facts: Any) -> GateOutcome:
    """An outcome; a person is needed where the gate could not judge, and where a refused action is a high-risk one."""
    human = verdict == "FAIL_LOUD" or (verdict == "FAIL" and bool(facts.get("high_risk")))
    return GateOutcome(
        verdict == "PASS", verdict, reason, EXIT_CODES[verdict], code=code, human_required=human, **facts
    )


def _word(value: object) -> str:
    """A name as gates compare it; what is not text is no name."""
    return value.strip().lower() if isinstance(value, str) else ""


def assert_passed(outcome: GateOutcome) -> GateOutcome:
    """The same outcome; :class:`ClosedLoopError` unless it passed."""
    if not outcome.ok:
        raise ClosedLoopError(outcome)
    return outcome


# ---- actions ---------------------------------------------------------------------------------------------------------


def _among(action: object, verbs: Iterable[str]) -> bool:
    """Whether the action, or what stands before its first colon (``post:forum``), is one of these verbs."""
    whole = _word(action)
    return bool({whole, whole.split(":", 1)[0].strip()} & {_word(verb) for verb in verbs} - {""})


def is_high_risk_action(action: object, extra_high_risk: Iterable[str] = ()) -> bool:
    """Whether an action is of a kind that reaches outside or cannot be taken back. Letter case does not matter."""
    return _among(action, HIGH_RISK) or _among(action, extra_high_risk)


def has_high_risk_word(action: object, extra_high_risk: Iterable[str] = ()) -> bool:
    """The same of any word of the action: ``delete_ticket``, ``delete everything``, ``wipeDisk``. normsync does not see
    these; but norms match parts of words, and so are written for them."""
    if not isinstance(action, str):
        return False
    words = _WORD.findall(_HUMP.sub(" ", action).lower())
    return is_high_risk_action(action, extra_high_risk) or any(is_high_risk_action(w, extra_high_risk) for w in words)


def judge_action(
    action: object,
    *,
    agent_id: str = "",
    active_norm_count: int,
    violations: Sequence[Any] = (),
    require_norms_for_high_risk: bool = True,
    extra_high_risk: Iterable[str] = (),
    by_words: bool = False,
) -> GateOutcome:
    """The verdict on one action, given how many norms are in force and what they found. ``by_words``: any word of the
    action makes it a high-risk one.

    Codes: ``empty_action``, ``no_active_norms`` (both loud), ``norms_violated``.
    """
    facts: dict[str, Any] = {
        "action": action if isinstance(action, str) else "",
        "agent_id": agent_id if isinstance(agent_id, str) else "",
        "active_norm_count": active_norm_count,
        "violation_count": len(violations),
        "violations": tuple(violations),
        "high_risk": (has_high_risk_word if by_words else is_high_risk_action)(action, extra_high_risk),
    }
    if not _word(action):
        return _outcome("FAIL_LOUD", "empty_action", "no action is named, so nothing can be judged", **facts)
    if facts["high_risk"] and require_norms_for_high_risk and active_norm_count == 0:
        reason = f"`{action}` is a high-risk action and no norm is in force"
        return _outcome("FAIL_LOUD", "no_active_norms", reason, **facts)
    if violations:
        count = len(violations)
        reason = f"`{action}` violates {count} {'norm' if count == 1 else 'norms'}"
        return _outcome("FAIL", "norms_violated", reason, **facts)
    return _outcome("PASS", "passed", f"`{action}` violates none of {active_norm_count} active norms", **facts)


def first_refusal(outcomes: Iterable[GateOutcome]) -> GateOutcome:
    """The first refusal of a batch, else its last pass, retold for all; nothing after a refusal is asked.

    An empty batch fails loud (``empty_batch``): "all of none passed" would be a pass that nobody earned.
    """
    last, count = None, 0
    for outcome in outcomes:
        if not outcome.ok:
            return outcome
        last, count = outcome, count + 1
    if last is None:
        return _outcome("FAIL_LOUD", "empty_batch", "the batch holds no action, so nothing can be judged")
    return replace(last, reason=f"each of {count} {'action passes' if count == 1 else 'actions passes'}")


# ---- scopes ----------------------------------------------------------------------------------------------------------


def _is_public(scope: str) -> bool:
    """Whether a scope is open to outsiders; of a path (``public/blog``) the first part says so."""
    first = re.split(r"[/:.]", scope, maxsplit=1)[0]
    return first in _PUBLIC or scope.startswith(_PUBLIC_PREFIXES)


def _covers(declared: Iterable[str], target: str) -> bool:
    """Whether a target is one of the declared scopes or a part of one (``team/alpha`` of ``team``; never ``..``)."""
    if ".." in target:
        return False
    return any(scope and (target == scope or target.startswith((f"{scope}/", f"{scope}:"))) for scope in declared)


def _scopes(declared: object) -> tuple[str, ...]:
    """Declared scopes as a tuple: one text, or several; what is not text is left out."""
    several = declared if isinstance(declared, list | tuple | set | frozenset) else (declared,)
    return tuple(sorted({word for word in map(_word, several) if word}))


def is_cross_scope_action(action: object, declared_scope: object = "", target_scope: object = "") -> bool:
    """Whether an action carries something out of a scope: by its verb, or because its target lies outside."""
    target = _word(target_scope)
    return _among(action, CROSS_SCOPE) or bool(target and not _covers(_scopes(declared_scope), target))


def gate_scope(
    action: object,
    declared_scope: object = "",
    target_scope: object = "",
    classification: object = "private",
    allow_declassify: bool = False,
    require_declared_scope: bool = True,
) -> GateOutcome:
    """Whether an action stays within the scope that was declared for it, and leaks nothing that is not public.

    ``declared_scope`` is a scope or a collection of scopes; a scope covers its parts (``team`` covers ``team/alpha``
    and ``team:alpha``). An empty target reaches for nothing beyond what was declared. ``allow_declassify`` is the grant
    to make something public; it does not widen the declared scope. A classification that is not the word ``public`` is
    not public, whatever it is.

    Codes: ``empty_action``, ``empty_declared_scope`` (both loud), ``declassification``, ``out_of_scope``.
    """
    declared, target = _scopes(declared_scope), _word(target_scope)
    outside = bool(target and declared and not _covers(declared, target))
    facts: dict[str, Any] = {
        "action": action if isinstance(action, str) else "",
        "high_risk": is_high_risk_action(action),
        "declared_scope": ", ".join(declared),
        "target_scope": target,
        "out_of_scope": outside,
    }
    if not _word(action):
        return _outcome("FAIL_LOUD", "empty_action", "no action is named, so nothing can be judged", **facts)
    if require_declared_scope and not declared:
        return _outcome("FAIL_LOUD", "empty_declared_scope", f"no scope was declared for `{action}`", **facts)
    opens = _among(action, DECLASSIFYING) or _is_public(target)
    if opens and _word(classification) != "public" and not allow_declassify:
        where = f" to `{target}`" if target else ""
        reason = f"`{action}`{where} would make public what is not, and no grant allows it"
        return _outcome("FAIL", "declassification", reason, **facts)
    if outside:
        reason = f"`{target}` lies outside the declared scope `{facts['declared_scope']}`"
        return _outcome("FAIL", "out_of_scope", reason, **facts)
    return _outcome("PASS", "passed", f"`{action}` stays within its scope", **facts)


def assert_in_scope(action: object, *arguments: Any, **options: Any) -> GateOutcome:
    """:func:`gate_scope`, raising :class:`ClosedLoopError` on a refusal."""
    return assert_passed(gate_scope(action, *arguments, **options))


# ---- rule reviews ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleReview:
    """What a review of rules covered and left open. ``grave`` and ``weakened`` are the findings themselves."""

    covered: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    grave: tuple[Any, ...]
    weakened: tuple[Any, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {field.name: list(getattr(self, field.name)) for field in fields(self)}


def _dimension(name: object) -> str:
    return re.sub(r"[\s-]+", "_", _word(name))


def is_rule_review_dimension(name: object) -> bool:
    """Whether a name is one of the taxonomy's five dimensions (letter case, spaces and hyphens do not matter)."""
    return _dimension(name) in RULE_REVIEW_DIMENSIONS


def _told(finding: object, *names: str) -> Any:
    """The first of these fields that a finding has, whether it is a mapping or an object."""
    for name in names:
        value = finding.get(name) if isinstance(finding, Mapping) else getattr(finding, name, None)
        if value is not None:
            return value
    return None


def _is_open(finding: object) -> bool:
    """Unless a finding says in so many words that it is settled, it is open."""
    return _told(finding, "resolved") is not True and _word(_told(finding, "status")) not in SETTLED


def _weakens(finding: object) -> bool:
    """Whether a finding tells of a duty that became a leave: by its two texts, or in its own words."""
    before, after = _told(finding, "before", "original", "old"), _told(finding, "after", "revised", "new")
    if isinstance(before, str) and isinstance(after, str):
        lost = len(_DUTY.findall(after)) < len(_DUTY.findall(before))
        if lost and len(_LEAVE.findall(after)) > len(_LEAVE.findall(before)):
            return True
    told = finding if isinstance(finding, str) else _told(finding, "message", "description", "text")
    return isinstance(told, str) and _TURNED.search(told) is not None


def analyze_rule_review(findings: Iterable[Any] = (), dimensions_checked: Iterable[str] | None = None) -> RuleReview:
    """What a review covered: the dimensions it says it checked, else those that its findings name.

    A finding is a mapping or an object with ``dimension``, ``severity``, ``resolved`` or ``status``, ``message``, and
    perhaps ``before`` and ``after``. Grave: an open finding of severity critical, blocker, error, high or major.
    """
    listed = list(findings)
    named = [_told(finding, "dimension") for finding in listed] if dimensions_checked is None else dimensions_checked
    seen = {_dimension(name) for name in ([named] if isinstance(named, str) else named)} - {""}
    unsettled = [finding for finding in listed if _is_open(finding)]
    return RuleReview(
        covered=tuple(name for name in RULE_REVIEW_DIMENSIONS if name in seen),
        missing=tuple(name for name in RULE_REVIEW_DIMENSIONS if name not in seen),
        unknown=tuple(sorted(seen - set(RULE_REVIEW_DIMENSIONS))),
        grave=tuple(f for f in unsettled if _word(_told(f, "severity", "level")) in GRAVE),
        weakened=tuple(f for f in unsettled if _weakens(f)),
    )


def gate_rule_review(
    findings: Iterable[Any] = (),
    dimensions_checked: Iterable[str] | None = None,
    claim_approved: bool = False,
    reviewer: str = "",
) -> GateOutcome:
    """Whether a review of rules may be relied on.

    Codes: ``approved_unchecked`` (loud: approval is claimed and no dimension was looked at), ``duty_weakened``,
    ``grave_finding``, ``dimensions_missing``.
    """
    review = analyze_rule_review(findings, dimensions_checked)
    facts: dict[str, Any] = {
        "action": "rule_review",
        "agent_id": reviewer,
        "covered_dimensions": review.covered,
        "missing_dimensions": review.missing,
        "critical_finding_count": len(review.grave),
    }
    if claim_approved and not review.covered:
        reason = "the review claims approval and looked at none of the dimensions"
        return _outcome("FAIL_LOUD", "approved_unchecked", reason, **facts)
    if review.weakened:
        reason = f"{len(review.weakened)} open finding(s) tell of a duty that became a leave (`shall` to `may`)"
        return _outcome("FAIL", "duty_weakened", reason, **facts)
    if review.grave:
        return _outcome("FAIL", "grave_finding", f"{len(review.grave)} grave finding(s) are open", **facts)
    if review.missing:
        missing = ", ".join(f"`{name}`" for name in review.missing)
        return _outcome("FAIL", "dimensions_missing", f"not looked at: {missing}", **facts)
    return _outcome("PASS", "passed", "every dimension was looked at, and nothing grave is open", **facts)


def assert_rule_review_ok(findings: Iterable[Any] = (), *arguments: Any, **options: Any) -> GateOutcome:
    """:func:`gate_rule_review`, raising :class:`ClosedLoopError` on a refusal."""
    return assert_passed(gate_rule_review(findings, *arguments, **options))
