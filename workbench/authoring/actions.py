"""Grammar of actions in the active voice. Pure. Imports actors, norm, atoms, lexicon."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from workbench.authoring import atoms
from workbench.authoring.actors import OBJECT, Actors
from workbench.authoring.lexicon import CONTEXT, ActionPhrase, Lexicon, is_text
from workbench.authoring.meaning import REQUEST, AttrRef, Cond, Join
from workbench.authoring.nominals import is_verb
from workbench.authoring.norm import Count, Doing, Thing, with_thing
from workbench.authoring.words import split_name
from workbench.language.schema import SetType

Noun = Callable[[int], Iterator[tuple[Doing, int]]]


class Actions(Actors):
    """Who does what to what."""

    # ---- does what

    def doing(self, i: int) -> Iterator[tuple[Doing, int]]:
        """A verb phrase in the active voice: "share a ticket outside the company", "issuing refunds"."""
        yield from self._explicit(i)
        yield from self._light(i)
        token = self.at(i)
        if token is None or token.kind != "word":
            return
        if token.lower in self.words.copula.be:  # "[must not] be given sensitive tickets"
            done = self.at(i + 1)
            for phrase in self.phrases:
                if phrase.passive and done is not None and is_verb(done.lemma, phrase.verb):
                    yield from self._follow(i + 2, phrase, phrase.rest, Doing(phrase.uid), False)
            return
        for phrase in self.phrases:
            if phrase.passive or not is_verb(token.lemma, phrase.verb):
                continue
            yield from self._follow(i + 1, phrase, phrase.rest, Doing(phrase.uid), False)
            if (
                phrase.rest
                and phrase.rest[-1] is None
                and all(w in self.words.preposition.all for w in phrase.rest[:-1])
            ):
                yield Doing(phrase.uid, open=True), self.used(i + 1)

    @property
    def phrases(self) -> tuple[ActionPhrase, ...]:
        """The phrases of the schema's actions, those with a particle in both orders."""
        return _spoken(self.lexicon)

    def _light(self, i: int) -> Iterator[tuple[Doing, int]]:
        """ "make a reservation", "perform at most 3 restarts [an hour]": a verb that says only that it is done."""
        token = self.at(i)
        if token is None or token.lemma not in self.words.order.light:
            return
        yield from self.made_noun(i + 1)
        for op, j in self.table(i + 1, self.words.comparator.signs):
            yield from self.counted_noun(j, op, self.made_noun)

    def counted_noun(self, i: int, op: str, noun: Noun) -> Iterator[tuple[Doing, int]]:
        """A number of an action's noun: "5 restarts"."""
        number = self.number(i)
        if number is None or not isinstance(number[0], int):
            return
        for doing, j in noun(number[1]):
            if doing.thing != Thing() or doing.uid is None:
                continue
            nouns = tuple(t.lemma for t in self.tokens[number[1] : j] if t.lower not in self.words.article.a_the)
            verb = next(phrase.verb for phrase in self.lexicon.actions if phrase.uid == doing.uid)
            yield replace(doing, count=Count(op, number[0], nouns, verb, i, j, own=True)), j

    def made_noun(self, i: int) -> Iterator[tuple[Doing, int]]:
        """An action as a noun made from its verb; the grammar of deeds knows how that is said."""
        raise NotImplementedError

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
        only = self.longest(i, self.words.connective.only) if not doing.only and not filled else -1
        if only >= 0 and (item is None or item in self.words.preposition.all or len(rest) == len(phrase.rest)):
            yield from self._follow(only, phrase, rest, replace(doing, only=True), filled)
        if item is None:
            for thing, j in self.thing(i):
                yield from self._follow(j, phrase, after, with_thing(doing, thing), True)
            for count, j in self._counted_thing(i, phrase):
                yield from self._follow(j, phrase, after, replace(doing, count=count), True)
            yield from self._follow(i, phrase, after, replace(doing, open=True), filled)
            return
        j = self._lemmas(i, (item,))
        if j >= 0:
            yield from self._follow(j, phrase, after, doing, filled)
        at_object = item not in self.words.preposition.all and len(rest) == len(phrase.rest)
        if at_object and not filled and replace(doing, only=False) == Doing(phrase.uid):
            for thing, k in self.resource_thing(self.maybe(i, *self.words.order.after_verb), phrase):
                yield from self._follow(k, phrase, rest[len(phrase.objects) :], with_thing(doing, thing), True)
        if at_object and not filled:
            for conds, k in self.adjectives(self._article(i, self.words.article.a_the_any), OBJECT):
                if conds:
                    yield from self._follow(k, phrase, rest, with_thing(doing, Thing(conds)), True)
            yield from self._count(i, phrase, rest, doing)
            own = self.longest(i, self.words.possessive.own_object)
            if own >= 0:
                mine = Thing((atoms.own("own", i, own),))
                yield from self._follow(own, phrase, rest, with_thing(doing, mine), True)
            pronoun = self.longest(i, self.words.pronoun.after_verb)
            if pronoun >= 0 and not phrase.named:
                yield from self._follow(pronoun, phrase, rest[len(phrase.objects) :], doing, True)
        if phrase.named and not filled and at_object:
            for thing, k in self.thing(i):
                m = self._article(k, self.words.preposition.all)
                yield from self._follow(m, phrase, rest, with_thing(doing, thing), True)
        if phrase.named and filled:
            m = self.longest(i, self.words.preposition.all)
            if m >= 0 and self._lemmas(m, (item,)) >= 0:
                yield from self._follow(m, phrase, rest, doing, True)

    def _count(
        self, i: int, phrase: ActionPhrase, rest: Sequence[str | None], doing: Doing
    ) -> Iterator[tuple[Doing, int]]:
        own = self.names_resource(phrase)
        for op, j in [*self.table(i, self.words.comparator.signs), ("==", i)]:
            number = self.number(j)
            if number is not None and isinstance(number[0], int):
                k = self.maybe(number[1], *self.words.comparator.or_more)
                if k > number[1]:
                    op = ">="
                counted = replace(doing, count=Count(op, number[0], phrase.objects, phrase.verb, i, k, own))
                yield from self._follow(k, phrase, rest, counted, True)

    def _counted_thing(self, i: int, phrase: ActionPhrase) -> Iterator[tuple[Count, int]]:
        """ "[share] at most 3 tickets [externally a day]"."""
        for op, j in self.table(i, self.words.comparator.signs):
            number = self.number(j)
            if number is not None and isinstance(number[0], int):
                for word, k in self.types(number[1]):
                    nouns = tuple(item for item in word.phrase.items if item is not None)
                    own = word.type in self.resource_types(phrase)
                    yield Count(op, number[0], nouns, phrase.verb, i, k, own), k

    def _finished(self, i: int, phrase: ActionPhrase, doing: Doing, filled: bool) -> Iterator[tuple[Doing, int]]:
        for conds, j in self.postmodifiers(i, OBJECT):
            done = with_thing(doing, Thing(tuple(conds))) if conds else doing
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
        if doing.thing.type is None and phrase.objects and None not in phrase.rest:
            for made, j in self.furnished(i, phrase, doing):
                yield made, j
        if not filled and None not in phrase.rest and not phrase.objects:
            for start in (i, *self.any_of(i, self.words.order.affected)):
                for thing, j in self.thing(start):
                    yield with_thing(doing, thing), j
        if not filled and None in phrase.rest and phrase.rest[-1] is not None:
            for thing, j in self.thing(i):
                yield with_thing(doing, thing), j

    # ---- objects

    def resource_types(self, phrase: ActionPhrase) -> frozenset[str]:
        """The types that the action applies to."""
        action = self.lexicon.schema.actions.get(phrase.uid)
        return frozenset(action.resources if action is not None else ())

    def names_resource(self, phrase: ActionPhrase) -> bool:
        """Whether the noun after the verb is what the action applies to ("merge *change*" applies to a Change)."""
        types = self.resource_types(phrase)
        return bool(phrase.objects) and any(
            word.type in types and word.phrase.items == phrase.objects for word in self.lexicon.types
        )

    def resource_thing(self, i: int, phrase: ActionPhrase) -> Iterator[tuple[Thing, int]]:
        """What the action applies to, where its name says that noun: "another player", "all items", "it"."""
        if not self.names_resource(phrase):
            return
        types = self.resource_types(phrase)
        pronoun = self.longest(i, self.words.pronoun.after_verb)
        if pronoun >= 0:
            yield Thing(), pronoun
        for thing, j in self.thing(i):
            kind = thing.entity.type if thing.entity is not None else thing.type
            anyone = kind is None and self.longest(i, self.words.who.somebody) >= 0
            if kind in types or anyone or (kind is None and thing.conds):
                yield thing, j

    def furnished(self, i: int, phrase: ActionPhrase, doing: Doing) -> Iterator[tuple[Doing, int]]:
        """After the noun of a phrase: what it contains, and the thing that the action applies to.

        "[run a shell command] containing …", "[post a message] in a chat room", "[export the logs] of a service".
        """
        for cond, j in self.worded(i, phrase):
            more = with_thing(doing, Thing((cond,)))
            yield more, j
            yield from self.placed(j, phrase, more)
        yield from self.placed(i, phrase, doing)

    def worded(self, i: int, phrase: ActionPhrase) -> Iterator[tuple[Cond, int]]:
        """What a text of the request contains, named by the noun of the phrase."""
        nouns = set(phrase.objects)
        words = tuple(
            word for word in self.lexicon.attributes
            if word.place == CONTEXT and is_text(word.type) and not isinstance(word.type, SetType)
            and not word.phrase.gapped and {str(item) for item in word.phrase.items} >= nouns
        )  # fmt: skip
        if words:
            yield from self.joined(i, lambda at: self.textual(i, at, AttrRef(words, REQUEST)))

    def textual(self, i: int, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """ "[addresses] at example.com or example.org", "ending in …", "starting with …", "containing …"."""
        for openings, before, after, prefix in (
            (self.words.text.at, True, False, "@"),
            (self.words.text.ending_in, True, False, ""),
            (self.words.text.starting_with, False, True, ""),
            (self.words.text.containing, True, True, ""),
        ):
            k = self.longest(j, openings)
            if k < 0:
                continue
            texts: list[str] = []
            either = (*self.words.connective.or_, *self.words.connective.and_)
            at = self.maybe(k, *self.words.listing.either)
            while True:
                quoted = self.quoted(at)
                if quoted is None:
                    break
                texts.append(quoted[0] if not prefix or quoted[0].startswith(prefix) else prefix + quoted[0])
                leaves = [atoms.text_like(mention, before, text, after, i, quoted[1]) for text in texts]
                yield leaves[0] if len(leaves) == 1 else Join("||", tuple(leaves), True), quoted[1]
                at = self.longest(self.comma(quoted[1]), either)
                if at < 0:
                    at = self.comma(quoted[1])
                    if at == quoted[1]:
                        break

    def placed(self, i: int, phrase: ActionPhrase, doing: Doing) -> Iterator[tuple[Doing, int]]:
        """The thing that the action applies to, after a preposition, where the phrase names something else."""
        if self.names_resource(phrase):
            return
        types = self.resource_types(phrase)
        for start in self.any_of(i, self.words.order.place):
            for thing, j in self.thing(start):
                kind = thing.entity.type if thing.entity is not None else thing.type
                if kind in types or (kind is None and thing != Thing()):
                    yield with_thing(doing, thing), j
            pronoun = self.longest(start, self.words.pronoun.after_verb)
            if pronoun >= 0:
                yield doing, pronoun


@lru_cache(maxsize=16)
def _spoken(lexicon: Lexicon) -> tuple[ActionPhrase, ...]:
    found: list[ActionPhrase] = []
    for phrase in lexicon.actions:
        first, *after = (*phrase.rest, None)
        resources = lexicon.schema.actions[phrase.uid].resources
        named = {word.phrase.items for word in lexicon.types if word.type in resources}
        whole = after in ([None], [None, None]) or tuple(after[:-1]) in named
        if phrase.passive or first not in lexicon.words.nominal.particles or not whole:
            found.append(phrase)
            continue
        found.append(replace(phrase, rest=(first, None), named=False))
        found.append(replace(phrase, rest=(None, first), named=False))
    return tuple(found)
