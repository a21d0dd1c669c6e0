"""One answer in words: headline, what follows from it, its witness, the rules that make it so. Pure.

Names stand in sentences between backticks, out of which none gets. Other texts from rules and requests stand there as
they are: whoever shows them escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.analysis.results import Answer
from workbench.analysis.words_headlines import (
    CODES,
    HEADLINES,
    NOT_DECIDED,
    NOT_DECIDED_OTHERWISE,
    NOT_SUPPORTED,
    Tone,
)
from workbench.analysis.words_voice import MUTE, Voice
from workbench.analysis.words_witness import CONFIRMED, WitnessSaid, approval_said, named, uid_text, witness_said
from workbench.language.quotation import quoted

_NUMBERED = re.compile(r"(.+)#(\d+)", re.DOTALL)
_TIME = re.compile(r"\btime|\blimit", re.IGNORECASE)
_ENTITY_MISSING = re.compile(r"^entity [`'].*[`'] does not exist$", re.DOTALL)
_DATA_MISSING = re.compile(r"does not exist|has no attribute|does not have|missing|no such (?:attribute|tag)|unknown")


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """A rule that makes an answer so: its name, and its words where they are known."""

    id: str
    name: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One result in words, in the order in which it is shown."""

    tone: Tone
    headline: str
    assumption: str
    notes: tuple[str, ...] = ()
    confirmation: str = ""
    witness: WitnessSaid | None = None
    rules: tuple[RuleSaid, ...] = ()
    code: str = ""


# ---- one answer ------------------------------------------------------------------------------------------------------


def said(answer: Answer, voice: Voice = MUTE) -> Said:
    """An answer in words."""
    witness = answer.witness
    named_rules = _rules_of(answer, voice)
    return Said(
        tone=tone(answer),
        headline=headline(answer, voice),
        assumption=answer.assumption.words,
        notes=tuple(_notes(answer, voice)),
        confirmation=CONFIRMED if witness is not None and answer.verdict == "fails" else "",
        witness=_witness_said(answer, voice),
        rules=rules_said(named_rules, voice),
        code=code(answer),
    )


def _witness_said(answer: Answer, voice: Voice) -> WitnessSaid | None:
    if answer.witness is None:
        return None
    if answer.kind == "no_approver":
        return approval_said(answer.witness)
    return witness_said(answer.witness, voice, (answer.about, *answer.by))


def code(answer: Answer) -> str:
    """The code of a warning (``CP1xx``); empty for what is none."""
    return CODES.get(answer.kind, "") if tone(answer) == "warn" else ""


def tone(answer: Answer) -> Tone:
    """``bad``: what the author demands does not hold. ``warn``: it is proved or shown, and hardly meant.

    ``good``: as it should be. ``open``: neither proved nor refuted.
    """
    found = HEADLINES[answer.kind]
    if answer.verdict == "holds":
        return found.when_holds
    return found.when_fails if answer.verdict == "fails" else "open"


def worth_telling(answer: Answer, voice: Voice = MUTE) -> bool:
    """Whether a reader should hear of it: that an ordinary rule applies sometimes is no news.

    Everything open is, every invariant is. A voice that knows the rule tells more: that it always applies is news where
    it has conditions; that it cannot be evaluated where an entity is unknown is none where that denies, as it should.
    """
    if answer.kind in ("invariant", "tightens"):
        return True
    if answer.kind == "always_applies" and answer.verdict == "holds":
        return voice.conditional(answer.about)
    return tone(answer) != "good" and not denies_the_unknown(answer, voice)


def denies_the_unknown(answer: Answer, voice: Voice) -> bool:
    """Whether all that is shown of a rule is that it cannot be evaluated where an entity is unknown, harmlessly.

    Nothing more is permitted for that: our semantics then denies, and what Cedar skips is no prohibition.
    """
    return (
        answer.kind == "never_errors"
        and answer.verdict == "fails"
        and answer.witness is not None
        and (answer.assumption.semantics == "cedar+" or not voice.may_forbid(answer.about))
        and _ENTITY_MISSING.search(voice.failure(answer.witness, answer.about)) is not None
    )


def headline(answer: Answer, voice: Voice = MUTE) -> str:
    """The sentence that says the verdict."""
    found = HEADLINES[answer.kind]
    about = _about(answer, voice)
    match answer.verdict:
        case "holds" if found.because and answer.by:
            covers = "covers" if len(answer.by) == 1 else "cover"
            return _filled(found.because, about, named(answer.by, voice), covers)
        case "holds":
            return _filled(found.holds, about)
        case "fails":
            return _filled(found.fails, about)
        case "undecided":
            return f"{undecided_words(answer.why)}: whether {_filled(found.whether, about)}."
    return f"{NOT_SUPPORTED}: whether {_filled(found.whether, about)}."


def undecided_words(why: str) -> str:
    """That it is not decided; within the time limit unless ``why`` names another reason."""
    return NOT_DECIDED if not why or _TIME.search(why) else NOT_DECIDED_OTHERWISE


def _filled(template: str, about: str, by: str = "", covers: str = "") -> str:
    """Each part put in once, so that braces in a rule's name mean nothing."""
    parts = {"about": about, "by": by, "covers": covers}
    return re.sub(r"\{(about|by|covers)\}", lambda match: parts[match[1]], template)


def _about(answer: Answer, voice: Voice) -> str:
    if answer.kind == "unpermitted":
        return quoted(answer.about)
    if answer.kind == "held_alone":
        return named(_pair(answer.about, voice), voice)
    if answer.kind == "no_approver":
        name, place = _requirement(answer.about, voice)
        which = "an approval that" if place == 1 else f"the {_ordinal(place)} approval that"
        return f"{which} the procedure {quoted(voice.name(name))} requires"
    return quoted(answer.about if answer.kind == "invariant" else voice.name(answer.about))


def _pair(about: str, voice: Voice) -> tuple[str, ...]:
    """The two procedures of ``a + b``; an id may have a plus in it."""
    parts = about.split(" + ")
    pairs = [(" + ".join(parts[:at]), " + ".join(parts[at:])) for at in range(1, len(parts))]
    known = (pair for pair in pairs if all(voice.rule(id) is not None for id in pair))
    return next(known, pairs[0] if pairs else (about,))


def _requirement(about: str, voice: Voice) -> tuple[str, int]:
    """The procedure of ``name`` or ``name#2``, and the place of its requirement; an id may end like that, too."""
    match = _NUMBERED.fullmatch(about)
    if match is None or voice.rule(about) is not None:
        return about, 1
    return match[1], int(match[2])


def _ordinal(place: int) -> str:
    suffix = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{suffix}"


def _notes(answer: Answer, voice: Voice) -> list[str]:
    """What follows from the verdict, what stood in the way, and how far a proof got."""
    notes = []
    if answer.kind == "never_applies" and answer.verdict == "holds" and voice.is_permit(answer.about):
        notes.append("No request that fits this schema can be permitted by it.")
    if answer.kind == "never_errors" and answer.verdict == "fails":
        notes.append(_when_it_errs(answer, voice))
    if answer.kind == "invariant" and answer.verdict == "fails" and answer.witness is not None:
        never = "This is never to be permitted, and a request can be."
        always = "This is always to be permitted, and a request is not."
        rule = voice.invariant(answer.about)
        demanded = answer.witness.after.outcome == "deny" if rule is None else rule.kind == "permit"
        why = voice.failure(answer.witness, answer.about, invariant=True)
        unclear = "Whether that is never to be permitted cannot be told: the invariant cannot be evaluated on it"
        notes.append(f"{unclear} ({why})." if why else always if demanded else never)
    if answer.why and answer.verdict in ("undecided", "unsupported") and _sentence(answer.why) != f"{NOT_DECIDED}.":
        notes.append(_sentence(answer.why))
    if answer.verdict in ("undecided", "unsupported") and answer.environments > 1 and answer.proved:
        kinds = counted(answer.environments, "kind of request", "kinds of request")
        notes.append(f"Proved for {answer.proved} of {kinds}.")
    return [note for note in notes if note]


def _when_it_errs(answer: Answer, voice: Voice) -> str:
    """What comes of an error: a deny under our semantics; under Cedar's own the rule is skipped, a forbid bypassed."""
    witness = answer.witness
    if answer.assumption.semantics == "cedar+":
        return "Where it cannot be, the request is denied."
    if not voice.is_forbid(answer.about):
        return "Where it cannot be, Cedar skips it."
    if witness is None or witness.after.outcome == "deny":
        return "Where it cannot be, Cedar skips this prohibition."
    why = voice.failure(witness, answer.about)
    if not _DATA_MISSING.search(why):
        return "This prohibition can be bypassed: Cedar skips it where it cannot be evaluated."
    for name, who in (("principal", "the agent"), ("resource", "the resource")):
        if uid_text(witness.request.get(name, "")) in why:
            return f"This prohibition can be bypassed if data about {who} is missing."
    return "This prohibition can be bypassed if data is missing."


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")


def _rules_of(answer: Answer, voice: Voice) -> tuple[str, ...]:
    """The rules to show beside an answer: what it is about first, where that is a rule, then what makes it so."""
    about: tuple[str, ...] = ()
    if answer.kind not in ("unpermitted", "tightens", "held_alone", "no_approver"):
        about = (answer.about,)
    elif answer.kind == "held_alone":
        about = _pair(answer.about, voice)
    elif answer.kind == "no_approver":
        about = (_requirement(answer.about, voice)[0],)
    found = [*about, *answer.by]
    if answer.witness is not None and answer.verdict == "fails":
        after = answer.witness.after
        found += [*after.reasons, *voice.permits(answer.witness, after)]
    return tuple(dict.fromkeys(found))


def rules_said(rules: Sequence[str], voice: Voice = MUTE) -> tuple[RuleSaid, ...]:
    """Rules beside their words."""
    return tuple(RuleSaid(rule, voice.name(rule), voice.words(rule)) for rule in rules)


def counted(count: int, one: str, many: str = "") -> str:
    """``1 rule``, ``3 rules``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
