"""Statements put to request environments: is there a request that refutes it? Known requests first, then the solver.

A statement is refuted by a request of which a term is true and that nothing excuses. What excuses (forbids that deny,
rules that cover) is added bit by bit, as requests show that it matters; so questions stay small, and a proof names few
rules. A rule that cannot be encoded is taken to say anything: a proof holds whatever it says, and a request is tried on
the engines anyway. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

from workbench.analysis.completing import completed, looked_into
from workbench.analysis.environments import touched
from workbench.analysis.law import Blame, Law, Seen, covering
from workbench.analysis.model import Case
from workbench.analysis.prover import Prover
from workbench.analysis.replay import NotReproduced
from workbench.analysis.results import Answer, Kind, RequestEnvironment, Verdict, Witness, worst
from workbench.analysis.search import NOT_REPRODUCED, TIME_LIMIT, Lacking
from workbench.analysis.seeing import Sight
from workbench.analysis.task import Task
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported
from workbench.language.program import Program, Rule
from workbench.language.quotation import quoted

Shows: TypeAlias = Callable[[Seen], bool]
Excuses: TypeAlias = Callable[[Seen], Iterable[Blame]]
_MOST_CASES = 128  # remembered of one environment
_TRIED_FIRST = 1  # permits
_PERMITTED = "some permit is satisfied"  # the part of a question; no rule alone may be blamed for it
_SMALL_CORE = 12  # a larger one is not made smaller: it would tell nobody anything


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a statement in one environment: nothing refutes it (``none``), or ``case`` does (``found``).

    ``by``: ids of the rules that a proof needs, in their order.
    """

    verdict: Literal["none", "found", "undecided", "unsupported"]
    case: Case | None = None
    by: tuple[str, ...] = ()
    why: str = ""


def both(one: Settled, other: Settled) -> Settled:
    """Two halves of a statement as one: what refutes either refutes it, and a proof needs both."""
    for verdict in ("found", "undecided", "unsupported"):
        for half in (one, other):
            if half.verdict == verdict:
                return half
    return Settled("none", by=tuple(dict.fromkeys((*one.by, *other.by))))


class Inquiry:
    """One program under one task. ``also``: rules that are not the program's but are looked at too (invariants)."""

    def __init__(self, program: Program, task: Task, also: Iterable[Rule] = ()) -> None:
        self.prover = Prover(program, task)
        self.task = task
        self.program = program
        self.ours = task.assumption.semantics == "cedar+"
        self._also = tuple(also)
        self._laws: dict[RequestEnvironment, Law] = {}
        self._sights: dict[RequestEnvironment, Sight] = {}
        self._needed: dict[str, set[str]] = {}  # for proofs of one name, the names of parts
        self._known: dict[RequestEnvironment, dict[tuple[frozenset[str], frozenset[str]], Seen]] = {}
        self._keys: dict[RequestEnvironment, str] = {}
        self._witnesses: dict[int, tuple[Case, Witness]] = {}
        self._order = {rule.id: place for place, rule in enumerate(program.rules)}

    def bearing(self, rule: Rule) -> tuple[RequestEnvironment, ...]:
        """The environments that a rule bears on, be it the program's or not."""
        return touched((rule,), self.prover.environments, self.prover.schema)

    def law(self, environment: RequestEnvironment) -> Law:
        """What binds the requests of an environment."""
        if environment not in self._laws:
            rules = self.prover.rules(environment)
            self._laws[environment] = Law(self.prover.space(environment), rules, ours=self.ours)
        return self._laws[environment]

    def unsupported(self) -> tuple[str, ...]:
        """Sentences about rules that could not be encoded, as far as they were looked at."""
        whys = dict.fromkeys(why for law in self._laws.values() for why in law.unsupported.values())
        return tuple(f"{why}; in other proofs it counts as saying anything" for why in whys)

    # ---- requests that are known

    def seen(self, environment: RequestEnvironment, case: Case) -> Seen:
        """What our engine makes of a case, rule by rule. Raises ``NotReproduced`` for one that does not fit."""
        if environment not in self._sights:
            self._sights[environment] = Sight(self.law(environment), self.prover.rules(environment), self._also)
        return self._sights[environment].seen(case)

    def _replayed(self, environment: RequestEnvironment, case: Case) -> Seen:
        """The same, once the engine over the whole program has said so too. Raises ``NotReproduced``."""
        seen = self.seen(environment, case)
        outcome = self.prover.replay.outcome(case, self.task.assumption.semantics)
        if outcome != seen.outcome:
            raise NotReproduced(f"the engine says `{outcome}`, and what the rules say comes to `{seen.outcome}`")
        return seen

    @cached_property
    def _looked_into(self) -> tuple[tuple[str, str], ...]:
        return looked_into((*self.program.rules, *self._also))

    def _completed(self, case: Case) -> Case:
        """The case with all entities that the rules take for granted, if they may."""
        complete = self.task.assumption.data == "complete"
        return completed(case, self.prover.schema, self._looked_into) if complete else case

    def _seen_in(self, environment: RequestEnvironment) -> dict[tuple[frozenset[str], frozenset[str]], Seen]:
        """The requests that are known, those of an earlier run among them: each is tried anew before it is used."""
        if environment not in self._known:
            self._known[environment] = {}
            memory = self.task.memory
            for case in (memory.get(self._cases_key(environment)) if memory else None) or ():
                try:
                    self._keep(environment, self._replayed(environment, self._completed(case)))
                except NotReproduced:
                    continue
        return self._known[environment]

    def _keep(self, environment: RequestEnvironment, seen: Seen) -> None:
        self._known[environment].setdefault((seen.satisfied, seen.erring), seen)

    def _cases_key(self, environment: RequestEnvironment) -> str:
        return self.prover.key("requests of interest", environment, ())

    def remember_requests(self) -> None:
        """Keep what was found for the next run, which may be about other rules."""
        if self.task.memory is not None:
            for environment, known in self._known.items():
                cases = tuple(seen.case for seen in known.values())
                self.task.memory.put(self._cases_key(environment), cases[-_MOST_CASES:])

    # ---- one statement in one environment

    def seek(
        self,
        environment: RequestEnvironment,
        wanted: Term,
        shows: Shows,
        excuses: Excuses = lambda _: (),
        every: Iterable[Blame] = (),
        *,
        permits: Collection[Rule] = (),
        like: str = "",
    ) -> Settled:
        """Look for a request that makes ``wanted`` true and that ``shows`` takes.

        ``excuses`` says why it does not take one; ``every`` excuse that there is may be given too, to save questions.
        ``permits``: of which ``shows`` needs one, if there are any here. ``like``: a name for what is asked alike in
        several environments; what proofs needed there is asked about from the start. Raises ``Stopped``,
        ``SolverMissing``.
        """
        if wanted is self.prover.space(environment).terms.false:
            return Settled("none")
        for seen in reversed(self._seen_in(environment).values()):
            if shows(seen):
                return Settled("found", seen.case)
        every = tuple(every)
        covered = covering(wanted, every)
        if covered is not None:
            return Settled("none", by=self._in_order(blame.rule.id for blame in covered))
        needed = self._needed.setdefault(like, set()) if like else set()
        blames = {blame.name: blame for blame in every if blame.name in needed}
        lacked: dict[str, Term] = {}
        if permits and (_PERMITTED in needed or not needed):  # a proof that did without it costs less
            lacked[_PERMITTED] = self.law(environment).some(permits)
        lacked |= {name: blame.not_so for name, blame in blames.items()}

        def confirm(case: Case) -> Seen:
            seen = self.seen(environment, self._completed(case))
            if not shows(seen):
                found = {blame.name: blame for blame in excuses(seen)}
                blames.update(found)
                parts = {name: blame.not_so for name, blame in found.items()}
                if permits and not any(permit.digest in seen.satisfied for permit in permits):
                    parts[_PERMITTED] = self.law(environment).some(permits)
                lacked.update(parts)
                raise Lacking(parts, self._told(found.values()))
            plain = self.prover.tidy(seen.case, lambda simpler: shows(self.seen(environment, simpler)))
            return self._replayed(environment, plain)

        sought = self.prover.search(environment).find(lacked, confirm, also=[wanted], spare=_SMALL_CORE)
        if sought.verdict == "none":
            needed.update(sought.core)
            return Settled("none", by=self._in_order(blames[name].rule.id for name in sought.core if name in blames))
        if sought.value is None:
            return self._open(environment, (wanted, *lacked.values()), sought.why)
        self._keep(environment, sought.value)
        return Settled("found", sought.value.case)

    def seek_permitted(
        self,
        environment: RequestEnvironment,
        wanted: Term,
        shows: Shows,
        excuses: Excuses = lambda _: (),
        every: Iterable[Blame] = (),
        *,
        but: Rule | None = None,
        like: str = "",
    ) -> Settled:
        """The same for a request that some permit permits (``but`` one); a few are tried before all are asked about."""
        law, terms = self.law(environment), self.prover.space(environment).terms
        every, permits = tuple(every), tuple(law.of("permit", but))
        if wanted is terms.false or law.some(permits) is terms.false:
            return Settled("none")
        covered = covering(wanted, every)
        if covered is not None:
            return Settled("none", by=self._in_order(blame.rule.id for blame in covered))
        for permit in self._generous(environment, but):
            both_true = terms.and_(wanted, law.said(permit).satisfied)
            settled = self.seek(environment, both_true, shows, excuses, every, like=like)
            if settled.verdict == "found":
                return settled
        return self.seek(environment, wanted, shows, excuses, every, permits=permits, like=like)

    def _generous(self, environment: RequestEnvironment, but: Rule | None) -> list[Rule]:
        """Permits that are known to let most through."""
        law = self.law(environment)
        passing = [seen for seen in self._seen_in(environment).values() if seen.passes]
        counts = {rule.id: sum(rule.digest in seen.satisfied for seen in passing) for rule in law.of("permit", but)}
        among = sorted(law.of("permit", but), key=lambda rule: -counts[rule.id])
        return [rule for rule in among[:_TRIED_FIRST] if counts[rule.id] or len(among) <= _TRIED_FIRST]

    def _open(self, environment: RequestEnvironment, asked: Iterable[Term], why: str) -> Settled:
        """Not decided; not supported where a rule that could not be encoded may be the cause: it was asked about, and
        more time would not have helped.
        """
        if why != TIME_LIMIT:
            for reason in self.law(environment).beyond(asked):
                return Settled("unsupported", why=reason)
        return Settled("undecided", why=why)

    @staticmethod
    def _told(blames: Iterable[Blame]) -> str:
        return ", ".join(quoted(blame.rule.id) for blame in blames) or "no rule says why"

    def _in_order(self, rules: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(set(rules), key=lambda rule: self._order.get(rule, 0)))

    # ---- remembering

    def remembered(
        self,
        kind: str,
        environment: RequestEnvironment,
        rules: Iterable[Rule] | None,
        ask: Callable[[], Settled],
        *more: str,
    ) -> Settled:
        """What ``ask`` says, or said before. ``rules``: what it depends on; ``None``: all that bear there."""
        memory = self.task.memory
        self.task.stop.check()
        if memory is None:
            return self._asked(ask)
        if rules is None:
            if environment not in self._keys:
                self._keys[environment] = self.prover.key("rules", environment, self.prover.rules(environment))
            key = self.prover.key(kind, environment, (), self._keys[environment], *more)
        else:
            key = self.prover.key(kind, environment, rules, *more)
        found: Settled | None = memory.get(key)
        if found is not None:
            found = self._of_now(environment, rules, found)
        if found is None:
            found = self._asked(ask)
            if found.verdict != "undecided":
                memory.put(key, found)
        return found

    def _of_now(self, environment: RequestEnvironment, rules: Iterable[Rule] | None, found: Settled) -> Settled | None:
        """What was remembered, its request completed for the rules that there are now; ``None`` if that matters."""
        if found.case is None or self.task.assumption.data != "complete":
            return found
        case = self._completed(found.case)
        try:
            was, now = (self.seen(environment, each) for each in (found.case, case))
        except NotReproduced:
            return None
        about = None if rules is None else {rule.digest for rule in rules}
        for before, after in ((was.satisfied, now.satisfied), (was.erring, now.erring)):
            if before != after if about is None else before & about != after & about:
                return None
        return replace(found, case=case)

    @staticmethod
    def _asked(ask: Callable[[], Settled]) -> Settled:
        try:
            return ask()
        except Unsupported as error:
            return Settled("unsupported", why=str(error))

    # ---- one statement everywhere

    def _witness(self, case: Case) -> Witness:
        """The case with what both engines say of it, asked once. Raises ``NotReproduced``."""
        known = self._witnesses.get(id(case))
        if known is None or known[0] is not case:
            known = self._witnesses[id(case)] = (case, self.prover.witness(case))
        return known[1]

    def answer(
        self,
        kind: Kind,
        about: str,
        environments: Iterable[RequestEnvironment],
        ask: Callable[[RequestEnvironment], Settled],
    ) -> Answer:
        """The statement over ``environments``, up to the first that refutes it."""
        among = tuple(environments)
        assumption = self.task.assumption
        verdicts: set[Verdict] = {"holds"}
        by: dict[str, None] = {}
        proved, why = 0, ""
        for environment in among:
            settled = ask(environment)
            if settled.verdict == "found":
                assert settled.case is not None
                try:
                    witness = self._witness(settled.case)
                except NotReproduced as error:
                    settled = Settled("undecided", why=f"{NOT_REPRODUCED}: {error}")
                else:
                    reasons = witness.after.reasons or witness.after.errors
                    return Answer(
                        kind, about, "fails", assumption, environment, witness, reasons, "", proved, len(among)
                    )
            if settled.verdict == "none":
                proved += 1
                by.update(dict.fromkeys(settled.by))
            else:
                verdict: Verdict = "undecided" if settled.verdict == "undecided" else "unsupported"
                if worst({*verdicts, verdict}) != worst(verdicts):
                    why = settled.why
                verdicts.add(verdict)
        verdict = worst(verdicts)
        blamed = self._in_order(by) if verdict == "holds" else ()
        return Answer(kind, about, verdict, assumption, None, None, blamed, why, proved, len(among))
