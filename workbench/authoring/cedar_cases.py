"""Test cases in the form of Cedar's own `run-tests`, read and written. Pure; imports the language and `analysis`.

A list of ``{name, request, entities, decision, reason, num_errors}``; ``reason`` names policies that must be among
those that determined it, and ``name`` may be missing (cedar-policy-cli, `run-tests --tests FILE`). What Cedar's form
cannot say, and is left out: a hold, and what a case expects of approvals, scores, rules on trial. Cedar skips a rule
that errs, where the workbench denies: such a case is written as Cedar decides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.analysis.expecting import FIELDS
from workbench.language.literals import quote

Case = Mapping[str, Any]
FORM = "a Cedar test has request, entities, decision (`allow` or `deny`), reason and num_errors"


@dataclass(frozen=True, slots=True)
class CedarAnswered:
    """What Cedar decides of a case: ``reason``: ids of the policies that determined it, as Cedar's tools know them."""

    decision: str
    reason: tuple[str, ...]
    num_errors: int


@dataclass(frozen=True, slots=True)
class CedarWritten:
    """``cases`` in Cedar's form; names of cases that it cannot say: ``held``, ``refused`` (Cedar does not take them);
    and of those that say less there: ``thinner``; or are decided otherwise, because of an error: ``otherwise``.
    """

    cases: tuple[Case, ...]
    held: tuple[str, ...]
    refused: tuple[str, ...]
    thinner: tuple[str, ...]
    otherwise: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not said, one sentence each."""
        told = (
            (self.held, "left out: held for approval, which Cedar does not know"),
            (self.refused, "left out: Cedar does not take the request"),
            (self.thinner, "written without what they expect of approvals, scores or rules on trial"),
            (self.otherwise, "written as Cedar decides, which skips a rule that errs; here an error denies"),
        )
        return tuple(
            f"{len(names)} test case{'' if len(names) == 1 else 's'} {what} ({_some(names)})."
            for names, what in told
            if names
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:3]) + (" …" if len(names) > 3 else "")


def is_cedar_case(case: Case) -> bool:
    """Whether it is in Cedar's form, and not in ours."""
    return "decision" in case and "expect" not in case


def from_cedar(case: Case, number: int) -> tuple[dict[str, Any], str]:
    """The case in our form, and what is wrong with it, empty where nothing is. ``number``: its place, for a name.

    What it says of reasons and errors is kept under ``cedar``, and is held to Cedar's answer when the case is run.
    """
    request, entities, decision = case.get("request"), case.get("entities"), case.get("decision")
    reason, errors = case.get("reason", []), case.get("num_errors", 0)
    if not isinstance(request, Mapping):
        return {}, "there is no `request` object"
    if not isinstance(entities, list):
        return {}, "`entities` is neither a list nor the name of a file"
    if decision not in ("allow", "deny"):
        return {}, "`decision` is not `allow` or `deny`"
    if not isinstance(reason, list) or not all(isinstance(each, str) for each in reason):
        return {}, "`reason` is not a list of policy ids"
    if isinstance(errors, bool) or not isinstance(errors, int) or errors < 0:
        return {}, "`num_errors` is not a number"
    name = case.get("name")
    made = {
        "name": name if isinstance(name, str) and name else f"case {number}",
        "request": {"context": {}, **request},
        "entities": entities,
        "expect": decision,
        "cedar": {"reason": list(reason), "num_errors": errors},
    }
    return made, ""


def unmet_by_cedar(case: Case, answered: CedarAnswered) -> str:
    """Why Cedar's answer is not what a case read from Cedar's form expects; empty where it is."""
    expected = case["cedar"]
    if answered.decision != case["expect"]:
        return f"expected {case['expect']}, got {answered.decision}"
    missing = [each for each in expected["reason"] if each not in answered.reason]
    if missing:
        return f"not among the reasons: {', '.join(f'`{each}`' for each in missing)}"
    if answered.num_errors != expected["num_errors"]:
        return f"expected {expected['num_errors']} rules that err, got {answered.num_errors}"
    return ""


def to_cedar(cases: Iterable[tuple[Case, bool, CedarAnswered | None]]) -> CedarWritten:
    """Cases with whether each passes and what Cedar decides of it (``None`` where Cedar does not take it)."""
    written: list[Case] = []
    held, refused, thinner, otherwise = list[str](), list[str](), list[str](), list[str]()
    for case, passes, answered in cases:
        name, expect = str(case.get("name", "")), str(case.get("expect", ""))
        if expect == "hold":
            held.append(name)
            continue
        if answered is None:
            refused.append(name)
            continue
        if any(case.get(field) for field in FIELDS):
            thinner.append(name)
        decision, reason, errors = expect, list[str](), answered.num_errors
        if "cedar" in case:
            reason, errors = list(case["cedar"]["reason"]), case["cedar"]["num_errors"]
        elif passes:
            decision, reason = answered.decision, list(answered.reason)
            if decision != expect:
                otherwise.append(name)
        written.append(
            {
                "name": name,
                "request": _request(case["request"]),
                "entities": list(case.get("entities", ())),
                "decision": decision,
                "reason": reason,
                "num_errors": errors,
            }
        )
    return CedarWritten(tuple(written), tuple(held), tuple(refused), tuple(thinner), tuple(otherwise))


def _request(request: Case) -> Case:
    """With uids as texts, which is all that Cedar's tool reads."""
    uids = {name: _uid(request.get(name, "")) for name in ("principal", "action", "resource")}
    return {**uids, "context": request.get("context", {})}


def _uid(named: Any) -> str:
    if isinstance(named, Mapping):
        inner = named.get("__entity", named)
        return f"{inner.get('type', '')}::{quote(str(inner.get('id', '')))}"
    return str(named)
