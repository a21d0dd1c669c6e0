"""Grammar of what is said without a verb: ages, tags, days, values after a preposition, flags denied by a prefix. Pure.

Imports comparisons, atoms, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring import atoms
from workbench.authoring.comparisons import Comparisons
from workbench.authoring.lexicon import CONTEXT, AttributeWord, is_text
from workbench.authoring.meaning import ANY, OWNERS, PRINCIPAL, REQUEST, AttrRef, Cond, Join, Not, Ref
from workbench.authoring.mentions import Items
from workbench.authoring.quantities import Amount
from workbench.authoring.words import lemma, split_name
from workbench.language.schema import EntityRef, ExtensionType, PrimitiveType, RecordType, SetType


class Qualities(Comparisons):
    """Properties, and circumstances of a request."""

    # ---- ages and other measures that name themselves

    def measured(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "older than 30 days", "more than 30 days old", "costing over 100", "longer than 5 minutes"."""
        heads = self.words.heads
        no = self.longest(i, self.words.being.no_more)
        for start, signs in ((i, (">", "<")), (no, ("<=", ">="))):
            for table, op in zip((heads.greater, heads.less), signs, strict=True) if start >= 0 else ():
                for head, j in self.table(start, table):
                    for amount, k in self.amounts(j):
                        yield self._headed(head, op, amount, ref, i, k), k
                        timed = next(self.table(k, self.words.unit.time), None)  # "1 hour" is no hour of the day
                        for words, m in self.attributes(k) if timed is None else ():  # "longer than 1,200 words"
                            yield atoms.compare(AttrRef(words, ref), op, amount, i, m), m
                    mine = AttrRef(self._of_head(head), ref)
                    if mine.words and not self.lasts(j):  # "lighter than their maximum weight"
                        for other, k in self.attribute(j):
                            yield atoms.relate(mine, op, other, i, k), k
        between = self.longest(i, self.words.comparator.between)
        for low, j in self.amounts(between) if between >= 0 else ():
            both = self.longest(j, self.words.connective.and_)
            for high, k in self.amounts(both) if both >= 0 else ():
                m = self.longest(k, self.words.unit.old)
                if m >= 0:
                    least = self._headed("age", ">=", Amount(low.value, low.unit or high.unit), ref, i, m)
                    yield Join("&&", (least, self._headed("age", "<=", high, ref, i, m)), True), m
        for head, j in self.table(i, heads.costing):
            for op, k in self.table(j, self.words.comparator.signs):
                for amount, m in self.amounts(k):
                    yield self._headed(head, op, amount, ref, i, m), m
        for op, j in self.table(i, self.words.comparator.signs):
            for amount, k in self.amounts(j):
                m = self.longest(k, self.words.unit.old)
                if m >= 0:
                    yield self._headed("age", op, amount, ref, i, m), m

    def _headed(self, head: str, op: str, amount: Amount, ref: Ref, i: int, j: int) -> Cond:
        names = tuple(word for word, of in self.words.naming.heads.items() if of == head)
        return atoms.headed(names, op, amount, ref, i, j, age=head == "age")

    def _of_head(self, head: str) -> tuple[AttributeWord, ...]:
        """The attributes whose names end in the head, units aside."""
        names = {word for word, of in self.words.naming.heads.items() if of == head}
        found = []
        for word in self.lexicon.attributes:
            items = word.phrase.items
            bare = items[:-1] if len(items) > 1 and items[-1] in self.lexicon.units else items
            if items == split_name(word.path[-1]) and bare[-1] in names:
                found.append(word)
        return tuple(found)

    # ---- tags and labels

    def tagged(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "tagged x", "labelled with both x and y": values of the attribute that is named after the verb."""
        for verb, j in self.table(i, self.words.being.tagged):
            words = tuple(w for w in self.lexicon.attributes if self._of_tags(w, verb))
            if not words:
                continue
            items = self.attribute_items(AttrRef(words, ref))
            for k in {j, self.maybe(j, *self.words.being.tagged_with)}:
                yield from self.listing(k, items)

    def _of_tags(self, word: AttributeWord, verb: str) -> bool:
        """Whether an attribute holds what its entity is tagged (labelled …) with, by its own name."""
        name = split_name(word.path[-1])
        return word.phrase.items == name and name[-1] in (verb, verb + "er") and not word.phrase.gapped

    def keyed(self, i: int, ref: Ref, *, clause: bool) -> Iterator[tuple[Cond, int]]:
        """ "the tag "tier" set to "gold"", "[whose] tag "tier" is "gold"": tags of an entity."""
        j = self.longest(self.maybe(i, *self.words.article.a_the), self.words.being.tag)
        key = self.quoted(j) if j >= 0 else None
        if key is None:
            return
        if not clause:
            yield atoms.tag(ref, key[0], None, i, key[1]), key[1]
        be = self.longest(key[1], self.words.copula.is_ if clause else self.words.being.set_to)
        no = self.longest(be, self.words.negation.not_) if be >= 0 else -1
        for k, negated in ((be, False), (no, True)):
            if k < 0:
                continue
            for cond, m in self.listing(k, lambda at: self._tag_value(at, ref, key[0])):
                yield Not(cond) if negated else cond, m

    def _tag_value(self, i: int, ref: Ref, key: str) -> Iterator[tuple[Cond, int]]:
        quoted = self.quoted(i)
        if quoted is not None:
            yield atoms.tag(ref, key, quoted[0], i, quoted[1]), quoted[1]

    # ---- before a noun

    def adjectives(self, i: int, ref: Ref) -> Iterator[tuple[tuple[Cond, ...], int]]:
        """Qualities before a noun: "sensitive", "high-priority", "archived or unencrypted"; none to three of them."""
        yield (), i
        for cond, j in self._adjective(i, ref):
            for rest, k in self.adjectives(j, ref):
                if len(rest) < 3:
                    yield (cond, *rest), k
            comma = self.comma(j)
            for rest, k in self.adjectives(comma, ref) if comma > j else ():  # "fragile, sealed pallets"
                if 0 < len(rest) < 3:
                    yield (cond, *rest), k
            yield from self._alternatives([cond], j, ref)
        for cond, j in self.kinds(i, ref) if ref.owners != PRINCIPAL.owners else ():
            yield (cond,), j

    def _alternatives(self, before: list[Cond], i: int, ref: Ref) -> Iterator[tuple[tuple[Cond, ...], int]]:
        """ "a or b", "a, b or c"; of persons "and" says no more than "or"."""
        joints = self.words.connective.or_
        if ref.owners == PRINCIPAL.owners:
            joints = (*joints, *self.words.connective.and_)
        j = self.longest(self.comma(i), joints)
        for cond, k in self._adjective(j, ref) if j >= 0 else ():
            yield (Join("||", (*before, cond), True),), k
        j = self.comma(i)
        for cond, k in self._adjective(j, ref) if j > i else ():
            yield from self._alternatives([*before, cond], k, ref)

    def kinds(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "silver and bronze [services]": values of which a thing has one alone, so that "and" is of kinds."""
        for first, j in self._kind(i, ref):
            yield from self._more_kinds([first], j, ref)

    def _more_kinds(self, before: list[Cond], i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        j = self.longest(self.comma(i), self.words.connective.and_)
        for cond, k in self._kind(j, ref) if j >= 0 else ():
            yield Join("||", (*before, cond), True), k
        j = self.comma(i)
        for cond, k in self._kind(j, ref) if j > i else ():
            yield from self._more_kinds([*before, cond], k, ref)

    def _kind(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        several = {(word.place, word.path) for word in self.lexicon.attributes if isinstance(word.type, SetType)}
        for values, j in self.values(i):
            alone = tuple(word for word in values if (word.place, word.path) not in several)
            if alone:
                yield atoms.values(alone, ref, i, j), j

    def _adjective(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """One quality: a flag, a flag denied, a value, a value with its attribute ("high priority")."""
        for words, j in self.attributes(i):
            yield atoms.boolean(AttrRef(words, ref), i, j), j
            for amount, k in self.amounts(j):  # "priority 1 orders"
                yield atoms.compare(AttrRef(words, ref), "==", amount, i, k), k
        yield from self.flags(i, ref)
        for values, j in self.values(i):
            yield atoms.values(values, ref, i, j), j
            for words, k in self.attributes(j):
                yield atoms.known_value(AttrRef(words, ref), values, i, k), k

    # ---- flags

    def flag_nouns(self, i: int) -> Iterator[tuple[Cond, int]]:
        """A noun that is what a flag of the principal says: "contractors" for ``is_contractor``."""
        for words, j in self.attributes(i):
            plural = self.tokens[j - 1].lower != self.tokens[j - 1].lemma and self.tokens[j - 1].lower.endswith("s")
            flags = (w for w in words if w.type == PrimitiveType("Bool"))
            nouns = tuple(w for w in flags if plural or self.is_noun(w))
            if nouns:
                yield atoms.boolean(AttrRef(nouns, PRINCIPAL), i, j), j

    def is_noun(self, word: AttributeWord) -> bool:
        """Whether a flag may say what somebody is: ``is_contractor``."""
        name = split_name(word.path[-1])
        return len(name) > 1 and name[0] in self.words.copula.be and word.phrase.items == name[1:]

    def denied(self, i: int) -> Iterator[tuple[tuple[AttributeWord, ...], int]]:
        """Flags that a prefix denies: "unencrypted" for ``encrypted``, "non-public"."""
        token = self.at(i)
        if token is None or token.kind != "word":
            return
        for prefix in self.words.being.denying:
            if token.lower == prefix:
                for words, j in self.attributes(i + 1):
                    yield words, j
            elif token.lower.startswith(prefix) and len(token.lower) > len(prefix) + 2:
                rest = lemma(token.lower.removeprefix(prefix))
                words = tuple(
                    w for w in self.lexicon.attributes if w.phrase.items == (rest,) and w.type == PrimitiveType("Bool")
                )
                if words:
                    yield words, self.used(i + 1)

    def flags(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """Flags denied by a prefix, as conditions."""
        for words, j in self.denied(i):
            yield Not(atoms.boolean(AttrRef(words, ref), i, j)), j

    # ---- values after a preposition

    def circumstance(self, i: int, ref: Ref = ANY) -> Iterator[tuple[Cond, int]]:
        """ "for research or audit", "in production": listed values of an attribute that the preposition may lead to."""
        for names, j in self.table(i, self.words.naming.circumstance):
            heads = set(names.split())
            words = tuple(
                w
                for w in self.lexicon.attributes
                if not w.phrase.gapped and w.phrase.items[-1] in heads and w.phrase.items == split_name(w.path[-1])
            )
            if words:
                yield from self.listing(j, self._listed_only(AttrRef(words, ref)))
        if ref.via is not None:
            return
        for j in self.any_of(i, self.words.being.during):  # "in an emergency", "during a freeze"
            for words, k in self.attributes(self.maybe(j, *self.words.article.a_the_any)):
                flags = tuple(w for w in words if w.type == PrimitiveType("Bool") and w.place == CONTEXT)
                if flags:
                    yield atoms.boolean(AttrRef(flags, REQUEST), i, k), k
        for j in self.any_of(i, self.words.being.at):  # "in aisle "7""
            for words, k in self.attributes(j):
                texts = tuple(w for w in words if is_text(w.type))
                yield from self.listing(k, self._said_outright(AttrRef(texts, ref))) if texts else ()
        if CONTEXT in ref.owners:
            yield from self._from_network(i)
            j = self.longest(i, self.words.being.using)  # "from a managed device"
            yield from self.qualified(j) if j >= 0 else ()

    def _from_network(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "from 10.0.0.0/8", "from outside the network 10.0.0.0/8": the one address that a request has."""
        addresses = tuple(
            w for w in self.lexicon.attributes if w.type == ExtensionType("ipaddr") and w.place == CONTEXT
        )
        for phrases, negated in ((self.words.network.in_, False), (self.words.network.not_in, True)):
            j = self.longest(i, phrases)
            start = self.maybe(j, *self.words.network.the_range) if j >= 0 else -1
            if start >= 0 and addresses:
                for cond, k in self.listing(start, lambda at: self.range_item(at, AttrRef(addresses, REQUEST))):
                    yield Not(cond) if negated else cond, k

    def _said_outright(self, mention: AttrRef) -> Items:
        """Values in quotation marks, or listed in the schema."""
        listed = self._listed_only(mention)

        def items(i: int) -> Iterator[tuple[Cond, int]]:
            yield from listed(i)
            quoted = self.quoted(i)
            if quoted is not None:
                yield atoms.named_value(mention, quoted[0], i, quoted[1], exact=True), quoted[1]

        return items

    def _listed_only(self, mention: AttrRef) -> Items:
        def items(i: int) -> Iterator[tuple[Cond, int]]:
            start = self.maybe(i, *self.words.article.a_the)
            for words, j in self.values(start):
                mine = tuple(w for w in words if any(w.path == m.path and w.place == m.place for m in mention.words))
                if mine:
                    yield atoms.known_value(mention, mine, i, j), j

        return items

    # ---- one of several, and what is in another

    def among(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "one of its reviewers", "in its department"."""
        j = self.longest(i, self.words.being.one_of)
        if j < 0:
            return
        for mention, k in self.attribute(j):
            if leads(mention):
                if any(isinstance(w.type, SetType) for w in mention.words):
                    yield atoms.identity(ref, AttrRef(mention.words, mention.ref, many=True), i, k), k
                yield atoms.within(ref, mention, i, k), k

    def qualified(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "managed devices", "a restricted source": flags and values of an entity or a record, before its name."""
        start = self.maybe(i, *self.words.article.a_the_any)
        for flags, j in self.attributes(start):
            for mention, k in self._led(j):
                yield atoms.boolean(AttrRef(flags, Ref(OWNERS, via=mention)), i, k), k
        for flags, j in self.denied(start):
            for mention, k in self._led(j):
                yield Not(atoms.boolean(AttrRef(flags, Ref(OWNERS, via=mention)), i, k)), k
        for values, j in self.values(start):
            for mention, k in self._led(j):
                yield atoms.values(values, Ref(OWNERS, via=mention), i, k), k

    def _led(self, i: int) -> Iterator[tuple[AttrRef, int]]:
        for words, j in self.attributes(i):
            mention = AttrRef(words, ANY)
            if leads(mention):
                yield mention, j

    # ---- days of the week

    def on_days(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "on weekends", "on Saturdays or Sundays", "from Monday to Friday"."""
        calendar = self.words.calendar
        for j in self.any_of(i, calendar.on):
            yield from self.days(j)
        j = self.longest(i, calendar.from_)
        first = next(self.table(j, calendar.days), None) if j >= 0 else None
        k = self.longest(first[1], calendar.through) if first is not None else -1
        last = next(self.table(k, calendar.days), None) if k >= 0 else None
        if first is not None and last is not None:
            order = list(dict.fromkeys(calendar.days.values()))
            one, two = order.index(first[0]), order.index(last[0])
            names = order[one : two + 1] if one <= two else [*order[one:], *order[: two + 1]]
            yield atoms.days(names, i, last[1]), last[1]

    def days(self, i: int) -> Iterator[tuple[Cond, int]]:
        """A day, a kind of day, or several: any of them."""
        for cond, j in self.listing(i, self._day):
            yield Join("||", cond.parts, True) if isinstance(cond, Join) else cond, j

    def _day(self, i: int) -> Iterator[tuple[Cond, int]]:
        start = self.maybe(i, *self.words.calendar.on, *self.words.article.a_the)
        for table in (self.words.calendar.days, self.words.calendar.groups):
            for at in {i, start}:
                for names, j in self.table(at, table):
                    yield atoms.days(names.split(), i, j), j


def leads(mention: AttrRef) -> bool:
    """Whether the attribute may name an entity, a record or several entities."""
    kinds = [w.type.element if isinstance(w.type, SetType) else w.type for w in mention.words]
    return any(isinstance(kind, EntityRef | RecordType) for kind in kinds)
