"""What a change of a constitution means: which requests are decided otherwise, and what is not.

Pure. Request environments are looked at one by one; where the rules that bear on one are the same on both sides nothing
needs to be asked. Where the schema differs too, the requests compared are those that both sides have, each side leaving
out what it does not know (``analysis.merged``); what exists on one side only is said, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from workbench.analysis.completing import completed, looked_into
from workbench.analysis.environments import bearing, environments
from workbench.analysis.facts import Facts
from workbench.analysis.merged import Merged, MergedFacts, merge, projected
from workbench.analysis.model import Case
from workbench.analysis.prover import memory_key
from workbench.analysis.replay import NotReproduced, Replay
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
from workbench.analysis.space import Ruling, Space
from workbench.analysis.task import Task
from workbench.analysis.terms import Term
from workbench.analysis.tidy import tidied
from workbench.analysis.values import Unsupported
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema
from workbench.language.schema_diff import diff_schemas

MOST_WITNESSES = 12
"""Distinct witnesses over a whole difference; each change that there is in an environment has one all the same."""
_BECOMES: Mapping[Change, Outcome] = {"permitted": "allow", "denied": "deny", "held": "hold"}


def difference(before: Program, after: Program, task: Task) -> Difference:
    """What ``after`` decides otherwise than ``before``. Both have schemas. Raises ``Stopped`` and ``SolverMissing``."""
    comparison = Comparison(before, after, task)
    both = comparison.environments
    found: list[EnvironmentDifference] = []
    left = MOST_WITNESSES
    for done, environment in enumerate(both):
        task.step(done, len(both), str(environment))
        one = comparison.of(environment, left)
        left = max(0, left - len(one.witnesses))
        found.append(one)
    task.step(len(both), len(both), "")
    only_before, only_after = comparison.one_sided()
    return Difference(task.assumption, tuple(found), only_before, only_after, comparison.scores())


@dataclass(frozen=True, slots=True)
class Sides:
    """One environment of both programs: the world that both share, and what each decides in it."""

    search: Search
    old: Space
    new: Space
    before: Ruling
    after: Ruling


class Comparison:
    """Two programs, and both engines over each."""

    def __init__(self, before: Program, after: Program, task: Task) -> None:
        if before.schema is None or after.schema is None:
            raise ValueError("only programs that were checked against a schema can be compared")
        self.before, self.after, self.task = before, after, task
        self._old: Schema = before.schema
        self._new: Schema = after.schema
        self.same_schema = before.schema == after.schema
        mine = set(environments(self._new))
        self.environments = tuple(each for each in environments(self._old) if each in mine)

    @cached_property
    def _replays(self) -> tuple[Replay, Replay]:
        return Replay(self.before), Replay(self.after)

    def sides(self, environment: RequestEnvironment) -> Sides:
        """Both programs in the world of one environment. Raises :class:`Unsupported`."""
        old = Space(self._old, environment, self.task.assumption)
        if self.same_schema:
            new, search = old, Search(old, self.task)
        else:
            new = Space(self._new, environment, self.task.assumption, terms=old.terms)
            merged = merge(self._old, self._new, environment)
            whole = Space(merged.schema, environment, self.task.assumption, terms=old.terms)
            search = Search(whole, self.task, _facts(whole, merged))
        return Sides(
            search,
            old,
            new,
            old.ruling(bearing(self.before.rules, environment, self._old)),
            new.ruling(bearing(self.after.rules, environment, self._new)),
        )

    def rules(self, environment: RequestEnvironment) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
        """The rules of both sides that decide here; preferences and observed rules do not."""
        ours = self.task.assumption.semantics == "cedar+"

        def deciding(rules: Iterable[Rule], schema: Schema) -> tuple[Rule, ...]:
            kinds = ("permit", "forbid", "procedure") if ours else ("permit", "forbid")
            return tuple(r for r in bearing(rules, environment, schema) if r.stage == "enforce" and r.kind in kinds)

        return deciding(self.before.rules, self._old), deciding(self.after.rules, self._new)

    # ---- one environment

    def of(self, environment: RequestEnvironment, most: int = MOST_WITNESSES) -> EnvironmentDifference:
        """What changes for its requests; at most ``most`` witnesses, but at least one for each change there is."""
        old, new = self.rules(environment)
        same = {rule.digest for rule in old} == {rule.digest for rule in new}
        if same and self.same_schema:  # else `has` may see an attribute that it did not know
            return EnvironmentDifference(environment, dict.fromkeys(CHANGES, "holds"), touched=False)
        memory = self.task.memory
        key = memory_key(self.task, "difference", environment, [(self._old, old), (self._new, new)], str(most))
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
        """What our engine says of a case on both sides. Raises ``NotReproduced`` where it does not fit."""
        old, new = self._replays
        semantics = self.task.assumption.semantics
        one, two = self._taken(case)
        return old.outcome(one, semantics), new.outcome(two, semantics)

    def witness(self, case: Case) -> Witness:
        """The case with what both engines say of it on both sides. Raises ``NotReproduced`` where they differ."""
        old, new = self._replays
        semantics = self.task.assumption.semantics
        one, two = self._taken(case)
        return Witness(case.request, case.entities, new.judged(two, semantics), old.judged(one, semantics))

    def _taken(self, case: Case) -> tuple[Case, Case]:
        if self.same_schema:
            return case, case
        return projected(case, self._old), projected(case, self._new)

    def speaking(self, case: Case) -> tuple[frozenset[str], frozenset[str]]:
        """The ids of the rules of both sides that have something to say of a case. Raises as :meth:`outcomes`."""
        old, new = self._replays
        semantics = self.task.assumption.semantics
        one, two = self._taken(case)
        return old.speaking(one, semantics), new.speaking(two, semantics)

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
        if self.same_schema:
            return (), ()
        old, new = [], []
        for change in diff_schemas(self._old, self._new).changes:
            if change.part == "words":
                continue
            if change.kind == "removed":
                old.append(f"{change.part} `{change.name}`: {change.why}")
            elif change.kind == "added":
                new.append(f"{change.part} `{change.name}`: {change.why}")
            else:
                new.append(
                    f"{change.part} `{change.name}`, {change.before} before and {change.after} now: {change.why}"
                )
        return tuple(old), tuple(new)

    def scores(self) -> tuple[str, ...]:
        """The ids of preferences that only one side has."""
        sides = [
            {rule.digest: rule.id for rule in program.rules if rule.kind == "prefer" and rule.stage == "enforce"}
            for program in (self.before, self.after)
        ]
        return tuple(dict.fromkeys(side[d] for side in sides for d in side if d not in sides[0] or d not in sides[1]))


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
        said = [self._sides.old.rule(self._gone[id]) for id in sorted(signature.gone)]
        said += [self._sides.new.rule(self._come[id]) for id in sorted(signature.come)]
        terms = self._sides.search.space.terms
        return terms.and_(*(terms.or_(each.satisfied, each.erring) for each in said))
