"""A language as data: reads ``workbench/speech/languages/<language>.toml`` into word lists and compiled phrase lists.

Every key is checked, so that a table that lacks a list, or has one that nothing reads, fails when it is read. Nothing
is read when the module is imported; each table once. Phrases are written as ``patterns`` says, in any spelling: they
are folded like the texts they are matched with. Imports folding, forms and patterns.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from workbench.speech.strict.folding import fold
from workbench.speech.strict.forms import derived
from workbench.speech.strict.patterns import PatternError, compiled

LANGUAGES = ("en", "de")
"""The languages that have a table."""

WORDS = (
    "detect", "dotted", "verbs", "noun_verbs", "look", "pronouns", "determiners", "finite", "info", "inverted",
    "askers", "open", "titles", "joins", "clauses", "relatives", "that", "why", "not", "upholds", "between", "echoes",
    "consequents", "verb_endings", "appositive", "subordinate", "recalled", "follows", "lasting", "readable",
    "breaks", "contrasts", "infinitive", "adverbial", "reasons", "either", "alternatives", "factual", "prepositions",
    "steady", "pleas", "adverbs", "adjectival", "ask", "non_epistemic", "failures", "failure_openings",
    "failure_phrases",
)  # fmt: skip
"""The word lists that every table has; a table may have more, for its own phrases."""
PHRASES = (
    "leads", "directive", "opening_directive", "not_directive", "proposing_question", "proposal", "leading_question",
    "own_question", "question", "asking", "tag", "refusal", "complement", "complement_clause", "no_refusal", "offer",
    "courtesy", "greeting", "lead_in", "condition", "not_condition", "vacuous", "override", "always", "otherwise",
    "affirmation", "self_reference", "aside", "inquiry", "smuggled", "presumed", "secrets", "ransom", "appreciation",
    "wanted", "ability", "echo",
)  # fmt: skip
"""The phrase lists that every table has."""


class TableError(ValueError):
    """A language table that cannot be used; the message names the table and the entry."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: ``words`` by list, ``phrases`` by list as patterns, ``spelling`` short form → full words."""

    name: str
    imperatives: str
    """How commands are formed: "base" (the bare verb, as in English) or "german"."""
    words: Mapping[str, frozenset[str]]
    phrases: Mapping[str, re.Pattern[str]]
    spelling: Mapping[str, str]


@lru_cache(maxsize=8)
def language(name: str) -> Language:
    """The language ``name`` ("en", "de"). Raises :class:`TableError` where there is none or its table is wrong."""
    if name not in LANGUAGES:
        raise TableError(f"there is no language `{name}`; there are {', '.join(f'`{each}`' for each in LANGUAGES)}")
    path = files("workbench.speech").joinpath("languages", f"{name}.toml")
    return read(path.read_text(encoding="utf-8"), name)


def read(text: str, name: str) -> Language:
    """The language that the TOML ``text`` describes. Raises :class:`TableError`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise TableError(f"`{name}` is no TOML: {problem}") from None
    unknown = set(data) - {"imperatives", "words", "phrases", "spelling"}
    if unknown:
        raise TableError(f"`{name}` has `{min(unknown)}`, which nothing reads")
    if data.get("imperatives") not in {"base", "german"}:
        raise TableError(f"`imperatives` in `{name}` is `base` or `german`")
    words = {key: _entries(value, name, f"words.{key}") for key, value in _section(data, "words", name).items()}
    words |= derived(data["imperatives"], words)
    phrases = {key: _entries(value, name, f"phrases.{key}") for key, value in _section(data, "phrases", name).items()}
    for wanted, there, part in ((WORDS, words, "words"), (PHRASES, phrases, "phrases")):
        missing = [key for key in wanted if key not in there]
        if missing:
            raise TableError(f"`{name}` lacks `{part}.{missing[0]}`")
    extra = set(phrases) - set(PHRASES)
    if extra:
        raise TableError(f"`phrases.{min(extra)}` in `{name}` is a list that nothing reads")
    spelling = {_folded(key): _folded(value) for key, value in _section(data, "spelling", name).items()}
    patterns = {}
    for key, entries in phrases.items():
        try:
            patterns[key] = compiled(entries, words)
        except PatternError as problem:
            raise TableError(f"`phrases.{key}` in `{name}`: {problem}") from None
    return Language(
        name, data["imperatives"], {key: frozenset(value) for key, value in words.items()}, patterns, spelling
    )


def _section(data: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    found = data.get(key)
    if not isinstance(found, Mapping):
        raise TableError(f"`{key}` in `{name}` is no table")
    return found


def _entries(value: object, name: str, path: str) -> tuple[str, ...]:
    """A list of phrases, or one text of words parted by blanks."""
    if isinstance(value, str):
        return tuple(_folded(word) for word in value.split())
    if isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value):
        return tuple(_folded(each) for each in value)
    raise TableError(f"`{path}` in `{name}` is neither a text of words nor a list of phrases")


def _folded(text: str) -> str:
    return " ".join(fold(text).text.split())


@lru_cache(maxsize=1)
def others() -> Mapping[str, frozenset[str]]:
    """The words by which languages without a table are recognised, by language; single letters are none."""
    text = files("workbench.speech").joinpath("languages", "others.toml").read_text(encoding="utf-8")
    detect = _section(tomllib.loads(text), "detect", "others")
    return {
        name: frozenset(word for word in _entries(words, "others", name) if len(word) > 1)
        for name, words in detect.items()
    }


@lru_cache(maxsize=64)
def listed(key: str) -> frozenset[str]:
    """The word list ``key`` of all languages: for what has no language of its own, such as a tool's result."""
    return frozenset().union(*(language(name).words[key] for name in LANGUAGES))


@lru_cache(maxsize=1)
def dotted() -> frozenset[str]:
    """The abbreviations and months of all languages: sentences are cut before their language is known."""
    return listed("dotted")
