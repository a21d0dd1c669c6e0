"""Differences, matrices and closest changes in words. That nothing else changes only where it is proved. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.analysis.results import (
    CHANGES,
    OTHER,
    Cell,
    CellVerdict,
    Change,
    ChangeWitness,
    Closest,
    Difference,
    EnvironmentDifference,
    Matrix,
    Outcome,
    Verdict,
    Witness,
)
from workbench.analysis.words import RuleSaid, counted, rules_said, undecided_words
from workbench.analysis.words_headlines import NOT_SUPPORTED, Tone
from workbench.analysis.words_voice import MUTE, Voice, cedar_value
from workbench.analysis.words_witness import CONFIRMED, WitnessSaid, witness_said
from workbench.language.quotation import quoted

NEWLY: Mapping[Change, str] = {"permitted": "newly permitted", "denied": "newly denied", "held": "newly held"}
"""A change by its name."""

_DOES: Mapping[Outcome, str] = {"allow": "permits", "deny": "denies", "hold": "holds for approval"}
_NOW: Mapping[Change, Outcome] = {"permitted": "allow", "denied": "deny", "held": "hold"}
_DATA = ("attribute ", "tags ")  # parts of a schema that say which data fit
_OPEN = frozenset({"undecided", "unsupported"})
_NOT: Mapping[Change, str] = {
    "permitted": "does not permit",
    "denied": "does not deny",
    "held": "does not hold for approval",
}


@dataclass(frozen=True, slots=True)
class ChangeSaid:
    """A request whose decision changes, in words."""

    change: Change
    headline: str
    environment: str
    witness: WitnessSaid
    rules: tuple[RuleSaid, ...]
    confirmation: str = CONFIRMED


# ---- differences -----------------------------------------------------------------------------------------------------


def difference_headline(difference: Difference) -> str:
    """What a change means, in a few sentences: what changes, what is proved not to, what is not decided.

    Where something exists on one side only, nothing is claimed of requests that only one of the versions takes.
    """
    verdicts = {change: difference.verdict(change) for change in CHANGES}
    changes = [change for change in CHANGES if verdicts[change] == "fails"]
    proved = [change for change in CHANGES if verdicts[change] == "holds"]
    parts = [_changes(difference, change, first=place == 0) for place, change in enumerate(changes)]
    if not difference.environments:
        return "There is no kind of request that both versions know: nothing is compared."
    apart = one_sided(difference)
    if len(proved) == len(CHANGES) and apart:
        return "Requests that both versions take are decided alike: proved; what only one of them takes is told below."
    if len(proved) == len(CHANGES):
        return "The new version decides every request as the present one does: proved."
    if proved:
        nothing = "nothing that both versions take is" if apart else "nothing is"
        said = f"{nothing} {_or(NEWLY[change] for change in proved)}"
        parts.append(said if changes else _upper(said))
    for verdict in _OPEN:
        found = [change for change in CHANGES if verdicts[change] == verdict]
        if found:
            said = undecided_words(_why(difference, found)) if verdict == "undecided" else NOT_SUPPORTED
            said = said if not parts else said[:1].lower() + said[1:]
            parts.append(f"{said}: whether anything is {_or(NEWLY[change] for change in found)}")
    more = " What only one of the versions takes is told below." if apart else ""
    return "; ".join(parts) + "." + (_nothing_else(difference, changes) if changes else "") + more


def one_sided(difference: Difference) -> bool:
    """Whether a version has something (an action, an attribute …) that the other has not, or has otherwise."""
    return bool(difference.only_before or difference.only_after)


def _changes(difference: Difference, change: Change, *, first: bool) -> str:
    """``The new version permits this, which the present one denies``."""
    found = [told for _, told in difference.witnesses if told.change == change]
    before = {told.witness.before.outcome for told in found if told.witness.before is not None}
    was = _DOES[before.pop()] if len(before) == 1 else _NOT[change]
    this = "this" if len(found) == 1 else "these"
    subject = "The new version" if first else "it"
    return f"{subject} {_done(_NOW[change], this)}, which the present one {was}"


def _done(outcome: Outcome, this: str) -> str:
    """``permits this``, ``holds these for approval``."""
    verb, _, rest = _DOES[outcome].partition(" ")
    return f"{verb} {this}{f' {rest}' if rest else ''}"


def _nothing_else(difference: Difference, changes: Sequence[Change]) -> str:
    """The proved statement that the witnesses are all there is; else that there may be more; empty while it is open."""
    for change in changes:
        if any(each.verdicts[change] in _OPEN for each in difference.environments):
            return f" For some kinds of request it is not known whether anything is {NEWLY[change]}."
    if any(difference.verdict(change) in _OPEN for change in CHANGES):
        return ""
    every = all(
        each.exhausted.get(change, False)
        for each in difference.environments
        for change in changes
        if each.verdicts[change] == "fails"
    )
    if every:
        like = "this one" if len(difference.witnesses) == 1 else "these"
        whose = " that both versions take" if one_sided(difference) else ""
        return f" Proved: only requests like {like}{whose}, under the same rules, are decided otherwise."
    return " More may change than is shown."


def _why(difference: Difference, changes: Sequence[Change]) -> str:
    return next((each.why[change] for each in difference.environments for change in changes if change in each.why), "")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _or(words: Any) -> str:
    """``newly denied or held``."""
    found = list(words)
    return " or ".join([found[0], *(word.removeprefix("newly ") for word in found[1:])])


def change_headline(told: ChangeWitness) -> str:
    """``The new version permits this, which the present one denies.``"""
    before = told.witness.before
    was = _NOT[told.change] if before is None else _DOES[before.outcome]
    return f"The new version {_done(told.witness.after.outcome, 'this')}, which the present one {was}."


def change_said(environment: str, told: ChangeWitness, voice: Voice = MUTE) -> ChangeSaid:
    """A changed request in words. ``environment``: the kind of request, as text."""
    before = told.witness.before
    behind = (
        *voice.permits(told.witness, told.witness.after),
        *(voice.permits(told.witness, before) if before else ()),
    )
    rules = tuple(dict.fromkeys((*told.rules, *behind)))
    return ChangeSaid(
        told.change,
        change_headline(told),
        environment,
        witness_said(told.witness, voice, told.rules),
        (*rules_said(rules, voice), *_nearest(told.witness, voice, rules)),
    )


def _nearest(witness: Witness, voice: Voice, rules: Sequence[str]) -> Iterator[RuleSaid]:
    """The permit that would have had to apply for the new version to permit it, where ``rules`` do not name it."""
    miss = voice.nearest(witness, witness.after)
    if miss is not None and miss.rule not in rules:
        (said,) = rules_said((miss.rule,), voice)
        yield replace(said, words=f"comes nearest: {said.words}") if said.words else said


def environment_words(found: EnvironmentDifference) -> str:
    """What changes for requests of one kind: ``newly permitted; proved: nothing newly denied or held``."""
    if found.unchanged:
        return "unchanged: proved" if found.touched else "unchanged: no rule that applies here differs"
    parts = [NEWLY[change] for change in CHANGES if found.verdicts[change] == "fails"]
    proved = [NEWLY[change] for change in CHANGES if found.verdicts[change] == "holds"]
    if proved:
        parts.append(f"proved: nothing {_or(proved)}")
    for change in CHANGES:
        if found.verdicts[change] in _OPEN:
            parts.append(f"{open_words(found.verdicts[change], found.why.get(change, ''))}: {NEWLY[change]}")
    return "; ".join(parts)


def open_words(verdict: Verdict | CellVerdict, why: str = "") -> str:
    """``not decided within the time limit`` or ``not supported``, with the reason where there is one."""
    said = undecided_words(why) if verdict == "undecided" else NOT_SUPPORTED
    said = said[:1].lower() + said[1:]
    return f"{said} ({why})" if why and why != said else said


def difference_notes(difference: Difference) -> tuple[str, ...]:
    """What is proved unchanged, what is open and why, what exists on one side only, what else differs."""
    notes = []
    total = len(difference.environments)
    unchanged = sum(each.unchanged for each in difference.environments)
    if total and unchanged < total:
        kinds = counted(total, "kind of request", "kinds of request")
        notes.append(f"Proved unchanged: {unchanged} of {kinds}.")
    for each in difference.environments:
        for change in CHANGES:
            if each.verdicts[change] in _OPEN:
                why = open_words(each.verdicts[change], each.why.get(change, ""))
                notes.append(f"{each.environment}: {why}: whether anything is {NEWLY[change]}.")
    notes += [f"Only in the present version: {what}" for what in difference.only_before]
    notes += [f"Only in the new version: {what}" for what in difference.only_after]
    if any(what.startswith(_DATA) for what in (*difference.only_before, *difference.only_after)):
        notes.append("Entities whose attributes or tags fit one version alone are not compared.")
    if difference.scores:
        names = ", ".join(map(quoted, difference.scores))
        notes.append(f"The order of candidates can change: preferences differ ({names}).")
    return tuple(notes)


def difference_tone(difference: Difference) -> Tone:
    """``good``: proved to change nothing. ``open``: something is not decided. ``warn``: decisions change, or one
    version takes what the other does not know."""
    if difference.unchanged:
        return "warn" if one_sided(difference) or not difference.environments else "good"
    verdicts = {verdict for each in difference.environments for verdict in each.verdicts.values()}
    return "open" if verdicts & _OPEN else "warn"


# ---- matrices --------------------------------------------------------------------------------------------------------

_CELLS: Mapping[CellVerdict, str] = {
    "always": "always",
    "never": "never",
    "depends": "depends",
    "undecided": "not decided",
    "unsupported": "not supported",
}


_ANY_OTHER = "any other value"
_SPECIAL = ("anyothervalue", "anyother", "empty")  # how rows are called that are no value's, letters alone


def cell_words(cell: Cell, waits: str = " (approval)") -> str:
    """``always``, ``never``, ``depends``, ``not decided``, ``not supported``; ``waits`` where approval can be due."""
    held = cell.held and cell.verdict in ("always", "depends")
    return _CELLS[cell.verdict] + (waits if held else "")


def value_words(value: str) -> str:
    """A row of a matrix; the row for every other value in words, and no value that is called so like it."""
    plain = unicodedata.normalize("NFKC", value).casefold()
    letters = "".join(char for char in plain if char.isalnum())
    return _ANY_OTHER if value == OTHER else quoted(value) if letters in _SPECIAL or value != value.strip() else value


def matrix_headline(matrix: Matrix) -> str:
    """What the cells come to, in one sentence."""
    counts = {verdict: sum(cell.verdict == verdict for cell in matrix.cells) for verdict in _CELLS}
    parts = [f"{count:,} {_CELLS[verdict]}" for verdict, count in counts.items() if count]
    rows = counted(len(matrix.values), "value")
    return f"{rows} of {matrix.attribute}, {counted(len(matrix.actions), 'action')}: {', '.join(parts) or 'no cells'}."


# ---- the closest change ----------------------------------------------------------------------------------------------

_BECOMES: Mapping[Outcome, str] = {"allow": "permitted", "deny": "denied", "hold": "held for approval"}


def closest_headline(closest: Closest) -> str:
    """Whether a change was found that flips the decision, and whether it is the smallest."""
    if closest.witness is not None and closest.changes:
        what = "The smallest change" if closest.minimal else "A change"
        proof = " No fewer changes do: proved." if closest.minimal else " Whether it is the smallest is not proved."
        return f"{what} that flips the decision: the request would be {_BECOMES[closest.wanted]}.{proof}"
    if closest.witness is not None:
        return f"The request is {_BECOMES[closest.wanted]} as it is."
    if closest.verdict == "undecided":
        return f"{undecided_words(closest.why)}: what would make the request be {_BECOMES[closest.wanted]}."
    if closest.verdict == "unsupported":
        return f"{NOT_SUPPORTED}: what would make the request be {_BECOMES[closest.wanted]}."
    return f"No change to its context or to the data makes the request be {_BECOMES[closest.wanted]}: proved."


def change_words(change: tuple[str, Any, Any]) -> str:
    """``context.amount: 900 → 500``; what is absent is called that."""
    path, was, becomes = change
    return f"{path}: {_value(was)} → {_value(becomes)}"


def _value(value: Any) -> str:
    return "absent" if value is None else cedar_value(value)
