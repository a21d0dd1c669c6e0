"""Grammar of actors, objects and actions. Pure. Imports predicates, norm, atoms, lexicon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.authoring import atoms
from workbench.authoring.lexicon import ActionPhrase
from workbench.authoring.meaning import PRINCIPAL, AttrRef, Cond, Env, Join, Leaf, Option, Ref
from workbench.authoring.norm import Count, Doing, Subject, Thing
from workbench.authoring.predicates import Predicates
from workbench.authoring.words import split_name
from workbench.language.ast import EntityLit

_OBJECT = Ref(("resource", "context"))


class Actions(Predicates):
    """Who does what to what."""

    # ---- who

    def subject(self, i: int) -> Iterator[tuple[Subject, int]]:
        """A noun phrase for those who act."""
        j = self.longest(i, self.words.who.anybody)
        if j >= 0:
            for conds, k in self.postmodifiers(j, PRINCIPAL):
                yield Subject(conds=tuple(conds)), k
            return
        start = self._article(i, self.words.article.actor)
        j = self.longest(start, self.words.who.members_of)
        if j >= 0:
            for types, name, exact, k in self.groups(j):
                yield Subject(group=EntityLit(types[0], name), notes=atoms.group_notes(types[0], name, exact)), k
        yield from self._typed(start)
        yield from self._valued(start)
        yield from self._person(start)

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

    def _valued(self, i: int) -> Iterator[tuple[Subject, int]]:
        for cond, j in self.listing(i, self.value_items(PRINCIPAL)):
            either = Join("||", cond.parts, True) if isinstance(cond, Join) else cond
            for conds, k in self.postmodifiers(j, PRINCIPAL):
                yield Subject(conds=(either, *conds)), k

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
        roles = {(w.place, w.path): w for w in self.lexicon.attributes if w.path[-1] in self.words.naming.person}
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

    def adjectives(self, i: int, ref: Ref) -> Iterator[tuple[tuple[Cond, ...], int]]:
        """Values before a noun: "sensitive", "high-priority", "German"; none to three of them."""
        yield (), i
        for flags, j in self.attributes(i):
            for rest, k in self.adjectives(j, ref):
                yield (atoms.boolean(AttrRef(flags, ref), i, j), *rest), k
        for words, j in self.values(i):
            conds: list[tuple[Cond, int]] = [(atoms.values(words, ref, i, j), j)]
            for attributes, k in self.attributes(j):
                conds.append((atoms.known_value(AttrRef(attributes, ref), words, i, k), k))
            for cond, k in conds:
                for rest, m in self.adjectives(k, ref):
                    if len(rest) < 3:
                        yield (cond, *rest), m
                for joint, of in ((self.words.connective.or_, ref), (self.words.connective.and_, PRINCIPAL)):
                    m = self.longest(k, joint)
                    for others, n in self.values(m) if m >= 0 else ():
                        if of == ref:
                            yield (Join("||", (cond, atoms.values(others, ref, m, n)), True),), n

    # ---- to what

    def thing(self, i: int) -> Iterator[tuple[Thing, int]]:
        """A noun phrase for what is acted on: "a ticket", "sensitive tickets", "personal data", "their own tickets"."""
        token = self.at(i)
        if token is None:
            return
        if token.lower in self.words.pronoun.object:
            yield Thing(), self.used(i + 1)
        j = self.longest(i, self.words.pronoun.indefinite)
        if j >= 0:
            for conds, k in self.postmodifiers(j, Ref(("resource",))):
                yield Thing(tuple(conds)), k
        universal = token.lower in self.words.article.universal
        start = self._article(i, self.words.article.object)
        owned: tuple[Cond, ...] = ()
        if token.lower in self.words.possessive.any:
            own = self.longest(i + 1, self.words.possessive.own)
            if own < 0:
                return
            owned, start = (atoms.own("own", i, own),), own
        for adjectives, j in self.adjectives(start, _OBJECT):
            for word, k in self.types(j):
                quoted = self.quoted(k)
                if quoted is not None and not adjectives:
                    yield Thing(entity=EntityLit(word.type, quoted[0])), quoted[1]
                for conds, m in self.postmodifiers(k, Ref(("resource", "context"), word.type)):
                    yield Thing((*owned, *adjectives, *conds), word.type, universal), m
        for cond, j in self.listing(start, self.value_items(_OBJECT)):
            for conds, k in self.postmodifiers(j, Ref(("resource",))):
                if isinstance(cond, Join) and cond.op == "&&":
                    yield Thing((*owned, Join("||", cond.parts, True), *conds), None, universal, spread=True), k
                    yield Thing((*owned, cond, *conds), None, universal, both=True), k
                else:
                    yield Thing((*owned, cond, *conds), None, universal), k

    # ---- does what

    def doing(self, i: int) -> Iterator[tuple[Doing, int]]:
        """A verb phrase in the active voice: "share a ticket outside the company", "issuing refunds"."""
        yield from self._explicit(i)
        token = self.at(i)
        if token is None or token.kind != "word":
            return
        for phrase in self.lexicon.actions:
            if phrase.passive or phrase.verb != token.lemma:
                continue
            yield from self._follow(i + 1, phrase, phrase.rest, Doing(phrase.uid), False)
            if (
                phrase.rest
                and phrase.rest[-1] is None
                and all(w in self.words.preposition.all for w in phrase.rest[:-1])
            ):
                yield Doing(phrase.uid, open=True), self.used(i + 1)

    def _explicit(self, i: int) -> Iterator[tuple[Doing, int]]:
        j = self.longest(i, self.words.action.any)
        if j >= 0:
            yield Doing(None), j
        j = self.longest(i, self.words.action.perform)
        quoted = self.quoted(self._article(j, self.words.action.the_action)) if j >= 0 else None
        if quoted is not None:
            for uid, action in self.lexicon.schema.actions.items():
                if quoted[0] in (action.id, f"{uid[0]}::{action.id}"):
                    group = not (action.principals and action.resources)
                    for thing, k in self._on(quoted[1]):
                        yield Doing(uid, thing, group=group), k
        if j >= 0:
            start = self._article(j, self.words.article.any_a)
            for uid, action in self.lexicon.schema.actions.items():
                if action.principals and action.resources:
                    continue
                k = self._lemmas(start, tuple(split_name(action.id)))
                m = self.longest(k, self.words.action.noun) if k > start else -1
                if m >= 0:
                    yield Doing(uid, group=True), m

    def _on(self, i: int) -> Iterator[tuple[Thing, int]]:
        yield Thing(), i
        j = self.longest(i, self.words.preposition.on)
        if j >= 0:
            yield from self.thing(j)

    def _follow(
        self, i: int, phrase: ActionPhrase, rest: Sequence[str | None], doing: Doing, filled: bool
    ) -> Iterator[tuple[Doing, int]]:
        """The rest of an action phrase from ``i``, its gaps filled with objects."""
        if not rest:
            yield from self._finished(i, phrase, doing, filled)
            return
        item, *after = rest
        if item is None:
            for thing, j in self.thing(i):
                yield from self._follow(j, phrase, after, _with(doing, thing), True)
            for count, j in self._counted_thing(i, phrase):
                yield from self._follow(j, phrase, after, replace(doing, count=count), True)
            yield from self._follow(i, phrase, after, replace(doing, open=True), filled)
            return
        j = self._lemmas(i, (item,))
        if j >= 0:
            yield from self._follow(j, phrase, after, doing, filled)
        at_object = item not in self.words.preposition.all and len(rest) == len(phrase.rest)
        if at_object and not filled:
            for conds, k in self.adjectives(self._article(i, self.words.article.a_the_any), _OBJECT):
                if conds:
                    yield from self._follow(k, phrase, rest, _with(doing, Thing(conds)), True)
            yield from self._count(i, phrase, rest, doing)
            own = self.longest(i, self.words.possessive.own_object)
            if own >= 0:
                mine = Thing((atoms.own("own", i, own),))
                yield from self._follow(own, phrase, rest, _with(doing, mine), True)
            pronoun = self.longest(i, self.words.pronoun.after_verb)
            if pronoun >= 0 and not phrase.named:
                yield from self._follow(pronoun, phrase, rest[len(phrase.objects) :], doing, True)
        if phrase.named and not filled and at_object:
            for thing, k in self.thing(i):
                m = self._article(k, self.words.preposition.all)
                yield from self._follow(m, phrase, rest, _with(doing, thing), True)
        if phrase.named and filled:
            m = self.longest(i, self.words.preposition.all)
            if m >= 0 and self._lemmas(m, (item,)) >= 0:
                yield from self._follow(m, phrase, rest, doing, True)

    def _count(
        self, i: int, phrase: ActionPhrase, rest: Sequence[str | None], doing: Doing
    ) -> Iterator[tuple[Doing, int]]:
        for op, j in [*self.table(i, self.words.comparator.signs), ("==", i)]:
            number = self.number(j)
            if number is not None and isinstance(number[0], int):
                k = self.maybe(number[1], *self.words.comparator.or_more)
                if k > number[1]:
                    op = ">="
                counted = replace(doing, count=Count(op, number[0], phrase.objects, phrase.verb, i, k))
                yield from self._follow(k, phrase, rest, counted, True)

    def _counted_thing(self, i: int, phrase: ActionPhrase) -> Iterator[tuple[Count, int]]:
        """ "[share] at most 3 tickets [externally a day]"."""
        for op, j in self.table(i, self.words.comparator.signs):
            number = self.number(j)
            if number is not None and isinstance(number[0], int):
                for word, k in self.types(number[1]):
                    nouns = tuple(item for item in word.phrase.items if item is not None)
                    yield Count(op, number[0], nouns, phrase.verb, i, k), k

    def _finished(self, i: int, phrase: ActionPhrase, doing: Doing, filled: bool) -> Iterator[tuple[Doing, int]]:
        for conds, j in self.postmodifiers(i, _OBJECT):
            done = _with(doing, Thing(tuple(conds))) if conds else doing
            if phrase.named and not phrase.rest and not filled:
                done = replace(done, open=not conds)
            yield done, j
            if j == i and phrase.named and phrase.rest:
                token = self.at(i)
                if (
                    token is not None
                    and token.lemma in self.words.action.generic_nouns
                    and token.lemma not in self.lexicon.vocabulary
                ):
                    yield replace(done, loose=f"{phrase.rest[-1]} {token.text}"), self.used(i + 1)
        if not filled and None not in phrase.rest and not phrase.objects:
            for start in dict.fromkeys((i, self._article(i, self.words.preposition.all))):
                for thing, j in self.thing(start):
                    yield _with(doing, thing), j
        if not filled and None in phrase.rest and phrase.rest[-1] is not None:
            for thing, j in self.thing(i):
                yield _with(doing, thing), j

    # ---- what is done, in the passive voice and as a noun

    def passive(self, i: int) -> Iterator[tuple[Doing, int, ActionPhrase]]:
        """The noun phrase before "may be …": (object so far, end, the phrase whose verb must follow)."""
        for phrase in self.lexicon.actions:
            if phrase.passive:
                continue
            if phrase.objects:
                for adjectives, j in self.adjectives(self._article(i, self.words.article.a_the_any), _OBJECT):
                    k = self._lemmas(j, phrase.objects)
                    if k >= 0:
                        for conds, m in self.postmodifiers(k, _OBJECT):
                            yield Doing(phrase.uid, Thing((*adjectives, *conds))), m, phrase
            else:
                for thing, j in self.thing(i):
                    yield Doing(phrase.uid, thing), j, phrase

    def participle(self, i: int, phrase: ActionPhrase) -> Iterator[int]:
        """The verb of ``phrase`` as a participle, with the words of the phrase that follow its object."""
        token = self.at(i)
        if token is None or token.kind != "word" or token.lemma != phrase.verb:
            return
        rest = phrase.rest[len(phrase.objects) :]
        tail = tuple(item for item in rest if item is not None)
        starts = [self.used(i + 1)]
        if phrase.named and tail:
            starts.append(self._article(i + 1, self.words.preposition.all))
        for start in dict.fromkeys(starts):
            j = self._lemmas(start, tail) if tail else start
            if j >= 0:
                yield j

    def nominal(self, i: int, *, typed: bool = True) -> Iterator[tuple[Doing, int]]:
        """An action as a noun: "a refund above 500" (issue a refund), "replies", "issuing refunds".

        Not ``typed``: leave out nouns that are an entity type's own ("tickets" for ``close_ticket``).
        """
        types = {word.phrase.items for word in self.lexicon.types}
        start = self._article(i, self.words.article.actor)
        for adjectives, j in self.adjectives(start, _OBJECT):
            seen: set[tuple[tuple[str, str], int]] = set()
            for phrase in self.lexicon.actions:
                if phrase.passive:
                    continue
                nouns = [phrase.objects] if phrase.objects and len(phrase.objects) == len(phrase.rest) else []
                if not phrase.objects and all(
                    item is None or item in self.words.preposition.all for item in phrase.rest
                ):
                    nouns.append((phrase.verb,))
                for noun in nouns:
                    if not typed and noun in types:
                        continue
                    k = self._lemmas(j, noun)
                    if k < 0 or (phrase.uid, k) in seen or self.tokens[k - 1].lower.endswith(self.words.action.gerund):
                        continue
                    seen.add((phrase.uid, k))
                    for conds, m in self.postmodifiers(k, _OBJECT):
                        yield Doing(phrase.uid, Thing((*adjectives, *conds))), m
        token = self.at(i)
        if token is not None and (
            token.lower.endswith(self.words.action.gerund) or token.lower in self.words.preposition.to
        ):
            yield from self.doing(i + 1 if token.lower in self.words.preposition.to else i)


def _with(doing: Doing, thing: Thing) -> Doing:
    """``doing`` with more said of its object."""
    old = doing.thing
    merged = Thing(
        (*old.conds, *thing.conds), thing.type or old.type, old.universal or thing.universal,
        thing.entity or old.entity, old.spread or thing.spread, old.both or thing.both,
    )  # fmt: skip
    return replace(doing, thing=merged, open=False)
