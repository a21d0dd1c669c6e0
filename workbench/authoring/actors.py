"""Grammar of those who act and of what is acted on. Pure. Imports predicates, norm, atoms, subjects, lexicon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from workbench.authoring import atoms
from workbench.authoring.meaning import ABOUT, ANY, PRINCIPAL, AttrRef, Cond, Env, Join, Leaf, Not, Option, Ref
from workbench.authoring.norm import Subject, Thing
from workbench.authoring.predicates import Predicates
from workbench.authoring.subjects import subject_cond
from workbench.authoring.words import split_name
from workbench.language.ast import Binary, EntityLit, Var
from workbench.language.schema import EntityRef

OBJECT = Ref(("resource", "context"))


class Actors(Predicates):
    """Who, and to what."""

    # ---- who

    def subject(self, i: int, joints: Sequence[str] | None = None) -> Iterator[tuple[Subject, int]]:
        """Those who act: one noun phrase, or several joined ("technicians and robots"), of which either is meant.

        ``joints``: by which words they may be joined; any where none are given.
        """
        either = (*self.words.connective.and_, *self.words.connective.or_)
        for one, j in self._one(i, joints):
            yield one, j
            if not one.anybody and one.entity is None:
                yield from self._joined_subjects([(one, i, j)], either if joints is None else joints)

    def neither(self, i: int) -> Iterator[tuple[Subject, int]]:
        """ "neither clerks nor robots": those of whom nothing is true."""
        j = self.longest(i, self.words.listing.neither)
        for one, k in self._one(j) if j >= 0 else ():
            yield from self._joined_subjects([(one, j, k)], self.words.connective.nor)

    def _joined_subjects(
        self, before: list[tuple[Subject, int, int]], joints: Sequence[str]
    ) -> Iterator[tuple[Subject, int]]:
        j = before[-1][2]
        after = self.comma(j)
        for joint in self.any_of(after, joints):
            k = self.maybe(joint, *self.words.preposition.by)
            for other, m in self._one(k, joints):
                several = [*before, (other, k, m)]
                if self._each_plain(several):
                    conds = tuple(subject_cond(one, at) for one, at, _ in several)
                    notes = tuple(dict.fromkeys(note for one, _, _ in several for note in one.notes))
                    yield Subject(conds=(Join("||", conds, True),), notes=notes), m
        if after > j:
            for other, k in self._one(after):
                yield from self._joined_subjects([*before, (other, after, k)], joints)

    def _each_plain(self, several: Sequence[tuple[Subject, int, int]]) -> bool:
        """Whether it is plain what each is: "banned players and guests" leaves open whether the guests are banned."""
        if any(one.anybody or one.entity is not None for one, _, _ in several):
            return False
        typed = {one.type for one, _, _ in several if one.type is not None}
        bare = {one.type for one, _, _ in several if one.type is not None and not one.conds}
        grouped = [one.group is not None for one, _, _ in several if one.type is not None]
        if any(grouped) and not all(grouped):  # "editors and writers in the politics desk"
            return False
        for one, at, end in several:
            if one.type is not None and one.conds and len(typed) > 1:
                said = {w.place for k in range(at, end) for words, _ in self.values(k) for w in words}
                said |= {w.place for k in range(at, end) for words, _ in self.attributes(k) for w in words}
                if said & bare:
                    return False
        return True

    def _one(self, i: int, joints: Sequence[str] | None = None) -> Iterator[tuple[Subject, int]]:
        j = self.longest(i, self.words.who.anybody)
        if j >= 0:
            for conds, k in self.postmodifiers(j, PRINCIPAL, grouped=False):
                yield Subject(conds=tuple(conds)), k
            yield from self._grouped(j)
            k = self.longest(j, self.words.connective.except_who)
            if k >= 0:  # "anybody except supervisors"
                for spared, m in self.subject(k):
                    if not spared.anybody:
                        yield Subject(conds=(Not(subject_cond(spared, k)),)), m
            return
        start = self._article(i, self.words.article.actor)
        j = self.longest(start, self.words.who.members_of)
        if j >= 0:
            for types, name, exact, k in self.groups(j):
                yield Subject(group=EntityLit(types[0], name), notes=atoms.group_notes(types[0], name, exact)), k
        lists = self.words.listing
        if self.longest(start, (*lists.neither, *lists.none_of)) >= 0:
            return  # "neither clerks nor robots may …" is about those, not about everybody else
        yield from self._typed(start)
        yield from self._valued(start, joints)
        yield from self._flagged(start)
        yield from self._person(start)
        yield from self._named_by(i)

    def _grouped(self, j: int) -> Iterator[tuple[Subject, int]]:
        """ "anyone in the billing team"."""
        for k in self.any_of(j, self.words.preposition.group):
            for types, name, exact, m in self.groups(k):
                yield Subject(group=EntityLit(types[0], name), notes=atoms.group_notes(types[0], name, exact)), m

    def _named_by(self, i: int) -> Iterator[tuple[Subject, int]]:
        """Whoever an attribute names: "its author", "the author of a change", "the incident's commander"."""
        token = self.at(i)
        if token is None:
            return
        definite = token.lower in (*self.words.article.the, *self.words.possessive.any)
        own = self.longest(i + 1, self.words.possessive.own) if token.lower in self.words.possessive.any else -1
        mentions = [*self.attribute(i)]
        if own >= 0:  # "its own reporter"
            mentions.extend((AttrRef(words, ABOUT), j) for words, j in self.attributes(own))
        for mention, j in mentions:
            words = tuple(word for word in mention.words if isinstance(word.type, EntityRef))
            if words and (definite or mention.ref != ANY):
                yield Subject(conds=(atoms.identity(PRINCIPAL, AttrRef(words, mention.ref), i, j),)), j

    def _article(self, i: int, words: Sequence[str]) -> int:
        j = self.longest(i, words)
        return j if j >= 0 else i

    def _typed(self, i: int) -> Iterator[tuple[Subject, int]]:
        for adjectives, j in self.adjectives(i, PRINCIPAL):
            for word, k in self.types(j):
                quoted = self.quoted(k)
                if quoted is not None and not adjectives:
                    yield Subject(entity=EntityLit(word.type, quoted[0])), quoted[1]
                ref = Ref(("principal",), word.type)
                for m in self.any_of(k, self.words.preposition.group):
                    if not adjectives:
                        for types, name, exact, n in self.groups(m):
                            group = EntityLit(types[0], name)
                            yield Subject(word.type, group, notes=atoms.group_notes(types[0], name, exact)), n
                for conds, m in self.postmodifiers(k, ref, grouped=bool(adjectives)):
                    yield Subject(word.type, conds=(*adjectives, *conds)), m

    def _valued(self, i: int, joints: Sequence[str] | None) -> Iterator[tuple[Subject, int]]:
        for cond, j in self.listing(i, self.value_items(PRINCIPAL)):
            both = isinstance(cond, Join) and cond.op == "&&"
            if both and joints is not None and not set(joints) & set(self.words.connective.and_):
                continue  # "a supervisor and a lead approve" is not one approval by either
            either = Join("||", cond.parts, True) if isinstance(cond, Join) else cond
            for conds, k in self.postmodifiers(j, PRINCIPAL):
                yield Subject(conds=(either, *conds)), k

    def _flagged(self, i: int) -> Iterator[tuple[Subject, int]]:
        """ "contractors": those of whom the flag ``is_contractor`` holds."""
        for cond, j in self.flag_nouns(i):
            for conds, k in self.postmodifiers(j, PRINCIPAL):
                yield Subject(conds=(cond, *conds)), k

    def _person(self, i: int) -> Iterator[tuple[Subject, int]]:
        """A person-noun that the schema does not list, where exactly one open attribute is named role or title."""
        token = self.at(i)
        if token is None or not self.free(i) or not token.lemma.isalpha() or len(token.lemma) < 3:
            return
        if (
            token.lower in self.words.who.no_person
            or token.lemma in self.lexicon.vocabulary
            or self.lexicon.looks_like(token.lemma)
            or token.lemma in self.words.diagnostic.vague
        ):
            return
        person = self.words.naming.person
        roles = {(w.place, w.path): w for w in self.lexicon.attributes if split_name(w.path[-1])[-1] in person}
        if any(place in self.lexicon.closed for place in roles):
            return

        def build(env: Env, unknown: bool) -> list[Option]:
            mine = [w for w in roles.values() if w.place in env.principals]
            if len({w.path for w in mine}) != 1:
                return []
            mention = AttrRef(tuple(mine), PRINCIPAL)
            leaf = atoms.named_value(mention, token.lemma, i, i + 1, exact=False)
            note = f'"{token.text}" is taken for the {mine[0].name} "{token.lemma}"'
            return [Option(o.expr, (*o.notes, note)) for o in leaf.build(env, unknown)]

        yield Subject(conds=(Leaf(build, i, i + 1),)), self.used(i + 1)

    def postmodifier(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """Also: "under the age of 18", "above a level of 3"."""
        yield from super().postmodifier(i, ref)
        for op, j in self.table(i, self.words.comparator.signs):
            for words, k in self.attributes(self._article(j, self.words.article.a_the)):
                of = self.longest(k, self.words.preposition.of)
                for amount, m in self.amounts(of) if of >= 0 else ():
                    yield atoms.compare(AttrRef(words, ref), op, amount, i, m), m
        for table, op in ((self.words.heads.greater, ">"), (self.words.heads.less, "<")):
            for _, j in self.table(i, table):  # "longer than 100 pages", where it has a number of pages
                for amount, k in self.amounts(j):
                    timed = next(self.table(k, self.words.unit.time), None)  # "1 hour" is no hour of the day
                    for words, m in self.attributes(k) if timed is None else ():
                        yield atoms.compare(AttrRef(words, ref), op, amount, i, m), m
        token = self.at(i)
        if token is not None and token.lower in self.words.preposition.all:
            for values, k in self.values(i):  # "in fault", where that is how a value is said
                if k > i + 1:
                    yield atoms.values(values, ref, i, k), k
        if token is not None and token.lower in (*self.words.flag.relating, *self.words.preposition.all):
            for flags, k in self.attributes(i):  # "under repair", "on call"
                if k > i + 1:
                    yield atoms.boolean(AttrRef(flags, ref), i, k), k
        for j in self.any_of(i, self.words.order.place):  # "in supervised mode"
            for said, k in self.values(self._article(j, self.words.article.a_the)):
                for named, m in self.attributes(k):
                    yield atoms.known_value(AttrRef(named, ref), said, i, m), m
        yield from self._done_by(i, ref)

    def predicate(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """Also: "[auctions that] have not ended", "[the tests] have passed"."""
        yield from super().predicate(i, ref)
        have = self.longest(i, self.words.order.perfect)
        no = self.longest(have, self.words.negation.not_) if have >= 0 else -1
        for k, negated in ((have, False), (no, True)):
            for flags, m in self.attributes(k) if k >= 0 else ():
                cond = atoms.boolean(AttrRef(flags, ref), i, m)
                yield Not(cond) if negated else cond, m

    def complement(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """Also: "[is] booked by somebody else"."""
        yield from super().complement(i, ref)
        yield from self._done_by(i, ref)

    def _done_by(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "booked by them", "opened by somebody else": an attribute that says by whom."""
        for word in self.lexicon.attributes:
            items = word.phrase.items
            if not isinstance(word.type, EntityRef) or items[-1] not in self.words.preposition.by or len(items) < 2:
                continue
            j = self._lemmas(i, items)
            if j < 0:
                continue
            mention = AttrRef((word,), ref)
            k = self.longest(j, self.words.order.somebody_else)
            if k >= 0:
                yield _apart(mention, i, k), k
            for other, m in self.refs(j):
                if "principal" in other.owners:
                    yield atoms.identity(PRINCIPAL, mention, i, m), m

    # ---- to what

    def thing(self, i: int) -> Iterator[tuple[Thing, int]]:
        """A noun phrase for what is acted on: "a ticket", "sensitive tickets", "personal data", "their own tickets"."""
        token = self.at(i)
        if token is None:
            return
        if token.lower in self.words.pronoun.object:
            yield Thing(), self.used(i + 1)
        j = self.longest(i, self.words.pronoun.reflexive)
        if j >= 0:  # "may not duel themselves"
            yield Thing((_another(i, j, "=="),)), j
        yield from self._theirs(i)
        j = self.longest(i, (*self.words.pronoun.indefinite, *self.words.who.somebody))
        if j >= 0:
            for conds, k in self.postmodifiers(j, Ref(("resource",))):
                yield Thing(tuple(conds)), k
            yield from ((Thing((spared,)), k) for spared, k in self._spared(j, None))
            k = self.longest(j, self.words.order.oneself)  # "anyone other than themselves"
            if k >= 0:
                yield Thing((_another(i, k),)), k
        universal = token.lower in self.words.article.universal
        start = self._article(i, self.words.article.object)
        owned: tuple[Cond, ...] = ()
        other = self.longest(i, self.words.order.other)
        if other >= 0:
            start = other
        if token.lower in self.words.possessive.any:
            own = self.longest(i + 1, self.words.possessive.own)
            if own < 0:
                return
            owned, start = (atoms.own("own", i, own),), own
        for adjectives, j in self.adjectives(start, OBJECT):
            for word, k in self.types(j):
                quoted = self.quoted(k)
                if quoted is not None and not adjectives:
                    yield Thing(entity=EntityLit(word.type, quoted[0])), quoted[1]
                apart: tuple[Cond, ...] = ()
                if other >= 0 and self._acts_on_itself(word.type):
                    apart = (_another(i, other),)
                elif other >= 0 and self.longest(i, self.words.order.another) < 0:
                    continue
                for conds, m in self.postmodifiers(k, Ref(("resource", "context"), word.type)):
                    yield Thing((*owned, *apart, *adjectives, *conds), word.type, universal), m
                    if not universal:
                        for spared, n in self._spared(m, word.type):
                            yield Thing((*owned, *apart, *adjectives, *conds, spared), word.type), n
        for cond, j in self.listing(start, self.value_items(OBJECT)) if other < 0 else ():
            for conds, k in self.postmodifiers(j, Ref(("resource",))):
                if isinstance(cond, Join) and cond.op == "&&":
                    yield Thing((*owned, Join("||", cond.parts, True), *conds), None, universal, spread=True), k
                    yield Thing((*owned, cond, *conds), None, universal, both=True), k
                else:
                    yield Thing((*owned, cond, *conds), None, universal), k

    def _theirs(self, i: int) -> Iterator[tuple[Thing, int]]:
        """ "[duel] their own mentor": whom an attribute of the one who acts names."""
        token = self.at(i)
        if token is None or token.lower not in self.words.possessive.any:
            return
        for words, j in self.attributes(self.maybe(i + 1, *self.words.possessive.own)):
            names = tuple(
                word for word in words if isinstance(word.type, EntityRef) and self._acts_on_itself(word.place)
            )
            if names:
                yield Thing((atoms.identity(Ref(("resource",)), AttrRef(names, PRINCIPAL), i, j),)), j

    def _spared(self, i: int, name: str | None) -> Iterator[tuple[Cond, int]]:
        """ "[players] other than banned players": of what is acted on, those that are not meant.

        ``name``: of which type they must be called; any that acts on its like where none is given.
        """
        j = self.longest(i, self.words.connective.except_)
        for thing, k in self.thing(j) if j >= 0 else ():
            alike = thing.type in (name, None) if name is not None else self._acts_on_itself(thing.type or "")
            if alike and thing.conds and thing.entity is None and not thing.both:
                yield Not(Join("&&", thing.conds, True) if len(thing.conds) > 1 else thing.conds[0]), k

    def _acts_on_itself(self, name: str) -> bool:
        """Whether entities of this type both act and are acted on by some action, so that "another" says something."""
        return any(name in a.principals and name in a.resources for a in self.lexicon.schema.actions.values())


def _another(start: int, end: int, op: Literal["==", "!="] = "!=") -> Leaf:
    """What is acted on is not, or is, the one who acts."""

    def build(env: Env, _: bool) -> list[Option]:
        both = set(env.principals) & set(env.resources)
        return [Option(Binary(op, Var("principal"), Var("resource")))] if both else []

    return Leaf(build, start, end)


def _apart(mention: AttrRef, start: int, end: int) -> Leaf:
    """The principal is not the one that an attribute names ("booked by somebody else")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded([place], Binary("!=", Var("principal"), place.expr), unknown)
            for place in env.places(mention)
            if isinstance(place.type, EntityRef) and place.type.name in env.principals
        ]

    return Leaf(build, start, end)
