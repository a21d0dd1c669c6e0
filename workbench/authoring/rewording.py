"""What a change of a schema's words does to sentences: which no longer compile, which mean something else. Pure.

Imports vocabulary, examples, compiler, sentences, lexicon; language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Literal, TypeAlias

from workbench.authoring.compiler import compile_sentence
from workbench.authoring.examples import example_of
from workbench.authoring.languages.english import english
from workbench.authoring.lexicon import Lexicon, lexicon_of, parse_phrases
from workbench.authoring.result import SentenceResult
from workbench.authoring.sentences import split_sentences
from workbench.authoring.vocabulary import words_of
from workbench.authoring.words import tokenize
from workbench.language.schema import Schema
from workbench.language.schema_phrases import Named

Change: TypeAlias = Literal["ambiguous", "refused", "meaning", "understood"]
CHANGES: tuple[Change, ...] = ("ambiguous", "refused", "meaning", "understood")
MOST_PHRASE = 80  # code points
_MARKS = {"|": "separates phrases", ";": "separates values", '"': "ends the annotation", "\\": "is an escape"}


@dataclass(frozen=True, slots=True)
class Effect:
    """A sentence that the change touches.

    ``change``: it becomes ``ambiguous`` or ``refused``, its ``meaning`` changes, or it is ``understood`` from now on.
    ``readings``: what it can mean then, in words. ``example``: it is ours, and stands in no text of the author's.
    """

    sentence: str
    change: Change
    readings: tuple[str, ...] = ()
    example: bool = False

    @property
    def harms(self) -> bool:
        """Whether something that compiled does so no longer, or to another rule."""
        return self.change != "understood"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a phrase cannot be one: ``code`` (``bad_phrase``, ``only_small_words``), what is wrong, and what to do."""

    code: str
    message: str
    help: str


def flaw(phrase: str, *, gap: bool) -> Flaw | None:
    """What is wrong with ``phrase`` itself; ``gap``: whether ``…`` may stand in it. ``None`` where nothing is."""
    said = phrase.replace("...", "…")
    if not phrase.strip():
        return Flaw("bad_phrase", "the phrase is empty", "say how a sentence would call it")
    if len(phrase) > MOST_PHRASE:
        return Flaw("bad_phrase", f"the phrase has over {MOST_PHRASE} characters", "a few words are enough")
    for mark, does in _MARKS.items():
        if mark in phrase:
            return Flaw("bad_phrase", f"`{mark}` {does}, and cannot stand in a phrase", "leave it out")
    if any(not char.isprintable() for char in phrase):
        return Flaw("bad_phrase", "the phrase has a character that cannot be seen", "type it anew")
    if "…" in said and not gap:
        return Flaw("bad_phrase", "`…` marks where a thing is named, and here none is", "leave it out")
    if said.count("…") > 1:
        return Flaw("bad_phrase", "`…` stands there more than once", "one gap is where the thing is named")
    if not any(token.kind == "word" for token in tokenize(said.replace("…", " "))):
        return Flaw("bad_phrase", f"`{phrase}` has no word", "say how a sentence would call it")
    if all(word in _small_words() for word in _words(said)):
        help = "a phrase needs a word of its own, as `answer …` has"
        return Flaw("only_small_words", f"every word of `{phrase}` belongs to the grammar already", help)
    return None


@lru_cache(maxsize=1)
def _small_words() -> frozenset[str]:
    """Words that say how a sentence is made, and never what it is about: may, not, unless, every …"""
    known = english()
    small: set[str] = set()
    for section in (known.modality, known.negation, known.connective, known.article, known.copula):
        for entry in fields(section):
            small.update(phrase for phrase in getattr(section, entry.name) if " " not in phrase)
    return frozenset(small | {*known.who.nobody, *known.who.none_of, *known.who.anybody})


def clashes(after: Schema, named: Named, phrase: str) -> tuple[str, ...]:
    """What else the same words name under ``after``, as keys of words (``Ticket.region``, ``Agent.role = lead``)."""
    lexicon = lexicon_of(after)
    said = parse_phrases(phrase)
    if not said:
        return ()
    if named.kind == "action":
        own = (named.owner, named.path[0])
        same = {_bare((a.verb, *a.rest)) for a in lexicon.actions if a.uid == own and a.text == phrase}
        others = [a.uid[1] for a in lexicon.actions if a.uid != own and _bare((a.verb, *a.rest)) in same]
        acting = {name for action in after.actions.values() for name in action.principals}
        others += [w.type for w in lexicon.types if w.type in acting and _bare(w.phrase.items) in same]
        return tuple(dict.fromkeys(others))
    found = (key for key, items in _nouns(lexicon) if _bare(items) == _bare(said[0].items) and key != _key(named))
    return tuple(dict.fromkeys(found))


def _bare(items: Sequence[str | None]) -> tuple[str, ...]:
    """The words of a phrase without its gaps: "read …" is said where "read" is."""
    return tuple(item for item in items if item is not None)


def _nouns(lexicon: Lexicon) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    yield from ((word.type, word.phrase.items) for word in lexicon.types)
    yield from ((".".join((word.place, *word.path)), word.phrase.items) for word in lexicon.attributes)
    for value in lexicon.values:
        yield f"{'.'.join((value.place, *value.path))} = {value.value}", value.phrase.items


def _key(named: Named) -> str:
    return ".".join((named.owner, *named.path)) + (f" = {named.value}" if named.value else "")


def effects(
    english: str,
    before: Schema,
    after: Schema,
    *,
    about: str = "",
    step: Callable[[int, int], None] | None = None,
) -> tuple[Effect, ...]:
    """What becomes of every sentence of ``english``, and of the example of every word; the worst first.

    ``about``: the phrase that is changed, where only examples with a word like one of its own need be looked at.
    ``step(done, total)`` is called between sentences, and may raise to end it.
    """
    own = [sentence.text for sentence in split_sentences(english)]
    begins = {word[:3] for word in _words(about)}
    ours = [
        said
        for said in _examples(_Spoken(before))
        if said not in own and (not begins or any(word[:3] in begins for word in _words(said)))
    ]
    every = [*((text, False) for text in own), *((text, True) for text in dict.fromkeys(ours))]
    found: list[Effect] = []
    for done, (text, example) in enumerate(every):
        if step is not None:
            step(done, len(every))
        effect = _effect(text, example, before, after)
        if effect is not None:
            found.append(effect)
    return tuple(sorted(found, key=lambda each: (CHANGES.index(each.change), each.example)))


def _words(text: str) -> list[str]:
    return [token.lower for token in tokenize(text.replace("…", " ")) if token.kind == "word"]


class _Spoken:
    """A schema as a cache key: equal to those that speak of the same things, in whichever words."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.words = words_of(schema)
        self._keys = tuple(word.key for word in self.words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Spoken) and other._keys == self._keys

    def __hash__(self) -> int:
        return hash(self._keys)


@lru_cache(maxsize=4)
def _examples(key: _Spoken) -> tuple[str, ...]:
    """The example of every word that has one.

    Remembered while only words change: what an older one of them says is compiled before and after like any sentence.
    """
    return tuple(said for word in key.words if (said := example_of(key.schema, word)))


def _effect(text: str, example: bool, before: Schema, after: Schema) -> Effect | None:
    then, now = compile_sentence(text, before), compile_sentence(text, after)
    if now.status == "compiled":
        if then.status != "compiled":
            return Effect(text, "understood", _readings(now), example)
        if _statements(then) != _statements(now):
            return Effect(text, "meaning", _readings(now), example)
        return None
    if then.status == "compiled":
        return Effect(text, "ambiguous" if now.status == "ambiguous" else "refused", _readings(now), example)
    return None


def _statements(result: SentenceResult) -> Sequence[object]:
    return [reading.statements for reading in result.candidates]


def _readings(result: SentenceResult) -> tuple[str, ...]:
    return tuple(reading.paraphrase for reading in result.candidates)


def harmful(found: Iterable[Effect]) -> tuple[Effect, ...]:
    """Those that should be told before anything is saved."""
    return tuple(each for each in found if each.harms)
