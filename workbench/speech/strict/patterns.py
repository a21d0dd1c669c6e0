"""The small language in which the language tables write phrases, turned into one bounded pattern per list.

A phrase is words in folded form, parted by blanks: ``a|b`` is either word, ``[a|b]`` may be absent, ``*`` is any one
word, ``**`` up to four words of one clause, ``stem+`` any word that begins so, ``*ing`` any that ends so, ``{list}``
any entry of that word list, ``@`` any one word, kept as a group for the reader to look at
(a name, a thing, no verb). No quantifier is nested in another, so that matching stays linear in the text. Imports
nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

WordLists = Mapping[str, Iterable[str]]

_WORD = r"[^\s,;:()—\n]+"
_SOME_WORDS = rf"(?:{_WORD} ){{0,4}}?"
_NEVER = r"(?!)"


class PatternError(ValueError):
    """A phrase of a language table that is not one; the message quotes it."""


def compiled(phrases: Iterable[str], lists: WordLists) -> re.Pattern[str]:
    """A pattern that matches any of ``phrases`` as whole words; longer phrases are tried first.

    Raises :class:`PatternError` for an unknown ``{list}`` or an empty phrase.
    """
    ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase.split()), phrase))
    sources = [_phrase(phrase, lists) for phrase in ordered]
    body = "|".join(sources) or _NEVER
    return re.compile(rf"(?<!\S)(?:{body})(?!\S)")


def _phrase(phrase: str, lists: WordLists) -> str:
    made = ""
    words = phrase.split()
    if not words:
        raise PatternError("an empty phrase")
    pending = False  # a blank is owed before the next word
    for number, word in enumerate(words, 1):
        if word == "**" and number == len(words) and pending:
            made += rf"(?: {_WORD}){{0,4}}"
        elif word == "**":
            made += (" " if pending else "") + _SOME_WORDS
            pending = False
        elif not (word.startswith("[") and word.endswith("]")):
            made += (" " if pending else "") + _choice(word, lists, phrase)
            pending = True
        else:
            source = _choice(word[1:-1], lists, phrase)
            made += f"(?: {source})?" if pending else f"(?:{source} )?"
    if not pending:
        raise PatternError(f"`{phrase}` ends in words that may be absent")
    return made


def _choice(word: str, lists: WordLists, phrase: str) -> str:
    return "(?:" + "|".join(_single(each, lists, phrase) for each in word.split("|")) + ")"


def _single(word: str, lists: WordLists, phrase: str) -> str:
    if word == "*":
        return _WORD
    if word == "@":
        return f"({_WORD})"
    if word.startswith("{") and word.endswith("}"):
        if word[1:-1] not in lists:
            raise PatternError(f"`{word}` in `{phrase}` names no list of the table")
        entries = sorted(lists[word[1:-1]], key=lambda entry: (-len(entry), entry))
        return "(?:" + "|".join(_entry(entry) for entry in entries) + ")"
    return _entry(word)


def _entry(word: str) -> str:
    """A word, an ``*ending``, a ``stem+``, or several words that a list holds as one entry."""
    if word.startswith("*") and len(word) > 1:
        return r"[^\s,;:()—\n]+" + re.escape(word[1:])
    if word.endswith("+") and len(word) > 1:
        return re.escape(word[:-1]) + r"[^\s,;:()—\n]*"
    return re.escape(word)
