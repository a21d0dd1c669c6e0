"""Results made by hand on a real program: witnesses are decided by the engine, so that their words can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.results import (
    Answer,
    ChangeWitness,
    Difference,
    EnvironmentDifference,
    Judged,
    Kind,
    RequestEnvironment,
    Verdict,
    Witness,
)
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.program import Program

SCHEMA = """entity Team;
entity User in [Team] = { role: String, trust: Long, boss?: User } tags String;
entity Doc = { labels: Set<String>, owner: User, size: { pages: Long, "odd name": String } };
type Facts = { amount: Long, "by hand"?: Bool };
action read appliesTo { principal: [User], resource: [Doc], context: Facts };
action write appliesTo { principal: [User], resource: [Doc, User], context: Facts };
"""
RULES = """@id("readers")
@english("Users may read documents.")
permit (principal, action == Action::"read", resource);
@id("secrets")
forbid (principal, action == Action::"read", resource)
when { resource.labels.contains("secret") && principal.trust < 3 };
@id("writers")
permit (principal, action == Action::"write", resource is Doc)
when { principal == resource.owner && principal in Team::"desk" && context.amount <= 10 };
@id("sum")
forbid (principal, action == Action::"write", resource is Doc) when { context.amount + 1 > 1000 };
procedure two_eyes {
  on action == Action::"write"
  when amount > 5
  require approval from principal where principal.role == "lead"
}
@id("better")
prefer score(1.5) (principal, action == Action::"read", resource) when { context.amount < 10 };
"""
CEDAR = Assumption("cedar", "missing")
READ = RequestEnvironment("User", ("Action", "read"), "Doc")
WRITE = RequestEnvironment("User", ("Action", "write"), "Doc")


def program(text: str = RULES, schema: str = SCHEMA) -> Program:
    """A checked program."""
    found = check(text, schema)
    assert found.program is not None, found.errors
    return found.program


PROGRAM = program()


def user(name: str = "ann", *, trust: int = 1, parents: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """An entity of type User in Cedar's JSON form."""
    return {
        "uid": {"type": "User", "id": name},
        "attrs": {"role": "clerk", "trust": trust, **more},
        "parents": [{"type": "Team", "id": team} for team in parents],
    }


def doc(*labels: str, owner: str = "ann") -> dict[str, Any]:
    """The document ``plan``."""
    return {
        "uid": {"type": "Doc", "id": "plan"},
        "attrs": {
            "labels": list(labels),
            "owner": {"__entity": {"type": "User", "id": owner}},
            "size": {"pages": 7, "odd name": "x"},
        },
        "parents": [],
    }


def witness(
    action: str = "read",
    *entities: Mapping[str, Any],
    amount: int = 1,
    resource: str = 'Doc::"plan"',
    by: Program = PROGRAM,
    semantics: Literal["cedar+", "cedar"] = "cedar+",
    before: Program | None = None,
) -> Witness:
    """A witness as the analyses make one: replayed by the engine, under the semantics that are asked for."""
    request = {
        "principal": 'User::"ann"',
        "action": f'Action::"{action}"',
        "resource": resource,
        "context": {"amount": amount},
    }
    was = None if before is None else judged(before, request, entities, semantics)
    return Witness(request, entities, judged(by, request, entities, semantics), was)


def judged(by: Program, request: Mapping[str, Any], entities: Sequence[Mapping[str, Any]], semantics: Any) -> Judged:
    """What the engine says of a request, under either semantics."""
    known = Entities.from_json(list(entities), schema=by.schema)
    decision = Evaluator(by).decide(Request.from_json(request), known, semantics=semantics)
    plain = Evaluator(by).decide(Request.from_json(request), known, semantics="cedar")
    cedar: Literal["allow", "deny"] = "allow" if plain.outcome == "allow" else "deny"
    failed = tuple(error.rule for error in decision.errors)
    return Judged(decision.outcome, cedar, decision.code, decision.reasons, failed)


def answer(kind: Kind, verdict: Verdict, about: str = "readers", **more: Any) -> Answer:
    """An answer under our assumption, unless ``more`` says otherwise."""
    return Answer(**{"kind": kind, "about": about, "verdict": verdict, "assumption": OURS, **more})


def environment(
    permitted: Verdict = "holds", denied: Verdict = "holds", held: Verdict = "holds", **more: Any
) -> EnvironmentDifference:
    """What changes for one kind of request; every change that fails has a witness."""
    where = more.pop("where", READ)
    verdicts: dict[Any, Verdict] = {"permitted": permitted, "denied": denied, "held": held}
    shown = more.pop("shown", None) or tuple(
        ChangeWitness(change, change_witness(change), ("readers",))
        for change in verdicts
        if verdicts[change] == "fails"
    )
    return EnvironmentDifference(where, verdicts, shown, **more)


def change_witness(change: str, before: Literal["allow", "deny", "hold"] | None = None) -> Witness:
    """A request that changes so; from a deny unless it becomes one."""
    after: Any = {"permitted": "allow", "denied": "deny", "held": "hold"}[change]
    was: Any = before or ("allow" if after == "deny" else "deny")
    cedar = {"allow": "allow", "deny": "deny", "hold": "allow"}
    code = {"allow": "allowed", "deny": "not_permitted", "hold": "held"}
    found = witness("read", user(), doc())
    return Witness(
        found.request,
        found.entities,
        Judged(after, cedar[after], code[after]),  # type: ignore[arg-type]
        Judged(was, cedar[was], code[was]),  # type: ignore[arg-type]
    )


def difference(*environments: EnvironmentDifference, **more: Any) -> Difference:
    """A difference under our assumption."""
    return Difference(OURS, environments, **more)
