"""The statements of a text: every sentence that does something, with its reading and the keys that it cites.

A citation belongs to the sentence that it stands in or directly follows; one on a line of its own, to the sentence
before. A block quotation is one scope: a key anywhere in it, or in the line that introduces it, covers its sentences.
Items of a list that are no sentences belong to the line that introduces them. Imports reading, sentences, tongues,
grammar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from workbench.speech.observing import Pace, unhurried
from workbench.speech.strict.chunks import plain, words_of
from workbench.speech.strict.grammar import grammar
from workbench.speech.strict.reading import Reading, read
from workbench.speech.strict.scopes import keys_in, parts
from workbench.speech.strict.sentences import CITATION, Sentence, cut
from workbench.speech.strict.tables import dotted, listed
from workbench.speech.strict.tongues import alien, tongues

HARMLESS = frozenset({"question", "courtesy", "label", "mute"})
"""Acts that are no statements."""
ANSWER = "an answer, which asserts what was asked"
"""What a bare yes or no is read by."""
ALIEN = "words of another language"
"""What a reading says where a sentence mixes languages."""
_WORD = re.compile(r"[^\W\d_]+")
_TWO = 2


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, read: ``keys`` are those that it cites, ``language`` None where no table covers it."""

    sentence: Sentence
    reading: Reading
    language: str | None
    keys: tuple[str, ...]


def said(text: str, chosen: str | None, pace: Pace = unhurried) -> tuple[list[Said], bool]:
    """All sentences of ``text`` in order; and whether it also holds code. Linear in the length of the text."""
    found = cut(text, dotted())
    languages = tongues([plain(sentence.text) for sentence in found.sentences], chosen)
    read_: list[Said] = []
    for place, (sentence, names) in enumerate(zip(found.sentences, languages, strict=True)):
        pace(place, len(languages))
        keys = keys_in(sentence.shown)
        reading, name = _strictest(sentence, names)
        if chosen is None and name is not None:
            reading, name = _mixed(sentence, reading, name)
        if reading.act == "mute" and keys and read_ and read_[-1].sentence.kind != "heading":
            read_[-1] = replace(read_[-1], keys=_joined(read_[-1].keys, keys))
            continue
        if name is None:
            read_.append(Said(sentence, reading, name, keys))
            continue
        for part in parts(sentence, reading, keys, grammar(name)):
            read_.append(Said(part.sentence, part.reading, name, part.keys))
    return _in_scope(_answers(read_)), found.code


def _answers(found: list[Said]) -> list[Said]:
    """A bare yes or no asserts what was asked: behind a question, or where the text says nothing else."""
    bare = [_affirms(each) for each in found]
    answer = Reading("descriptive", ANSWER)
    made = []
    for place, each in enumerate(found):
        asked = place > 0 and found[place - 1].reading.act == "question"
        made.append(replace(each, reading=answer) if bare[place] and (asked or all(bare)) else each)
    return made


def _affirms(said_: Said) -> bool:
    """The sentence is a bare yes or no."""
    if said_.reading.act not in {"courtesy", "descriptive"} or said_.language is None:
        return False
    of = grammar(said_.language)
    return of.whole("affirmation", words_of(said_.sentence.text, of.language.spelling))


def _strictest(sentence: Sentence, names: tuple[str, ...]) -> tuple[Reading, str | None]:
    """The sentence in its likeliest language; where others are as likely and one reads a demand, in that, or one knows
    a courtesy where the likeliest knows no word."""
    if not names:
        letters = _WORD.search(CITATION.sub("", sentence.text))
        return Reading("foreign" if letters else "mute"), None
    if sentence.kind == "heading":
        names = names[:1]  # a word or two: short commands of one language are nouns of another
    readings = [(_read(sentence, name), name) for name in names]
    demanded = next((each for each in readings if each[0].act == "assertive"), None)
    if demanded is None and readings[0][0].fragment:  # nothing is known of its words in that language
        return next((each for each in readings if each[0].act == "courtesy"), readings[0])
    return demanded or readings[0]


def _read(sentence: Sentence, name: str) -> Reading:
    reading = read(sentence.text, sentence.kind, grammar(name))
    if reading.act in HARMLESS - {"mute"} or reading.act == "refusal":
        strange = alien(name)
        found = next((word for word in _WORD.findall(sentence.text) if word in strange), "")
        if found:
            return Reading("descriptive", found, idle=ALIEN)
    return reading


def _mixed(sentence: Sentence, reading: Reading, name: str) -> tuple[Reading, str]:
    """A sentence of two languages as the stricter of them: a clause in the other language is read in that."""
    if reading.act in {"assertive", "descriptive", "ill_formed", "foreign"}:
        return reading, name
    clauses = [each for each in _clauses().split(sentence.text) if each and each.count(" ")]
    if len(clauses) < _TWO:
        return reading, name
    for clause, names in zip(clauses, tongues([plain(each) for each in clauses], None), strict=True):
        if names and name not in names:
            found = read(clause, sentence.kind, grammar(names[0]))
            if found.act == "assertive" or (found.act == "descriptive" and not found.fragment):
                return replace(found, idle=ALIEN), name
    return reading, name


@lru_cache(maxsize=1)
def _clauses() -> re.Pattern[str]:
    """Where a clause of another language may begin: at punctuation, at signs, behind conjunctions of any language."""
    words = "|".join(sorted(map(re.escape, listed("joins") | listed("adverbial") | listed("that"))))
    return re.compile(rf"[,;:()—–|→\n\t\"“”]|(?<=\s)[^\w\s]+(?=\s)|(?<!\S)(?:{words})(?!\S)")


def _in_scope(found: Sequence[Said]) -> list[Said]:
    """The sentences with the keys that reach them from the line that introduces them or their quotation."""
    quoted: dict[int, tuple[str, ...]] = {}
    lead: Said | None = None
    for each in found:
        group = each.sentence.group
        if group:
            before = quoted.get(group, lead.keys if lead else ())
            quoted[group] = _joined(before, each.keys)
        elif each.sentence.kind != "item":
            lead = each if _introduces(each.sentence.text) else None
    made: list[Said] = []
    lead = None
    for each in found:
        kind = each.sentence.kind
        if each.sentence.group:
            each = replace(each, keys=_joined(each.keys, quoted[each.sentence.group]))
        elif kind == "item":
            if lead is not None and each.reading.fragment:
                each = replace(each, keys=_joined(each.keys, lead.keys))
        elif kind != "code":
            lead = each if _introduces(each.sentence.text) else None
        made.append(each)
    return made


def _introduces(text: str) -> bool:
    """The sentence ends in a colon, citations aside."""
    return CITATION.sub("", text).rstrip(" *_\"'").endswith(":")


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
