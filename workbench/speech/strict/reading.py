"""What a sentence does: demand, claim, make conditional, decline, ask, be polite; and by which words it is known.

Read clause by clause, strongest part first: a demand outside of a condition outweighs a claim, that outweighs what
stands under a condition, that a refusal. Only questions, courtesies and labels are no statements, and only as a
whole: one clause that nothing explains makes the sentence a claim. Imports grammar, chunks, conditions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from workbench.speech.strict.blocks import Kind
from workbench.speech.strict.chunks import Chunk, chunks, words_of
from workbench.speech.strict.conditions import Condition, find, stated
from workbench.speech.strict.grammar import Grammar
from workbench.speech.strict.sentences import CITATION

Act = Literal[
    "assertive",
    "descriptive",
    "conditional",
    "refusal",
    "question",
    "courtesy",
    "label",
    "ill_formed",
    "mute",
    "foreign",
]
_ELLIPSIS = 6
"""Words of a question without a verb at most ("Prod or staging?")."""
_TAIL = 12
"""Words behind a conjunction that are looked at."""
_ASKED = re.compile(r"\?[!?\"')\]*_~`»]*\s*$")
_COLON = re.compile(r":[\"')\]*_~`»]*\s*$")


@dataclass(frozen=True, slots=True)
class Reading:
    """``act`` is the modality, or what the sentence is instead of a statement; ``marker`` the words that show it."""

    act: Act
    marker: str = ""
    conditions: tuple[str, ...] = ()
    idle: str = ""
    """A condition that excuses nothing, where the sentence has one."""
    fragment: bool = False
    """A claim only because nothing else explains it: no verb was found."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One clause: what it does by itself, and whether a condition governs it."""

    act: Literal["demand", "claim", "refusal", "question", "courtesy", "nothing"]
    marker: str
    governed: bool = False
    firm: bool = False
    """A proposal by form, which no condition behind it takes back ("how about it, if …")."""


def read(text: str, kind: Kind, grammar: Grammar) -> Reading:
    """Read one folded sentence that stands in a block of ``kind``. Linear in its length."""
    words = words_of(text, grammar.language.spelling)
    if not any(char.isalpha() for char in words):
        return Reading("mute")
    if grammar.whole("self_reference", words):
        return Reading("ill_formed", words)
    shown = CITATION.sub("", text)
    asked = bool(_ASKED.search(shown))
    opens_list = bool(_COLON.search(shown))
    parts, conditions, idle = _parts(chunks(words, grammar.opens), grammar, asked, kind == "heading")
    return _strongest(parts, conditions, idle, asked, kind == "heading" or opens_list, opens_list, words, grammar)


def _strongest(
    parts: list[_Part],
    conditions: list[Condition],
    idle: str,
    asked: bool,
    label: bool,
    opens_list: bool,
    words: str,
    grammar: Grammar,
) -> Reading:
    for act, modality in (("demand", "assertive"), ("claim", "descriptive")):
        for part in parts:
            if part.act == act and not part.governed:
                if label and part.marker in grammar.language.words["titles"]:
                    return Reading("label", part.marker)
                if act == "claim" and opens_list and grammar.opening("lead_in", grammar.bare(words)):
                    return Reading("label", part.marker)
                return Reading(modality, part.marker, idle=idle)  # type: ignore[arg-type]
    stated_under = Reading("conditional", conditions=tuple(each.shown for each in conditions))
    if any(part.governed and part.act in {"demand", "claim"} for part in parts):
        return stated_under
    kinds = [part.act for part in parts]
    if "refusal" in kinds:
        return Reading("refusal", next(part.marker for part in parts if part.act == "refusal"))
    if "question" in kinds:
        return Reading("question", next(part.marker for part in parts if part.act == "question"))
    if asked and len(words.split(" ")) <= _ELLIPSIS:
        return Reading("question", "?")
    if any(part.governed and part.act == "nothing" for part in parts):
        return stated_under
    if label:
        return Reading("label")
    if "courtesy" in kinds and all(kind == "courtesy" or _name(part) for kind, part in zip(kinds, parts, strict=True)):
        return Reading("courtesy", next(part.marker for part in parts if part.act == "courtesy"))
    return Reading("descriptive", fragment=True, idle=idle)


def _name(part: _Part) -> bool:
    """One word beside a courtesy: whom it greets."""
    return part.act == "nothing" and " " not in part.marker


def _parts(
    found: list[Chunk], grammar: Grammar, asked: bool, heading: bool
) -> tuple[list[_Part], list[Condition], str]:
    """Each clause with its act; the conditions that govern something; a condition that states nothing."""
    parts: list[_Part] = []
    conditions: list[Condition] = []
    idle = ""
    found = _markers_joined(found, grammar)
    governed = had_condition = settled = fronted = False
    behind = 0  # how many parts there were when the condition that governs was stated
    for number, chunk in enumerate(found):
        joined = chunk.words.split(" ", 1)[0] in grammar.language.words["joins"]
        if chunk.before in {";", "(", ")", "—"}:
            governed = had_condition and grammar.opening("otherwise", chunk.words) is not None
            settled = False
        elif (chunk.before == ":" and len(parts) > behind) or (chunk.before == "\n" and settled and not joined):
            governed = False
        words = chunk.words
        if governed and (grammar.has("always", words) or (settled and _leaves(chunk, found[number + 1 :], grammar))):
            governed = False
        if parts and chunk.before in {",", "\n"} and _left_open(words, parts[-1].act, asked, grammar):
            continue
        condition = find(words, grammar, inverted=not asked and chunk.before not in {",", "\n"})
        if condition is None:
            part = _part(words, number, grammar, asked, heading)
            fronted = fronted or (not parts and not asked and grammar.opening("complement_clause", words) is not None)
            if asked and number and chunk.before in grammar.language.words["joins"] and part.act == "demand":
                part = _still_asked(part, found[number - 1], parts, grammar)
            parts.append(replace(part, governed=governed))
            settled = settled or part.act in {"demand", "claim", "question"}
            continue
        real = stated(condition, grammar)
        last = number + 1 == len(found) or found[number + 1].before in {";", "(", ")", "—"}
        if condition.head and not grammar.whole("leads", condition.head):
            part = _part(condition.head, number, grammar, asked, heading)
            held = governed or (real and not asked and not part.firm)
            parts.append(replace(part, governed=held))
            settled = True
        elif condition.rest:
            part = _part(condition.rest, number, grammar, asked, heading)
            governed, settled = real or governed, True
            parts.append(replace(part, governed=governed))
        elif last and parts and chunk.before in {",", "\n"}:
            before = parts[-1]
            held = before.governed or (real and not asked and not before.firm)
            parts[-1] = replace(before, governed=held and before.act in {"demand", "claim"})
        elif last and not governed:
            parts.append(_Part("claim", condition.marker))
        else:
            governed, settled = real or (governed and condition.echo), False
        behind = len(parts)
        if real:
            conditions.append(condition)
            had_condition = True
        elif not condition.echo:
            idle = condition.content
    if fronted and len(parts) > 1 and parts[1].act == "refusal":
        parts[0] = replace(parts[0], act="nothing")  # "whether it works, I cannot say"
    return parts, conditions, idle


def _markers_joined(found: list[Chunk], grammar: Grammar) -> list[Chunk]:
    """A condition's marker that a comma parts from what it states ("provided, that …") joined to it again."""
    made: list[Chunk] = []
    for chunk in found:
        if made and grammar.whole("condition", grammar.bare(made[-1].words)):
            made[-1] = Chunk(f"{made[-1].words} {chunk.words}", made[-1].before)
        else:
            made.append(chunk)
    return made


def _still_asked(part: _Part, before: Chunk, parts: list[_Part], grammar: Grammar) -> _Part:
    """A bare verb behind "should I …, and" is asked about, too."""
    own = grammar.opening("own_question", grammar.inner(before.words))
    return _Part("question", part.marker) if own and parts and parts[-1].act == "question" else part


def _left_open(words: str, act: str, asked: bool, grammar: Grammar) -> bool:
    """The clause puts into words what the act before it leaves open, so nothing in it is claimed or demanded."""
    if act not in {"refusal", "question"} and (asked or act != "courtesy"):
        return False
    lists = grammar.language.words
    first, *others = words.split(" ")
    if not lists["upholds"].isdisjoint(others) or grammar.opening("proposal", words):
        return False
    if _joined_demand(words, True, grammar):
        return False
    if first in lists["that"]:
        return act != "courtesy"
    return grammar.opening("complement_clause", words) is not None or _asks_why(words, grammar)


def _asks_why(words: str, grammar: Grammar) -> bool:
    """The clause leaves a reason open; "why we have not …" would say that there is none."""
    first, *others = words.split(" ")
    lists = grammar.language.words
    return first in lists["why"] and not any(word in lists["not"] for word in others)


def _leaves(chunk: Chunk, later: list[Chunk], grammar: Grammar) -> bool:
    """A clause behind the consequent is no part of it: a contrast, or a sentence of its own after a bare comma."""
    if grammar.opening("override", f"{chunk.before} {chunk.words}" if chunk.before.isalpha() else chunk.words):
        return True
    joins = grammar.language.words["joins"]
    if chunk.before in joins or chunk.words.split(" ", 1)[0] in joins or chunk.before == ":":
        return False
    bare = grammar.bare(chunk.words)
    subject = bare.split(" ", 1)[0] in grammar.language.words["pronouns"]
    series = any(each.before in joins or each.words.split(" ", 1)[0] in joins for each in later)
    proposes = grammar.opening("proposal", bare) is not None
    return proposes or ((subject or bool(grammar.command(bare))) and not series)


def _part(words: str, number: int, grammar: Grammar, asked: bool, heading: bool) -> _Part:
    """What one clause does by itself."""
    bare = grammar.bare(words)
    if grammar.whole("courtesy", words) or (bare and grammar.whole("courtesy", bare)):
        return _Part("courtesy", words)
    if not bare:
        return _Part("courtesy" if grammar.whole("greeting", words) else "nothing", words)
    if asked and number and grammar.whole("tag", bare):
        return _Part("nothing", words)
    declined = _declined(bare, grammar) or _declined(words, grammar)
    known = _asked(words, bare, grammar) or declined if asked else declined or _asking(words, bare, "proposal", grammar)
    if known:
        return known
    offered = _offered(bare, grammar)
    if offered:
        return offered
    demanded = demand(bare, grammar, heading=heading)
    if demanded:
        return _Part("demand", demanded)
    if grammar.whole("greeting", words) or grammar.whole("greeting", bare):
        return _Part("courtesy", words)
    upheld = next((word for word in bare.split(" ") if word in grammar.language.words["upholds"]), "")
    claimed = grammar.states_something(bare) or upheld
    return _Part("claim", claimed) if claimed else _Part("nothing", bare)


def _asked(words: str, bare: str, grammar: Grammar) -> _Part | None:
    """A clause of a sentence with a question mark as a question, or as what only looks like one."""
    found = _asking(words, bare, "proposing_question", grammar)
    if found:
        return found
    inner = grammar.inner(words)
    leading = grammar.opening("leading_question", inner)
    if leading:
        return _Part("claim", leading[0])
    question = grammar.opening("question", inner) if grammar.opening("question", bare) else None
    return _Part("question", question[0]) if question else None


def _asking(words: str, bare: str, proposals: str, grammar: Grammar) -> _Part | None:
    """A clause that asks for information, or that proposes in the form of a question."""
    for each in (grammar.inner(words), words, bare):
        asking = grammar.opening("asking", each)
        if asking and _joined_demand(each[asking.end() :], _leaves_open(each, grammar), grammar):
            return _Part("demand", asking[0], firm=True)
        if asking:
            return _Part("question", asking[0])
    proposing = grammar.opening(proposals, bare)
    return _Part("demand", proposing[0], firm=True) if proposing else None


def _offered(bare: str, grammar: Grammar) -> _Part | None:
    """The clause as an offer to look, to tell or to help; what stands behind the offer must not add to it."""
    found = grammar.opening("offer", bare)
    if not found:
        return None
    first, *others = found[0].split(" ")
    lists = grammar.language.words
    if first in lists["pronouns"] and not lists["not"].isdisjoint(others):
        return None
    after = bare[found.end() :].lstrip()
    if grammar.opening("complement", after) and after.split(" ", 1)[0] not in lists["that"]:
        return _Part("courtesy", found[0])
    added = demand(bare, grammar, anywhere_only=True) or grammar.command(grammar.bare(after))
    if added:
        return _Part("demand", added)
    return None if grammar.verb(after) else _Part("courtesy", found[0])


def _declined(bare: str, grammar: Grammar) -> _Part | None:
    """The clause as a refusal, if it is one and asserts nothing beside what it declines to settle."""
    found = grammar.opening("refusal", bare)
    if not found or grammar.opening("no_refusal", bare):
        return None
    if not grammar.language.words["upholds"].isdisjoint(bare.split(" ")):
        return None
    after = bare[found.end() :].lstrip()
    left_open = grammar.has("complement", after)
    if _joined_demand(after, left_open is not None and _leaves_open(left_open[0], grammar), grammar):
        return None
    if _asks_why(after, grammar):
        return _Part("refusal", found[0])
    after = after[: left_open.start()].rstrip() if left_open else after
    if demand(after, grammar, anywhere_only=True) or grammar.verb(after):
        return None
    return _Part("refusal", found[0])


def _leaves_open(words: str, grammar: Grammar) -> bool:
    """What is joined to a clause with "whether" is left open with it; what is joined to "to decide" is not."""
    return not grammar.language.words["open"].isdisjoint(words.split(" "))


def _joined_demand(words: str, left_open: bool, grammar: Grammar) -> bool:
    """Behind a conjunction stands a command or a proposal, or, where nothing leaves it open, any demand."""
    pieces = words.split(" ")
    for place, word in enumerate(pieces):
        if word in grammar.language.words["joins"]:
            tail = grammar.bare(" ".join(pieces[place + 1 : place + 1 + _TAIL]))
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
