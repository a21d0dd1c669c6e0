"""What one clause of a sentence does by itself: demand, claim, decline, ask, be polite; by phrases of the tables.

The order of the questions matters: a courtesy is one only as a whole; a refusal, a question or an offer only as far as
nothing rides behind it (tails); then demands, greetings, claims. Imports grammar and tails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from workbench.speech.strict.grammar import Grammar
from workbench.speech.strict.tails import Rider, behind_step, demanded_first, left_of_inquiry, rider, secret, told_by

_INFINITIVES = 4
"""Infinitives ("to decide") of one refusal behind which is looked on."""
_LATE = 7
"""Words before a refusal at most."""
_TAIL = 12
"""Words behind a conjunction that are looked at."""


@dataclass(frozen=True, slots=True)
class Part:
    """One clause: what it does by itself, and whether a condition governs it."""

    act: Literal["demand", "claim", "refusal", "question", "courtesy", "nothing"]
    marker: str
    governed: bool = False
    firm: bool = False
    """A proposal by form, which no condition behind it takes back ("how about it, if …")."""
    praises: bool = False
    """It only praises what a condition beside it proposes ("… would be great")."""


def part_of(words: str, number: int, grammar: Grammar, asked: bool, heading: bool) -> Part:
    """What one clause does by itself."""
    bare = grammar.bare(words)
    praises = grammar.whole("appreciation", words) or grammar.whole("appreciation", bare)
    return replace(_clause(words, bare, number, grammar, asked, heading), praises=praises)


def _clause(words: str, bare: str, number: int, grammar: Grammar, asked: bool, heading: bool) -> Part:
    if grammar.whole("courtesy", words) or (bare and grammar.whole("courtesy", bare)):
        return Part("courtesy", words)
    if not bare:
        return Part("courtesy" if grammar.whole("greeting", words) else "nothing", words)
    if asked and number and grammar.whole("tag", bare):
        return Part("nothing", words)
    declined = _declined(bare, grammar) or _declined(words, grammar) or _declined_late(bare, grammar)
    if asked and number and _appositive(words, grammar):
        return Part("claim", words.split(" ", 1)[0])
    known = _asked(words, bare, grammar) or declined if asked else declined or _asking(words, bare, "proposal", grammar)
    if known:
        return known
    offered = _offered(bare, grammar) or (None if asked else _echoed(words, grammar) or _echoed(bare, grammar))
    if offered:
        return offered
    demanded = demand(bare, grammar, heading=heading)
    if demanded:
        return Part("demand", demanded)
    if grammar.whole("greeting", words) or grammar.whole("greeting", bare):
        return Part("courtesy", words)
    upheld = next((word for word in bare.split(" ") if word in grammar.language.words["upholds"]), "")
    claimed = grammar.states_something(bare) or upheld
    if claimed:
        return Part("claim", claimed)
    hidden = hidden_in(words, grammar)
    denied = words.split(" ", 1)[0] in grammar.language.words["not"]
    return Part(*hidden) if hidden else Part("nothing", words if denied else bare)


def hidden_in(words: str, grammar: Grammar) -> Rider | None:
    """What a clause that goes on behind a harmless one demands or takes for granted."""
    ransom = demanded_first(words, grammar)
    return ("demand", ransom) if ransom else rider(words, grammar)


def _appositive(words: str, grammar: Grammar) -> bool:
    """The clause goes on about a thing named before ("…, which is safe"); it does not ask."""
    first, *others = words.split(" ")
    return first in grammar.language.words["appositive"] and bool(others) and others[0] in grammar.states


def _asked(words: str, bare: str, grammar: Grammar) -> Part | None:
    """A clause of a sentence with a question mark as a question, or as what only looks like one."""
    found = _asking(words, bare, "proposing_question", grammar)
    if found:
        return found
    inner = grammar.inner(words)
    leading = grammar.opening("leading_question", inner)
    if leading:
        demanded = demand(bare, grammar, anywhere_only=True)
        return Part("demand", demanded) if demanded else Part("claim", leading[0])
    question = grammar.opening("question", inner) if grammar.opening("question", bare) else None
    hidden = rider(bare, grammar) if question else None
    if hidden:
        return Part(*hidden)
    hidden_word = secret(bare, grammar) if question else ""
    lists = grammar.language.words
    personal = not lists["recalled"].isdisjoint(bare.split(" "))  # "your password", not "the password policy"
    if hidden_word and personal and inner.split(" ", 1)[0] in lists["factual"]:
        return Part("demand", hidden_word, firm=True)
    if question and grammar.opening("own_question", inner):
        hidden = behind_step(bare, grammar)
        return Part(*hidden) if hidden else Part("question", question[0])
    if question and question[0].split(" ", 1)[0] in grammar.language.words["recalled"]:  # "you said that we should …?"
        demanded = demand(bare, grammar, anywhere_only=True)
        return Part("demand", demanded) if demanded else Part("question", question[0])
    return Part("question", question[0]) if question else None


def _asking(words: str, bare: str, proposals: str, grammar: Grammar) -> Part | None:
    """A clause that asks for information, or that proposes in the form of a question."""
    for each in (grammar.inner(words), words, bare):
        asking = grammar.opening("asking", each)
        hidden = (rider(each, grammar) or secret(each, grammar)) if asking else None
        if asking and hidden:
            return Part("demand", hidden if isinstance(hidden, str) else hidden[1], firm=True)
        if asking and not hidden and not grammar.opening("complement", each[asking.end() :].lstrip()):
            hidden = behind_step(each[asking.end() :].lstrip(), grammar)
            if hidden:
                return Part(*hidden)
        if asking and joined_demand(each[asking.end() :], _leaves_open(each, grammar), grammar):
            return Part("demand", asking[0], firm=True)
        if asking:
            return Part("question", asking[0])
    proposing = grammar.opening(proposals, bare)
    return Part("demand", proposing[0], firm=True) if proposing else None


def _offered(bare: str, grammar: Grammar) -> Part | None:
    """The clause as an offer to look, to tell or to help; what stands behind the offer must not add to it."""
    found = grammar.opening("offer", bare)
    if not found:
        return None
    first, *others = found[0].split(" ")
    lists = grammar.language.words
    if first in lists["pronouns"] and not (lists["not"] - lists["lasting"]).isdisjoint(others):
        return None
    after = bare[found.end() :].lstrip()
    if (
        after
        and others
        and others[-1] in lists["readable"] - lists["look"]
        and after.split(" ", 1)[0] not in lists["follows"]
    ):
        return None  # "open the file transfer"
    added = rider(bare, grammar)
    if added:
        return Part(*added)
    if grammar.opening("complement", after) and after.split(" ", 1)[0] not in lists["that"]:
        return Part("courtesy", found[0])
    tail = grammar.language.phrases["aside"].sub("~", f"~ {others[-1] if others else first} {after}")
    names = bool(others) and others[-1] in lists["determiners"]  # "checking the order": a noun follows
    demanded = demand(tail, grammar, anywhere_only=True) or (
        "" if names else grammar.command(grammar.bare(grammar.language.phrases["aside"].sub("~", after)))
    )
    if demanded:
        return Part("demand", demanded)
    added = behind_step(after, grammar)
    told = told_by(after, grammar)
    if added or told:
        return Part(*added) if added else Part("claim", told)
    return (
        None
        if grammar.verb(left_of_inquiry(after, grammar)) and not asks_why(after, grammar)
        else Part("courtesy", found[0])
    )


def _echoed(bare: str, grammar: Grammar) -> Part | None:
    """The clause takes up what the user said; a demand in it is the agent's all the same."""
    found = grammar.opening("echo", bare)
    if not found:
        return None
    hidden = hidden_in(bare, grammar)
    if hidden:
        return Part(*hidden)
    demanded = demand(bare[found.end() :].lstrip(), grammar, anywhere_only=True)
    return Part("demand", demanded) if demanded else Part("courtesy", found[0])


def _declined(bare: str, grammar: Grammar) -> Part | None:
    """The clause as a refusal, if it is one and asserts nothing beside what it declines to settle."""
    first, *others = bare.split(" ", 2)
    if first in grammar.language.words["askers"] and others and others[0] in grammar.language.words["adverbs"]:
        bare = " ".join([first, *others[1:]])  # "I honestly do not know"
    found = grammar.opening("refusal", bare)
    if not found or grammar.opening("no_refusal", bare):
        return None
    if not grammar.language.words["upholds"].isdisjoint(bare.split(" ")):
        return None
    ransom, presumed = demanded_first(bare, grammar), grammar.has("presumed", bare)
    if ransom or presumed:
        return Part("demand", ransom) if ransom else Part("claim", presumed[0] if presumed else "")
    after = bare[found.end() :].lstrip()
    left_open = _complement(after, grammar)
    if joined_demand(after, left_open is not None and _leaves_open(left_open[0], grammar), grammar):
        return None
    reason = _reason_asked(after, grammar)
    if reason is not None and not demand(reason, grammar, anywhere_only=True) and not grammar.verb(reason):
        return Part("refusal", found[0])
    for _ in range(_INFINITIVES):
        before = after[: left_open.start()].rstrip() if left_open else after
        declined = before.split(" ")
        lists = grammar.language.words
        named = len(declined) == 3 and declined[0] in lists["infinitive"] and declined[2] in lists["pronouns"]
        told = "" if named else before  # "to do that" names what is declined
        if demand(before, grammar, anywhere_only=True) or grammar.verb(told):
            return None
        if left_open is None or left_open[0].split(" ", 1)[0] not in grammar.language.words["infinitive"]:
            break
        after = after[left_open.end() :].lstrip()
        left_open = _complement(after, grammar)
    return Part("refusal", found[0])


def _declined_late(bare: str, grammar: Grammar) -> Part | None:
    """A refusal behind what it goes by ("from this alone I cannot tell"), which must claim and do nothing itself."""
    lists = grammar.language.words
    pieces = bare.split(" ", _TAIL)
    if pieces[0] not in lists["prepositions"] - lists["adverbial"] - lists["infinitive"]:
        return None
    place = next((number for number, word in enumerate(pieces[:_LATE]) if word in lists["askers"]), 0)
    before = " ".join(pieces[:place])
    if not place or grammar.acts(before) or grammar.verb(before) or hidden_in(before, grammar):
        return None
    return _declined(" ".join(pieces[place:]), grammar)


def _reason_asked(words: str, grammar: Grammar) -> str | None:
    """What stands before a reason that is left open ("from this log" in "… from this log why it failed")."""
    pieces = words.split(" ")
    place = next((number for number, word in enumerate(pieces) if word in grammar.language.words["why"]), None)
    if place is None or not asks_why(" ".join(pieces[place:]), grammar):
        return None
    return " ".join(pieces[:place])


def _complement(words: str, grammar: Grammar) -> re.Match[str] | None:
    """Where what a refusal leaves open begins; a "that" which no clause follows ("I cannot share that") is none."""
    lists = grammar.language.words
    for found in grammar.language.phrases["complement"].finditer(words):
        following = words[found.end() :].split(" ", 2)[:2][-1]
        if found[0] not in lists["that"] or not (following == "" or following in lists["adverbial"] | lists["joins"]):
            return found
    return None


def _leaves_open(words: str, grammar: Grammar) -> bool:
    """What is joined to a clause with "whether" is left open with it; what is joined to "to decide" is not."""
    return not grammar.language.words["open"].isdisjoint(words.split(" "))


def joined_demand(words: str, left_open: bool, grammar: Grammar) -> bool:
    """Behind a conjunction stands a command or a proposal, or, where nothing leaves it open, any demand."""
    pieces = words.split(" ")
    for place, word in enumerate(pieces):
        if word in grammar.language.words["joins"]:
            tail = grammar.bare(" ".join(pieces[place + 1 : place + 1 + _TAIL]))
            if word in grammar.language.words["alternatives"] and " " not in tail:
                continue  # "would you prefer Python or Go?"
            if grammar.opening("proposal", tail) or grammar.command(tail):
                return True
            if not left_open and demand(tail, grammar, anywhere_only=True):
                return True
    return False


def demand(bare: str, grammar: Grammar, *, heading: bool = False, anywhere_only: bool = False) -> str:
    """The words by which a clause without openers demands, recommends, forbids or values an action; or nothing."""
    plain = grammar.language.phrases["not_directive"].sub("~", bare)
    found = grammar.has("directive", plain)
    if not found and not anywhere_only:
        found = grammar.opening("opening_directive", plain)
    if found:
        return found[0]
    return "" if anywhere_only or plain.startswith("~") else grammar.command(bare, heading=heading)


def asks_why(words: str, grammar: Grammar) -> bool:
    """The clause leaves a reason open; "why we have not …" would say that there is none."""
    first, *others = words.split(" ")
    lists = grammar.language.words
    return first in lists["why"] and not any(word in lists["not"] for word in others)
