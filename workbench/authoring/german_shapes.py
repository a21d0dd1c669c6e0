"""Whole German sentences: every reading as a norm. Pure.

``GermanShapes`` is to German what the grammar of English is to English: made from a lexicon and the tokens, it yields
the norms of every reading that uses every token, and knows how far a sentence could be read.
Imports german_norms, german_terms, meaning, norm; lark for its errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lark.exceptions import UnexpectedCharacters, UnexpectedInput
from lark.parsers.earley_forest import SymbolNode

from workbench.authoring import atoms
from workbench.authoring.german_bags import Bag
from workbench.authoring.german_lexicon import GermanLexicon, SpokenAction
from workbench.authoring.german_norms import GermanNorms
from workbench.authoring.german_phrases import NounPhrase
from workbench.authoring.german_terms import GermanTerms, spell
from workbench.authoring.german_trees import Word
from workbench.authoring.languages.german import german
from workbench.authoring.meaning import Cond, Not
from workbench.authoring.norm import Approval, Approvals, Doing, Kind, Norm, Subject, Tail
from workbench.authoring.subjects import subject_cond
from workbench.authoring.words import Token
from workbench.language.ast import Duration, Fallback


@lru_cache(maxsize=16)
def terms_of(lexicon: GermanLexicon) -> GermanTerms:
    """The parser of a lexicon, made once."""
    return GermanTerms(lexicon)


class GermanShapes(GermanNorms):
    """Sentences."""

    def __init__(self, lexicon: GermanLexicon, tokens: tuple[Token, ...]) -> None:
        super().__init__(lexicon, terms_of(lexicon), tokens, spell(tokens, lexicon))
        self.words = lexicon.words
        self.reach = 0

    def norms(self) -> list[Norm]:
        """Every reading of the whole sentence (none where it is outside the grammar)."""
        try:
            tree: object = self.terms.parser.parse(self._spelled.text)
        except UnexpectedCharacters as error:
            self.reach = self._spelled.token_at(error.pos_in_stream or 0)
            return []
        except UnexpectedInput:
            self.reach = len(self.tokens)
            return []
        self.reach = len(self.tokens)
        assert isinstance(tree, SymbolNode)  # lark's annotations know of trees only
        return list(dict.fromkeys(self.meanings(tree)))

    def start(self, _span: tuple[int, int], *parts: Any) -> list[Norm]:
        norm = next(part for part in parts if isinstance(part, Norm))
        name = next((part for part in parts if isinstance(part, str)), "")
        if not name:
            return [norm]
        if norm.approvals is None:
            return []
        return [_named(norm, name)]

    def named(self, _span: tuple[int, int], *words: Word) -> list[str]:
        return [str(self.value_of(words[1]))]

    # ---- what is allowed or forbidden, limits, commands

    def state(self, _span: tuple[int, int], opening: Any, _: Word, middle: Any, state: Word, *after: Any) -> list[Norm]:
        """ "Rückerstattungen sind nur zwischen 8 und 20 Uhr erlaubt", "… über 500 sind verboten, außer wenn …"."""
        pieces = (opening, *middle) if opening[0] == "front" else (*opening, *middle)
        found = []
        for sorted_ in self.bags(pieces):
            for bag in self.bags_after(sorted_, after):
                kind = self._stated(bag, state.name == "MODALITY_FORBIDDEN")
                for doing in self._nominal(bag) if kind is not None else ():
                    assert kind is not None
                    found.append(Norm(kind, Subject(), (doing,), bag.tail))
        return found

    def _stated(self, bag: Bag, forbidden: bool) -> Kind | None:
        negatives = bag.negations + sum(one.negative for phrases in bag.phrases for one in phrases[2])
        if negatives > 1 or bag.only_phrases or (forbidden and (negatives or bag.tail.only)):
            return None
        if bag.negations and any(one.universal for phrases in bag.phrases for one in phrases[2]):
            return None
        if negatives and bag.tail.only:
            return None
        return "forbid" if forbidden or negatives else "permit"

    def _nominal(self, bag: Bag) -> Iterator[Doing]:
        """An action by its own noun ("Rückerstattungen"): of every action that has no other words before its verb."""
        if bag.chunks or bag.at_gap or bag.by or bag.to or bag.pronouns or len(bag.phrases) != 1:
            return
        phrases = bag.phrases[0]
        if len(phrases[2]) != 1 or phrases[2][0].kind != "object":
            return
        noun: NounPhrase = phrases[2][0]
        seen = set()
        for action in self.lexicon.spoken_actions:
            if action.parts == (noun.head,) and action.uid not in seen:
                seen.add(action.uid)
                yield from self._on(action, (), (phrases,), noun_span(noun))

    def cap(self, _span: tuple[int, int], opening: Any, _: Word, middle: Any, limit: Any, *after: Any) -> list[Norm]:
        """ "Eine Rückerstattung darf 500 nicht übersteigen"."""
        negations, cond = limit
        pieces = (opening, *middle) if opening[0] == "front" else (*opening, *middle)
        found = []
        for sorted_ in self.bags(pieces):
            for bag in self.bags_after(sorted_, after):
                negatives = bag.negations + negations + sum(one.negative for p in bag.phrases for one in p[2])
                if negatives == 1 and not bag.only_phrases and not bag.tail.only:
                    for doing in self._nominal(bag):
                        found.append(Norm("forbid", Subject(), (doing,), bag.tail.plus(when=(cond,))))
        return found

    def told(self, span: tuple[int, int], *parts: Any) -> list[Norm]:
        """ "Es ist (Agenten) verboten, Tickets zu löschen"."""
        words = [part for part in parts if isinstance(part, Word)]
        state = next(word for word in words if word.name in ("MODALITY_FORBIDDEN", "MODALITY_PERMITTED"))
        verb = next(word for word in words if word.name == "ACTION")
        whom = next((part for part in parts if isinstance(part, tuple) and part[:1] == ("phrases",)), None)
        after = [part for part in parts if isinstance(part, tuple) and part[:1] == ("after",)]
        middle = next(p for p in parts if isinstance(p, tuple) and p[:1] not in (("phrases",), ("after",)))
        negated = any(word.name == "NEGATION_NOT" for word in words)
        forbidden = state.name == "MODALITY_FORBIDDEN"
        if (forbidden and negated) or (whom is not None and any(one.universal or one.negative for one in whom[2])):
            return []
        kind: Kind = "forbid" if forbidden or negated else "permit"
        found = []
        for sorted_ in self.bags(middle):
            for bag in self.bags_after(sorted_, after):
                if bag.negations or any(one.negative for p in bag.phrases for one in p[2]):
                    continue
                if bag.only_phrases or bag.by or (kind == "forbid" and bag.tail.only):
                    continue
                pronouns = len([word for word in bag.pronouns if word.name == "PRONOUN_THING"])
                for who in self.listed_subjects(whom) if whom is not None else [Subject()]:
                    for action in self.infinitives(verb):
                        for doing in self._doings(action, bag, bag.phrases, pronouns, span):
                            found.append(Norm(kind, who, (doing,), bag.tail))
        return found

    def limit_amount(self, span: tuple[int, int], *words: Word) -> list[Any]:
        """ "(darf) höchstens 500 betragen", "(darf) nicht mehr als 500 betragen"."""
        sign = next(word for word in words if word.name == "COMPARATOR_SIGNS")
        number = next(word for word in words if word.name == "NUMBER")
        measure = self.compared_number(span, sign, number)[0]
        within = self.measured(measure, *span)
        if any(word.name == "NEGATION_NOT" for word in words):
            return [(1, within)]
        return [(1, Not(within))] if measure.op in ("<", "<=") else []

    def limit(self, span: tuple[int, int], *words: Word) -> list[Any]:
        number = next(word for word in words if word.name == "NUMBER")
        negations = sum(word.name == "NEGATION_NOT" for word in words)
        return [(negations, self.over_limit(self.value_of(number), span))]

    def over_limit(self, number: int | str, span: tuple[int, int]) -> Cond:
        return atoms.measure(">", number, *span)

    def imperative(self, span: tuple[int, int], verb: Word, middle: Any, *rest: Any) -> list[Norm]:
        """ "Schließe kein Ticket …, es sei denn, …", "Gib Tickets nicht extern weiter"."""
        particle = next((word.text for word in rest if isinstance(word, Word)), "")
        after = [part for part in rest if not isinstance(part, Word)]
        if verb.name == "STEM":
            actions = [a for a, parted in self.terms.meanings("STEM", verb.group) if parted == particle]
        else:
            actions = list(self.terms.meanings("ACTION", verb.group))
        found = []
        for sorted_ in self.bags(middle):
            for bag in self.bags_after(sorted_, after):
                negatives = bag.negations + sum(one.negative for p in bag.phrases for one in p[2])
                if negatives == 1 and not bag.only_phrases and not bag.tail.only and not bag.by:
                    for action in actions:
                        pronouns = len([word for word in bag.pronouns if word.name == "PRONOUN_THING"])
                        for doing in self._doings(action, bag, bag.phrases, pronouns, span):
                            found.append(Norm("forbid", Subject(), (doing,), bag.tail))
        return found

    # ---- procedures

    def approval(self, _span: tuple[int, int], phrases: Any, *parts: Any) -> list[Norm]:
        """ "Eine Rückerstattung über 500 erfordert die Zustimmung eines Supervisors innerhalb 1 Stunde; …"."""
        bag = Bag(phrases=(phrases,))
        terms = [part for part in parts if isinstance(part, tuple) and part[0] == "term"]
        required = next(part[1] for part in parts if isinstance(part, tuple) and part[0] == "required")
        name = self._name(*phrases[3])
        asked: Approvals | None = Approvals(name, required)
        for _, kind, value in terms:
            asked = _with_term(asked, kind, value) if asked is not None else None
        if asked is None or any(one.negative or one.determiner == "universal" for one in phrases[2]):
            return []
        self.parts[phrases[3]] = "action"
        return [Norm("procedure", Subject(), (doing,), Tail(), approvals=asked) for doing in self._nominal(bag)]

    approval_may = approval

    def _name(self, start: int, end: int) -> str:
        article = german().article
        dropped = (*article.definite, *article.indefinite)
        words = [t.lemma for t in self.tokens[start:end] if t.kind in ("word", "number") and t.lemma not in dropped]
        slug = re.sub(r"[^a-z0-9]+", "_", "_".join(words)).strip("_")
        return slug if slug[:1].isalpha() else f"prozedur_{slug}"

    def required(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        number = next((part for part in parts if isinstance(part, Word) and part.name == "NUMBER"), None)
        approvers = parts[-1][1]
        if number is None:
            return [("required", approvers)]
        count = self.value_of(number)
        if not isinstance(count, int) or count < 1 or len(approvers) != 1 or approvers[0].count != 1:
            return []
        return [("required", (Approval(count, approvers[0].conds),))]

    def approvers(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("required", tuple(part for part in parts if isinstance(part, Approval)))]

    def approver(self, _span: tuple[int, int], *parts: Any) -> list[Approval]:
        said: NounPhrase = parts[-1]
        number = next((part for part in parts if isinstance(part, Word) and part.name == "NUMBER"), None)
        count = self.value_of(number) if number is not None else 1
        if said.count is not None and number is None:
            count = said.count.number if said.count.op == "==" else 0
        if said.universal or said.negative or not isinstance(count, int) or count < 1:
            return []

        named = self.subjects(replace(said, count=None), acting=False)
        return [Approval(count, (subject_cond(who, said.start),)) for who in named if not who.anybody]

    def within(self, _span: tuple[int, int], _: Word, duration: Any) -> list[Any]:
        return [("term", "within", duration)]

    def within_term(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [next(part for part in parts if isinstance(part, tuple) and part[0] == "term")]

    def separator(self, _span: tuple[int, int], *_words: Word) -> list[str]:
        return [""]

    def duration(self, _span: tuple[int, int], count: Word, unit: Word) -> list[Duration]:
        number = self.value_of(count) if count.name == "NUMBER" else 1
        said = german().times.units[unit.text]
        if not isinstance(number, int) or number < 1:
            return []
        if said == "week":
            return [Duration(number * 7, "day")]
        return [Duration(number, known) for known in ("second", "minute", "hour", "day") if known == said]

    def late(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("term", "late", part) for part in parts if isinstance(part, Fallback)]

    def rejected(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("term", "rejected", part) for part in parts if isinstance(part, Fallback)]

    def deny(self, _span: tuple[int, int], _: Word) -> list[Fallback]:
        return [Fallback("deny")]

    def escalate(self, _span: tuple[int, int], _: Word, name: Word) -> list[Fallback]:
        return [Fallback("escalate", str(self.value_of(name)))]

    # ---- preferences

    def _dispatched(self, sign: int, strongly: bool, who: Any, what: Any) -> list[Norm]:
        """A preference for some of those who may get a task: the actions done "an jemanden"."""
        found: list[Norm] = []
        uids = dict.fromkeys(action.uid for action in self.lexicon.spoken_actions if action.given)
        for subject in self.listed_subjects(who):
            for said in what[2] if len(what[2]) == 1 else ():
                for thing in self.things(said) if said.count is None and said.kind == "typed" else ():
                    found.extend(self._preferred(sign, strongly, subject, Doing(uid, thing)) for uid in uids)
        if any(one.negative for one in (*who[2], *what[2])):
            return []
        return found

    def _preferred(self, sign: int, strongly: bool, subject: Subject, doing: Doing) -> Norm:
        matched = bool(subject.conds and doing.thing.conds)
        if strongly:
            return Norm("prefer", subject, (doing,), Tail(), Decimal(2 * sign) + Decimal("0.0"))
        score = Decimal("2.0") if matched and sign > 0 else Decimal(sign) + Decimal("0.0")
        return Norm("prefer", subject, (doing,), Tail(), score, notes=(f"no strength is said: the score is {score}",))

    def prefer(self, _span: tuple[int, int], *parts: Any) -> list[Norm]:
        """ "Bevorzuge Agenten mit einer Reputation über 80 für sensible Tickets"."""
        who, what = (part for part in parts if isinstance(part, tuple))
        return self._dispatched(1, _strongly(parts), who, what)

    preferred_after = prefer

    def preferred(self, _span: tuple[int, int], *parts: Any) -> list[Norm]:
        what, who = (part for part in parts if isinstance(part, tuple))
        return self._dispatched(1, _strongly(parts), who, what)

    def avoid(self, _span: tuple[int, int], *parts: Any) -> list[Norm]:
        """ "Vermeide es, deutsche Tickets an Agenten zu vergeben, die kein Deutsch sprechen"."""
        verb = next(part for part in parts if isinstance(part, Word) and part.name == "ACTION")
        middle = next(part for part in parts if isinstance(part, tuple) and part[:1] != ("after",))
        after = [part for part in parts if isinstance(part, tuple) and part[:1] == ("after",)]
        found: list[Norm] = []
        for sorted_ in self.bags(middle):
            for bag in self.bags_after(sorted_, after):
                if bag == Bag(phrases=bag.phrases, to=bag.to, tail=Tail()) and len(bag.phrases) == 1:
                    for action in self.terms.meanings("ACTION", verb.group):
                        found.extend(self._avoided(action, bag))
        return found

    def _avoided(self, action: SpokenAction, bag: Bag) -> Iterator[Norm]:
        if action.given and len(bag.to) == 1:
            yield from self._given(action, bag.phrases[0], bag.to[0])

    def _given(self, action: SpokenAction, what: Any, who: Any) -> Iterator[Norm]:
        if action.parts != (None,) or any(one.negative for one in (*who[2], *what[2])) or len(what[2]) != 1:
            return
        for subject in self.listed_subjects(who):
            for thing in self.things(what[2][0]) if what[2][0].count is None else ():
                yield self._preferred(-1, False, subject, Doing(action.uid, thing))

    def rather_not(self, _span: tuple[int, int], verb: Word, *parts: Any) -> list[Norm]:
        """ "Vergib deutsche Tickets möglichst nicht an Agenten, die nicht Deutsch sprechen"."""
        what, who = (part for part in parts if isinstance(part, tuple))
        particle = next((p.text for p in parts if isinstance(p, Word) and p.name == "PARTICLE"), "")
        if verb.name == "STEM":
            actions = [a for a, parted in self.terms.meanings("STEM", verb.group) if parted == particle]
        else:
            actions = list(self.terms.meanings("ACTION", verb.group))
        return [norm for action in actions if action.given for norm in self._given(action, what, who)]


def noun_span(said: NounPhrase) -> tuple[int, int]:
    return said.start, said.end


def _strongly(parts: Any) -> bool:
    return any(isinstance(part, Word) and part.name == "PREFERENCE_STRONGLY" for part in parts)


def _named(norm: Norm, name: str) -> Norm:

    assert norm.approvals is not None
    return replace(norm, approvals=replace(norm.approvals, name=name))


def _with_term(asked: Approvals, kind: str, value: Any) -> Approvals | None:
    """One more term; ``None`` where it was said already."""

    field = {"within": "timeout", "late": "on_timeout", "rejected": "on_rejection"}[kind]
    return None if getattr(asked, field) is not None else replace(asked, **{field: value})
