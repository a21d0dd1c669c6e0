"""What a test case expects, and whether a decision meets it: the one place where that is said. Pure.

A case is a mapping in the artifact's form. Beside ``expect`` (allow, deny, hold) it may say

- ``procedure``: one that holds the request; ``procedures``: all that hold it, and no others;
- ``requires``: by the name of a procedure that holds it what it asks of people, in Cedar+'s own clauses (``require 2
  approvals from principal with timeout 1 day on timeout deny``), compared by meaning: ``24 hours`` is ``1 day``;
- ``score``: the exact sum of the preferences that apply, as a decimal text;
- ``observed``, ``unobserved``: ids of rules on trial (``@stage("observe")``) that would have, and have not, spoken.

``origin`` says who wrote it: ``generated`` (a proposal, which is made anew when rules change), ``corrected``,
``rejected`` (nobody wants it: it is not run, and stays so that it is not proposed again), or nobody said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal

from workbench.language.ast import ActionScope, EntityLit, Procedure
from workbench.language.digest import core_digest
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.render import render_clauses

FIELDS = ("procedure", "procedures", "requires", "score", "observed", "unobserved")
"""What a case can expect beside an outcome."""

_TRIGGER = ActionScope("eq", (EntityLit("Action", "a"),))
_OF_TRIGGERS = ("on action", "on amendment", "when")


@dataclass(frozen=True)
class Decided:
    """What a program decides of a request, as far as a test case can speak of it. ``procedures``: names of those that
    hold it; ``asked``: these procedures, by name; ``observed``: ids.
    """

    outcome: Literal["allow", "deny", "hold"]
    procedures: tuple[str, ...] = ()
    score: Decimal = Decimal(0)
    observed: frozenset[str] = frozenset()
    asked: Mapping[str, Procedure] = field(default_factory=dict)


def unmet(case: Mapping[str, Any], decided: Decided) -> str:
    """Why the decision is not what the case expects, beginning in lower case; empty where it is."""
    expect, wanted = str(case.get("expect", "")), str(case.get("procedure") or "")
    if decided.outcome != expect:
        return f"expected {expect}, got {decided.outcome}"
    if wanted and wanted not in decided.procedures:
        return f"held, but not by `{wanted}`" if decided.procedures else f"not held by `{wanted}`"
    exactly = case.get("procedures")
    if exactly and set(exactly) != set(decided.procedures):
        return f"held by {_listed(decided.procedures)}, expected {_listed(exactly)}"
    requires = case.get("requires") or {}
    if not isinstance(requires, Mapping):
        return "`requires` is not a mapping from procedures to what they ask of people"
    for name, clauses in requires.items():
        if name not in decided.asked:
            return f"not held by `{name}`"
        asked = asks_in(str(clauses))
        if asked is None:
            return f"`{clauses}` is not what a procedure can require"
        if asked != asks(decided.asked[name]):
            return f"`{name}` asks of people: {requires_of(decided.asked[name])}; expected: {clauses}"
    score = case.get("score")
    if score:
        expected = exact(score)
        if expected is None:
            return f"`{score}` is not a score"
        if expected != decided.score:
            return f"the score is {decided.score}, expected {score}"
    lost = [rule for rule in case.get("observed") or () if rule not in decided.observed]
    if lost:
        return f"not observed by {_listed(lost)}"
    extra = [rule for rule in case.get("unobserved") or () if rule in decided.observed]
    return f"observed by {_listed(extra)}" if extra else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def exact(score: object) -> Decimal | None:
    """The number of a decimal text; ``None`` for anything else."""
    try:
        number = Decimal(str(score))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def is_rejected(case: Mapping[str, Any]) -> bool:
    """Whether a person said that the case is not wanted: it is kept, and not run."""
    return case.get("origin") == "rejected"


# ---- what a procedure asks of people ---------------------------------------------------------------------------------


def requires_of(procedure: Procedure) -> str:
    """Approvals, times and what follows without them, in Cedar+'s clauses on one line; the trigger left out."""
    return " ".join(text for key, text in render_clauses(procedure) if key not in _OF_TRIGGERS)


def asks(procedure: Procedure) -> str:
    """The meaning of :func:`requires_of`, as a digest."""
    bare = replace(procedure, name="p", action=_TRIGGER, amendment=None, when=None, annotations=())
    return core_digest(bare)


@lru_cache(maxsize=1024)
def asks_in(requires: str) -> str | None:
    """The same for a text; ``None`` for one that is not the inside of a procedure, or holds a trigger."""
    parsed = parse(f'procedure p {{ on action == Action::"a" {requires} }}')
    statements = parsed.statements
    if parsed.diagnostics or len(statements) != 1 or not isinstance(statements[0], Procedure):
        return None
    procedure = desugar(statements[0])
    assert isinstance(procedure, Procedure)
    return None if procedure.when is not None or procedure.amendment else asks(procedure)


# ---- which cases are the same ----------------------------------------------------------------------------------------


def case_key(case: Mapping[str, Any]) -> str:
    """One text for all spellings of one question: its request with its entities, whatever is expected of it.

    Entities, parents and the members of sets have no order. An absent context is an empty one.
    """
    request = case.get("request")
    asked = {"context": {}, **request} if isinstance(request, Mapping) else request
    if isinstance(asked, dict) and "speech" in asked:  # messages have an order
        asked["speech"] = _text(asked["speech"])
    entities = case.get("entities", ())
    rows = [_plain(row) for row in entities] if isinstance(entities, Sequence) else entities
    ordered = sorted(_text(row) for row in rows) if isinstance(rows, list) else rows
    return _text([_plain(asked), ordered])


def _plain(value: Any) -> Any:
    """Lists in Cedar's JSON are sets, so that their order and what stands in them twice is nothing."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        members = {_text(inner): inner for inner in map(_plain, value)}
        return [members[key] for key in sorted(members)]
    return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
