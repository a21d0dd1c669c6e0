"""The smallest change to a request, or to what is known, that flips its decision.

Every input that the rules can read is pinned (``analysis.pinning``). Where the solver says that certain pins cannot all
stay, at least one of them must give way; the lightest set that has one of each such group is tried next, until it is
enough: no smaller set is, which is a proof. What gives way is then brought as near to what it was as it can be. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.analysis.given import EntityPlace, ParentPlace, value_at
from workbench.analysis.hitting import TooManySteps, lightest
from workbench.analysis.model import Case
from workbench.analysis.nearing import Nearing
from workbench.analysis.pinning import Part, Pins
from workbench.analysis.prover import Prover
from workbench.analysis.replay import NotReproduced
from workbench.analysis.results import Closest, Outcome, RequestEnvironment
from workbench.analysis.search import Search, Sought
from workbench.analysis.solver import afresh
from workbench.analysis.space import Ruling
from workbench.analysis.task import Task
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported
from workbench.engine.conversion import InputError
from workbench.engine.entities import Entities
from workbench.engine.request import Request
from workbench.engine.validate import EntityError, rules_for
from workbench.engine.values import EntityUid
from workbench.language.literals import quote
from workbench.language.program import Program

MOST_QUESTIONS = 150
CUT = "only some of the entities that could take the place of others were tried"
NOT_SMALLEST = "whether fewer changes would do was not settled within the limit"


def closest(
    program: Program,
    request: Request | Mapping[str, Any],
    entities: Entities | Sequence[Any],
    task: Task,
    *,
    wanted: Outcome | None = None,
) -> Closest:
    """The fewest changes after which ``request`` is ``wanted`` (default: allow; deny for one that is allowed).

    What can change: the context, attributes, tags, memberships, whether an entity is known; not who does what to what.
    Of sets of changes that are as small, those that a caller could make come first. Verdict ``fails``: here is one;
    ``holds``: proved that there is none. Raises ``ValueError`` for a program without a schema.
    """
    with afresh():  # the same request has the same answer
        return replace(_closest(program, request, entities, task, wanted), assumption=task.assumption)


def _closest(
    program: Program,
    request: Request | Mapping[str, Any],
    entities: Entities | Sequence[Any],
    task: Task,
    wanted: Outcome | None,
) -> Closest:
    asked = request if isinstance(request, Request) else Request.from_json(request)
    given = Task(replace(task.assumption, data="missing"), task.limit_ms, task.stop, task.tell, task.memory)
    prover = Prover(program, given)
    environment = RequestEnvironment(asked.principal.type, (asked.action.type, asked.action.id), asked.resource.type)
    try:
        rules = rules_for(prover.schema)
        assert rules is not None
        context = rules.context_of(asked)
        known = Entities.from_json(entities.to_json() if isinstance(entities, Entities) else entities, prover.schema)
        now = prover.replay.outcome(Case(asked.to_json(), tuple(known.to_json())), task.assumption.semantics)
    except (InputError, EntityError, NotReproduced) as error:
        return Closest("unsupported", wanted or "allow", why=f"the request cannot be decided: {error}")
    target: Outcome = wanted or ("deny" if now == "allow" else "allow")
    complete = task.assumption.data == "complete"
    try:
        ruling = prover.space(environment).ruling(prover.rules(environment))
        term = _deciding(ruling, target)
        pins = Pins(prover.space(environment), term, asked, context, known, complete=complete)
    except Unsupported as error:
        return Closest("unsupported", target, why=str(error))
    return _Hunt(prover, prover.search(environment), pins, term, target).run(now)


def _deciding(ruling: Ruling, outcome: Outcome) -> Term:
    return {"allow": ruling.allow, "deny": ruling.deny, "hold": ruling.hold}[outcome]


class _Hunt:
    """One search for a change."""

    def __init__(self, prover: Prover, search: Search, pins: Pins, term: Term, target: Outcome) -> None:
        self._prover = prover
        self._search = search
        self._pins = pins
        self._term = term
        self._target: Outcome = target
        self._semantics = prover.task.assumption.semantics
        self._questions = 0

    def run(self, now: Outcome) -> Closest:
        try:
            if now == self._target:
                return Closest("fails", self._target, (), self._prover.witness(self._pins.given.case()), minimal=True)
            return self._changed()
        except NotReproduced as error:
            return Closest("undecided", self._target, why=f"the engines do not agree on the request: {error}")

    def _changed(self) -> Closest:
        parts = self._pins.parts
        anything = self._ask(frozenset(parts), replayed=False)
        if anything.verdict == "none":
            if not self._pins.ample:
                return Closest("undecided", self._target, why=CUT)
            return Closest("holds", self._target, minimal=True)
        loose, why = self._smallest(), ""
        proved = loose is not None
        if loose is None:
            if anything.verdict != "found":
                return Closest("undecided", self._target, why=anything.why)
            loose, why = self._small(), NOT_SMALLEST
        found = self._ask(loose)
        if found.value is None:
            return Closest("undecided", self._target, why=found.why or NOT_SMALLEST)
        case = self._neared(loose, found.value)
        if self._pins.given.cut and len(loose) > 1:
            proved, why = False, CUT
        if not self._pins.ample and len(loose) > 1:
            proved, why = False, CUT
        return Closest("fails", self._target, self._told(loose, case), self._prover.witness(case), proved, why)

    # ---- which pins give way

    def _smallest(self) -> frozenset[str] | None:
        """The lightest set of parts that, given way, is enough; ``None`` where that was not settled."""
        weight = {key: part.weight for key, part in self._pins.parts.items()}
        clashes: list[tuple[str, ...]] = []
        while self._questions < MOST_QUESTIONS:
            try:
                loose = lightest(clashes, weight)
            except TooManySteps:
                return None
            found = self._ask(loose)
            if found.verdict == "found":
                return loose
            if found.verdict == "undecided" or not found.core:
                return None
            clashes.append(found.core)
        return None

    def _small(self) -> frozenset[str]:
        """A set of which no part can be spared: pins are put back one by one, the heaviest first."""
        loose = set(self._pins.parts)
        for key in sorted(loose, key=lambda key: (-self._pins.parts[key].weight, key)):
            if self._ask(frozenset(loose - {key}), replayed=False).verdict == "found":
                loose.remove(key)
        return frozenset(loose)

    def _ask(self, loose: frozenset[str], also: Sequence[Term] = (), *, replayed: bool = True) -> Sought[Case]:
        """Whether it is enough that these give way; ``replayed``: that each of them must, so that the case is known."""
        self._questions += 1
        self._prover.task.step(self._questions, MOST_QUESTIONS, "looking for a smaller change")
        kept = {key: part.term for key, part in self._pins.parts.items() if key not in loose}
        fixed = [self._term, *self._pins.fixed, *also]
        return self._search.find(kept, lambda case: self._applied(loose, case) if replayed else case, also=fixed)

    # ---- what they become

    def _applied(self, loose: frozenset[str], model: Case) -> Case:
        """The given world, changed as a model says. Raises ``NotReproduced`` where that does not flip the decision."""
        case = self._pins.given.edited((part.place, self._becomes(part, model)) for part in self._loose(loose))
        outcome = self._prover.replay.outcome(case, self._semantics)
        if outcome != self._target:
            raise NotReproduced(f"the changed request is decided `{outcome}`")
        return case

    def _loose(self, loose: frozenset[str]) -> list[Part]:
        return [part for key, part in self._pins.parts.items() if key in loose]

    def _becomes(self, part: Part, model: Case) -> Any:
        value = value_at(model, part.place)
        if isinstance(part.place, EntityPlace) and value is not None:
            above = self._search.space.schema.entity_ancestors(part.place.uid.type)
            return {**value, "parents": [each for each in value["parents"] if each["type"] in above]}
        if isinstance(part.place, ParentPlace):  # a model's case tells memberships, not what they follow from
            entity = self._pins.given.known[part.place.child]
            return entity is None or part.place.parent not in entity.parents
        return value

    def _neared(self, loose: frozenset[str], case: Case) -> Case:
        near = Nearing(self._pins, lambda also: self._ask(loose, also))
        for part in self._loose(loose):
            case = near.of(part, case)
        return case

    def _told(self, loose: frozenset[str], case: Case) -> tuple[tuple[str, Any, Any], ...]:
        """The changes with their paths, and JSON values."""
        before = self._pins.given.case()
        told: list[tuple[str, Any, Any]] = []
        for part in self._loose(loose):
            was, becomes = (value_at(at, part.place) for at in (before, case))
            if isinstance(part.place, EntityPlace):
                told.append((part.path, was and was["attrs"], becomes and becomes["attrs"]))
                told += _and_more(part.path, becomes)
            else:
                told.append((part.path, was, becomes))
        return tuple(told)


def _and_more(path: str, row: Mapping[str, Any] | None) -> Iterator[tuple[str, Any, Any]]:
    """What a new entity is in, and its tags."""
    if row is not None:
        for parent in row["parents"]:
            yield f"{path} in {EntityUid(parent['type'], parent['id'])}", False, True
        for name, value in row.get("tags", {}).items():
            yield f"{path} tag {quote(name)}", None, value
