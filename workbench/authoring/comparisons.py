"""Grammar of joined conditions, hours of the day, and comparisons of an attribute. Pure.

Where "and" and "or" are mixed and nothing says which binds, every grouping is yielded.

Imports mentions, atoms, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from workbench.authoring import atoms
from workbench.authoring.clock import hours
from workbench.authoring.meaning import AttrRef, Cond, Join, Not, join
from workbench.authoring.mentions import Items, Mentions
from workbench.authoring.quantities import Amount

Op = Literal["&&", "||"]


class Comparisons(Mentions):
    """Joined conditions and comparisons."""

    def joined(self, i: int, unit: Items, *, signed: bool = False) -> Iterator[tuple[Cond, int]]:
        """Units joined; all groupings where "and" and "or" are mixed without a sign of which binds tighter.

        ``signed``: what follows a negated unit must be negated too ("not a and b" has two meanings).
        """
        j = self.longest(i, self.words.listing.either_both)
        starts = [i] if j < 0 else [i, j]
        for start in starts:
            for first, k in unit(start):
                for cond, m, ops in self._more([first], [], k, unit, signed):
                    if start == i or (
                        len(set(ops)) == 1
                        and (ops[0][0] == "||") == (self.tokens[i].lower in self.words.listing.either)
                    ):
                        yield cond, m

    def _more(
        self, units: list[Cond], ops: list[tuple[str, bool]], j: int, unit: Items, signed: bool
    ) -> Iterator[tuple[Cond, int, list[tuple[str, bool]]]]:
        if not ops or ops[-1][0]:
            settled: list[tuple[str, bool]] = []
            for op, comma in reversed(ops):  # a bare comma takes the next word's operator
                settled.insert(0, (op or settled[0][0], comma and bool(op)))
            for tree in _trees(units, settled):
                yield tree, j, settled
        after = self.comma(j)
        joins = self.words.connective
        for words, op in ((joins.and_, "&&"), (joins.or_, "||"), (joins.but if signed else (), "&&")):
            k = self.longest(after, words)
            if k >= 0:
                for nxt, m in unit(self.maybe(k, *self.words.connective.again)):
                    if signed and isinstance(units[-1], Not) and not isinstance(nxt, Not):
                        continue
                    yield from self._more([*units, nxt], [*ops, (op, after > j)], m, unit, signed)
        if after > j:
            for nxt, m in unit(after):
                yield from self._more([*units, nxt], [*ops, ("", True)], m, unit, signed)

    def window(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "between 08:00 and 20:00", "from 8 am to 6 pm", "after 20:00", "before 08:00", "outside 08:00 to 20:00"."""
        yield from self.on_days(i)
        clock = self.words.clock
        for opening, middle, inside in (
            (clock.between, clock.between_to, True), (clock.from_, clock.from_to, True),
            (clock.outside, clock.outside_to, False), (clock.during, clock.during_to, True),
            (clock.not_between, clock.between_to, False),
        ):  # fmt: skip
            for j in self.any_of(i, opening):
                first = self._time(j) or self._bare_hour(j)
                k = self.longest(first[1], middle) if first is not None else -1
                last = (self._time(k) or self._bare_hour(k)) if k >= 0 else None
                if first is not None and last is not None and self._tells_hours(j, first[0], k, last[0]):
                    cond = hours(first[0], last[0], i, last[1])
                    yield cond if inside else Not(cond), last[1]
        for opening, low in ((clock.after, True), (clock.before, False), (clock.from_, True), (clock.until, False)):
            j = self.longest(i, opening)
            at = (self._time(j) or self._bare_hour(j)) if j >= 0 else None
            if at is not None and self.longest(at[1], clock.from_to) < 0:
                yield hours(at[0], 1440, i, at[1]) if low else hours(None, at[0], i, at[1]), at[1]

    def on_days(self, i: int) -> Iterator[tuple[Cond, int]]:
        """Days of the week: see :class:`~workbench.authoring.qualities.Qualities`."""
        raise NotImplementedError

    def _time(self, i: int) -> tuple[int, int] | None:
        token = self.at(i)
        if token is not None and token.kind == "time" and isinstance(token.value, int) and token.value >= 0:
            return token.value, self.used(i + 1)
        return next(((int(minutes), j) for minutes, j in self.table(i, self.words.clock.named)), None)

    def _bare_hour(self, i: int) -> tuple[int, int] | None:
        """A number that may be an hour: "before 9"."""
        token = self.at(i)
        if token is None or token.kind != "number" or not isinstance(token.value, int) or not 0 <= token.value <= 24:
            return None
        return token.value * 60, self.used(i + 1)

    def _tells_hours(self, i: int, low: int, j: int, high: int) -> bool:
        """Whether two numbers are hours and nothing else: one is written as a time, or they run through midnight."""
        return self._time(i) is not None or self._time(j) is not None or low > high

    # ---- comparisons of an attribute

    def compared(self, i: int, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """What follows a mention of an attribute (read from ``i`` to ``j``) in a clause."""
        be = self.longest(j, self.words.copula.is_)
        if be >= 0:
            yield from self.quantity(i, be, mention)
            negation = self.longest(be, self.words.negation.not_)
            if negation >= 0:
                for cond, k in self.quantity(i, negation, mention):
                    yield Not(cond), k
            yield from self._equals(i, be, mention)
            yield from self._ranges(be, mention)
        elif self.tokens[j - 1].lower != self.tokens[j - 1].lemma:  # "the scan costs more than 5"
            yield from self.quantity(i, j, mention)
        for phrases, op in ((self.words.moment.passed, "<"), (self.words.moment.not_passed, ">=")):
            k = self.longest(j, phrases)
            if k >= 0:
                yield atoms.passed(mention, op, i, k), k
        verb = self.words.verb
        for does, does_not, op in ((verb.exceed, verb.not_exceed, ">"), (verb.reach, verb.not_reach, ">=")):
            yes = self.longest(j, does)
            no = self.longest(j, does_not)
            for k, negated in ((yes, False), (no, True)):
                if k >= 0:
                    for cond, m in self._against(i, k, mention, op):
                        yield Not(cond) if negated else cond, m
        for k, negated in ((self.longest(j, verb.equal), False), (self.longest(j, verb.not_equal), True)):
            for cond, m in self._equal_to(i, k, mention) if k >= 0 else ():
                yield Not(cond) if negated else cond, m
        for k, negated in ((self.longest(j, verb.move), False), (self.longest(j, verb.not_move), True)):
            for op, at in self.table(k, self.words.comparator.signs) if k >= 0 else ():
                for cond, m in self._against(i, at, mention, op):
                    yield Not(cond) if negated else cond, m
        yield from self.patterned(i, j, mention)

    def _ranges(self, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """ "in 10.0.0.0/8", "outside the range 10.0.0.0/8", "10.0.0.5": of an address."""
        network = self.words.network
        for phrases, negated in ((network.in_, False), (network.not_in, True)):
            k = self.longest(j, phrases)
            if k >= 0:
                for cond, m in self.listing(self.maybe(k, *network.the_range), lambda at: self.range_item(at, mention)):
                    yield Not(cond) if negated else cond, m
        no = self.longest(j, self.words.negation.not_)
        for k, negated in ((j, False), (no, True)):
            for cond, m in self.listing(k, lambda at: self.range_item(at, mention)) if k >= 0 else ():
                yield Not(cond) if negated else cond, m

    def range_item(self, i: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """One address or range of addresses."""
        for text, k in self._texts(i):
            if text[0].isdigit() or ":" in text:
                yield atoms.inside(mention, text, i, k), k

    def patterned(self, i: int, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """What the text or the set that was mentioned contains, starts with, ends in, matches."""
        verb = self.words.verb
        for does, does_not, kind in (
            (verb.include, verb.not_include, "set"), (verb.start_with, verb.not_start_with, "start"),
            (verb.end_with, verb.not_end_with, "end"), (verb.contain_text, verb.not_contain_text, "text"),
            (verb.match, verb.not_match, "match"),
        ):  # fmt: skip
            for k, negated in ((self.longest(j, does), False), (self.longest(j, does_not), True)):
                if k >= 0:
                    for cond, m in self._holding(i, k, mention, kind):
                        for meant in denials(cond) if negated else (cond,):
                            yield meant, m

    def _holding(self, i: int, j: int, mention: AttrRef, kind: str) -> Iterator[tuple[Cond, int]]:
        if kind == "set":
            yield from self.listing(j, self.attribute_items(AttrRef(mention.words, mention.ref, many=True)))
            for other, k in self.attribute(j):
                yield atoms.holds(mention, other, i, k), k
        if kind == "match":
            for text, k in self._texts(j):
                pieces = text.split("*")
                if len(pieces) == 2:
                    yield atoms.text_like(mention, not pieces[0], pieces[0] or pieces[1], not pieces[1], i, k), k
            return
        yield from self.listing(j, lambda at: self._patterns(at, mention, kind))

    def _patterns(self, i: int, mention: AttrRef, kind: str) -> Iterator[tuple[Cond, int]]:
        for text, k in self._texts(i):
            yield atoms.text_like(mention, kind != "start", text, kind != "end", i, k), k

    def _texts(self, i: int) -> Iterator[tuple[str, int]]:
        quoted = self.quoted(i)
        if quoted is not None and quoted[0]:
            yield quoted

    def _equals(self, i: int, be: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """ "is [not] high or low", ``is "x"``, "is the ticket's region", "is the same as …"."""
        no = self.longest(be, self.words.negation.not_)
        for k, negated in ((be, False), (no, True)):
            if k < 0:
                continue
            found = list(self.listing(k, self.attribute_items(mention)))
            m = self.maybe(k, *self.words.sameness.the_same_as)
            found.extend((atoms.relate(mention, "==", other, i, n), n) for other, n in self.others(m))
            found.extend((atoms.among(mention, texts, i, n), n) for texts, n in self.texts_among(k))
            for cond, n in found:
                for meant in denials(cond) if negated else (cond,):
                    yield meant, n

    def texts_among(self, i: int) -> Iterator[tuple[tuple[str, ...], int]]:
        """ "among "a", "b" and "c"": a set of texts."""
        j = self.longest(i, self.words.being.among)
        texts: list[str] = []
        quoted = self.quoted(j) if j >= 0 else None
        while quoted is not None:
            text, at = quoted
            texts.append(text)
            yield tuple(texts), at
            after = self.comma(at)
            last = self.longest(at, self.words.connective.and_)
            quoted = self.quoted(last) if last >= 0 else self.quoted(after) if after > at else None

    def amounts(self, i: int) -> Iterator[tuple[Amount, int]]:
        """A number with its unit, where one is said: "5", "100 GB", "$500", "30 days"."""
        unit = next(self.table(i, self.words.unit.money), None)
        number = self.number(unit[1] if unit is not None else i)
        if number is None:
            for one in self.any_of(i, self.words.times.one):  # "more than an hour"
                for name, j in self.table(one, self.words.unit.time):
                    yield Amount(1, name), j
            return
        value, j = number
        if unit is not None:
            yield Amount(value, unit[0]), j
            return
        units = [found for table in (self.words.unit.time, self.words.unit.size, self.words.unit.money)
                 for found in self.table(j, table)]  # fmt: skip
        for name, k in units:
            yield Amount(value, name), k
        for words, k in self.values(j):  # "500 gems", where the schema lists gems as a currency
            for code in dict.fromkeys(w.value for w in words if w.path[-1] in self.words.naming.currency):
                yield Amount(value, code), k
        yield Amount(value), j

    def _equal_to(self, i: int, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """What something equals: a number, a value, another attribute."""
        yield from self._numbers(j, mention)
        yield from self.attribute_items(mention)(j)
        for other, k in self.others(j):
            yield atoms.relate(mention, "==", other, i, k), k

    def quantity(self, i: int, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """A comparison with a number or another attribute: "above 80", "at most 5", "between 1 and 3", "3 or more"."""
        k = self.longest(j, self.words.comparator.between)
        for low, m in self.amounts(k) if k >= 0 else ():
            both = self.longest(m, self.words.connective.and_)
            for high, n in self.amounts(both) if both >= 0 else ():
                yield atoms.between(mention, low, high, i, n), n
        for low, k in self.amounts(j):  # "1 to 10"
            to = self.longest(k, self.words.being.to)
            for high, m in self.amounts(to) if to >= 0 else ():
                yield atoms.between(mention, low, high, i, m), m
        for op, k in self.table(j, self.words.comparator.signs):
            yield from self._against(i, k, mention, op)
        for op, k in self.table(j, self.words.comparator.lengths):  # "longer than": of what lasts
            for amount, m in self.amounts(k):
                if amount.unit in self.words.unit.time.values():
                    yield atoms.compare(mention, op, amount, i, m), m
        yield from self.listing(j, lambda at: self._numbers(at, mention))
        k = self.longest(j, self.words.being.not_equal)
        if k >= 0:
            for items in (self.attribute_items(mention), lambda at: self._numbers(at, mention)):
                for cond, m in self.listing(k, items):
                    yield Not(cond), m
        for amount, k in self.amounts(j):
            suffixes = list(self.table(k, self.words.comparator.suffixes))
            for op, m in suffixes or [("==", k)]:
                yield atoms.compare(mention, op, amount, i, m), m
        yield from self._moment(i, j, mention)

    def _numbers(self, i: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """One number of a list: "1 or 2", "neither 3 nor 4"."""
        for amount, k in self.amounts(i):
            yield atoms.compare(mention, "==", amount, i, k), k

    def _against(self, i: int, j: int, mention: AttrRef, op: str) -> Iterator[tuple[Cond, int]]:
        for amount, k in self.amounts(j):
            yield atoms.compare(mention, op, amount, i, k), k
            m = self.longest(k, self.words.unit.ago)
            if m >= 0:
                yield atoms.ago(mention, op, amount, i, m), m
        for other, k in self.attribute(j) if not self.lasts(j) else ():
            yield atoms.relate(mention, op, other, i, k), k

    def lasts(self, i: int) -> bool:
        """Whether a time is said with an article ("more than *an hour*"): no attribute of the same name is meant."""
        return any(True for j in self.any_of(i, self.words.times.one) for _ in self.table(j, self.words.unit.time))

    def _moment(self, i: int, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """ "before 2027-01-01", "after the deadline", "within the last 30 days"."""
        moment = self.words.moment
        for phrases, op in ((moment.before, "<"), (moment.after, ">"), (moment.since, ">="), (moment.until, "<=")):
            k = self.longest(j, phrases)
            token = self.at(k) if k >= 0 else None
            if token is not None and token.kind == "date":
                yield atoms.dated(mention, op, str(token.value), i, k + 1), self.used(k + 1)
            for other, m in self.attribute(k) if k >= 0 else ():
                yield atoms.relate_moments(mention, op, other, i, m), m
        k = self.longest(j, self.words.comparator.between)
        first = self.at(k) if k >= 0 else None
        both = self.longest(k + 1, self.words.connective.and_) if first is not None and first.kind == "date" else -1
        last = self.at(both) if both >= 0 else None
        if first is not None and last is not None and last.kind == "date":
            ends = [
                atoms.dated(mention, ">=", str(first.value), i, both),
                atoms.dated(mention, "<=", str(last.value), i, both),
            ]
            yield Join("&&", tuple(ends), True), self.used(both + 1)
        k = self.longest(j, moment.within_last)
        for amount, m in self.amounts(k) if k >= 0 else ():
            yield atoms.ago(mention, "<=", amount, i, m), m


def _trees(units: Sequence[Cond], ops: Sequence[tuple[str, bool]]) -> Iterator[Cond]:
    """Every grouping of ``units``; one when the operators agree or commas say which is the weaker."""
    flat: list[Cond] = []
    signs: list[tuple[str, bool]] = []
    for index, unit in enumerate(units):
        if index:
            signs.append(ops[index - 1])
        if isinstance(unit, Join) and not unit.bracketed:
            flat.extend(unit.parts)
            signs.extend([(unit.op, False)] * (len(unit.parts) - 1))
        else:
            flat.append(unit)
    kinds = {op for op, _ in signs}
    if len(kinds) <= 1:
        yield join(_sign(signs[0][0]), flat) if signs else flat[0]
        return
    weak = {op for op, comma in signs if comma}
    strong = {op for op, comma in signs if not comma}
    if len(weak) == 1 and len(strong) == 1 and weak != strong:
        yield _group(flat, [op for op, _ in signs], _sign(next(iter(strong))))
        return
    yield _group(flat, [op for op, _ in signs], "&&")
    yield _group(flat, [op for op, _ in signs], "||")


def _group(units: Sequence[Cond], ops: Sequence[str], tight: Op) -> Cond:
    loose: Op = "||" if tight == "&&" else "&&"
    groups: list[list[Cond]] = [[units[0]]]
    for op, unit in zip(ops, units[1:], strict=True):
        if op == tight:
            groups[-1].append(unit)
        else:
            groups.append([unit])
    made = join(loose, [join(tight, group) for group in groups])
    return Join(made.op, made.parts, True) if isinstance(made, Join) else made


def _sign(op: str) -> Op:
    return "||" if op == "||" else "&&"


def denials(cond: Cond) -> Iterator[Cond]:
    """What "not" before ``cond`` may mean: of "a and b" it may deny both together or each."""
    yield Not(cond)
    if isinstance(cond, Join) and cond.bracketed and cond.op == "&&":
        yield Not(Join("||", cond.parts, True))


def both_or_each(cond: Cond) -> Iterator[Cond]:
    """What "without" before ``cond`` may mean: without "a and b" may be without both, or without either of them."""
    yield Not(cond)
    if isinstance(cond, Join) and cond.op == "&&":
        yield Not(Join("||", cond.parts, True))
