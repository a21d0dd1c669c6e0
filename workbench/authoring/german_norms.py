"""What the main clauses of a German tree mean: norms, as the grammar of English yields them. Pure.

A reading uses every piece of a main clause: the noun phrases as actor and object of an action's phrase, whose other
words must be there too, the rest as restrictions. Imports german_bags, norm, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from workbench.authoring import atoms
from workbench.authoring.german_bags import Bag, Bags
from workbench.authoring.german_clauses import Conditions
from workbench.authoring.german_lexicon import SpokenAction
from workbench.authoring.german_phrases import NounPhrase
from workbench.authoring.german_trees import Measure, Word
from workbench.authoring.german_words import fold
from workbench.authoring.languages.german import german
from workbench.authoring.meaning import PRINCIPAL, Ref
from workbench.authoring.norm import Count, Doing, Kind, Norm, Subject, Tail, Thing

_NORM = 100  # steps that a norm counts for: settling it takes as long
_THING = Ref(("resource", "context"))


class GermanNorms(Bags):
    """Norms."""

    # ---- actions

    def active(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        verbs = [part for part in parts if isinstance(part, Word) and part.name == "ACTION"]
        chosen = product(*(self.infinitives(verb) for verb in verbs))
        return [("action", "active", actions, span) for actions in chosen]

    def infinitives(self, verb: Word) -> list[SpokenAction]:
        """The actions whose infinitive a word is ("ausstellen", "auszustellen"), not another form of it."""
        found: list[SpokenAction] = list(self.terms.meanings("ACTION", verb.group))
        particles = german().token.particles
        to = german().verb.to[0]
        form = verb.forms[0]
        plain = {form, *(p + form.removeprefix(p + to) for p in particles if form.startswith(p + to))}
        return [action for action in found if fold(action.verb) in plain]

    def passive(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        verbs = [part for part in parts if isinstance(part, Word) and part.name == "ACTION"]
        chosen = product(*(self.terms.meanings("ACTION", verb.group) for verb in verbs))
        return [("action", "passive", actions, span) for actions in chosen]

    def acting(self, span: tuple[int, int], _: Word) -> list[Any]:
        return [("action", "active", (None,), span)]

    def modal(self, _span: tuple[int, int], opening: Any, _: Word, middle: Any, action: Any, *after: Any) -> list[Norm]:
        """ "Agenten dürfen niemals ein Ticket … teilen, wenn …"."""
        found: list[Norm] = []
        who: list[Subject] = []
        pieces = middle
        if isinstance(opening, tuple) and opening and opening[0] == "whoever":
            who = opening[1]
        elif isinstance(opening, tuple) and opening and opening[0] == "front":
            pieces = (opening, *middle)
        else:
            pieces = (*opening, *middle)
        for sorted_ in self.bags(pieces):
            for bag in self.bags_after(sorted_, after):
                if opening[0] == "whoever":
                    for subject in who:
                        found.extend(self._norms(bag, action, subject))
                else:
                    found.extend(self._norms(bag, action, None))
        self._part(action, "action")
        return found

    def _part(self, action: Any, name: str) -> None:
        self.parts[action[3]] = name

    def whoever(self, span: tuple[int, int], _: Word, clause: Any, *_rest: Word) -> list[Any]:
        """ "Wer dem Team „billing“ angehört, …"."""
        subjects: list[Subject] = []
        if clause.verb == "VERB_BE_MEMBER" and len(clause.parts) == 1:
            subjects = [self._in_group(Subject(), group) for group in self._groups(list(clause.parts))]
        else:
            said = Conditions((replace(clause, parts=(("relative", None, span), *clause.parts)),), ())
            subjects = [Subject(conds=(cond,)) for cond in self.conds(said, PRINCIPAL)]
        return [("whoever", subjects)] if subjects else []

    def _norms(self, bag: Bag, action: Any, who: Subject | None) -> Iterator[Norm]:
        _, voice, actions, span = action
        negatives = bag.negations + sum(one.negative for phrases in bag.phrases for one in phrases[2])
        negatives += sum(one.negative for phrases in bag.by for one in _named(phrases))
        if negatives > 1 or any(one.negative for phrases in bag.to for one in phrases[2]):
            return
        if bag.negations and any(one.universal for phrases in bag.phrases for one in phrases[2]):
            return  # "alle … nicht" may mean none of them or not each
        for subject, doings, only_who, only_thing in self._roles(bag, voice, actions, who, span):
            tail, kind = bag.tail, self._kind(negatives, only_who, only_thing, bag.tail)
            if kind is None:
                continue
            self._count(_NORM)
            yield Norm(kind, subject, doings, tail)

    def _kind(self, negatives: int, only_who: bool, only_thing: bool, tail: Tail) -> Kind | None:
        """What the sentence does; ``None`` where its words cannot stand together ("nicht nur")."""
        if negatives:
            return None if only_who or only_thing or tail.only else "forbid"
        if only_who:
            return None if only_thing or tail.only else "only_subject"
        if only_thing:
            return None if tail.only else "only"
        return "permit"

    def _roles(
        self, bag: Bag, voice: str, actions: tuple[SpokenAction | None, ...], who: Subject | None, span: tuple[int, int]
    ) -> Iterator[tuple[Subject, tuple[Doing, ...], bool, bool]]:
        """Who acts and on what: every way to give each noun phrase a part in every action."""
        actors: list[tuple[list[Subject], bool, tuple[Any, ...]]] = []
        if who is not None:
            actors = [([who], False, bag.phrases)]
        elif voice == "passive":
            if len(bag.by) > 1:
                return
            said = [Subject()]
            if bag.by:
                said = [bag.by[0]] if isinstance(bag.by[0], Subject) else self.listed_subjects(bag.by[0])
            actors = [(said, bag.only_by, bag.phrases)]
        else:
            for index, phrases in enumerate(bag.phrases):
                rest = (*bag.phrases[:index], *bag.phrases[index + 1 :])
                actors.append(
                    (
                        self.listed_subjects(phrases, acting=True),
                        any(phrases is each for each in bag.only_phrases),
                        rest,
                    )
                )
            you = [word for word in bag.pronouns if word.name == "PRONOUN_YOU"]
            if you or (bag.opened and any(word.text in german().pronoun.person for word in bag.pronouns)):
                actors.append(([Subject()], False, bag.phrases))
        if voice == "active" and bag.by:
            return
        for subjects, only_who, rest in actors:
            only_thing = any(phrases is each for each in bag.only_phrases for phrases in rest)
            pronouns = len([word for word in bag.pronouns if word.name == "PRONOUN_THING"])
            if voice == "active" and bag.opened and rest is bag.phrases and who is None:
                pronouns -= not any(word.name == "PRONOUN_YOU" for word in bag.pronouns)
            for subject in subjects:
                sides = [list(self._doings(one, bag, rest, pronouns, span)) for one in actions]
                for doings in product(*sides):
                    yield subject, doings, only_who, only_thing

    def _doings(
        self, action: SpokenAction | None, bag: Bag, phrases: tuple[Any, ...], pronouns: int, span: tuple[int, int]
    ) -> Iterator[Doing]:
        """The action on what the phrases name; nothing where a word of it is missing or a phrase is left over."""
        if action is None:
            if not phrases and not bag.chunks and not bag.at_gap and not bag.to and not pronouns:
                yield Doing(None)
            return
        if action.given:
            return  # only a preference says who gets a task
        wanted = [*action.chunks]
        spoken = [*bag.chunks]
        gaps: list[tuple[str, Any]] = [("", each) for each in phrases]
        gaps.extend(bag.at_gap)
        before = _before_gap(action)
        if bag.to:
            return
        for chosen in _assigned(action, gaps, before):
            objects, nouns, left = chosen
            needed = list(wanted)
            for noun in nouns:
                needed.remove(noun[2][0].head)
            if before is not None and objects and before in needed:
                needed.remove(before)
            if sorted(needed) != sorted(spoken) or left:
                continue
            if pronouns and (pronouns > 1 or not action.gap or objects):
                continue
            if action.gap and not objects and not pronouns:
                continue
            yield from self._on(action, objects, nouns, span)

    def _on(
        self, action: SpokenAction, objects: Sequence[Any], nouns: Sequence[Any], _span: tuple[int, int]
    ) -> Iterator[Doing]:
        verb, *words = self.name_of(action.uid)
        sides: list[list[tuple[Thing, Count | None]]] = []
        for _, op, listed, _ in (*objects, *nouns):
            options: list[tuple[Thing, Count | None]] = []
            if len(listed) == 1:
                one: NounPhrase = listed[0]
                count = self._count_of(one, tuple(words), verb)
                if one.count is None or count is not None:
                    options = [(thing, count) for thing in self.things(one)]
            elif all(each.count is None and each.determiner != "no" for each in listed):
                options = [(thing, None) for thing in self._listed_things(op, listed)]
            sides.append(options)
        for chosen in product(*sides):
            conds = tuple(cond for thing, _ in chosen for cond in thing.conds)
            counts = [count for _, count in chosen if count is not None]
            if len(counts) > 1:
                continue
            thing = Thing(
                conds,
                next((thing.type for thing, _ in chosen if thing.type), None),
                any(thing.universal for thing, _ in chosen),
                next((thing.entity for thing, _ in chosen if thing.entity), None),
            )
            yield Doing(action.uid, thing, counts[0] if counts else None)

    def _listed_things(self, op: str, listed: Sequence[NounPhrase]) -> Iterator[Thing]:
        """ "personenbezogene Daten oder E-Mail-Adressen": values of which any will do."""
        if all(each.kind == "valued" and not each.posts for each in listed):
            value = self.object_cond(listed, "||", lambda one: atoms.values(one.head, _THING, one.start, one.end))
            yield Thing((value,), spread=op == "&&")

    def _count_of(self, said: NounPhrase, nouns: tuple[str, ...], verb: str) -> Count | None:
        measure: Measure | None = said.count
        if measure is None or not isinstance(measure.number, int) or measure.high is not None:
            return None
        if said.kind == "typed":
            nouns = tuple(item for item in said.head.phrase.items if item is not None)
        return Count(measure.op, measure.number, nouns, verb, said.start, said.end)


def _named(phrases: Any) -> tuple[NounPhrase, ...]:
    """The noun phrases of those that act; none where an attribute names them."""
    return () if isinstance(phrases, Subject) else phrases[2]


def _before_gap(action: SpokenAction) -> tuple[str, ...] | None:
    """The words right before a gap that its object must follow ("auf …")."""
    for before, after in zip(action.parts, action.parts[1:], strict=False):
        if before is not None and after is None:
            return before
    return None


def _assigned(
    action: SpokenAction, gaps: Sequence[tuple[str, Any]], before: tuple[str, ...] | None
) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
    """(objects in the gap, phrases that are the action's own noun, what is left over): one way at most."""
    objects: list[Any] = []
    nouns: list[Any] = []
    left: list[Any] = []
    for preposition, phrases in gaps:
        own = len(phrases[2]) == 1 and phrases[2][0].kind == "object"
        if own and not preposition and phrases[2][0].head in action.chunks:
            nouns.append(phrases)
        elif own or not action.gap or objects or (preposition,) != (before or ("",)):
            left.append(phrases)
        else:
            objects.append(phrases)
    heads = [phrases[2][0].head for phrases in nouns]
    if len(heads) == len(set(heads)):
        yield objects, nouns, left
