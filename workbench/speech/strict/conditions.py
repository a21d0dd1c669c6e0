"""Conditions: which clause states one, and whether it states anything that could fail.

A condition excuses what stands under it (A7), so a formula of politeness ("if that's OK"), a bare "if possible" and
"even if" are none. Whether a condition is true, or likely, is not asked: A7 treats it as declared. Imports grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.speech.strict.grammar import Grammar

_FEWEST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Condition:
    """``marker`` ("if"), ``content`` ("the build is red"), what of the clause stands before (``head``) and behind it
    (``rest``)."""

    marker: str
    content: str
    head: str = ""
    rest: str = ""
    echo: bool = False
    """It only takes up the condition before it ("if so", "if not")."""

    @property
    def shown(self) -> str:
        """Marker and content, for an explanation."""
        return f"{self.marker} {self.content}"


def find(words: str, grammar: Grammar, *, inverted: bool) -> Condition | None:
    """The condition that a clause states, if any. ``inverted``: "should the build fail" may be one here."""
    bare = grammar.bare(words)
    first, _, behind = bare.partition(" ")
    lists = grammar.language.words
    if inverted and first in lists["inverted"] and not grammar.opening("proposal", bare):
        second = behind.split(" ", 1)[0]
        if second in (lists["pronouns"] | lists["determiners"]) - lists["askers"]:
            return _whole(first, behind, grammar)
    kept = [(found.start(), found.end()) for found in grammar.language.phrases["not_condition"].finditer(words)]
    for found in grammar.language.phrases["condition"].finditer(words):
        if any(start <= found.start() < end for start, end in kept):
            continue
        head = words[: found.start()].strip()
        if not head or not grammar.bare(head) or _only_openers(head, grammar):
            return _whole(found[0], words[found.end() :].strip(), grammar)
        return Condition(found[0], words[found.end() :].strip(), head)
    return None


def _only_openers(head: str, grammar: Grammar) -> bool:
    return head.split(" ", 1)[0] in grammar.language.words["joins"] and not head.count(" ")


def _whole(marker: str, content: str, grammar: Grammar) -> Condition:
    """A clause that begins with a condition: what is stated, and the consequent where no comma parts it."""
    echo = grammar.whole("otherwise", f"{marker} {content}") or content in grammar.language.words["echoes"]
    split = re.search(rf"(?<= )(?:{_alternatives(grammar.language.words['consequents'])}) ", content)
    formula = grammar.opening("vacuous", content)
    if formula and split and formula.end() < split.end() <= formula.end() + 1 + len(split[0]):
        return Condition(marker, formula[0], "", content[formula.end() :].lstrip(), echo)
    words_before = content[: split.start()].split() if split else []
    if split and len(words_before) >= _FEWEST_WORDS and split.end() < len(content):
        return Condition(marker, " ".join(words_before), "", content[split.start() :], echo)
    return Condition(marker, content, echo=echo)


def _alternatives(words: frozenset[str]) -> str:
    return "|".join(sorted(map(re.escape, words))) or "(?!)"


def stated(condition: Condition, grammar: Grammar) -> bool:
    """The condition states something that could fail: a clause of its own, no formula."""
    words = condition.content.split(" ")
    lists = grammar.language.words
    joins = _alternatives(lists["joins"])
    first = re.split(rf" (?:{joins}) ", condition.content, maxsplit=1)[0]
    if len(words) < _FEWEST_WORDS or grammar.whole("vacuous", condition.content) or grammar.whole("vacuous", first):
        return False
    known = lists["finite"] | lists["verbs"] | lists["inverted"]
    return any(word in known or word.endswith(tuple(lists["verb_endings"])) for word in words)
