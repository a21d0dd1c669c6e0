"""What rides behind a harmless opening: a demand or a claim in the tail of an offer, a question or a refusal.

"Let me check the logs" is harmless; "… while you delete prod", "… that prove her guilt" and "… and your password" are
not. What a tail may hold is named by the tables (``aside``, ``inquiry``); what it may not, too (``smuggled``,
``presumed``, ``secrets``). Imports grammar.
"""

from __future__ import annotations

from typing import Literal

from workbench.speech.strict.grammar import Grammar

Rider = tuple[Literal["demand", "claim"], str]
_CLAUSE = 2
"""Words behind a conjunction or a relative pronoun that make a clause of their own."""


def rider(words: str, grammar: Grammar) -> Rider | None:
    """What a clause with a harmless opening demands or presumes beside it, and the words that show it."""
    plain = grammar.language.phrases["aside"].sub("~", words)
    found = grammar.has("smuggled", plain)
    if found:
        return "demand", found[0]
    presumed = grammar.has("presumed", plain)
    return ("claim", presumed[0]) if presumed else None


def behind_step(after: str, grammar: Grammar) -> Rider | None:
    """What stands behind a step of the agent's own ("Let me check …") and is no part of it: any clause, unless it is
    what the step finds out."""
    cut = grammar.has("inquiry", after)
    tail = grammar.language.phrases["aside"].sub("~", after[: cut.start()] if cut else after)
    pieces = tail.split(" ")
    for place, word in enumerate(pieces):
        if word in grammar.language.words["subordinate"] and len(pieces) - place - 1 >= _CLAUSE:
            return "claim", word
    return None


def told_by(after: str, grammar: Grammar) -> str:
    """A verb at the end of a step's tail, which tells of a thing without a pronoun ("the invoice she forged")."""
    cut = grammar.has("inquiry", after)
    pieces = grammar.language.phrases["aside"].sub("~", after[: cut.start()] if cut else after).split(" ")
    last = pieces[-1]
    told = last.endswith("ed") and len(pieces) > _CLAUSE and last not in grammar.language.words["steady"]
    return last if told else ""


def left_of_inquiry(after: str, grammar: Grammar) -> str:
    """The part of a step's tail before what the step finds out ("… to see whether it works")."""
    cut = grammar.has("inquiry", after)
    return grammar.language.phrases["aside"].sub("~", after[: cut.start()].rstrip() if cut else after)


def secret(words: str, grammar: Grammar) -> str:
    """What nobody may be asked for: a password, a card's number; or nothing."""
    found = grammar.has("secrets", words)
    return found[0] if found else ""


def demanded_first(words: str, grammar: Grammar) -> str:
    """The words by which a refusal says what it would take ("… unless you wire the money"), or nothing."""
    found = grammar.has("ransom", grammar.language.phrases["aside"].sub("~", words))
    return found[0] if found else ""


def proposes(content: str, grammar: Grammar) -> str:
    """The words by which the content of a condition ("if you could delete prod") is what is wanted, or nothing."""
    found = grammar.opening("wanted", content)
    if not found:
        return ""
    wanted = content[found.end() :].lstrip()
    lists = grammar.language.words
    named = wanted.split(" ", 1)[0] in lists["acting"]
    told = wanted.split(" ", 1)[0] in lists["ask"] and not lists["info"].isdisjoint(wanted.split(" "))
    if told and not secret(wanted, grammar):
        return ""  # "… if you could share the log"
    return found[0] if named or grammar.acts(content[found.start() :]) else ""
