"""What a change of a constitution means: which requests are decided otherwise, and what is not.

Pure. Request environments are looked at one by one; where the rules that bear on one are the same on both sides nothing
needs to be asked. Where the schema differs too, a request that one side does not take is denied there, and each side
leaves out what it does not know of the data (``analysis.sides``, ``analysis.merged``); what that passes over is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workbench.analysis.completing import completed, looked_into
from workbench.analysis.facts import Facts
from workbench.analysis.merged import Merged, MergedFacts, merge, refuse
from workbench.analysis.model import Case
from workbench.analysis.prover import memory_key
from workbench.analysis.replay import NotReproduced
from workbench.analysis.results import (
    CHANGES,
    Change,
    ChangeWitness,
    Difference,
    EnvironmentDifference,
    Outcome,
    RequestEnvironment,
    Verdict,
    Witness,
)
from workbench.analysis.search import Search, Sought
from workbench.analysis.sides import Side
from workbench.analysis.space import Ruling, Space
from workbench.analysis.task import Task
from workbench.analysis.terms import Term, Terms, cone
from workbench.analysis.tidy import tidied
from workbench.analysis.values import Unsupported
from workbench.language.program import Program, Rule
from workbench.language.quotation import quoted
from workbench.language.schema_diff import diff_schemas

MOST_WITNESSES = 12
"""Distinct witnesses over a whole difference; each change that there is in an environment has one all the same."""
_BECOMES: Mapping[Change, Outcome] = {"permitted": "allow", "denied": "deny", "held": "hold"}


def difference(before: Program, after: Program, task: Task) -> Difference:
    """What ``after`` decides otherwise than ``before``. Both have schemas. Raises ``Stopped`` and ``SolverMissing``."""
    comparison = Comparison(before, after, task)
    every = comparison.environments
    found: list[EnvironmentDifference] = []
    left = MOST_WITNESSES
    for done, environment in enumerate(every):
        task.step(done, len(every), str(environment))
        one = comparison.of(environment, left)
        left = max(0, left - len(one.witnesses))
        found.append(one)
    task.step(len(every), len(every), "")
    only_before, only_after = comparison.one_sided()
    return Difference(task.assumption, tuple(found), only_before, only_after, comparison.scores())


@dataclass(frozen=True, slots=True)
class Sides:
    """One environment of both programs: the world that both share, and what each decides in it."""

    search: Search
    old: Space | None
    new: Space | None
    before: Ruling
    after: Ruling


class Comparison:
    """Two programs, and both engines over each."""

    def __init__(self, before: Program, after: Program, task: Task) -> None:
        if before.schema is None or after.schema is None:
            raise ValueError("only programs that were checked against a schema can be compared")
        self.before, self.after, self.task = before, after, task
        self._schemas = before.schema, after.schema
        self.same_schema = before.schema == after.schema
        self._old = Side(before, before.schema, task.assumption, after.schema)
        self._new = Side(after, after.schema, task.assumption, before.schema)
        self.environments = tuple(dict.fromkeys((*self._old.environments, *self._new.environments)))

    def sides(self, environment: RequestEnvironment) -> Sides:
        """Both programs in the world of one environment. Raises :class:`Unsupported`."""
        terms = Terms()
        old = self._old.space(environment, terms)
        new = old if self.same_schema else self._new.space(environment, terms)
        before, after = (side.ruling(space, environment, terms) for side, space in ((self._old, old), (self._new, new)))
        if self.same_schema and old is not None:
            return Sides(Search(old, self.task), old, new, before, after)
        merged = merge(*self._schemas, environment)
        for term in cone([before.allow, before.hold, after.allow, after.hold]):
            refuse(
                merged, term
            )  # here: what both sides say alike would cancel out, though they understand it otherwise
        whole = Space(merged.schema, environment, self.task.assumption, terms=terms)
        return Sides(Search(whole, self.task, _facts(whole, merged)), old, new, before, after)

    def rules(self, environment: RequestEnvironment) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
        """The rules of both sides that decide here; preferences and observed rules do not."""
        return self._old.rules(environment), self._new.rules(environment)

    # ---- one environment

    def of(self, environment: RequestEnvironment, most: int = MOST_WITNESSES) -> EnvironmentDifference:
        """What changes for its requests; at most ``most`` witnesses, but at least one for each change there is."""
        old, new = self.rules(environment)
        same = {rule.digest for rule in old} == {rule.digest for rule in new}
        if same and self.same_schema:  # else `has` may see an attribute that it did not know
            return EnvironmentDifference(environment, dict.fromkeys(CHANGES, "holds"), touched=False)
        memory = self.task.memory
        key = memory_key(
            self.task, "difference", environment, list(zip(self._schemas, (old, new), strict=True)), str(most)
        )
        remembered = memory.get(key) if memory is not None else None
        if isinstance(remembered, EnvironmentDifference):
            return remembered
        found = self._compared(environment, old, new, most)
        if memory is not None and not {"undecided"} & set(found.verdicts.values()):
            memory.put(key, found)
        return found

    def _compared(
        self, environment: RequestEnvironment, old: tuple[Rule, ...], new: tuple[Rule, ...], most: int
    ) -> EnvironmentDifference:
        verdicts: dict[Change, Verdict] = {}
        why: dict[Change, str] = {}
        witnesses: list[ChangeWitness] = []
        exhausted: dict[Change, bool] = {}
        try:
            looking = _Looking(self, self.sides(environment), old, new)
            for change in CHANGES:
                seen: list[ChangeWitness] = []
                while True:
                    sought = looking.find(change)
                    if sought.value is None or (len(seen) + 1 + len(witnesses) > max(most, 1) and seen):
                        break
                    seen.append(sought.value)
                witnesses += seen
                verdicts[change] = _verdict(sought, seen)
                if seen:
                    exhausted[change] = sought.verdict == "none" and change not in looking.vague
                if sought.verdict == "undecided":
                    why[change] = sought.why
        except Unsupported as error:
            for change in CHANGES:
                if verdicts.setdefault(change, "unsupported") == "unsupported":
                    why[change] = str(error)
        return EnvironmentDifference(environment, verdicts, tuple(witnesses), exhausted, why)

    # ---- confirmation

    def outcomes(self, case: Case) -> tuple[Outcome, Outcome]:
        """What our engine says of a case on both sides. Raises ``NotReproduced`` for data that do not fit."""
        return self._old.outcome(case), self._new.outcome(case)

    def witness(self, case: Case) -> Witness:
        """The case with what both engines say of it on both sides. Raises ``NotReproduced`` where they differ."""
        return Witness(case.request, case.entities, self._new.judged(case), self._old.judged(case))

    def speaking(self, case: Case) -> tuple[frozenset[str], frozenset[str]]:
        """The ids of the rules of both sides that have something to say of a case. Raises as :meth:`outcomes`."""
        return self._old.speaking(case), self._new.speaking(case)

    def confirming(
        self,
        space: Space,
        shows: Callable[[Outcome, Outcome], bool],
        keeps: Callable[[Case], bool] = lambda _: True,
    ) -> Callable[[Case], Witness]:
        """A confirmation for ``Search.find``: the outcomes on both sides must be as sought; the case is tidied.

        ``keeps``: what must stay so of the case while it is made plain, besides its outcomes.
        """

        def holds(case: Case) -> bool:
            try:
                return shows(*self.outcomes(case)) and keeps(case)
            except NotReproduced:
                return False

        complete = self.task.assumption.data == "complete"
        named = looked_into((*self.before.rules, *self.after.rules)) if complete else ()

        def confirm(case: Case) -> Witness:
            case = completed(case, space.schema, named)
            if not shows(*self.outcomes(case)):
                raise NotReproduced(f"{case.request['principal']} {case.request['action']} {case.request['resource']}")
            return self.witness(tidied(case, space.schema, holds, complete=complete))

        return confirm

    # ---- the rest

    def one_sided(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What only the old schema has, and what only the new one has, or has otherwise; in words."""
        old, new = [], []
        for change in () if self.same_schema else diff_schemas(*self._schemas).changes:
            name = f"{change.part} {quoted(change.name)}"
            if change.part == "words":
                continue  # no decision rests on them
            if change.kind == "removed":
                old.append(f"{name}{_which(change.name, change.before)}: {change.why}")
            elif change.kind == "added":
                new.append(f"{name}{_which(change.name, change.after)}: {change.why}")
            else:
                new.append(f"{name}, {quoted(change.before)} before and {quoted(change.after)} now: {change.why}")
        return tuple(old), tuple(new)

    def scores(self) -> tuple[str, ...]:
        """The ids of preferences that only one side has."""
        sides = [
            {rule.digest: rule.id for rule in program.rules if rule.kind == "prefer" and rule.stage == "enforce"}
            for program in (self.before, self.after)
        ]
        return tuple(dict.fromkeys(side[d] for side in sides for d in side if d not in sides[0] or d not in sides[1]))


def _which(name: str, what: str) -> str:
    """What exactly was added or removed, where the name does not say it: ``the id "x"``, a type."""
    return "" if what in ("", name) else f", {what if what.startswith('the ') else quoted(what)}"


def _facts(whole: Space, merged: Merged) -> Callable[[], Facts]:
    return lambda: MergedFacts(whole.encoder, merged)


def _verdict(last: Sought[ChangeWitness], seen: list[ChangeWitness]) -> Verdict:
    if seen or last.verdict == "found":
        return "fails"
    return "holds" if last.verdict == "none" else "undecided"


@dataclass(frozen=True, slots=True)
class _Signature:
    """The changed rules that explain a witness: ids of rules of the older program, and of the newer one."""

    gone: frozenset[str]
    come: frozenset[str]


class _Looking:
    """Looks for changed requests of one environment, each time for one that other rules explain."""

    def __init__(self, comparison: Comparison, sides: Sides, old: tuple[Rule, ...], new: tuple[Rule, ...]) -> None:
        self._comparison = comparison
        self._sides = sides
        both = {rule.digest for rule in old} & {rule.digest for rule in new}
        self._gone = {rule.id: rule for rule in old if rule.digest not in both}
        self._come = {rule.id: rule for rule in new if rule.digest not in both}
        self._explained: dict[Change, list[_Signature]] = {change: [] for change in CHANGES}  # those that were found
        self.vague: set[Change] = set()  # changes with a witness that no changed rule explains: none is exhausted

    def find(self, change: Change) -> Sought[ChangeWitness]:
        """A request that changes so, not explained as those that were found already are."""
        terms = self._sides.search.space.terms
        wanted = _BECOMES[change]
        before, after = self._sides.before, self._sides.after
        changed = terms.and_(getattr(after, wanted), terms.not_(getattr(before, wanted)))
        explained = self._explained[change]
        changed = terms.and_(changed, *(terms.not_(self._saying(each)) for each in explained))
        space = self._sides.search.space

        def changes(was: Outcome, becomes: Outcome) -> bool:
            return becomes == wanted and was != wanted

        def is_new(case: Case) -> bool:
            old, new = self._comparison.speaking(case) if explained else (frozenset(), frozenset())
            return not any(each.gone <= old and each.come <= new for each in explained)

        sought = self._sides.search.find(changed, self._comparison.confirming(space, changes, is_new))
        if sought.value is None:
            return Sought(sought.verdict, None, sought.core, sought.why)
        witness = sought.value
        assert witness.before is not None
        old, new = ((*each.reasons, *each.permits, *each.errors) for each in (witness.before, witness.after))
        gone, come = [id for id in old if id in self._gone], [id for id in new if id in self._come]
        if not gone and not come:
            self.vague.add(change)
        explained.append(_Signature(frozenset(gone), frozenset(come)))
        blamed = [*gone, *come] or [*old, *new]
        return Sought(sought.verdict, ChangeWitness(change, witness, tuple(dict.fromkeys(blamed))))

    def _saying(self, signature: _Signature) -> Term:
        """That these changed rules have something to say, each on its side."""
        sides = ((self._sides.old, self._gone, signature.gone), (self._sides.new, self._come, signature.come))
        said = [space.rule(rules[id]) for space, rules, ids in sides if space is not None for id in sorted(ids)]
        terms = self._sides.search.space.terms
        return terms.and_(*(terms.or_(each.satisfied, each.erring) for each in said))
