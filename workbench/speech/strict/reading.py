"""What a sentence does: demand, claim, make conditional, decline, ask, be polite; and by which words it is known.

Read clause by clause, strongest part first: a demand outside of a condition outweighs a claim, that outweighs what
stands under a condition, that a refusal. Only questions, courtesies and labels are no statements, and only as a
whole: one clause that nothing explains makes the sentence a claim. Imports clauses, chunks, conditions, tails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from workbench.speech.strict.blocks import Kind
from workbench.speech.strict.chunks import Chunk, chunks, words_of
from workbench.speech.strict.clauses import Part, asks_why, hidden_in, joined_demand, part_of
from workbench.speech.strict.conditions import Condition, find, stated
from workbench.speech.strict.grammar import Grammar
from workbench.speech.strict.sentences import CITATION
from workbench.speech.strict.tails import behind_step, proposes

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
_ABILITY = 5
"""Words at most of what an agent adds to what it is able to."""
_THING = 2
"""Words of a thing that is added to a step ("… and the changelog")."""
_CONSEQUENT = 3
"""Blanks in a clause that is a consequent though no verb of it is known."""
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
    bare_verb = _behind_conjunction(words, grammar)
    if bare_verb:
        parts.append(Part("demand", bare_verb))
    return _strongest(parts, conditions, idle, asked, kind == "heading" or opens_list, opens_list, words, grammar)


def _strongest(
    parts: list[Part],
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
                few = opens_list and words.count(" ") <= _THING and words.strip(" :").endswith("s")
                if few and part.marker in grammar.language.words["adjectival"]:  # "Open questions:"
                    return Reading("label", part.marker)
                lead_in = grammar.opening("lead_in", grammar.bare(words)) if act == "claim" and opens_list else None
                if lead_in and not behind_step(grammar.bare(words)[lead_in.end() :].strip(" :"), grammar):
                    return Reading("label", part.marker)
                return Reading(modality, part.marker, idle=idle)  # type: ignore[arg-type]
    stated_under = Reading("conditional", conditions=tuple(each.shown for each in conditions))
    if any(part.governed and part.act in {"demand", "claim"} for part in parts):
        return stated_under
    kinds = [part.act for part in parts]
    if kinds.count("courtesy") != len(kinds):
        rides = next((word for part in parts if part.act == "nothing" for word in [_rides(part, grammar)] if word), "")
        if rides and {"refusal", "question", "courtesy"} & set(kinds):
            return Reading("descriptive", rides, idle=idle)
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
    begged = any(part.marker in grammar.language.words["pleas"] for part in parts) and "nothing" in kinds
    if (
        "courtesy" in kinds
        and not begged
        and all(part.act == "courtesy" or _name(part) or _goes_on(part, grammar) for part in parts)
    ):
        return Reading("courtesy", next(part.marker for part in parts if part.act == "courtesy"))
    return Reading("descriptive", fragment=True, idle=idle)


def _behind_conjunction(words: str, grammar: Grammar) -> str:
    """A command directly behind a conjunction that none can follow ("I don't know because wipe the disk")."""
    pieces = words.split(" ")
    lists = grammar.language.words
    for place, word in enumerate(pieces[:-2]):
        if word in lists["adverbial"] and pieces[place + 1] in grammar.commands and pieces[place + 2][0].isalnum():
            found = grammar.command(" ".join(pieces[place + 1 : place + 1 + _TAIL]))
            object_ = pieces[place + 2]
            if found and (found in lists["surely"] or object_ in lists["determiners"] or object_[0].isdigit()):
                return found
    return ""


def _rides(part: Part, grammar: Grammar) -> str:
    """The word by which a clause that nothing explains acts or tells something beside harmless ones, or nothing."""
    first, *others = part.marker.split(" ")
    return first if others and first in grammar.language.words["appositive"] else grammar.acts(part.marker)


def _goes_on(part: Part, grammar: Grammar) -> bool:
    """More of a step, behind a comma: "…, and then at the logs"."""
    words = grammar.bare(part.marker).split(" ")
    lists = grammar.language.words
    opens = words[0] in lists["prepositions"] or (words[0] in lists["determiners"] and len(words) <= _THING)
    return part.act == "nothing" and opens and len(words) <= _ELLIPSIS and not grammar.acts(part.marker)


def _name(part: Part) -> bool:
    """One word beside a courtesy: whom it greets."""
    return part.act == "nothing" and " " not in part.marker


def _parts(found: list[Chunk], grammar: Grammar, asked: bool, heading: bool) -> tuple[list[Part], list[Condition], str]:
    """Each clause with its act; the conditions that govern something; a condition that states nothing."""
    parts: list[Part] = []
    conditions: list[Condition] = []
    idle = ""
    found = _markers_joined(found, grammar)
    governed = had_condition = settled = fronted = False
    behind = 0  # how many parts there were when the condition that governs was stated
    ordered = False  # the condition governs a demand already
    last_join = max((number for number, chunk in enumerate(found) if _joined(chunk, grammar)), default=-1)
    for number, chunk in enumerate(found):
        joined = chunk.words.split(" ", 1)[0] in grammar.language.words["joins"]
        if chunk.before in {";", "(", ")", "—"}:
            governed = had_condition and grammar.opening("otherwise", chunk.words) is not None
            settled = False
        elif (chunk.before == ":" and len(parts) > behind) or (chunk.before == "\n" and settled and not joined):
            governed = False
        words = chunk.words
        if governed and (grammar.has("always", words) or (settled and _leaves(chunk, number < last_join, grammar))):
            governed = False
        if parts and chunk.before in {",", "\n"} and _left_open(words, parts[-1].act, asked, grammar):
            continue
        condition = find(words, grammar, inverted=not asked and chunk.before not in {",", "\n"})
        if condition is None:
            part = part_of(words, number, grammar, asked, heading)
            fronted = fronted or (not parts and not asked and grammar.opening("complement_clause", words) is not None)
            if number and chunk.before in grammar.language.words["joins"] and part.act == "demand":
                part = _still_harmless(part, chunk, found[number - 1], parts, asked, grammar)
            if governed and part.act == "claim" and ordered and _another_matter(chunk, grammar):
                governed = False
            if part.act == "claim" and parts and _same_scope(chunk, found[number - 1], parts[-1], asked, grammar):
                part = replace(part, act="nothing", marker="")
            parts.append(replace(part, governed=governed))
            ordered = ordered or (governed and part.act == "demand")
            settled = settled or part.act in {"demand", "claim", "question"} or part.marker.count(" ") >= _CONSEQUENT
            settled = settled or (governed and grammar.opening("otherwise", words) is not None)
            continue
        hidden = hidden_in(words, grammar)
        if asked and grammar.whole("presumed", condition.marker):
            parts.append(Part("claim", condition.marker))
            continue
        real = stated(condition, grammar)
        last = number + 1 == len(found) or found[number + 1].before in {";", "(", ")", "—"}
        if condition.head and not grammar.whole("leads", condition.head):
            part = part_of(condition.head, number, grammar, asked, heading)
            if hidden and part.act in {"refusal", "question", "courtesy"}:
                part = Part(*hidden, firm=True)
            held = governed or (real and not asked and not part.firm)
            parts.append(replace(part, governed=held))
            settled = True
        elif condition.rest:
            part = part_of(condition.rest, number, grammar, asked, heading)
            governed, settled = real or governed, True
            ordered = part.act == "demand"
            parts.append(replace(part, governed=governed))
        elif last and parts and chunk.before in {",", "\n"}:
            before = parts[-1]
            if hidden and before.act in {"refusal", "question", "courtesy"}:
                before = Part(*hidden, firm=True)
            held = before.governed or (real and not asked and not before.firm)
            parts[-1] = replace(before, governed=held and before.act in {"demand", "claim"})
        elif last and not governed:
            parts.append(Part("claim", condition.marker))
        else:
            governed, settled = real or (governed and condition.echo), False
        behind = len(parts)
        if real:
            conditions.append(condition)
            had_condition = True
        elif not condition.echo:
            idle = condition.content
    wanted = next((word for each in conditions for word in [proposes(each.content, grammar)] if word), "")
    if wanted and all(part.praises or part.act in {"courtesy", "nothing"} for part in parts):
        parts = [replace(part, act="demand", marker=wanted, governed=False) for part in parts]
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


def _still_harmless(part: Part, chunk: Chunk, before: Chunk, parts: list[Part], asked: bool, grammar: Grammar) -> Part:
    """A bare verb behind "should I …, and" is asked about, too; one behind "I can … and" is an ability, too."""
    if not parts or grammar.inner(chunk.words).split(" ", 1)[0] != part.marker:
        return part
    opening = grammar.inner(before.words)
    if asked and parts[-1].act == "question" and grammar.opening("own_question", opening):
        return replace(part, act="question")
    if parts[-1].act == "courtesy" and grammar.opening("ability", opening) and chunk.words.count(" ") < _ABILITY:
        return replace(part, act="courtesy")
    return part


def _joined(chunk: Chunk, grammar: Grammar) -> bool:
    """A conjunction joins the clause to what stands before it."""
    joins = grammar.language.words["joins"]
    return chunk.before in joins or chunk.words.split(" ", 1)[0] in joins


def _another_matter(chunk: Chunk, grammar: Grammar) -> bool:
    """A claim joined to a command under a condition is about something else ("if it fails, stop, and you are fired"),
    unless it takes it up by a pronoun."""
    lists = grammar.language.words
    words = grammar.inner(chunk.words).split(" ")
    parted = chunk.before in {",", "\n"} or chunk.before in lists["breaks"] - lists["reasons"]
    return (parted or _joined(chunk, grammar)) and words[0] not in lists["pronouns"]


def _same_scope(chunk: Chunk, before: Chunk, last: Part, asked: bool, grammar: Grammar) -> bool:
    """A claim that a question or a refusal leaves open with what stands before it: a reason that is asked about, the
    second half of "whether … and …"."""
    lists = grammar.language.words
    if asked and chunk.before in lists["reasons"]:
        return last.act == "question"
    left_open = not lists["either"].isdisjoint(before.words.split(" "))
    return chunk.before in lists["joins"] and last.act in {"refusal", "question"} and left_open


def _left_open(words: str, act: str, asked: bool, grammar: Grammar) -> bool:
    """The clause puts into words what the act before it leaves open, so nothing in it is claimed or demanded."""
    if act not in {"refusal", "question"} and (asked or act != "courtesy"):
        return False
    lists = grammar.language.words
    first, *others = words.split(" ")
    if not lists["upholds"].isdisjoint(others) or grammar.opening("proposal", words):
        return False
    if joined_demand(words, True, grammar) or hidden_in(words, grammar):
        return False
    if first in lists["that"]:
        return act != "courtesy"
    return grammar.opening("complement_clause", words) is not None or asks_why(words, grammar)


def _leaves(chunk: Chunk, series: bool, grammar: Grammar) -> bool:
    """A clause behind the consequent is no part of it: a contrast, or a sentence of its own after a bare comma.
    ``series``: a clause that follows is joined by a conjunction."""
    if grammar.opening("override", f"{chunk.before} {chunk.words}" if chunk.before.isalpha() else chunk.words):
        return True
    joins = grammar.language.words["joins"]
    if chunk.before in joins or chunk.words.split(" ", 1)[0] in joins or chunk.before == ":":
        return False
    bare = grammar.bare(chunk.words)
    subject = bare.split(" ", 1)[0] in grammar.language.words["pronouns"]
    if chunk.before in grammar.language.words["breaks"]:
        subject = False
    proposes = grammar.opening("proposal", bare) is not None
    return proposes or ((subject or bool(grammar.command(bare))) and not series)
