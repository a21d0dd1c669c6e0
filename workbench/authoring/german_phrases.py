"""What the noun phrases of a German tree mean: who, what, which values, how many. Pure.

Imports german_trees, atoms, meaning, norm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, TypeAlias, TypeGuard

from workbench.authoring import atoms
from workbench.authoring.german_trees import Measure, Trees, Word
from workbench.authoring.languages.german import german
from workbench.authoring.lexicon import TypeWord
from workbench.authoring.meaning import ANY, PRINCIPAL, AttrRef, Cond, Join, Leaf, Not, Ref
from workbench.authoring.norm import Subject, Thing
from workbench.language.ast import EntityLit

_OBJECT = Ref(("resource", "context"))

Said: TypeAlias = Callable[[Ref], Sequence[Cond]]
"""What is said of somebody or something: every condition that it may be."""
Determiner = Literal["", "definite", "indefinite", "universal", "no", "possessive"]


@dataclass(frozen=True, slots=True)
class Group:
    """Members of a group."""

    entity: EntityLit
    exact: bool


Post: TypeAlias = Said | Measure | Group


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """``kind`` says what ``head`` is: a type (``typed``), an entity, an action's own noun (``object``), values, nobody.

    ``article`` is the determiner's form, for its case; ``posts`` what follows the noun.
    """

    kind: Literal["typed", "entity", "object", "valued", "nobody", "anybody", "member"]
    head: Any
    start: int
    end: int
    determiner: Determiner = ""
    article: str = ""
    count: Measure | None = None
    adjectives: tuple[Any, ...] = ()
    posts: tuple[Post, ...] = ()
    noun: bool = True
    """Whether the head is written as a noun; an adjective alone ("hoher") names nothing by itself."""

    @property
    def negative(self) -> bool:
        return self.determiner == "no" or self.kind == "nobody"

    @property
    def nominative(self) -> bool:
        """Whether the article can stand before a subject."""
        return self.article not in german().article.object_only

    @property
    def universal(self) -> bool:
        return self.determiner == "universal" or self.kind == "anybody"

    @property
    def bare(self) -> bool:
        return self.count is None and not self.adjectives and not self.posts


class Phrases(Trees):
    """Meanings of the parts that are no clauses."""

    # ---- noun phrases

    def phrases(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        """``(operator, noun phrases)``: the operator is empty for one alone."""
        listed = tuple(part for part in parts if isinstance(part, NounPhrase))
        joints = [part for part in parts if part in ("&&", "||")]
        return [("phrases", joints[0] if joints else "", listed, span)]

    def joint(self, _span: tuple[int, int], word: Word) -> list[str]:
        return ["&&" if word.name == "CONNECTIVE_AND" else "||"]

    def phrase(self, span: tuple[int, int], *parts: Any) -> list[NounPhrase]:
        determiner: Determiner = ""
        article, count, adjectives, posts = "", None, [], []
        found: NounPhrase | None = None
        for part in parts:
            if isinstance(part, NounPhrase):
                found = part
            elif isinstance(part, Measure):
                if found is None:
                    count = part
                else:
                    posts.append(part)
            elif isinstance(part, Word):  # "eigene Tickets"
                determiner = "possessive"
            elif isinstance(part, tuple) and part[0] == "determiner":
                determiner, article = part[1], part[2]
            elif isinstance(part, tuple) and part[0] == "adjective":
                adjectives.append(part[1])
            else:
                posts.append(part)
        if found is None:
            return []
        return [
            replace(
                found, determiner=determiner, article=article, count=count, adjectives=tuple(adjectives),
                posts=tuple(posts), start=span[0], end=span[1],
            )
        ]  # fmt: skip

    def either_adjective(self, span: tuple[int, int], one: Any, _: Word, other: Any) -> list[Any]:
        """ "heikle oder deutsche (Tickets)"."""
        return [("adjective", (one, other, span))]

    def flag_adjective(self, span: tuple[int, int], flag: Any) -> list[Any]:
        """ "gesperrte (Akten)"."""
        return [("adjective", ("flag", flag[1], span))]

    def denied_adjective(self, span: tuple[int, int], word: Word, said: Any) -> list[Any]:
        """ "nicht gesperrte (Akten)": where "nicht" is the sentence's instead, that is another reading."""
        if word.text not in german().negation.plain:
            return []
        return [("adjective", ("not", (said[0], said[1], span), span))]

    def adjective(self, span: tuple[int, int], value: Any) -> list[Any]:
        if value[0] == "value" and self._is_noun(span) and span[0] and self.tokens[span[0] - 1].kind != "mark":
            return []  # "Supervisoren Deutsch": two nouns in a row
        return [("adjective", value)]

    def definite(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("determiner", "definite", word.text)]

    def indefinite(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("determiner", "indefinite", word.text)]

    def universal(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("determiner", "universal", word.text)]

    def no(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("determiner", "no", word.text)]

    def possessive(self, _span: tuple[int, int], *words: Word) -> list[Any]:
        """ "seine (eigenen) Tickets", "die eigenen Tickets"."""
        return [("determiner", "possessive", words[0].text)]

    def typed(self, span: tuple[int, int], of: Any) -> list[NounPhrase]:
        return [NounPhrase("typed", word, *span) for word in of[1]]

    def named_entity(self, span: tuple[int, int], of: Any, text: Word) -> list[NounPhrase]:
        name = str(self.value_of(text))
        return [NounPhrase("entity", EntityLit(word.type, name), *span) for word in of[1]]

    def object_noun(self, span: tuple[int, int], chunk: Any) -> list[NounPhrase]:
        return [NounPhrase("object", chunk[1], *span)]

    def valued(self, span: tuple[int, int], value: Any) -> list[NounPhrase]:
        return [NounPhrase("valued", value[1], *span, noun=self._is_noun(span))]

    def _is_noun(self, span: tuple[int, int]) -> bool:
        return self.tokens[span[1] - 1].text[0].isupper()

    def nobody(self, span: tuple[int, int], _word: Word) -> list[NounPhrase]:
        return [NounPhrase("nobody", None, *span)]

    def anybody(self, span: tuple[int, int], _word: Word) -> list[NounPhrase]:
        return [NounPhrase("anybody", None, *span)]

    def member(self, span: tuple[int, int], _word: Word, group: Group) -> list[NounPhrase]:
        return [NounPhrase("member", group, *span)]

    def group(self, _span: tuple[int, int], *parts: Any) -> list[Group]:
        """ "des Teams „billing“": a type that others may be in, and the name of one."""
        types = next(part[1] for part in parts if isinstance(part, tuple))
        name = next(part for part in parts if isinstance(part, Word) and part.name in ("QUOTED", "FREE"))
        parents = {p for e in self.lexicon.schema.entity_types.values() for p in e.parents}
        exact = name.name == "QUOTED"
        text = str(self.value_of(name)) if exact else self.tokens[name.start].text
        spellings = (text,) if exact else tuple(dict.fromkeys((text, text.lower())))
        return [
            Group(EntityLit(word.type, spelling), exact)
            for word in types
            if word.type in parents
            for spelling in spellings
        ]

    # ---- what is said of a noun

    def post_measure(self, _span: tuple[int, int], measure: Measure) -> list[Any]:
        """ "über 500"; not "nicht über 500", whose "nicht" may be the sentence's."""
        return [measure] if not measure.negated else []

    def post_group(self, _span: tuple[int, int], group: Group) -> list[Any]:
        return [group]

    def post_same(self, _span: tuple[int, int], cond: Cond) -> list[Any]:
        return [_fixed(cond)]

    def post_quality(self, span: tuple[int, int], value: Any, attribute: Any) -> list[Any]:
        """ "(Tickets) hoher Priorität"."""
        return [self._known_value(attribute[1], value[1], span)]

    def _known_value(self, attributes: Any, values: Any, span: tuple[int, int]) -> Said:
        return lambda ref: [atoms.known_value(AttrRef(attributes, ref), values, *span)]

    def quality(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        """ "(mit) hoher Priorität", "(mit) Priorität hoch"."""
        values = [part[1] for part in parts if isinstance(part, tuple) and part[0] == "value"]
        attribute = next(part for part in parts if isinstance(part, tuple) and part[0] == "attribute")
        if len(values) == 1:
            return [self._known_value(attribute[1], values[0], span)]

        def either(ref: Ref) -> list[Cond]:
            mention = AttrRef(attribute[1], ref)
            return [Join("||", tuple(atoms.known_value(mention, words, *span) for words in values), True)]

        return [either]

    quality_after = quality

    def quantity(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        """ "(mit) einer Reputation über 80"."""
        attributes = next(part[1] for part in parts if isinstance(part, tuple) and part[0] == "attribute")
        said = parts[-1]
        if isinstance(said, Measure):
            return [lambda ref: [self.compared_with(AttrRef(attributes, ref), said, *span)]]
        op, other = said[1]
        return [lambda ref: [atoms.relate(AttrRef(attributes, ref), op, other, *span)]]

    def counted_quantity(self, span: tuple[int, int], measure: Measure, attribute: Any) -> list[Any]:
        """ "(mit) mehr als 5 Dienstjahren"."""
        return [lambda ref: [self.compared_with(AttrRef(attribute[1], ref), measure, *span)]]

    def holding_value(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        """ "(mit) personenbezogenen Daten"."""
        if not self._is_noun(span):
            return []
        return [lambda ref: [atoms.values(parts[-1][1], ref, *span)]]

    def quality_text(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        attributes = next(part[1] for part in parts if isinstance(part, tuple) and part[0] == "attribute")
        text = str(self.value_of(parts[-1]))
        return [lambda ref: [atoms.named_value(AttrRef(attributes, ref), text, *span, exact=True)]]

    def holding_flag(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        """ "(mit) Einwilligung des Kunden"."""
        return [_fixed(atoms.boolean(AttrRef(parts[-1][1], ANY), *span))]

    def holdings(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        said = [part for part in parts if part not in ("&&", "||")]
        op = next((part for part in parts if part in ("&&", "||")), "")
        if not op:
            return said
        return [
            lambda ref: [
                Join("&&" if op == "&&" else "||", chosen, True) for chosen in product(*(one(ref) for one in said))
            ]
        ]

    def having(self, _span: tuple[int, int], _: Word, said: Said) -> list[Any]:
        return [said]

    def lacking(self, _span: tuple[int, int], _: Word, said: Said) -> list[Any]:
        """ "ohne A": not A; "ohne A und B" may deny both together or each."""
        return [lambda ref: [denied for cond in said(ref) for denied in denials(cond)]]

    def ones_own(self, _span: tuple[int, int], *words: Word) -> list[Word]:
        return [words[-1]]

    def same(self, span: tuple[int, int], *parts: Any) -> list[Cond]:
        """ "aus ihrer eigenen Region"."""
        cond = atoms.same(AttrRef(parts[-1][1], ANY), *span)
        return [Not(cond) if parts[0].name == "PREPOSITION_OUTSIDE" else cond]

    # ---- noun phrases as actors, objects, and those spoken of

    def subjects(self, said: NounPhrase, *, acting: bool = True) -> list[Subject]:
        """Those who act; none where the phrase cannot be they. Not ``acting``: those named after "von" or "außer"."""
        if (acting and not said.nominative) or said.count is not None or said.determiner == "possessive":
            return []
        if said.kind in ("nobody", "anybody"):
            return [Subject(conds=conds) for conds in self._conds(said, PRINCIPAL)]
        if said.kind == "entity":
            return [Subject(entity=said.head)] if said.bare else []
        if said.kind == "member":
            return [self._in_group(Subject(), said.head)] if not said.adjectives else []
        if said.kind == "valued" and said.noun:
            own = atoms.values(said.head, PRINCIPAL, said.start, said.end)
            return [Subject(conds=(own, *conds)) for conds in self._conds(said, PRINCIPAL)]
        if said.kind != "typed":
            return []
        word: TypeWord = said.head
        groups = [post for post in said.posts if isinstance(post, Group)]
        plain = replace(said, posts=tuple(post for post in said.posts if not isinstance(post, Group)))
        if len(groups) > 1 or (groups and not plain.bare):
            return []
        subjects = [Subject(word.type, conds=conds) for conds in self._conds(plain, Ref(("principal",), word.type))]
        return [self._in_group(subject, groups[0]) for subject in subjects] if groups else subjects

    def _in_group(self, subject: Subject, group: Group) -> Subject:
        notes = atoms.group_notes(group.entity.type, group.entity.id, group.exact)
        return replace(subject, group=group.entity, notes=notes)

    def things(self, said: NounPhrase, *, elliptic: bool = False) -> list[Thing]:
        """What is acted on; the count is left to the caller. ``elliptic``: an adjective will do ("außer deutschen")."""
        universal = said.determiner == "universal"
        own = (atoms.own("own", said.start, said.end),) if said.determiner == "possessive" else ()
        if said.kind == "entity":
            return [Thing(entity=said.head)] if said.bare and not own else []
        if said.kind == "typed":
            word: TypeWord = said.head
            ref = Ref(("resource", "context"), word.type)
            return [Thing((*own, *conds), word.type, universal) for conds in self._conds(said, ref)]
        if said.kind == "object":
            return [Thing((*own, *conds), None, universal) for conds in self._conds(said, _OBJECT)]
        if said.kind == "valued" and (said.noun or elliptic):
            value = atoms.values(said.head, _OBJECT, said.start, said.end)
            return [Thing((*own, value, *conds), None, universal) for conds in self._conds(said, _OBJECT)]
        return []

    def _conds(self, said: NounPhrase, ref: Ref) -> Iterator[tuple[Cond, ...]]:
        """Adjectives and what follows the noun, as conditions on ``ref``: every combination."""
        fixed: list[Cond] = [_quality(value, ref) for value in said.adjectives]
        sides: list[Sequence[Cond]] = []
        for post in said.posts:
            if isinstance(post, Measure):
                if "context" not in ref.owners:
                    return
                fixed.append(self.measured(post, said.start, said.end))
            elif isinstance(post, Group):
                group = post.entity
                fixed.append(atoms.member((group.type,), group.id, ref, said.start, said.end, exact=post.exact))
            else:
                sides.append(post(ref))
        for chosen in product(*sides):
            yield (*fixed, *chosen)

    def spoken_of(self, said: NounPhrase) -> Ref | None:
        """Whom a plain noun phrase speaks of ("das Ticket", "der Agent")."""
        if said.kind != "typed" or not said.bare or said.determiner in ("no", "universal", "possessive"):
            return None
        return Ref(("principal", "resource"), said.head.type)

    def object_cond(self, phrases: Sequence[NounPhrase], op: str, leaf: Callable[[NounPhrase], Leaf]) -> Cond:
        """A list of values as one condition."""
        parts = [leaf(one) for one in phrases]
        return parts[0] if len(parts) == 1 else Join("&&" if op == "&&" else "||", tuple(parts), True)


def _quality(value: Any, ref: Ref) -> Cond:
    """An adjective before a noun, or two joined by "oder"."""
    if value[0] == "value":
        return atoms.values(value[1], ref, *value[2])
    if value[0] == "flag":
        return atoms.boolean(AttrRef(value[1], ref), *value[2])
    if value[0] == "not":
        return Not(_quality(value[1], ref))
    one, other, _ = value
    return Join("||", (_quality(one, ref), _quality(other, ref)), True)


def _fixed(cond: Cond) -> Said:
    return lambda _ref: [cond]


def is_said(part: object) -> TypeGuard[Said]:
    """Whether a part is what is said of somebody (and no phrase, measure or condition)."""
    return callable(part)


def denials(cond: Cond) -> Iterator[Cond]:
    """What "not" before ``cond`` may mean: of "a and b" it may deny both together or each."""
    yield Not(cond)
    if isinstance(cond, Join) and cond.op == "&&":
        yield Not(Join("||", cond.parts, True))
