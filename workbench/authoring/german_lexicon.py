"""The German words of a schema: ``@phrase_de`` and ``@values_de`` beside the names themselves. Pure.

An action is said with its verb last and in the infinitive, as a dictionary has it: ``@phrase_de("… außerhalb des
Unternehmens teilen")``; ``an jemanden`` in it is who gets the task ("… an jemanden vergeben"). A verb with a gap before
it says an attribute ("… sprechen", "… enthalten"). Whatever is decided by the names of a schema (a counter's window,
an owner) is decided by them here too: their words stay English, those of the annotations are German.
Imports lexicon, the words of German, the data of both languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from workbench.authoring.german_words import fold, noun_bases, tokenize, verb_bases
from workbench.authoring.languages.english import English, english
from workbench.authoring.languages.german import german
from workbench.authoring.lexicon import (
    CONTEXT,
    ActionPhrase,
    AttributeWord,
    Lexicon,
    Phrase,
    TypeWord,
    Uid,
    ValueWord,
    flatten,
    is_text,
)
from workbench.authoring.words import Token
from workbench.language.schema import ActionType, Attribute, EntityType, Schema

_GAP = re.compile(r"…|\.\.\.")


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of a phrase as the schema writes them, articles left out; ``None`` is a gap."""

    words: tuple[str | None, ...]
    text: str

    @property
    def phrase(self) -> Phrase:
        items = tuple(None if word is None else fold(word) for word in self.words)
        return Phrase(items, self.text, tuple(item for item in items if item is not None))


@dataclass(frozen=True, slots=True)
class SpokenAction:
    """An action: ``verb`` in the infinitive, and what stands before it. ``given``: to the principal ("an jemanden")."""

    uid: Uid
    verb: str
    parts: tuple[tuple[str, ...] | None, ...]
    given: bool
    text: str

    @property
    def chunks(self) -> tuple[tuple[str, ...], ...]:
        return tuple(part for part in self.parts if part is not None)

    @property
    def gap(self) -> bool:
        return None in self.parts


class GermanLexicon(Lexicon):
    """Every German phrase of one schema; ``words`` are those that names are made of, in both languages."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(_unspoken(schema), _naming())
        self.schema = schema
        self.spoken_actions: tuple[SpokenAction, ...] = tuple(
            action
            for uid, declared in schema.actions.items()
            if declared.principals and declared.resources
            for phrase in _alternatives(declared.annotations.get("phrase_de", ""))
            for action in _said(uid, phrase)
        )
        self.spoken_types: tuple[tuple[TypeWord, Spoken], ...] = tuple(
            (TypeWord(name, phrase.phrase), phrase)
            for name, entity in schema.entity_types.items()
            for phrase in (_named(name.rsplit("::", 1)[-1]), *_alternatives(entity.annotations.get("phrase_de", "")))
        )
        places = list(_places(schema))
        self.spoken_attributes: tuple[tuple[AttributeWord, Spoken], ...] = tuple(
            (AttributeWord(place, path, attribute.type, phrase.phrase), phrase)
            for place, path, attribute in places
            for phrase in (_named(path[-1]), *_alternatives(attribute.annotations.get("phrase_de", "")))
        )
        self.spoken_values: tuple[tuple[ValueWord, Spoken], ...] = tuple(
            (ValueWord(place, path, value, phrase.phrase), phrase)
            for place, path, attribute in places
            if is_text(attribute.type)
            for value, phrase in _values(attribute)
        )
        self.types = tuple(dict.fromkeys((*self.types, *(word for word, _ in self.spoken_types))))
        self.attributes = tuple(dict.fromkeys((*self.attributes, *(word for word, _ in self.spoken_attributes))))
        self.values = tuple(dict.fromkeys((*self.values, *(word for word, _ in self.spoken_values))))
        self.actions = (*self.actions, *(_phrase_of(action) for action in self.spoken_actions))

    def knows(self, token: Token) -> bool:
        """Whether some phrase has the word."""
        bases = noun_bases(token.text) | noun_bases(token.text.lower()) | verb_bases(token.text)
        return not bases.isdisjoint(self._bases)

    @property
    def _bases(self) -> frozenset[str]:
        return _all_bases(self)


@lru_cache(maxsize=16)
def _all_bases(lexicon: GermanLexicon) -> frozenset[str]:
    found: set[str] = set(lexicon.vocabulary)
    spoken = [*lexicon.spoken_types, *lexicon.spoken_attributes, *lexicon.spoken_values]
    words = [word for _, phrase in spoken for word in phrase.words if word is not None]
    words += [word for action in lexicon.spoken_actions for chunk in action.chunks for word in chunk]
    words += [action.verb for action in lexicon.spoken_actions]
    for word in words:
        found |= noun_bases(word) | verb_bases(word)
    return frozenset(found)


def _phrase_of(action: SpokenAction) -> ActionPhrase:
    rest = tuple(
        item for part in action.parts for item in ((None,) if part is None else tuple(fold(word) for word in part))
    )
    return ActionPhrase(action.uid, fold(action.verb), rest, action.given, False, action.text)


def _naming() -> English:
    """The words of English names with what German annotations use for the same."""
    base, more = english(), german().naming
    naming = replace(
        base.naming,
        measures=(*base.naming.measures, *more.measures),
        windows={**base.naming.windows, **more.windows},
        window_fillers=(*base.naming.window_fillers, *more.fillers),
    )
    return replace(base, naming=naming)


def _alternatives(annotation: str) -> Iterator[Spoken]:
    for text in annotation.split("|"):
        words: list[str | None] = []
        for index, piece in enumerate(_GAP.split(text)):
            if index:
                words.append(None)
            words.extend(_words(piece))
        if any(word is not None for word in words):
            yield Spoken(tuple(words), " ".join(text.split()))


def _words(text: str) -> list[str]:
    article = german().article
    dropped = (*article.definite, *article.indefinite)
    return [t.text for t in tokenize(text) if t.kind in ("word", "number") and t.lemma not in dropped]


def _named(name: str) -> Spoken:
    """A name of the schema as it stands, its words parted."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^\w]+|_", " ", name)
    return Spoken(tuple(t.text for t in tokenize(spaced) if t.kind in ("word", "number")), name)


def _values(attribute: Attribute) -> Iterator[tuple[str, Spoken]]:
    """The values with their own words and those of ``@values_de``; only values that ``@values`` lists, if it does."""
    listed = [entry.partition(":")[0].strip() for entry in attribute.annotations.get("values", "").split(";")]
    keys = dict.fromkeys(key for key in listed if key)
    for key in keys:
        yield key, _named(key)
    for entry in attribute.annotations.get("values_de", "").split(";"):
        key, _, phrases = entry.partition(":")
        if key.strip() and (not keys or key.strip() in keys):
            if not keys:
                yield key.strip(), _named(key.strip())
            for phrase in _alternatives(phrases):
                yield key.strip(), phrase


def _said(uid: Uid, phrase: Spoken) -> Iterator[SpokenAction]:
    """The phrase with its verb, which stands last."""
    *before, verb = phrase.words
    if verb is None:
        return
    somebody = german().who.somebody
    to = german().preposition.to
    parts: list[tuple[str, ...] | None] = []
    given = False
    chunk: list[str] = []
    for word in before:
        if word is None:
            if chunk:
                parts.append(tuple(chunk))
                chunk = []
            parts.append(None)
        elif fold(word) in somebody and chunk and fold(chunk[-1]) in to:
            chunk.pop()
            given = True
        else:
            chunk.append(word)
    if chunk:
        parts.append(tuple(chunk))
    yield SpokenAction(uid, verb, tuple(parts), given, phrase.text)


def _places(schema: Schema) -> Iterator[tuple[str, tuple[str, ...], Attribute]]:
    for name, entity in schema.entity_types.items():
        for path, attribute in flatten(entity.attributes):
            yield name, path, attribute
    seen = set()
    for action in schema.actions.values():
        for path, attribute in flatten(action.context.attributes):
            key = (path, str(attribute.type), tuple(sorted(attribute.annotations.items())))
            if key not in seen:
                seen.add(key)
                yield CONTEXT, path, attribute


def _unspoken(schema: Schema) -> Schema:
    """The schema without its English phrases: its names and the keys of its values alone."""
    entities = {name: _quiet_entity(entity) for name, entity in schema.entity_types.items()}
    actions = {uid: _quiet_action(action) for uid, action in schema.actions.items()}
    return replace(schema, entity_types=entities, actions=actions)


def _quiet_entity(entity: EntityType) -> EntityType:
    attributes = {name: _quiet(attribute) for name, attribute in entity.attributes.items()}
    return replace(entity, annotations=_kept(entity.annotations), attributes=attributes)


def _quiet_action(action: ActionType) -> ActionType:
    attributes = {name: _quiet(attribute) for name, attribute in action.context.attributes.items()}
    context = replace(action.context, attributes=attributes)
    return replace(action, annotations=_kept(action.annotations), context=context)


def _quiet(attribute: Attribute) -> Attribute:
    return replace(attribute, annotations=_kept(attribute.annotations))


def _kept(annotations: Mapping[str, str]) -> dict[str, str]:
    kept = {name: text for name, text in annotations.items() if name not in ("phrase", "values")}
    keys = [entry.partition(":")[0].strip() for entry in annotations.get("values", "").split(";")]
    if any(keys):
        kept["values"] = "; ".join(key for key in keys if key)
    return kept
