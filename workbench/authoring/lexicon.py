"""The words of a schema: which phrases name its types, actions, attributes and values. Pure; imports language,
words and the function words of the language.

Names are split into words and reduced to lemmas; ``@phrase("a … b | c")`` adds alternatives, ``…`` marking a gap;
``@values("key: phrase | phrase; key")`` names the values of a String or Set<String> attribute. Nothing else knows any
domain word, so renaming in the schema renames in the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from rapidfuzz import fuzz, process

from workbench.authoring.languages.english import English, english
from workbench.authoring.words import name_nouns, split_name, tokenize
from workbench.language.schema import (
    ActionType,
    Attribute,
    EntityRef,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)

CONTEXT = "context"
Uid = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Lemmas, articles left out; ``None`` is a gap. ``text`` is the alternative as the schema writes it.

    ``nouns`` are the same words in lower case as written, for what is named rather than done (types, values): there
    "paying" is no form of "paid".
    """

    items: tuple[str | None, ...]
    text: str
    nouns: tuple[str, ...] = ()

    @property
    def gapped(self) -> bool:
        return None in self.items


@dataclass(frozen=True, slots=True)
class ActionPhrase:
    """A way to say an action: ``verb`` and what follows it. ``passive`` for "be given …" (done to the principal).

    ``named`` when it comes from the action's own name, whose words may stand apart ("share it with external …").
    """

    uid: Uid
    verb: str
    rest: tuple[str | None, ...]
    passive: bool
    named: bool
    text: str

    @property
    def objects(self) -> tuple[str, ...]:
        """The nouns right after the verb ("issue a *refund*"), empty when a gap or a preposition follows it."""
        found: list[str] = []
        for item in self.rest:
            if item is None or item in english().preposition.phrase:
                break
            found.append(item)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class AttributeWord:
    """``place`` is an entity type's name or ``context``; ``path`` the attribute, one element per record step."""

    place: str
    path: tuple[str, ...]
    type: Type = field(hash=False)  # a record type has no hash
    phrase: Phrase
    unsaid: str = ""  # the unit that the name ends in and the phrase leaves out: a number then needs one

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class ValueWord:
    """A value that an attribute may have, and a phrase for it."""

    place: str
    path: tuple[str, ...]
    value: str
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class TypeWord:
    type: str
    phrase: Phrase


def parse_phrases(annotation: str) -> tuple[Phrase, ...]:
    """The alternatives of a ``@phrase`` annotation."""
    return tuple(p for p in (_phrase(text) for text in annotation.split("|")) if p.items)


def _phrase(text: str) -> Phrase:
    items: list[str | None] = []
    nouns: list[str] = []
    articles = english().article.a_the
    for index, piece in enumerate(re.split(r"…|\.\.\.", text)):
        if index:
            items.append(None)
        words = [t for t in tokenize(piece) if t.kind in ("word", "number") and t.lemma not in articles]
        items.extend(t.lemma for t in words)
        nouns.extend(t.noun for t in words)
    return Phrase(tuple(items), " ".join(text.split()), tuple(nouns))


def parse_values(annotation: str) -> tuple[tuple[str, tuple[Phrase, ...]], ...]:
    """``(value, phrases)`` of a ``@values`` annotation; the value's own words are always among its phrases."""
    found: list[tuple[str, tuple[Phrase, ...]]] = []
    for entry in annotation.split(";"):
        key, _, phrases = entry.partition(":")
        key = key.strip()
        if key:
            own = Phrase(split_name(key), key, name_nouns(key))
            rest = parse_phrases(phrases)
            found.append((key, tuple(dict.fromkeys((own, *rest))) if own.items else rest))
    return tuple(found)


def flatten(attributes: Mapping[str, Attribute], depth: int = 3) -> Iterator[tuple[tuple[str, ...], Attribute]]:
    """Attributes with those of nested records, as paths."""
    for name, attribute in attributes.items():
        yield (name,), attribute
        if isinstance(attribute.type, RecordType) and depth > 1:
            for path, inner in flatten(attribute.type.attributes, depth - 1):
                yield (name, *path), inner


class Lexicon:
    """Every phrase of one schema, with the function words of its language. Looks up only, never decides."""

    def __init__(self, schema: Schema, words: English) -> None:
        self.schema = schema
        self.words = words
        self.types: tuple[TypeWord, ...] = tuple(_types(schema))
        self.actions: tuple[ActionPhrase, ...] = tuple(_actions(schema))
        pairs = list(_attributes(schema))
        self.attributes: tuple[AttributeWord, ...] = tuple(
            dict.fromkeys(word for place, path, attribute in pairs for word in self._named(place, path, attribute))
        )
        self.values: tuple[ValueWord, ...] = tuple(
            dict.fromkeys(
                ValueWord(place, path, value, phrase)
                for place, path, attribute in pairs
                for value, phrases in _listed(attribute, schema)
                for phrase in phrases
            )
        )
        self.closed: frozenset[tuple[str, tuple[str, ...]]] = frozenset((w.place, w.path) for w in self.values)

    @cached_property
    def units(self) -> Mapping[str, str]:
        """What a number is counted in: the word for it → the unit."""
        tables = self.words.unit
        return {**tables.time, **tables.size, **tables.money}

    def _named(self, place: str, path: tuple[str, ...], attribute: Attribute) -> Iterator[AttributeWord]:
        """The attribute by its phrases, and by its own name without what need not be said of it."""
        own, *more = _attribute_phrases(path, attribute)
        for phrase in (own, *more):
            yield AttributeWord(place, path, attribute.type, phrase)
        words, items = self.words, own.items
        short = words.naming.short
        if any(item in short for item in items):  # `maxPayload`: "maximum payload"
            full = tuple(short.get(str(item), str(item)) for item in items)
            whole = Phrase(full, own.text, full)
            yield AttributeWord(place, path, attribute.type, whole)
            if is_number(attribute.type) and items[-1] in self.units and len(items) > 1:
                yield AttributeWord(place, path, attribute.type, _cut(whole, 0, -1), self.units[str(items[-1])])
        if len(items) < 2:
            return
        if is_number(attribute.type) and items[-1] in self.units:  # `ageDays`: "whose age is above 3 days"
            yield AttributeWord(place, path, attribute.type, _cut(own, 0, -1), self.units[str(items[-1])])
        if attribute.type == ExtensionType("datetime") and items[-1] in words.naming.moment_words:  # `createdAt`
            yield AttributeWord(place, path, attribute.type, _cut(own, 0, -1))
        if attribute.type == PrimitiveType("Bool") and items[0] in words.naming.flag:  # `is_blocked`, `hasPlan`
            yield AttributeWord(place, path, attribute.type, _cut(own, 1, len(items)))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every lemma that some phrase of the schema uses."""
        words: set[str] = set()
        for phrase in self._phrases():
            words.update(item for item in phrase if item is not None)
        return frozenset(words)

    def _phrases(self) -> Iterator[tuple[str | None, ...]]:
        for action in self.actions:
            yield (action.verb, *action.rest)
        phrases = [w.phrase for w in self.types] + [w.phrase for w in self.attributes] + [w.phrase for w in self.values]
        for phrase in phrases:
            yield phrase.items

    def nearest(self, word: str, limit: int = 3) -> tuple[str, ...]:
        """What the schema has that looks or sounds most like ``word``, best first, as the author would write it.

        Nothing for one letter, which is in every word and a slip for none.
        """
        if len(word) < 2:
            return ()
        spoken: dict[str, None] = {}
        for action in self.actions:
            spoken[action.text] = None
        for entry in self.types:
            spoken[entry.phrase.text] = None
        for value in self.values:
            spoken[value.phrase.text] = None
        for attribute in self.attributes:
            spoken[attribute.phrase.text] = None
        found = process.extract(word.lower(), list(spoken), scorer=fuzz.WRatio, limit=limit, score_cutoff=62)
        return tuple(text for text, _, _ in found)

    def looks_like(self, word: str) -> str:
        """A word of the schema that ``word`` is probably a slip for, or the empty string."""
        found = process.extractOne(word, sorted(self.vocabulary), scorer=fuzz.ratio, score_cutoff=76)
        return found[0] if found else ""


def is_text(of: Type) -> bool:
    """String or Set<String>."""
    inner = of.element if isinstance(of, SetType) else of
    return isinstance(inner, PrimitiveType) and inner.name == "String"


def is_number(of: Type) -> bool:
    """Long or decimal."""
    return (isinstance(of, PrimitiveType) and of.name == "Long") or (
        isinstance(of, ExtensionType) and of.name == "decimal"
    )


def _types(schema: Schema) -> Iterator[TypeWord]:
    for name, entity in schema.entity_types.items():
        own = Phrase(split_name(name), " ".join(name_nouns(name)), name_nouns(name))
        for phrase in dict.fromkeys((own, *parse_phrases(entity.annotations.get("phrase", "")))):
            yield TypeWord(name, phrase)


def _actions(schema: Schema) -> Iterator[ActionPhrase]:
    for uid, action in schema.actions.items():
        if not action.principals or not action.resources:
            continue
        seen: set[tuple[str, tuple[str | None, ...]]] = set()
        for phrase in parse_phrases(action.annotations.get("phrase", "")):
            for made in _said(uid, phrase):
                seen.add((made.verb, made.rest))
                yield made
        words = split_name(action.id)
        if words and (words[0], words[1:]) not in seen:
            yield ActionPhrase(uid, words[0], words[1:], False, True, " ".join(name_nouns(action.id)))


def _said(uid: Uid, phrase: Phrase) -> Iterator[ActionPhrase]:
    first, *rest = phrase.items
    if first is None:
        return
    if first in english().copula.be and rest and rest[0] is not None:
        yield ActionPhrase(uid, rest[0], tuple(rest[1:]), True, False, phrase.text)
    else:
        yield ActionPhrase(uid, first, tuple(rest), False, False, phrase.text)


def _attributes(schema: Schema) -> Iterator[tuple[str, tuple[str, ...], Attribute]]:
    for name, entity in schema.entity_types.items():
        for path, attribute in flatten(entity.attributes):
            yield name, path, attribute
    for action in schema.actions.values():
        for path, attribute in flatten(action.context.attributes):
            yield CONTEXT, path, attribute


def _attribute_phrases(path: tuple[str, ...], attribute: Attribute) -> list[Phrase]:
    """The attribute's own name first."""
    own = Phrase(split_name(path[-1]), " ".join(name_nouns(path[-1])), name_nouns(path[-1]))
    phrases = dict.fromkeys((own, *parse_phrases(attribute.annotations.get("phrase", ""))))
    return [own, *(phrase for phrase in phrases if phrase != own)]


def _cut(phrase: Phrase, start: int, end: int) -> Phrase:
    return Phrase(phrase.items[start:end], phrase.text, phrase.nouns[start:end])


def _listed(attribute: Attribute, schema: Schema) -> tuple[tuple[str, tuple[Phrase, ...]], ...]:
    """The values that an attribute is said to have: those of ``@values``, or the ids of an enumerated entity type."""
    inner = attribute.type.element if isinstance(attribute.type, SetType) else attribute.type
    if isinstance(inner, EntityRef):
        ids = schema.entity_types[inner.name].enum or ()
        own = ((each, Phrase(split_name(each), each, name_nouns(each))) for each in ids)
        return tuple((each, (phrase,)) for each, phrase in own if phrase.items)
    return parse_values(attribute.annotations.get("values", "")) if is_text(attribute.type) else ()


def real_actions(schema: Schema) -> tuple[ActionType, ...]:
    """The actions that a request may name (groups left out), in declaration order."""
    return tuple(a for a in schema.actions.values() if a.principals and a.resources)


Owner = Literal["principal", "resource", "context"]


class _Same:
    """A schema as a cache key: equal to itself only."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.schema is self.schema

    def __hash__(self) -> int:
        return id(self.schema)


@lru_cache(maxsize=16)
def _lexicon(key: _Same, language: str) -> Lexicon:
    if language == "de":
        from workbench.authoring.german_lexicon import GermanLexicon

        return GermanLexicon(key.schema)
    return Lexicon(key.schema, english())


def lexicon_of(schema: Schema, language: str = "en") -> Lexicon:
    """The lexicon of ``schema`` in a language, made once for each schema object."""
    return _lexicon(_Same(schema), language)
