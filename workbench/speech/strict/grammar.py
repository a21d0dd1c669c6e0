"""What a language's table makes possible: where a clause begins, whether its first words command, whether it states.

Two ways of forming commands are known: the bare verb (English: "Delete it") and the German ones ("Lösche es", "Löscht
es", "Löschen Sie es", "Schalte ihn ab", "Datenbank löschen!"). Imports tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from workbench.speech.strict.tables import Language, language

_STARTS = 8
"""Openers that are skipped before one clause at most."""
_POLITE = ("sie", "wir")
_PIECE = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language and the forms derived from its verb list."""

    language: Language
    opens: re.Pattern[str]
    """A conjunction behind which a clause of its own begins."""
    commands: frozenset[str]
    """Forms that command as the first word of a clause."""
    closing: frozenset[str]
    """Forms that command as the last word of a clause without a finite verb (German infinitives)."""
    states: frozenset[str]
    """Forms by which a clause is known to state something."""

    def has(self, phrases: str, words: str) -> re.Match[str] | None:
        """Where a phrase of the list stands in ``words``."""
        return self.language.phrases[phrases].search(words)

    def opening(self, phrases: str, words: str) -> re.Match[str] | None:
        """A phrase of the list at the start of ``words``."""
        return self.language.phrases[phrases].match(words)

    def whole(self, phrases: str, words: str) -> bool:
        """``words`` are a phrase of the list and nothing else, and what it takes for a name is no verb."""
        found = self.language.phrases[phrases].fullmatch(words)
        return found is not None and not any(self.verbal(name) for name in found.groups() if name)

    def verbal(self, word: str) -> bool:
        """The word, or a part of it ("prod-is-down"), is a form of a verb that acts or states."""
        lists = self.language.words
        return any(
            part in lists[name] for part in _PIECE.findall(word) for name in ("surely", "finite", "doing", "done")
        )

    def acts(self, words: str) -> str:
        """The first word that can only be an action's: a bare verb, a form of having done or doing it; or nothing."""
        lists = self.language.words
        return next(
            (word for word in words.split(" ") if any(word in lists[name] for name in ("surely", "doing", "done"))), ""
        )

    def bare(self, words: str) -> str:
        """``words`` without the openers ("and", "please", "I think") before the clause."""
        for _ in range(_STARTS):
            if words.split(" ", 1)[0] in self.commands:
                return words
            found = self.opening("leads", words)
            if not found:
                return words
            words = words[found.end() :].lstrip()
        return words

    def inner(self, words: str) -> str:
        """``words`` without conjunctions and the small words between one and its clause: word order is kept."""
        lists = self.language.words
        found = words.split(" ")
        place = 0
        while place < min(len(found), _STARTS) and (found[place] in lists["joins"] or found[place] in lists["between"]):
            place += 1
        return " ".join(found[place:]) or words

    def command(self, bare: str, *, heading: bool = False) -> str:
        """The word by which a clause without openers commands, or nothing."""
        if not bare:
            return ""
        words = bare.split(" ")
        if words[0] in self.commands and not self._noun(words, heading):
            return words[0]
        if self.language.imperatives == "german":
            return self._german(words)
        if words[0] in {"do", "go"} and len(words) > 2 and words[1] in self.commands:
            return f"{words[0]} {words[1]}"
        return ""

    def states_something(self, bare: str) -> str:
        """The word by which a clause is known to state something, or nothing."""
        words = bare.split(" ")
        found = self.verb(bare)
        return found or (words[0] if len(words) > 1 and words[0] in self.language.words["pronouns"] else "")

    def verb(self, words: str) -> str:
        """The first word that is a finite verb and nothing else, or nothing."""
        return next((word for word in words.split(" ") if word in self.states), "")

    def _noun(self, words: list[str], heading: bool) -> bool:
        """The first word is a noun here: another verb follows before any relative clause."""
        lists = self.language.words
        if words[0] not in lists["noun_verbs"]:
            return False
        if len(words) > 1 and words[1] in lists["determiners"]:
            return False
        if heading:
            return True
        for word in words[1:7]:
            if word in lists["relatives"]:
                return False
            if word in lists["finite"]:
                return True
        return False

    def _german(self, words: list[str]) -> str:
        lists = self.language.words
        if len(words) > 1 and words[0] in self.closing and words[1] in _POLITE:
            return f"{words[0]} {words[1]}"
        last = words[-1]
        if last in self.closing and not any(word in self.states or word in lists["blockers"] for word in words[:-1]):
            return last
        return ""


@lru_cache(maxsize=4)
def grammar(name: str) -> Grammar:
    """The grammar of the language ``name``. Raises :class:`~.tables.TableError`."""
    of = language(name)
    words = of.words
    if of.imperatives == "base":
        commands, closing = words["verbs"], frozenset[str]()
        starts = words["pronouns"] | words["verbs"] | words["clauses"]
    else:
        commands, closing = _german_commands(words), words["verbs"]
        starts = words["pronouns"] | commands | words["clauses"] | {f"{verb} sie" for verb in closing}
    joins = "|".join(sorted(map(re.escape, words["joins"])))
    opener = "|".join(sorted(map(re.escape, starts), key=lambda each: (-len(each), each)))
    adverbs = "|".join(sorted(map(re.escape, words["between"]), key=lambda each: (-len(each), each)))
    things = "|".join(sorted(map(re.escape, words["determiners"] - words["that"]), key=lambda each: (-len(each), each)))
    breaks = "|".join(sorted(map(re.escape, words["breaks"])))
    contrasts = "|".join(sorted(map(re.escape, words["contrasts"])))
    states = "|".join(sorted(map(re.escape, words["finite"])))
    opens = re.compile(
        rf"(?<= )(?:(?P<join>{joins})(?= (?:(?:{joins}|{adverbs}) ){{0,3}}(?:{opener}) )"
        rf"|(?P<contrast>{contrasts})(?= (?:{things}) )|(?P<break>{breaks})(?= )"
        rf"|(?P<claim>{joins})(?= (?:(?:{things}) )?[^ ]+ (?:[^ ]+ )?(?:{states}) ))"
    )
    return Grammar(of, opens, commands, closing, words["finite"])


def _german_commands(words: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The forms for "du" and "ihr" of every verb: "lösche", "lösch", "löscht"; the irregular ones come from the
    table."""
    found = set(words["irregular"])
    for verb in words["verbs"] | words["separable"]:
        stem = verb[:-2] if verb.endswith("en") else verb[:-1]
        found.add(stem + "e")
        if verb.endswith(("eln", "ern")):
            found.add(stem[:-2] + stem[-1] + "e")
        elif stem[-1] in "td" or stem[-2:] in {"fn", "gn", "chn", "dn"}:
            found.add(stem + "et")
        else:
            found |= {stem, stem + "t"}
    return frozenset(found - words["no_command"])
