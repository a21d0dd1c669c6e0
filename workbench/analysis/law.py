"""What binds the requests of one environment, rule by rule, so that a proof can name the rules that it needs. Pure.

``space.ruling`` says what a program decides in one term; here the rules stay apart. A rule that cannot be encoded says
something unknown: whatever is proved beside it holds for everything that it could say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from workbench.analysis.model import Case
from workbench.analysis.results import Outcome
from workbench.analysis.space import Encoded, Space
from workbench.analysis.terms import Term, cone
from workbench.analysis.values import Unsupported
from workbench.language.program import Rule


@dataclass(frozen=True, slots=True)
class Seen:
    """A case, and what our engine makes of it. ``satisfied`` and ``erring`` are digests of rules, observed ones too."""

    case: Case
    satisfied: frozenset[str]
    erring: frozenset[str]
    outcome: Outcome

    @property
    def passes(self) -> bool:
        """Whether it is permitted, be it after approval."""
        return self.outcome != "deny"


@dataclass(frozen=True, slots=True)
class Blame:
    """A rule because of which a request does not show what is sought: where ``so``; ``not_so`` is the contrary."""

    rule: Rule
    erring: bool
    so: Term
    not_so: Term

    @property
    def name(self) -> str:
        """One for each rule and way."""
        return f"{self.rule.digest} {'errs' if self.erring else 'is satisfied'}"


def covering(wanted: Term, blames: Iterable[Blame]) -> tuple[Blame, ...] | None:
    """Blames of which it is plain to see that wherever ``wanted`` is true, one of them is; ``None`` if it is not."""
    among = tuple(blames)
    found: dict[str, Blame] = {}
    for case in wanted.args if wanted.op == "or" else (wanted,):
        known = frozenset(case.args if case.op == "and" else (case,))
        blame = next((blame for blame in among if _follows(known, blame.so)), None)
        if blame is None:
            return None
        found[blame.name] = blame
    return tuple(found.values())


def _follows(known: frozenset[Term], term: Term) -> bool:
    if term in known:
        return True
    if term.op == "and":
        return all(_follows(known, part) for part in term.args)
    if term.op == "or":
        return any(_follows(known, part) for part in term.args)
    return term.op == "const" and bool(term.data)


class Law:
    """``rules``: those that bear on the space's environment. ``ours``: whether errors deny and procedures hold."""

    def __init__(self, space: Space, rules: Iterable[Rule], *, ours: bool) -> None:
        self.space = space
        self.ours = ours
        kinds = ("permit", "forbid", "procedure") if ours else ("permit", "forbid")
        self.rules = tuple(rule for rule in rules if rule.stage == "enforce" and rule.kind in kinds)
        self.unsupported: dict[str, str] = {}  # by digest, why
        self._said: dict[str, Encoded] = {}
        self._blames: dict[tuple[str, bool], Blame] = {}

    def said(self, rule: Rule) -> Encoded:
        """What a rule says; unknown where it cannot be encoded."""
        found = self._said.get(rule.digest)
        if found is None:
            try:
                found = self.space.rule(rule)
            except Unsupported as error:
                self.unsupported[rule.digest] = str(error)
                terms = self.space.terms
                satisfied, erring = (terms.app(name, "Bool") for name in _stand_ins(rule.digest))
                found = Encoded(satisfied, terms.and_(erring, terms.not_(satisfied)))
            self._said[rule.digest] = found
        return found

    def of(self, kind: str, but: Rule | None = None) -> Iterator[Rule]:
        """The binding rules of a kind, without one."""
        return (rule for rule in self.rules if rule.kind == kind and (but is None or rule.id != but.id))

    def some(self, rules: Iterable[Rule]) -> Term:
        """One of these is satisfied."""
        return self._any(self.said(rule).satisfied for rule in rules)

    def forbidden(self) -> Term:
        """Some forbid is satisfied."""
        return self._any(self.said(rule).satisfied for rule in self.of("forbid"))

    def triggered(self) -> Term:
        """Some procedure is triggered."""
        return self._any(self.said(rule).satisfied for rule in self.of("procedure"))

    def erring(self) -> Term:
        """Some rule errs, and that denies."""
        return self._any(self.said(rule).erring for rule in self.rules) if self.ours else self.space.terms.false

    def _any(self, terms: Iterable[Term]) -> Term:
        return self.space.terms.or_(*terms)

    # ---- why a request does not do

    def denials(self, seen: Seen, but: Rule | None = None) -> Iterator[Blame]:
        """What denies the request: satisfied forbids, and what errs where that denies; ``but`` one rule."""
        for rule in self.rules:
            if but is not None and rule.id == but.id:
                continue
            if rule.kind == "forbid" and rule.digest in seen.satisfied:
                yield self.blame(rule)
            if self.ours and rule.digest in seen.erring:
                yield self.blame(rule, erring=True)

    def permits(self, seen: Seen, but: Rule | None = None) -> Iterator[Blame]:
        """The permits that are satisfied; ``but`` one."""
        return (self.blame(rule) for rule in self.of("permit", but) if rule.digest in seen.satisfied)

    def all_denials(self, but: Rule | None = None) -> Iterator[Blame]:
        """Everything that could ever deny; ``but`` one rule."""
        return (blame for blame in self._denials if but is None or blame.rule.id != but.id)

    @cached_property
    def _denials(self) -> tuple[Blame, ...]:
        found = []
        for rule in self.rules:
            if rule.kind == "forbid":
                found.append(self.blame(rule))
            if self.ours:
                found.append(self.blame(rule, erring=True))
        return tuple(found)

    def all_permits(self, but: Rule | None = None) -> Iterator[Blame]:
        """Every permit; ``but`` one."""
        return (self.blame(rule) for rule in self.of("permit", but))

    def blame(self, rule: Rule, *, erring: bool = False) -> Blame:
        """The rule for what it says."""
        found = self._blames.get((rule.digest, erring))
        if found is None or found.rule.id != rule.id:  # two rules may say the same
            said = self.said(rule)
            so = said.erring if erring else said.satisfied
            found = self._blames[rule.digest, erring] = Blame(rule, erring, so, self.space.terms.not_(so))
        return found

    def without(self, seen: Seen, rule: Rule) -> Outcome:
        """What would come of the request were ``rule`` not there."""
        return self.concluded(seen.satisfied, seen.erring, rule)

    def concluded(self, satisfied: Collection[str], erring: Collection[str], but: Rule | None = None) -> Outcome:
        """What follows, as the engine concludes, from the digests of the rules that are satisfied and that err."""
        rest = [each for each in self.rules if but is None or each.id != but.id]
        kinds = {each.kind for each in rest if each.digest in satisfied}
        if "forbid" in kinds or (self.ours and any(each.digest in erring for each in rest)):
            return "deny"
        if "permit" not in kinds:
            return "deny"
        return "hold" if "procedure" in kinds else "allow"

    # ---- rules that could not be encoded

    def beyond(self, terms: Iterable[Term]) -> Iterator[str]:
        """Why, of each rule that could not be encoded and that these terms speak of."""
        if self.unsupported:
            unknown = {term.data for term in cone(terms) if term.op == "app" and not term.args}
            for digest, why in self.unsupported.items():
                if not unknown.isdisjoint(_stand_ins(digest)):
                    yield why


def _stand_ins(digest: str) -> tuple[str, str]:
    """What stands for a rule that cannot be encoded: that it is satisfied, that it errs."""
    return f"satisfied {digest}", f"erring {digest}"
