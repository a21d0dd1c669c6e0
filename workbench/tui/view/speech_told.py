"""What is told of the message and the statement that are looked at: why, what would help, evidence, profiles. Pure.

Everything goes through ``view.plain``; nothing is markup. Lines are wrapped here, so that what hangs together is
indented together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.tui.actions import key_of
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import label, plural
from workbench.tui.view.speech import short_id, word, word_of
from workbench.tui.view.spoken import VERDICTS, parted

if TYPE_CHECKING:
    from workbench.service.speech_scripts import Script
    from workbench.service.speech_turns import Ground, Judged, Looked, Manner
    from workbench.speech.judgment import StatementEvaluation

_AXIOMS = {
    "A4": "what is claimed needs evidence that it cites",
    "A5": "what is demanded or asserted outright needs evidence that licenses it",
    "A6": "an explicit refusal is always admissible",
    "A7": "what holds only under conditions has to declare them",
}
_FORMS = {
    "assertive": "it demands or recommends",
    "descriptive": "it claims how things are",
    "conditional": "it speaks under a condition",
    "refusal": "it declines",
}
_STATES = {
    "accepted": ("✓", "accepted", "$allow"),
    "idle": ("–", "supports nothing", "$hold"),
    "unknown": ("✗", "unknown", "$deny"),
    "dropped": ("✗", "left out", "$hold"),
}
_ORIGINS = {
    "transcript": "as the transcript shows it",
    "caller": "▲ claimed by the caller",
    "person": "given here",
    "": "",
}
_LEAD = 11  # cells of the names before values
_QUOTED = re.compile(r"`[^`]+`")


def statement(found: Judged, number: int, looked: Looked | None, width: int, script: Script | None = None) -> Content:
    """The statement that is looked at, in full; then what would help the whole message.

    ``script``: where its words were judged otherwise when they were said, that comes first.
    """
    then = _otherwise(found, script, width)
    told = _statement(found, number, looked, width)
    return Content("\n").join([*then, Content(""), told]) if then else told


def _otherwise(found: Judged, script: Script | None, width: int) -> list[Content]:
    """That the decision took the words otherwise, and why that can be."""
    then = (script.recorded or {}).get("status") if script is not None else None
    if script is None or then is None or found.judgment is None or found.judgment.status.value == then:
        return []
    if found.spoken is not script.spoken[-1]:
        return []  # only its last message was judged
    verdict = word(then)
    why = "a trusted source's own record counted then, and here the agent's account" if _recorded(script) else ""
    said = f"Decision {script.seq} took it as {verdict.shown}{': ' if why else ''}{why}."
    return _wrapped(said, width, "$hold bold", "▲ ")


def _statement(found: Judged, number: int, looked: Looked | None, width: int) -> Content:
    if found.judgment is None:
        return Content("\n").join(
            [Content.styled("✗ this message cannot be judged", "$sev-error bold"), *_wrapped(found.refused, width)]
        )
    every = found.judgment.statement_evaluations
    if not every:
        glyph, words, colour = VERDICTS[found.judgment.status.value]
        lines = [Content.styled(f"{glyph} {words}", f"{colour} bold"), *_wrapped(found.judgment.explanation, width)]
        return Content("\n").join([*lines, *_hint(found, width), *_diagnostics(found, width)])
    each = every[min(number, len(every) - 1)]
    lines = [_verdict(each), *_wrapped(f"“{each.statement[:4_000]}”", width, "$ink"), Content("")]
    form = f"{each.modality} – {_FORMS[each.modality]}" if each.modality in _FORMS else str(each.modality)
    lines += _named("form", form, width)
    licensed = ", ".join(sorted(each.license)) or "nothing"
    lines += _named(
        "licence", f"{licensed}{' – without evidence, only to decline' if licensed == 'refusal' else ''}", width
    )
    lines += _grounds_of(each, looked, width)
    if each.violated_axiom:
        axiom = each.violated_axiom
        lines += _named("against", f"{axiom} – {_AXIOMS[axiom]}" if axiom in _AXIOMS else axiom, width, "$deny")
    lines += _named("why", each.explanation, width)
    return Content("\n").join([*lines, *_hint(found, width), *_diagnostics(found, width)])


def hint_text(found: Judged | None) -> str:
    """The retry hint as it is copied; empty where there is none."""
    return found.judgment.feedback_hint or "" if found is not None and found.judgment is not None else ""


def _verdict(each: StatementEvaluation) -> Content:
    glyph, words, colour = VERDICTS.get(each.status.value, ("?", each.status.value, "$hold"))
    axiom = f"  {one_line(each.violated_axiom)}" if each.violated_axiom else ""
    return Content.assemble(
        (f"{glyph} {words}", f"{colour} bold"),
        (axiom, f"{colour} bold"),
        (f"  {short_id(each.statement_id)}", "$muted"),
    )


def _grounds_of(each: StatementEvaluation, looked: Looked | None, width: int) -> list[Content]:
    """The evidence that this statement cites, key by key; where that is not known yet, its nodes."""
    citing = [ground for ground in looked.grounds if each.statement_id in ground.statements] if looked else []
    if not citing:
        nodes = ", ".join(ground.id for ground in each.grounding_trace)
        return _named("cites", nodes or "nothing", width, "$ink" if nodes else "$muted")
    lines: list[Content] = []
    for number, ground in enumerate(citing):
        glyph, state, colour = _STATES[ground.state]
        said = f"{glyph} [@{ground.key}] {state}" + (f": {ground.what}" if ground.what else "")
        lines += _named("cites" if not number else "", said, width, colour)
    return lines


def _hint(found: Judged, width: int) -> list[Content]:
    hint = hint_text(found)
    if not hint:
        return []
    lines = [Content(""), Content.assemble(label("WHAT WOULD HELP"), ("  c copies it", "$muted"))]
    for each in hint.split("\n"):
        about, ways = parted(each)
        lines += [Content.styled(about, "$ink bold")] if about else []
        for number, way in enumerate(ways):
            lines += _wrapped(way, width, "$accent", "→ " if not number else "or ")
    return lines


def _diagnostics(found: Judged, width: int) -> list[Content]:
    if not found.diagnostics:
        return []
    lines = [Content(""), label("LEFT OUT OF THE EVIDENCE")]
    for each in found.diagnostics:
        lines += _wrapped(each, width, "$muted", "· ")
    return lines


# ---- evidence --------------------------------------------------------------------------------------------------------


def grounds(looked: Looked | None, found: Judged, script: Script, width: int) -> Content:
    """What was given as evidence: what is cited first, what counts for nothing last, with its reason."""
    if looked is None:
        return Content.styled("◌ reading the evidence", "$muted")
    judgment = found.judgment
    if not looked.grounds:
        lines = [Content.styled("○ No evidence at all", "$primary bold")]
        lines += _wrapped("No tool answered before this message, and no ground was given.", width)
        lines += _wrapped("a adds grounds as JSON; a transcript brings the results of its tools.", width, "$accent")
        return Content("\n").join(lines)
    lines = []
    if judgment is not None:
        accepted, cited = judgment.grounds_accepted, judgment.grounds_cited
        lines.append(Content.styled(f"{plural(accepted, 'ground')} accepted, {cited:,} cited", "$ink bold"))
    lines += _wrapped(_recorded(script), width, "$hold", "▲ ") if _recorded(script) else []
    for ground in looked.grounds:
        lines += [Content(""), *_ground(ground, width)]
    return Content("\n").join(lines)


def _ground(ground: Ground, width: int) -> list[Content]:
    glyph, state, colour = _STATES[ground.state]
    cited = f"cited by {', '.join(map(short_id, ground.statements))}" if ground.statements else "not cited"
    head = Content.assemble(
        (f"{glyph} ", f"{colour} bold"),
        (f"[@{one_line(ground.key)}]" if ground.key else "a ground", "$ink bold"),
        (f"  {state}", colour),
        (f"  {cited}" if ground.key else "", "$accent" if ground.statements else "$muted"),
    )
    about = " · ".join(part for part in (one_line(ground.what), _ORIGINS[ground.origin]) if part)
    lines = [head.truncate(width, ellipsis=True) if head.cell_length > width else head]
    lines += _wrapped(about, width, "$hold" if ground.origin == "caller" else "$muted", "  ") if about else []
    return lines + (_wrapped(ground.why, width, "$hold", "  ") if ground.why else [])


def _recorded(script: Script) -> str:
    told = script.recorded or {}
    if told.get("grounds_from") != "record" and not told.get("grounds_dropped"):
        return ""
    dropped = told.get("grounds_dropped")
    without = f", {dropped:,} of what the agent showed left out" if isinstance(dropped, int) and dropped else ""
    return (
        f"When it was decided, a trusted source's own record counted{without}. Here the agent's account counts, so the "
        "verdict may be another: that of then stands under Notes."
    )


# ---- profiles --------------------------------------------------------------------------------------------------------


def differing(mine: Judged, other: Judged) -> int:
    """In how many ways the two profiles differ on a message: the verdict on it, then statement by statement."""
    verdict = word_of(mine) != word_of(other)
    return verdict + sum(word(one) != word(two) for one, two in _pairs(mine, other))


def profiles(mine: Judged, looked: Looked | None, manner: Manner, width: int) -> Content:
    """Both verdicts on the message and on each statement, with the reasons where they differ."""
    if looked is None:
        return Content.styled("◌ asking the other profile", "$muted")
    named = ((manner.profile, mine), (manner.other, looked.other))
    lines = []
    for name, found in named:
        verdict = word_of(found)
        colour = "$sev-error" if verdict.role == "error" else f"${verdict.role}"
        lines.append(Content.assemble((f"{name:9}", "$ink bold"), (verdict.shown, f"{colour} bold")))
        why = found.refused or (found.judgment.explanation if found.judgment is not None else "")
        lines += _wrapped(why, width, "$muted", " " * 9) if why else []
    same = not differing(mine, looked.other)
    lines += [Content(""), *_wrapped(_about(manner, same=same), width, "$muted"), *_statements(named, width)]
    return Content("\n").join(lines)


def _about(manner: Manner, *, same: bool) -> str:
    if same:
        return f"Both profiles say the same. {key_of('speech.profile')} judges everything by the other one."
    return (
        f"{key_of('speech.profile')} judges everything by {manner.other}. The compatible profile takes a message as "
        "one statement, as normcore does; the strict one judges every sentence, and each by what it cites itself."
    )


def _statements(named: Sequence[tuple[str, Judged]], width: int) -> list[Content]:
    lines: list[Content] = []
    for name, found in named:
        every = found.judgment.statement_evaluations if found.judgment is not None else []
        lines += [Content(""), label(f"{name} sees {plural(len(every), 'statement')}".upper())]
        for each in every[:60]:
            verdict = word(each.status.value)
            lead = f"{verdict.glyph} {verdict.word:11} {short_id(each.statement_id):4}"
            head = _wrapped(f"{each.modality or '–'} “{each.statement[:300]}”", width - len(lead), "$ink")
            lines.append(Content.assemble((lead, f"${verdict.role}"), head[0]))
            lines += [Content.assemble(" " * len(lead), line) for line in head[1:3]]
        if len(every) > 60:
            lines.append(Content.styled(f"and {len(every) - 60:,} more", "$muted"))
    return lines


def _pairs(mine: Judged, other: Judged) -> list[tuple[str, str]]:
    """Statuses of statements that stand at the same place of the text, and of those that only one profile sees."""
    ours = mine.judgment.statement_evaluations if mine.judgment is not None else []
    theirs = other.judgment.statement_evaluations if other.judgment is not None else []
    made: list[tuple[str, str]] = []
    reached: set[int] = set()
    for number, each in enumerate(ours):
        found = next((at for at, place in enumerate(other.places) if _overlap(_at(mine, number), place)), None)
        if found is not None:
            reached.add(found)
        made.append((each.status.value, theirs[found].status.value if found is not None else "no_normative_content"))
    rest = (each for number, each in enumerate(theirs) if number not in reached)
    return made + [("no_normative_content", each.status.value) for each in rest]


def _at(found: Judged, number: int) -> tuple[int, int] | None:
    return found.places[number] if number < len(found.places) else None


def _overlap(one: tuple[int, int] | None, two: tuple[int, int] | None) -> bool:
    return one is not None and two is not None and one[0] < two[1] and two[0] < one[1]


# ---- notes -----------------------------------------------------------------------------------------------------------


def notes(script: Script, width: int) -> Content:
    """What is to be known of the script itself: how it was judged when it was decided, and what did not enter."""
    lines: list[Content] = []
    if script.recorded is not None:
        verdict = word(script.recorded.get("status"))
        lines += [label(f"WHEN DECISION {script.seq} WAS MADE")]
        lines.append(Content.styled(verdict.shown, f"${verdict.role} bold"))
        lines += _wrapped(str(script.recorded.get("explanation") or ""), width, "$muted")
        lines.append(Content(""))
    if script.notes:
        lost = sum(note.lost for note in script.notes)
        lines.append(label(f"WHAT DID NOT ENTER  {lost}" if lost else "WHAT TO KNOW"))
    for note in script.notes:
        lead = ("· ", "$muted") if note.lost else ("▲ ", "$hold")
        head = Content.assemble(lead, (f"{one_line(note.place)}  ", "$muted"), (one_line(note.what), "$ink"))
        lines += [head.truncate(width, ellipsis=True) if head.cell_length > width else head]
        lines += _wrapped(note.why, width, "$muted", "  ")
    if not lines:
        return Content.styled("Nothing to note: everything in it entered the conversation.", "$muted")
    return Content("\n").join(lines)


# ---- lines -----------------------------------------------------------------------------------------------------------


def _named(name: str, value: str, width: int, style: str = "$ink") -> list[Content]:
    room = max(width - _LEAD, 12)
    made = []
    for number, line in enumerate(wrap(one_line(value), room) or [""]):
        made.append(Content.assemble((f"{name if not number else '':{_LEAD}}", "$muted"), _quoted(line, style)))
    return made


def _quoted(line: str, style: str) -> Content:
    """What stands in backticks is somebody's own word, and stands out."""
    shown = Content.styled(line, style)
    for found in _QUOTED.finditer(line):
        shown = shown.stylize("$accent bold", found.start(), found.end())
    return shown


def _wrapped(value: str, width: int, style: str = "$muted", before: str = "") -> list[Content]:
    room, indent = max(width - len(before), 12), " " * len(before)
    return [
        Content.assemble((before if not number else indent, style), _quoted(line, style))
        for number, line in enumerate(wrap(one_line(value), room) or [""])
    ]
