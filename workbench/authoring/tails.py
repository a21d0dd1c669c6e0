"""Grammar of what follows an action: if, unless, except, only, hours, windows, by whom. Pure.

Imports deeds, norm, atoms.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring import atoms
from workbench.authoring.comparisons import both_or_each
from workbench.authoring.deeds import Deeds
from workbench.authoring.lexicon import ActionPhrase
from workbench.authoring.meaning import ANY, EITHER, Cond, Env, Leaf, Not, Option, resolve
from workbench.authoring.norm import Asked, Count, Tail
from workbench.authoring.subjects import subject_cond


class Tails(Deeds):
    """Restrictions and exceptions."""

    def clause(self, i: int) -> Iterator[tuple[Cond, int]]:
        """Also: "a supervisor issues it", "it is issued by a supervisor"."""
        yield from super().clause(i)
        for subject, j in self.subject(i, self.words.connective.or_):
            if subject.anybody or self.longest(i, self.words.article.universal) >= 0:
                continue
            no = self.longest(j, self.words.negation.do_not)
            for k, negated in ((j, False), (no, True)):
                token = self.at(k) if k >= 0 else None
                if token is None or token.kind != "word":
                    continue
                pronoun = self.longest(k + 1, self.words.pronoun.done)
                for end in {k + 1, pronoun} - {-1}:
                    done = self._same_action(token.lemma, subject_cond(subject, i), i, end)
                    yield Not(done) if negated else done, self.used(end)
        j = self.longest(i, self.words.copula.it_is_done)
        token = self.at(j) if j >= 0 else None
        by = self.longest(j + 1, self.words.preposition.by) if token is not None else -1
        if by >= 0 and token is not None:
            for subject, k in self.subject(by, self.words.connective.or_):
                yield self._same_action(token.lemma, subject_cond(subject, by), i, k), k

    def _same_action(self, verb: str, who: Cond, i: int, j: int) -> Leaf:
        """``who``, where the verb is that of the action the sentence is about (or "do")."""
        phrases: tuple[ActionPhrase, ...] = self.lexicon.actions

        def build(env: Env, unknown: bool) -> list[Option]:
            verbs = {p.verb for p in phrases if any(p.uid == a.uid for a in env.actions)}
            own = any(p.verb == verb for p in phrases)  # "makes it", where something else is made, is not of any deed
            light = () if own else self.words.order.light
            return resolve(who, env, unknown) if verb in {*verbs, *self.words.verb.do, *light} else []

        return Leaf(build, i, j)

    def tails(self, i: int, tail: Tail) -> Iterator[tuple[Tail, int]]:
        """Nothing more, or any number of restrictions in any order."""
        yield tail, i
        after = self.comma(i)
        for one, j in self._element(after, tail):
            if j > after:
                self.part(after, j, "approval" if one.asked is not tail.asked else "condition")
                yield from self.tails(j, one)

    def _element(self, i: int, tail: Tail) -> Iterator[tuple[Tail, int]]:
        joins, order = self.words.connective, self.words.order
        for words, name in (
            (joins.if_, "when"), (joins.unless, "unless"), (joins.only_if, "only"),
            (order.after, "when"), (order.only_after, "only"), (order.before, "until"),
        ):  # fmt: skip
            j = self.longest(i, words)
            if j >= 0:
                for cond, k in self.conditions(self.maybe(j, ",")):
                    yield tail.plus(**{name: (cond,)}), k
        j = self.longest(i, joins.except_)
        if j >= 0:
            k = self.maybe(j, *self.words.preposition.by)
            for subject, m in self.subject(k):
                if k > j or not self._of_object(i, subject.type):
                    yield tail.plus(unless=(subject_cond(subject, k),)), m
            for cond, m in self.restriction(j):
                yield tail.plus(unless=(cond,)), m
        j = self.longest(i, joins.only)
        if j >= 0:
            for cond, k in self.joined(j, self.restriction):
                yield tail.plus(only=(cond,)), k
            k = self.longest(j, self.words.preposition.whom)
            if k >= 0:
                for subject, m in self.subject(k):
                    if not subject.anybody:
                        yield tail.plus(only_by=subject), m
        for cond, k in self.joined(i, self.restriction):
            yield tail.plus(when=(cond,)), k
        j = self.longest(i, self.words.preposition.by)
        if j >= 0 and tail.by is None:
            for subject, k in self.subject(j):
                yield tail.plus(by=subject), k
        for op, j in self.table(i, self.words.comparator.signs):
            number = self.number(j)
            k = self.longest(number[1], self.words.times.noun) if number is not None else -1
            if number is not None and k >= 0 and isinstance(number[0], int) and tail.count is None:
                yield tail.plus(count=Count(op, number[0], (), "", i, k)), k
        if tail.asked is None:
            for asked, k in self.asking(i):
                yield tail.plus(asked=asked), k
        if not tail.window:
            for window, k in self.table(i, self.words.window.over):
                yield tail.plus(window=window), k

    def _of_object(self, i: int, name: str | None) -> bool:
        """Whether "other than …" at ``i`` is said of the object: of those who act it would save the wrong ones.

        It is where what is acted on was called by the same noun before, as in "players may not duel players other
        than guests", or by a word for anybody.
        """
        if self.longest(i, self.words.being.not_equal) < 0:
            return False
        named = [w.type for j in range(i) for w, _ in self.types(j) if name in (None, w.type)]
        twice = any(named.count(each) > 1 and self._acts_on_itself(each) for each in named)
        anybody = any(self.longest(j, self.words.who.somebody) >= 0 for j in range(1, i))
        return twice or (anybody and name is not None and self._acts_on_itself(name))

    def asking(self, i: int) -> Iterator[tuple[Asked, int]]:
        """Approval as a restriction; the grammar of procedures knows how that is said."""
        raise NotImplementedError

    def restriction(self, i: int) -> Iterator[tuple[Cond, int]]:
        """A restriction without a verb: hours, "with the customer's consent", "to addresses at …"."""
        yield from self.window(i)
        yield from self.circumstance(i)
        for opening, negated in ((self.words.preposition.with_, False), (self.words.preposition.without, True)):
            j = self.longest(i, opening)
            if j >= 0:
                for cond, k in self.joined(j, lambda at: self.holding(at, ANY, company=True)):
                    for meant in both_or_each(cond) if negated else (cond,):
                        yield meant, k
        j = self.longest(i, self.words.order.during)
        for mention, k in self.attribute(j) if j >= 0 else ():
            yield atoms.boolean(mention, i, k), k
        j = self.longest(i, self.words.order.at_a)
        if j >= 0:
            yield from self._priced(j)
        j = self.longest(i, self.words.preposition.text)
        if j >= 0:
            for mention, k in self.attribute(j):
                yield from self.textual(i, k, mention)
        j = self.longest(i, self.words.preposition.same_after_action)
        if j >= 0:
            yield from self.sameness(j)
        yield from self.gapped(i, EITHER)

    def _priced(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "[at] a price above 500", "[for] more than 500"."""
        yield from self.sized(i)
        for mention, j in self.attribute(i):
            yield from self.quantity(i, self.maybe(j, *self.words.preposition.of), mention)
