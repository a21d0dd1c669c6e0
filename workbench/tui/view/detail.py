"""One decision in full, as text to be read: verdict, rules beside their words, what was read, why not, receipt. Pure.

Every string of the record is data: it goes through ``view.plain`` and never through markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len
from textual.content import Content

from workbench.tui.hints import hinted
from workbench.tui.lexers import Lexer
from workbench.tui.lexers.cedar import lex
from workbench.tui.view.events import seen_at, verdict
from workbench.tui.view.plain import one_line, visible
from workbench.tui.view.severity import badge
from workbench.tui.view.signs import agent_sign
from workbench.tui.view.spoken import speech_lines

if TYPE_CHECKING:
    from workbench.service.governing_views import CaseView
    from workbench.service.views import EventDetail, RuleView

_UIDS = ("principal", "action", "resource")
VALUE_LIMIT = 240  # code points of one value

CODES = {
    "allowed": "A permit was satisfied, and nothing forbade or held it.",
    "forbidden": "A rule forbids exactly this.",
    "not_permitted": "No permit was satisfied, so it is denied.",
    "evaluation_error": "A rule could not be evaluated, so it is denied.",
    "invalid_request": "The request does not fit the schema, so it is denied.",
    "invalid_entity": "Something sent with the request does not fit the schema, so it is denied.",
    "deadline_exceeded": "The time for the decision ran out, so it is denied.",
    "stopped": "An operator has stopped this for a while, so it is denied.",
    "sealed": "The workspace stands behind its own records; nothing is allowed until a signer acknowledges that.",
    "sandbox_limit": "The sandbox that decides it went over a limit, so it is denied.",
    "held": "It is permitted, but waits for people.",
    "refused_claim": "The caller claimed what it may not, so it is denied.",
    "speech_claimed": "The caller judged its own words, so it is denied.",
    "speech_missing": "It is judged by what is said, and nothing was, so it is denied.",
    "speech_invalid": "What is said could not be judged, so it is denied.",
    "speech_differs": "Another text was judged than the one to be sent, so it is denied.",
}
_RETRY = {
    "never": "Trying again will not help.",
    "after_approval": "It may go ahead once approved.",
    "after_change": "It may go ahead when the request changes.",
}
_CASE = {
    "open": ("◷", "$hold"),
    "granted": ("✓", "$allow"),
    "used": ("✓", "$muted"),
    "denied": ("✗", "$deny"),
    "expired": ("▲", "$sev-warning"),
    "void": ("○", "$muted"),
}
_EFFECT = {"permit": "$allow bold", "forbid": "$deny bold", "procedure": "$hold bold", "prefer": "$primary bold"}


def event_detail(detail: EventDetail, width: int, cases: Sequence[CaseView] = ()) -> Content:
    """The decision on ``width`` cells; long text is wrapped at words. ``cases``: those that hold it."""
    lines = [*_head(detail), *_cases(cases, width), *_rules(detail, width)]
    lines += [*speech_lines(detail.decision.get("speech"), width)]
    lines += [*_why_not(detail, width), *_errors(detail, width)]
    lines += [*_request(detail, width), *_receipt(detail, width)]
    return Content("\n").join(lines)


def title(detail: EventDetail, width: int = 200) -> str:
    """The window's title: verdict, number and time, as much of the time as ``width`` cells have room for."""
    said, at = verdict(detail.row.outcome, detail.row.violation), seen_at(detail.row)
    whole = f"{said.glyph} {said.word} #{detail.row.seq}"
    forms = (f"{whole} · {at:%Y-%m-%d %H:%M:%S} UTC", f"{whole} · {at:%H:%M:%S} UTC", f"{whole} · {at:%H:%M:%S}")
    return next((form for form in forms if len(form) <= width), whole)


def title_style(detail: EventDetail) -> str:
    """The colour of the verdict."""
    said = verdict(detail.row.outcome, detail.row.violation)
    return "$deny bold" if said.kind == "violation" else f"${said.kind} bold"


def reads(decision: Mapping[str, Any]) -> dict[str, tuple[Any, str, bool]]:
    """What the determining rules read: path → (value, who vouches for it, missing). Near misses' reads come after."""
    found: dict[str, tuple[Any, str, bool]] = {}
    for item in decision.get("evidence", ()):
        missing = set(item.get("missing", ()))
        sources = item.get("sources", {})
        for path, value in item.get("reads", {}).items():
            found.setdefault(path, (value, str(sources.get(path, "caller")), path in missing))
    for item in decision.get("why_not", ()):
        for path, value in item.get("reads", {}).items():
            found.setdefault(path, (value, "", False))
    return found


def shown_value(value: Any) -> str:
    """A value in Cedar's JSON form on one line, cut at ``VALUE_LIMIT``."""
    if isinstance(value, Mapping) and set(value) == {"__entity"}:
        entity = value["__entity"]
        text = f'{entity.get("type", "?")}::"{entity.get("id", "?")}"'
    elif isinstance(value, Mapping) and set(value) == {"__extn"}:
        extension = value["__extn"]
        text = f'{extension.get("fn", "?")}("{extension.get("arg", "?")}")'
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    text = one_line(text[: VALUE_LIMIT + 1])
    return text[:VALUE_LIMIT] + "…" if len(text) > VALUE_LIMIT else text


def code_lines(text: str, lexer: Lexer = lex) -> list[Content]:
    """Code as coloured lines."""
    made: list[Content] = []
    for line in text.splitlines():
        content = Content(visible(line))
        for start, end, kind in lexer(line):
            content = content.stylize(f"$code-{kind}", start, end)
        made.append(content)
    return made


def _head(detail: EventDetail) -> list[Content]:
    row, decision = detail.row, detail.decision
    said = verdict(row.outcome, row.violation)
    colour, glyph = agent_sign(row.agent)
    style = title_style(detail)
    reason = CODES.get(row.code, one_line(row.code))
    lines = [
        Content.assemble(
            (f"{said.glyph} {said.word.upper()}  ", style),
            *((badge(row.severity), "  ") if row.severity else ()),
            (reason, "$ink"),
        ),
        Content.assemble(
            (f"{glyph} {one_line(row.agent)}", f"$agent-{colour} bold"),
            ("  wanted  ", "$muted"),
            (one_line(row.verb or row.action), "$ink bold"),
            ("  on  ", "$muted"),
            (one_line(row.resource), "$ink bold"),
        ),
    ]
    remedy = one_line(str(decision.get("remedy", "")))
    if remedy:
        lines.append(Content.assemble(("→ ", "$accent bold"), (remedy, "$accent")))
    elif row.outcome != "allow" and decision.get("retry") in _RETRY:
        lines.append(Content.styled(f"→ {_RETRY[str(decision['retry'])]}", "$muted"))
    return lines


def _section(name: str, note: str = "") -> list[Content]:
    return [Content(""), Content.assemble((name.upper(), "$muted bold"), (f"  {note}" if note else "", "$muted"))]


def _cases(cases: Sequence[CaseView], width: int) -> list[Content]:
    """What became of a held request: each case with its state, its seats and where it is answered."""
    if not cases:
        return []
    lines = _section("Case" if len(cases) == 1 else "Cases", hinted("C opens it, to be answered there", "live"))
    for case in cases:
        glyph, style = _CASE.get(case.state, ("?", "$ink"))
        filled = sum(bool(seat.filled_by) for seat in case.seats)
        until = f" · until {case.deadline:%H:%M:%S} UTC" if case.state == "open" and case.deadline else ""
        lines.append(
            Content.assemble(
                (f"{glyph} {case.state}", f"{style} bold"),
                (f"  {one_line(case.requirement)}", "$ink bold"),
                (f"  {filled} of {len(case.seats)} seats filled{until}", "$ink"),
            )
        )
        lines += _wrapped(one_line(case.reason), width, "  ", "$muted") if case.reason else []
        lines.append(Content.styled(f"  id {one_line(case.id)}", "$muted"))
    return lines


def _rules(detail: EventDetail, width: int) -> list[Content]:
    if not detail.rules:
        return []
    lines = _section(
        "Rule that decided" if len(detail.rules) == 1 else "Rules that decided", f"in v{detail.row.version}"
    )
    for rule in detail.rules:
        lines += _rule(rule, width)
    return lines


def _rule(rule: RuleView, width: int) -> list[Content]:
    observed = "  only observed" if rule.stage == "observe" else ""
    lines = [
        Content.assemble((rule.kind, _EFFECT[rule.kind]), (f"  {one_line(rule.id)}", "$ink bold"), (observed, "$hold"))
    ]
    if rule.english:
        lines += _wrapped(f"“{one_line(rule.english)}”", width, "  ", "$accent")
    if rule.paraphrase and rule.paraphrase != rule.english:
        lines += _wrapped(one_line(rule.paraphrase), width, "  ", "$ink")
    for line in code_lines(_without_words(rule.cedar_plus)):
        lines += [Content.assemble(("  │ ", "$line"), part) for part in _folded(line, width - 4)]
    return lines


def _without_words(cedar_plus: str) -> str:
    """The rule without the annotations that are shown beside it already."""
    lines = cedar_plus.splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("@id(", "@english("))) or cedar_plus


def _why_not(detail: EventDetail, width: int) -> list[Content]:
    near: Sequence[Mapping[str, Any]] = detail.decision.get("why_not", ())
    if not near:
        return []
    lines = _section("Why not", "the permits that came nearest, and what they lacked")
    for item in near:
        lines.append(Content.assemble(("permit", "$allow bold"), (f"  {one_line(str(item['rule']))}", "$ink bold")))
        for condition in item.get("failed", ()):
            lines += _wrapped(f"✗ {one_line(str(condition))}", width, "  ", "$deny")
    return lines


def _errors(detail: EventDetail, width: int) -> list[Content]:
    errors: Sequence[Mapping[str, Any]] = detail.decision.get("errors", ())
    if not errors:
        return []
    lines = _section("Errors")
    for item in errors:
        where = f"{item.get('rule')}: " if item.get("rule") else ""
        lines += _wrapped(f"✗ {one_line(where + str(item.get('message', '')))}", width, "  ", "$deny")
    return lines


class _Field(NamedTuple):
    """One line of the request: ``source`` vouches for it; ``read`` when a rule looked at it."""

    name: str
    value: str
    source: str
    missing: bool
    read: bool


def _fields(detail: EventDetail) -> list[_Field]:
    """Every field of the request and whatever else was read, what was read first."""
    read = reads(detail.decision)
    context = detail.request.get("context")
    given: dict[str, Any] = {name: detail.request.get(name) for name in _UIDS}
    given |= {f"context.{name}": value for name, value in (context if isinstance(context, Mapping) else {}).items()}
    given |= {path: value for path, (value, _, _) in read.items() if path not in given}
    fields = []
    for path, value in given.items():
        _, source, missing = read.get(path, (None, "", False))
        if value is None and path not in read:
            continue
        shown = "missing" if missing else uid_text(value) if path in _UIDS else shown_value(value)
        fields.append(_Field(one_line(str(path)), shown, source, missing, path in read))
    return sorted(fields, key=lambda field: not field.read)


def _request(detail: EventDetail, width: int) -> list[Content]:
    fields = _fields(detail)
    marked = any(field.read for field in fields)
    lines = _section("Request", "▌ what the rules read, and who vouches for it" if marked else "")
    longest = min(max((cell_len(field.name) for field in fields), default=0), max(width // 2, 8))
    for field in fields:
        lines += _field_lines(field, longest, max(width - longest - 4, 10))
    return lines


def _field_lines(field: _Field, longest: int, room: int) -> list[Content]:
    """What was read is shown whole, on as many lines as it takes; anything else on one."""
    source = f"  {field.source}" if field.read and field.source else ""
    values = (wrap(field.value, room) if field.read else [_cut(field.value, room)]) or [""]
    if source and cell_len(values[-1]) + len(source) > room:
        values.append("")
    style = "$deny bold" if field.missing else "$ink bold" if field.read else "$ink"
    lines = []
    for index, value in enumerate(values):
        name = f"{_cut(field.name, longest):{longest}}  " if index == 0 else " " * (longest + 2)
        lines.append(
            Content.assemble(
                ("▌ " if field.read else "  ", "$accent bold"),
                (name, "$accent bold" if field.read else "$muted"),
                (value, style),
                (source if index == len(values) - 1 else "", "$muted italic"),
            )
        )
    return lines


def _receipt(detail: EventDetail, width: int) -> list[Content]:
    receipt = detail.receipt
    room = max(width - 11, 16)
    rows = [("hash", _digest(receipt.get("hash", ""), room)), ("after", _digest(receipt.get("previous", ""), room))]
    rows.append(("version", f"{one_line(detail.row.version)} {_digest(detail.version_digest, room - 8)}"))
    recorded = receipt.get("recorded_at")
    if recorded is not None:
        rows.append(("written", f"{recorded:%Y-%m-%d %H:%M:%S} UTC" if hasattr(recorded, "year") else str(recorded)))
    if abs((detail.row.at - seen_at(detail.row)).total_seconds()) >= 1:
        rows.append(("acted", f"{detail.row.at:%Y-%m-%d %H:%M:%S} UTC, as whoever sent it says"))
    lines = _section("Receipt", f"entry {receipt.get('seq', detail.row.seq)} of the ledger")
    lines += [Content.assemble((f"  {name:7}  ", "$muted"), (one_line(text), "$ink")) for name, text in rows if text]
    return lines


def _digest(value: Any, room: int) -> str:
    """A digest whole, or its two ends where it does not fit."""
    text = one_line(str(value))
    return text if len(text) <= room else f"{text[: max(room - 9, 4)]}…{text[-8:]}"


def _folded(line: Content, room: int) -> list[Content]:
    """A line of code as lines of at most ``room`` cells, broken at spaces where there are some."""
    parts: list[Content] = []
    while line.cell_length > room > 8:
        text = line.plain
        end = room
        while cell_len(text[:end]) > room:
            end -= 1
        space = text.rfind(" ", room // 3, end)
        end = space + 1 if space > 0 else end
        parts.append(line[:end])
        line = Content.assemble("    ", line[end:])
    return [*parts, line]


def uid_text(value: Any) -> str:
    """A uid of a request, which may stand in Cedar's JSON form, as people write it."""
    if isinstance(value, Mapping):
        return one_line(f'{value.get("type", "?")}::"{value.get("id", "?")}"')
    return one_line(str(value)[:VALUE_LIMIT])


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[: max(width - 1, len(text) - 8)] if len(text) > width + 8 else text[:-1]
    return text + "…"


def _wrapped(text: str, width: int, indent: str, style: str) -> list[Content]:
    room = max(width - len(indent), 12)
    return [Content.assemble(indent, (line, style)) for line in wrap(text, room) or [""]]
