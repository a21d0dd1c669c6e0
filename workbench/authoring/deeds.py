"""Grammar of actions in the passive voice and as nouns. Pure. Imports actions, norm, nominals, lexicon."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring.actions import Actions
from workbench.authoring.actors import OBJECT
from workbench.authoring.lexicon import ActionPhrase, Uid
from workbench.authoring.meaning import Cond
from workbench.authoring.nominals import is_verb, names_doing
from workbench.authoring.norm import Doing, Thing, with_thing
from workbench.authoring.words import split_name


class Deeds(Actions):
    """What is done."""

    # ---- what is done, in the passive voice and as a noun

    def passive(self, i: int) -> Iterator[tuple[Doing, int, ActionPhrase]]:
        """The noun phrase before "may be …": (object so far, end, the phrase whose verb must follow)."""
        yield from self._actions_as_noun(i)
        for phrase in self.phrases:
            if phrase.passive:
                continue
            if self.names_resource(phrase):
                for thing, j in self.resource_thing(i, phrase):
                    yield Doing(phrase.uid, thing), j, phrase
            elif phrase.objects and not self._particle(phrase):
                yield from self._objects(i, phrase)
            else:
                for thing, j in self.thing(i):
                    yield Doing(phrase.uid, thing), j, phrase

    def _objects(self, i: int, phrase: ActionPhrase) -> Iterator[tuple[Doing, int, ActionPhrase]]:
        """ "[a refund] above 500", "[messages] that contain … in a chat room": the nouns of the phrase."""
        for adjectives, j in self.adjectives(self._article(i, self.words.article.a_the_any), OBJECT):
            k = self._lemmas(j, phrase.objects)
            if k >= 0:
                for conds, m in self.postmodifiers(k, OBJECT):
                    yield Doing(phrase.uid, Thing((*adjectives, *conds))), m, phrase
                if None not in phrase.rest:
                    for doing, m in self.furnished(k, phrase, Doing(phrase.uid, Thing(adjectives))):
                        yield doing, m, phrase

    def _actions_as_noun(self, i: int) -> Iterator[tuple[Doing, int, ActionPhrase]]:
        """ "no action [may be taken]", "remediation actions [must not be performed]"."""
        start = self._article(i, self.words.article.actor)
        found = [(Doing(None), self.longest(start, self.words.action.noun))]
        for uid, action in self.lexicon.schema.actions.items():
            if not (action.principals and action.resources):
                j = self._lemmas(start, split_name(action.id))
                found.append((Doing(uid, group=True), self.longest(j, self.words.action.noun) if j > start else -1))
        for doing, j in found:
            if j >= 0:
                for verb in self.words.order.in_the_active:
                    yield doing, j, ActionPhrase(doing.uid or ("", ""), verb, (), False, False, verb)

    def _particle(self, phrase: ActionPhrase) -> bool:
        """Whether what follows the verb belongs to it ("roll *back* …")."""
        count = len(phrase.objects)
        gap = phrase.rest[count : count + 1] == (None,)
        return count > 0 and gap and set(phrase.objects) <= set(self.words.nominal.particles)

    def participle(self, i: int, phrase: ActionPhrase) -> Iterator[int]:
        """The verb of ``phrase`` as a participle, with the words of the phrase that follow its object."""
        token = self.at(i)
        if token is None or token.kind != "word" or not is_verb(token.lemma, phrase.verb):
            return
        rest = phrase.rest if self._particle(phrase) else phrase.rest[len(phrase.objects) :]
        tail = tuple(item for item in rest if item is not None)
        starts = [self.used(i + 1)]
        if phrase.named and tail:
            starts.append(self._article(i + 1, self.words.preposition.all))
        for start in dict.fromkeys(starts):
            j = self._lemmas(start, tail) if tail else start
            if j >= 0:
                yield j
                if self.names_resource(phrase):  # "may be disposed of"
                    yield from self.any_of(j, self.words.order.after_verb)

    # ---- as a noun

    def nominal(self, i: int) -> Iterator[tuple[Doing, int]]:
        """An action as a noun: "a refund above 500" (issue a refund), "deployments to production", "issuing refunds".

        A noun that is an entity type's own is no action's: "tickets" do not say that ``close_ticket`` is meant.
        """
        start = self._article(i, self.words.article.actor)
        for adjectives, j in self.adjectives(start, OBJECT):
            yield from self._by_object(j, adjectives)
            yield from self._by_verb(j, adjectives)
        token = self.at(i)
        if token is not None and (
            token.lower.endswith(self.words.action.gerund) or token.lower in self.words.preposition.to
        ):
            yield from self.doing(i + 1 if token.lower in self.words.preposition.to else i)

    def made_noun(self, i: int) -> Iterator[tuple[Doing, int]]:
        """ "[make] a reservation": a noun made from the verb, not one that is the object of some verb ("a loan")."""
        for adjectives, j in self.adjectives(self._article(i, self.words.article.actor), OBJECT):
            yield from self._by_verb(j, adjectives)

    def _type_nouns(self) -> set[tuple[str | None, ...]]:
        return {word.phrase.items for word in self.lexicon.types}

    def _by_object(self, i: int, adjectives: tuple[Cond, ...]) -> Iterator[tuple[Doing, int]]:
        """The noun that the verb of the phrase has ("[issue] *a refund*")."""
        types = self._type_nouns()
        seen: set[tuple[Uid, int]] = set()
        for phrase in self.phrases:
            noun = phrase.objects
            if phrase.passive or not noun or len(noun) != len(phrase.rest) or noun in types:
                continue
            k = self._lemmas(i, noun)
            if k < 0 or (phrase.uid, k) in seen or self.tokens[k - 1].lower.endswith(self.words.action.gerund):
                continue
            seen.add((phrase.uid, k))
            for conds, m in self.postmodifiers(k, OBJECT):
                yield Doing(phrase.uid, Thing((*adjectives, *conds))), m
            yield from self.furnished(k, phrase, Doing(phrase.uid, Thing(adjectives)))

    def _by_verb(self, i: int, adjectives: tuple[Cond, ...]) -> Iterator[tuple[Doing, int]]:
        """A noun made from the verb of the phrase: "restarts of …", "service restarts", "the granting of a title"."""
        for phrase in self.phrases:
            if phrase.passive:
                continue
            before = self._lemmas(i, phrase.objects) if phrase.objects else -1
            for start, said in ((i, False), (before, True)):
                j = self._noun_of(start, phrase) if start >= 0 else -1
                if j < 0 or (self.tokens[i:j] and (self.tokens[start].lemma,) in self._type_nouns()):
                    continue
                notes = self._taken(start, j, phrase)
                doing = Doing(phrase.uid, Thing(adjectives), notes=notes)
                gerund = self.tokens[j - 1].lower.endswith(self.words.action.gerund)
                yield from self._of(j, phrase, doing, said or self._particle(phrase), gerund)

    def _noun_of(self, i: int, phrase: ActionPhrase) -> int:
        """The end of a noun or a gerund made from the phrase's verb ("rollback" and "roll-back" too), or -1."""
        token, after = self.at(i), self.at(i + 1)
        if token is None or token.kind != "word":
            return -1
        if self._particle(phrase):
            particle = phrase.objects[0]
            if token.lower.removesuffix("s") == phrase.verb + particle and len(phrase.objects) == 1:
                return self.used(i + 1)
            if token.lemma == phrase.verb and after is not None and after.lemma == particle:
                return self.used(i + 2)
            return -1
        words = self.words.nominal
        if self._says_another(token.lemma, phrase):
            return -1
        if token.lower.endswith(self.words.action.gerund) and is_verb(token.lemma, phrase.verb):
            return self.used(i + 1)
        return self.used(i + 1) if names_doing(token.lower, phrase.verb, words.irregular, words.false) else -1

    def _says_another(self, noun: str, phrase: ActionPhrase) -> bool:
        """Whether the schema has a word of its own for what the noun would be made into: it is then no made noun."""
        if noun == phrase.verb:
            return False
        own = {p.objects for p in self.lexicon.actions if p.uid == phrase.uid}
        others = {p.objects for p in self.lexicon.actions if p.uid != phrase.uid} - own
        types = {w.phrase.items for w in self.lexicon.types if w.type not in self.resource_types(phrase)}
        return (noun,) in others or (noun,) in types

    def _taken(self, i: int, j: int, phrase: ActionPhrase) -> tuple[str, ...]:
        """What is assumed of a noun that is not the verb itself."""
        token = self.tokens[j - 1]
        if j != i + 1 or token.lemma == phrase.verb:
            return ()
        return (f'"{token.text}" is taken for what `{phrase.uid[1]}` does',)

    def _of(self, i: int, phrase: ActionPhrase, doing: Doing, said: bool, gerund: bool) -> Iterator[tuple[Doing, int]]:
        """The object of a noun of doing. ``said``: it stood before the noun; a gerund alone is not read here."""
        resource = self.names_resource(phrase)
        plain = phrase.objects if not resource and not self._particle(phrase) else ()
        after = phrase.rest[len(phrase.objects) :]
        ends: list[tuple[Doing, int]] = []
        if said or not plain:
            ends.append((doing, i))
            if not said and not plain:
                for conds, j in self.postmodifiers(i, OBJECT):
                    if j > i:
                        ends.append((with_thing(doing, Thing(tuple(conds))), j))
        if plain and not said:
            for j in self.any_of(i, self.words.preposition.of):
                for adjectives, k in self.adjectives(self._article(j, self.words.article.actor), OBJECT):
                    m = self._lemmas(k, plain)
                    if m >= 0:
                        object_ = with_thing(doing, Thing(adjectives)) if adjectives else doing
                        for conds, n in self.postmodifiers(m, OBJECT):
                            ends.append((with_thing(object_, Thing(tuple(conds))) if conds else object_, n))
                        if None not in phrase.rest:
                            ends.extend(self.furnished(m, phrase, object_))
        else:
            for j in self.any_of(i, self.words.preposition.of if gerund else self.words.order.affected):
                ends.extend((with_thing(doing, thing), k) for thing, k in self._affected(j, phrase))
        rest = tuple(item for item in after if item is not None)
        prepositional = all(item in self.words.preposition.all for item in rest)
        for made, j in ends:
            if gerund and j == i and not said:
                continue
            k = self._lemmas(j, rest) if rest else j
            if k >= 0:
                yield made, k
            elif prepositional:
                yield made, j

    def _affected(self, i: int, phrase: ActionPhrase) -> Iterator[tuple[Thing, int]]:
        """What the action applies to: of its type, or told by its values alone ("production")."""
        types = self.resource_types(phrase)
        for thing, j in self.thing(i):
            kind = thing.entity.type if thing.entity is not None else thing.type
            if kind is None or kind in types:
                yield thing, j
